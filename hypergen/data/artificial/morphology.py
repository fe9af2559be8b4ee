"""Words of artificial languages while a sentence is being made: their forms, and what is attached to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hypergen.data.artificial.concepts import CONCEPTS
from hypergen.data.artificial.grammar import Grammar

__all__ = ["Morphology", "Word", "join"]


@dataclass(eq=False)
class Word:
    """A word while its sentence is being made."""

    form: str
    lemma: str
    upos: str
    deprel: str
    head: "Word | None" = None


@dataclass(frozen=True, eq=False)
class Morphology:
    """A language's grammar and forms, and the making of words with them."""

    grammar: Grammar
    form_of: Mapping[str, str]
    """How it says each concept and each grammatical meaning."""

    def word(self, concept: str, deprel: str, head: Word | None = None) -> Word:
        """The word of a concept, not yet inflected."""
        return Word(self.form_of[concept], concept, CONCEPTS[concept].upos, deprel, head)

    def attach(self, word: Word, meaning: str, where: str, luck: int) -> None:
        """Put a meaning's affix at a word's front (``prefix``), at its end (``suffix``) or where most are."""
        if where == "tendency":
            where = self.grammar.choose("tendency", luck)
        affix = self.form_of[meaning]
        word.form = affix + word.form if where == "prefix" else word.form + affix

    def gender(self, gender: str) -> str | None:
        """What agreement with a noun of this gender attaches; ``None`` in languages without gender."""
        if not self.grammar.yes("gender"):
            return None
        return _SEXES.get(gender, _GENDERS[gender]) if self.grammar.yes("sex") else _GENDERS[gender]


_GENDERS: Final[Mapping[str, str]] = {"feminine": "HUMAN", "masculine": "HUMAN", "animal": "ANIMAL", "thing": "THING"}
_SEXES: Final[Mapping[str, str]] = {"feminine": "FEM", "masculine": "MASC"}


def join(words: list[Word], more: list[Word], *, before: bool) -> None:
    """Put words at the front of others, or at their end."""
    words[0 if before else len(words) : 0 if before else len(words)] = more
