"""Controls: what a generated adapter must beat before its typology has done anything.

*mean*: the generator given the mean vector of its training languages. *nearest*: given the vector of the training
language nearest in typology. *swapped*: given some other language's vector. *shuffled*: a generator trained with
vectors permuted among its languages; only this one tests whether the structure of typology is used, and not just the
identity of a language.

References:
    Charakorn et al. (2025), Text-to-LoRA, https://arxiv.org/abs/2506.06105 (random conditioning also gives fair
    adapters).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from hypergen.sources import Typology
from hypergen.typology import TypologyTable


@dataclass(frozen=True)
class SubstitutedTypology:
    """A typology in which some languages have another language's vector."""

    typology: Typology
    instead: Mapping[str, str]

    def vectors(self, languages: Sequence[str]) -> Float[Tensor, "lang feat"]:
        """The vectors of the languages' substitutes; of a language without one, its own."""
        return self.typology.vectors([self.instead.get(language, language) for language in languages])


@dataclass(frozen=True)
class MeanTypology:
    """A typology in which every language has the mean vector of some languages."""

    typology: Typology
    over: Sequence[str]

    def vectors(self, languages: Sequence[str]) -> Float[Tensor, "lang feat"]:
        """The mean vector, once for each language."""
        return self.typology.vectors(list(self.over)).mean(0, keepdim=True).expand(len(languages), -1)


def nearest_of(languages: Sequence[str], *, among: Sequence[str], table: TypologyTable) -> dict[str, str]:
    """For each language the other language of ``among`` with the smallest Hamming distance."""
    return {
        language: table.nearest(language, k=1, among=[other for other in among if other != language])[0][0]
        for language in languages
    }


def swapped_of(languages: Sequence[str], *, genus: Mapping[str, str | None], rng: random.Random) -> dict[str, str]:
    """For each language another one of ``languages``, of another genus, drawn at random."""
    return {
        language: rng.choice([other for other in languages if genus[other] != genus[language]])
        for language in languages
    }


def shuffled_of(languages: Sequence[str], *, rng: torch.Generator) -> dict[str, str]:
    """A random permutation of the languages in which none keeps its place."""
    order = torch.randperm(len(languages), generator=rng).tolist()
    return {languages[order[i]]: languages[order[i - 1]] for i in range(len(order))}
