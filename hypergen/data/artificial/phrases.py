"""Noun phrases of artificial languages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hypergen.data.artificial.morphology import Morphology, Word, join
from hypergen.data.artificial.scenes import Clause, Phrase

__all__ = ["Phrases"]

_CLASSES: Final = {"feminine": "CLASS1", "masculine": "CLASS2", "animal": "CLASS3", "thing": "CLASS4"}


@dataclass(frozen=True, eq=False)
class Phrases:
    """Says noun phrases: the noun inflected, and around it what belongs to it, before or after as the grammar says.

    From the inside out stand adjective, numeral or plural word, article or demonstrative, possessor, relative clause
    and adposition.
    """

    morphology: Morphology
    relative: Callable[[Clause], tuple[list[Word], Word]]
    """Says a relative clause: its words in order, and its verb among them."""

    def say(self, phrase: Phrase, *, case: str | None, subject: bool = False) -> tuple[list[Word], Word]:
        """The words of a phrase in order, and its head among them."""
        choose, attach = self.morphology.grammar.choose, self.morphology.attach
        head = self.morphology.word(phrase.noun.name, "dep")
        words = [head]
        if head.upos == "NOUN":
            self._inflect(phrase, head)
            head = self._describe(phrase, head, words, subject=subject)
            self._count_and_point(phrase, head, words)
        if phrase.possessor is not None:
            self._possess(phrase.possessor, head, words, luck=phrase.luck)
        if phrase.relative is not None:
            self._relate(phrase.relative, head, words, luck=phrase.luck)
        if case is not None:
            where = choose("case", phrase.luck)
            if where in ("proclitic", "enclitic"):
                attach(words[0 if where == "proclitic" else -1], case, _SIDE[where], phrase.luck)
            else:
                attach(head, case, where, phrase.luck)
        return words, head

    def _inflect(self, phrase: Phrase, noun: Word) -> None:
        """What stands on the noun itself: class, plural, definiteness, demonstrative."""
        grammar, attach = self.morphology.grammar, self.morphology.attach
        if grammar.yes("noun class"):
            attach(noun, _CLASSES[phrase.noun.gender], "tendency", phrase.luck)
        if phrase.plural and (where := grammar.choose("plural", phrase.luck)) in _SIDE:
            attach(noun, "PLURAL", where, phrase.luck)
        if phrase.demonstrative is not None:
            if (where := grammar.choose("demonstrative", phrase.luck)) in _SIDE:
                attach(noun, phrase.demonstrative.name.upper(), where, phrase.luck)
        elif (rule := _article(phrase)) and grammar.choose(rule, phrase.luck) == "affix":
            attach(noun, rule.upper(), "tendency", phrase.luck)

    def _describe(self, phrase: Phrase, noun: Word, words: list[Word], *, subject: bool) -> Word:
        """Adds the adjective; returns the phrase's head, which is the adjective where it stands for its noun."""
        if phrase.adjective is None:
            return noun
        grammar, attach = self.morphology.grammar, self.morphology.attach
        adjective = self.morphology.word(phrase.adjective.name, "amod", noun)
        if subject and phrase.plural and grammar.yes("reduplication"):
            adjective.form *= 2
        gender = self.morphology.gender(phrase.noun.gender)
        if gender is not None and grammar.yes("adjective agreement"):
            attach(adjective, gender, "tendency", phrase.luck)
        described = [adjective]
        if phrase.degree is not None:
            degree = self.morphology.word(phrase.degree.name, "advmod", adjective)
            join(described, [degree], before=grammar.choose("degree", phrase.luck) == "before")
        if phrase.luck % 8 == 0 and grammar.yes("bare adjective"):
            words[:] = described
            return adjective
        join(words, described, before=grammar.choose("adjective", phrase.luck) == "before")
        return noun

    def _count_and_point(self, phrase: Phrase, head: Word, words: list[Word]) -> None:
        """Adds numeral, plural word, and article or demonstrative."""
        grammar, word = self.morphology.grammar, self.morphology.word
        gender = self.morphology.gender(phrase.noun.gender)
        if phrase.numeral is not None:
            numeral = word(phrase.numeral.name, "nummod", head)
            if gender is not None and grammar.yes("numeral agreement"):
                self.morphology.attach(numeral, gender, "tendency", phrase.luck)
            join(words, [numeral], before=grammar.choose("numeral", phrase.luck) == "before")
        elif phrase.plural and grammar.choose("plural", phrase.luck) == "word":
            before = grammar.choose("numeral", phrase.luck) == "before"
            join(words, [word("plural", "dep", head)], before=before)
        if phrase.demonstrative is not None:
            if (where := grammar.choose("demonstrative", phrase.luck)) not in _SIDE:
                join(words, [word(phrase.demonstrative.name, "det", head)], before=where == "before")
        elif (rule := _article(phrase)) and grammar.choose(rule, phrase.luck) == "word":
            article = word("the" if phrase.definite else "a", "det", head)
            if gender is not None:
                self.morphology.attach(article, gender, "tendency", phrase.luck)
            join(words, [article], before=grammar.choose("article", phrase.luck) == "before")

    def _possess(self, phrase: Phrase, head: Word, words: list[Word], *, luck: int) -> None:
        grammar = self.morphology.grammar
        owner, owner_head = self.say(phrase, case="GEN" if grammar.yes("possessor's mark") else None)
        owner_head.head, owner_head.deprel = head, "nmod"
        if grammar.yes("possessed mark"):
            self.morphology.attach(head, "POSS", grammar.choose("possessed affix", luck), luck)
        join(words, owner, before=grammar.choose("possessor", luck) == "before")

    def _relate(self, clause: Clause, head: Word, words: list[Word], *, luck: int) -> None:
        said, verb = self.relative(clause)
        verb.head, verb.deprel = head, "acl"
        place = self.morphology.grammar.choose("relative clause", luck)
        if place == "around":
            join(words, [verb], before=True)
            said.remove(verb)
        join(words, said, before=place == "before")

    def adposition(self, relation: str, words: list[Word], head: Word, *, luck: int) -> None:
        """Adds the adposition of a phrase."""
        before = self.morphology.grammar.choose("adposition", luck) == "before"
        join(words, [self.morphology.word(relation, "case", head)], before=before)


_SIDE: Final = {"prefix": "prefix", "suffix": "suffix", "proclitic": "prefix", "enclitic": "suffix"}


def _article(phrase: Phrase) -> str:
    """The rule that says how the phrase's definiteness is marked; none for indefinite plurals."""
    return "definite" if phrase.definite else "" if phrase.plural else "indefinite"
