"""Clauses and whole sentences of artificial languages."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from hypergen.data.artificial.concepts import Concept
from hypergen.data.artificial.morphology import Morphology, Word, join
from hypergen.data.artificial.phrases import Phrases
from hypergen.data.artificial.scenes import Clause, Phrase, Scene

__all__ = ["Clauses"]

Kind = Literal["main", "subordinate", "relative"]
Groups = list[tuple[str, list[Word]]]
"""The constituents of a clause in order: role and words of each."""

_LETTERS: Final = {"S": "subject", "V": "verb", "O": "object"}
_CASES: Final = {"in": "LOC", "to": "LOC", "with_person": "COM", "with_thing": "INS"}


@dataclass(frozen=True, eq=False)
class Clauses:
    """Says scenes: verb, subject, object and oblique in the grammar's order, each marked as it asks for."""

    morphology: Morphology

    def say(self, scene: Scene) -> list[Word]:
        """The words of a scene in order, with the mark at its end; the only word without a head is the root."""
        groups, verb = self._clause(scene.clause, kind="main")
        if scene.question:
            self._ask(groups, verb, luck=scene.clause.luck)
        mark = "?" if scene.question else "."
        return [*_flat(groups), Word(mark, mark, "PUNCT", "punct", verb)]

    @cached_property
    def _phrases(self) -> Phrases:
        return Phrases(self.morphology, self._relative)

    def _relative(self, clause: Clause) -> tuple[list[Word], Word]:
        groups, verb = self._clause(clause, kind="relative")
        return _flat(groups), verb

    def _clause(self, clause: Clause, *, kind: Kind) -> tuple[Groups, Word]:
        verb = self.morphology.word(clause.verb.name, "root")
        groups: Groups = [("verb", [verb])]
        self._inflect(clause, verb, groups[0][1], kind=kind)
        if clause.object is not None:
            self._add_object(clause.object, verb, groups, luck=clause.luck)
        if clause.subject is not None and self._is_said(clause.subject, verb, luck=clause.luck):
            self._add_subject(clause.subject, clause, verb, groups, kind=kind)
        if clause.oblique is not None:
            self._add_oblique(clause.oblique, clause, verb, groups, kind=kind)
        if clause.negative:
            self._negate(groups, verb, luck=clause.luck)
        if clause.complement is not None:
            self._embed("ccomp", "complementizer", "complementizer", clause.complement, verb, groups)
        if clause.adverbial is not None:
            concept, adverbial = clause.adverbial
            self._embed("advcl", "subordinator", concept.name, adverbial, verb, groups)
        return groups, verb

    def _inflect(self, clause: Clause, verb: Word, words: list[Word], *, kind: Kind) -> None:
        """Tense and aspect, on the verb or as words before it, and agreement with the noun of a relative clause."""
        grammar, luck = self.morphology.grammar, clause.luck
        usual = grammar.choose("tense affix", luck)
        marks = [("past", usual)] if clause.tense == "past" and grammar.yes("past") else []
        if clause.perfective and grammar.yes("perfective"):
            marks.append(("perfective", usual))
        if clause.tense == "future":
            affix = grammar.choose("future", luck) == "affix"
            marks.append(("future", "word" if not affix else "tendency" if usual == "word" else usual))
        for mark, where in marks:
            if where == "word":
                join(words, [self.morphology.word(mark, "aux", verb)], before=True)
            else:
                self.morphology.attach(verb, mark.upper(), where, luck)
        if kind == "relative" and grammar.yes("relative agreement"):
            self.morphology.attach(verb, "SUBJ_SG", "tendency", luck)

    def _is_said(self, subject: Phrase, verb: Word, *, luck: int) -> bool:
        """Whether the subject is a word of its own; if not, it is marked on the verb or left out."""
        if subject.noun.upos != "PRON":
            return True
        how = self.morphology.grammar.choose("pronoun subject", luck)
        if how in ("affix", "clitic"):
            where = "tendency" if how == "affix" else "prefix"
            self.morphology.attach(verb, "SUBJ_PL" if subject.plural else "SUBJ_SG", where, luck)
        return how == "word"

    def _add_object(self, phrase: Phrase, verb: Word, groups: Groups, *, luck: int) -> None:
        grammar = self.morphology.grammar
        marked = grammar.yes("accusative") or (phrase.definite and grammar.yes("object mark"))
        words, head = self._phrases.say(phrase, case="ACC" if marked else None)
        head.head, head.deprel = verb, "obj"
        if phrase.definite and grammar.yes("object agreement"):
            self.morphology.attach(verb, "OBJ_PL" if phrase.plural else "OBJ_SG", "tendency", luck)
        _insert(groups, "object", words, before=grammar.choose("object", luck) == "before")

    def _add_subject(self, phrase: Phrase, clause: Clause, verb: Word, groups: Groups, *, kind: Kind) -> None:
        grammar = self.morphology.grammar
        marked = clause.object is not None and grammar.yes("ergative")
        words, head = self._phrases.say(phrase, case="ERG" if marked else None, subject=True)
        head.head, head.deprel = verb, "nsubj"
        if clause.object is not None and kind == "main":
            found = {**dict(groups), "subject": words}
            groups[:] = [(_LETTERS[each], found[_LETTERS[each]]) for each in grammar.choose("clause", clause.luck)]
        else:
            rule = "subject" if clause.object is None else "subordinate subject"
            _insert(groups, "subject", words, before=grammar.choose(rule, clause.luck) == "before")

    def _add_oblique(
        self, oblique: tuple[Concept, Phrase], clause: Clause, verb: Word, groups: Groups, *, kind: Kind
    ) -> None:
        grammar, (relation, phrase) = self.morphology.grammar, oblique
        words, head = self._phrases.say(phrase, case=_CASES[relation.name] if grammar.yes("oblique case") else None)
        head.head, head.deprel = verb, "obl"
        together = relation.name == "with_thing" and not grammar.yes("with")
        self._phrases.adposition("with_person" if together else relation.name, words, head, luck=phrase.luck)
        roles = [role for role, _ in groups]
        if clause.object is None:
            at = roles.index("verb") + (grammar.choose("oblique", clause.luck) == "after")
        elif kind != "main":
            at = roles.index("object") + (grammar.choose("subordinate oblique", clause.luck) == "after")
        else:
            places = {"last": len(groups), "verb": roles.index("verb"), "first": 0}
            at = places[grammar.choose("oblique with object", clause.luck)]
        groups.insert(at, ("oblique", words))

    def _negate(self, groups: Groups, verb: Word, *, luck: int) -> None:
        how = self.morphology.grammar.choose("negation", luck)
        if how != "word":
            self.morphology.attach(verb, "NEG", how, luck)
            return
        side, _, role = self.morphology.grammar.choose("negative word", luck).partition(" ")
        roles = [each for each, _ in groups]
        beside = roles.index(role if role in roles else "verb")
        at = {"first": 0, "last": len(groups), "before": beside, "after": beside + 1}[side]
        groups.insert(at, ("negation", [self.morphology.word("not", "advmod", verb)]))

    def _ask(self, groups: Groups, verb: Word, *, luck: int) -> None:
        how = self.morphology.grammar.choose("question", luck)
        if how == "affix":
            self.morphology.attach(verb, "QUESTION", "tendency", luck)
        elif how == "word":
            at = {"first": 0, "second": 1, "last": len(groups)}[self.morphology.grammar.choose("question word", luck)]
            groups.insert(at, ("question", [self.morphology.word("question", "advmod", verb)]))

    def _embed(self, deprel: str, rule: str, marker: str, clause: Clause, verb: Word, groups: Groups) -> None:
        """Adds a clause at the end, with the word or suffix that makes it a part of the other."""
        inner_groups, inner = self._clause(clause, kind="subordinate")
        inner.head, inner.deprel = verb, deprel
        words = _flat(inner_groups)
        how = self.morphology.grammar.choose(rule, clause.luck)
        if how == "suffix":
            self.morphology.attach(inner, marker.upper(), "suffix", clause.luck)
        elif how != "none":
            join(words, [self.morphology.word(marker, "mark", inner)], before=how == "before")
        groups.append(("clause", words))


def _insert(groups: Groups, role: str, words: list[Word], *, before: bool) -> None:
    groups.insert(0 if before else len(groups), (role, words))


def _flat(groups: Groups) -> list[Word]:
    return [word for _, words in groups for word in words]
