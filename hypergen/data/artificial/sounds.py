"""Sounds of artificial languages: what the features of an inventory make of the roots of the common stock."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from hypergen.data.artificial.inventory import MARKS, SEGMENTS

__all__ = ["Phonology", "Root", "WhenAsked", "draw_grammatical_root", "draw_root"]

V = TypeVar("V")


@dataclass(frozen=True)
class Root:
    """A form before any language has adapted it: syllables of (onset, vowel, coda), each segment with its marks."""

    syllables: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Phonology:
    """What a language's ``P_`` and ``INV_`` features make of a root.

    Each segment is followed along its chain of ``instead`` to the first whose features are all 1; marks are written
    where their feature is 1. Without ``P_CODAS`` a coda gets the syllable's vowel behind it, without
    ``P_COMPLEX_CODAS`` its second consonant is dropped; without ``P_COMPLEX_ONSETS`` the vowel stands between two
    consonants of an onset; without ``P_VELAR_NASAL`` and ``P_VELAR_NASAL_INITIAL`` no word begins with ``ŋ`` but with
    ``n``. All zero is the language of ``t``, ``a`` and ``o`` in open syllables.
    """

    features: Mapping[str, float]

    def write(self, root: Root) -> str:
        """The root as this language writes it."""
        letters: list[str] = []
        for onset, vowel, coda in root.syllables:
            core = self._written[vowel]
            self._onset(letters, onset, core=core[0])
            letters += core
            for consonant in coda[: 2 if self._complex_codas else 1]:
                letters += self._written[consonant]
                if not self._codas:
                    letters += core[0]
        word = "".join(letters)
        return "n" + word[1:] if word[0] == "ŋ" and not self._initial_velar_nasal else word

    def _onset(self, letters: list[str], onset: Sequence[str], *, core: str) -> None:
        for position, consonant in enumerate(onset):
            if position and not self._complex_onsets:
                letters += core
            letters += self._written[consonant]

    @cached_property
    def _written(self) -> "WhenAsked[list[str]]":
        """How each marked segment is written."""
        return WhenAsked(self._write_segment)

    def _write_segment(self, marked: str) -> list[str]:
        segment = SEGMENTS[marked[0]]
        while segment.instead != segment.letter and not all(self.features[name] > 0.5 for name in segment.needs):
            segment = SEGMENTS[segment.instead]
        return [segment.letter, *(mark for mark in marked[1:] if self.features[_NEEDS[mark]] > 0.5)]

    @cached_property
    def _codas(self) -> bool:
        return self.features["P_CODAS"] > 0.5

    @cached_property
    def _complex_codas(self) -> bool:
        return self._codas and self.features["P_COMPLEX_CODAS"] > 0.5

    @cached_property
    def _complex_onsets(self) -> bool:
        return self.features["P_COMPLEX_ONSETS"] > 0.5

    @cached_property
    def _initial_velar_nasal(self) -> bool:
        return self.features["P_VELAR_NASAL"] > 0.5 and self.features["P_VELAR_NASAL_INITIAL"] > 0.5


class WhenAsked(dict[str, V]):
    """A dictionary whose values are worked out from their keys, each when it is first asked for."""

    def __init__(self, work_out: Callable[[str], V]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, key: str) -> V:
        self[key] = self._work_out(key)
        return self[key]


_NEEDS: Final = {mark.sign: mark.needs for mark in MARKS}


def draw_root(rng: random.Random, *, num_syllables: int) -> Root:
    """A root of the common stock: consonant clusters in one onset of eight, a coda in one syllable of three."""
    return Root(tuple(_syllable(rng) for _ in range(num_syllables)))


def draw_grammatical_root(rng: random.Random) -> Root:
    """A root of a function word or an affix: one open syllable of sounds that most languages have."""
    return Root((((rng.choice("tkpmnsl"),), rng.choice("aiuoe"), ()),))


def _syllable(rng: random.Random) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    onset: tuple[str, ...] = (_segment(rng, vowel=False),)
    if rng.random() < 0.12:
        onset = (*onset, rng.choice("lrjw"))
    shape = rng.random()
    coda = () if shape > 0.3 else (_segment(rng, vowel=False),) if shape > 0.05 else (rng.choice("nrl"), "t")
    return onset, _segment(rng, vowel=True), coda


def _segment(rng: random.Random, *, vowel: bool) -> str:
    """A segment by weight, with at most one mark."""
    letters = [segment for segment in SEGMENTS.values() if segment.is_vowel is vowel]
    letter = rng.choices(letters, weights=[segment.weight for segment in letters])[0].letter
    for mark in MARKS:
        if letter in mark.carriers and rng.random() * 100 < mark.weight:
            return letter + mark.sign
    return letter
