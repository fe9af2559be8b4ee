"""Controls: what a generated adapter must beat before its typology has done anything.

*mean*: the generator given the mean vector of its training languages. *nearest*: given the vector of the training
language nearest in typology. *swapped*: given some other language's vector. *shuffled*: a generator trained with
vectors permuted among its languages; only this one tests whether the structure of typology is used, and not just the
identity of a language. *random*: a generator trained and asked with random vectors, one for each language. *One
language for all* is :class:`hypergen.sources.same.OneForAll`, and *learned ids*
:class:`hypergen.sources.learned.LearnedEmbeddings`.

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

from hypergen.data.batches import generator_for
from hypergen.errors import HypergenError
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
    """A typology in which every language has the mean vector of some languages.

    Raises:
        HypergenError: If these are none.
    """

    typology: Typology
    over: Sequence[str]

    def __post_init__(self) -> None:
        if not self.over:
            raise HypergenError("a mean vector of no language was asked for; give the generator's training languages.")

    def vectors(self, languages: Sequence[str]) -> Float[Tensor, "lang feat"]:
        """The mean vector, once for each language."""
        return self.typology.vectors(list(self.over)).mean(0, keepdim=True).expand(len(languages), -1)


@dataclass(frozen=True)
class RandomTypology:
    """A typology in which every language has a random vector, always the same; each feature is some language's.

    ``t_j = over[r_j]_j`` with ``r_j`` drawn from the seed and the language's code: features are as frequent as among
    ``over``, and say nothing.

    Raises:
        HypergenError: If ``over`` is empty.
    """

    typology: Typology
    over: Sequence[str]
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.over:
            raise HypergenError("random vectors of no language's features were asked for; give some languages.")

    def vectors(self, languages: Sequence[str]) -> Float[Tensor, "lang feat"]:
        """The random vectors of these languages, one row each."""
        given = self.typology.vectors(list(self.over))
        features = torch.arange(given.shape[1])
        drawn = [
            torch.randint(len(given), (len(features),), generator=generator_for(self.seed, "typology", language))
            for language in languages
        ]
        return given[torch.stack(drawn), features]


def nearest_of(languages: Sequence[str], *, among: Sequence[str], table: TypologyTable) -> dict[str, str]:
    """For each language the other language of ``among`` with the smallest Hamming distance.

    Raises:
        HypergenError: If ``among`` holds no language with another row than that of a language.
    """
    nearest = {language: table.nearest(language, k=1, among=among) for language in languages}
    for language, found in nearest.items():
        if not found:
            raise HypergenError(
                f"none of the {len(among)} languages given can be nearest to {language}: none has another row than "
                f"{table.row_of(language)}; give more languages."
            )
    return {language: found[0][0] for language, found in nearest.items()}


def swapped_of(languages: Sequence[str], *, genus: Mapping[str, str | None], rng: random.Random) -> dict[str, str]:
    """For each language another one of ``languages``, of another genus, drawn at random; an unknown genus is another.

    Raises:
        HypergenError: If all languages are of one genus, or there is one only.
    """
    swapped = {}
    for language in languages:
        own = genus[language]
        others = [other for other in languages if other != language and (own is None or genus[other] != own)]
        if not others:
            raise HypergenError(
                f"no language of another genus than {language}'s ({own or 'unknown'}) is among the {len(languages)} "
                "given; give languages of two genera or more."
            )
        swapped[language] = rng.choice(others)
    return swapped


def shuffled_of(languages: Sequence[str], *, rng: torch.Generator) -> dict[str, str]:
    """A random permutation of the languages in which none keeps its place.

    Raises:
        HypergenError: If there are fewer than two.
    """
    if len(languages) < 2:
        raise HypergenError(f"{len(languages)} language(s) were given to shuffle; give two or more.")
    order = torch.randperm(len(languages), generator=rng).tolist()
    return {languages[order[i]]: languages[order[i - 1]] for i in range(len(order))}
