"""Averages of trained adapters: their mean, the nearest language's, or weighted by typological distance (TIPA)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from hypergen.adapters.core import Adapter
from hypergen.errors import HypergenError
from hypergen.sources.core import AdapterBank, Languages, with_axis
from hypergen.typology import Metric, TypologyTable

Weighting = Callable[[str, Sequence[str]], Mapping[str, float]]
"""A language and the languages of a bank -> the weight of each of these that counts."""


class AveragedAdapters(nn.Module):
    """``A(l) = sum_i w_i(l) A(i)`` over the adapters of a bank, entry by entry; nothing is trained.

    Args:
        bank: The trained adapters.
        weights: :func:`mean_weights`, :func:`nearest_weights`, :func:`tipa_weights`, or a function of one's own.
    """

    def __init__(self, bank: AdapterBank, weights: Weighting) -> None:
        super().__init__()
        self.bank, self.weights = bank, weights

    def forward(self, languages: Languages) -> Adapter:
        """The averages for these languages.

        Raises:
            HypergenError: If the weights are of no language.
            UnknownLanguageError: If they are of a language that the bank has not.
        """
        return with_axis(languages, self._average)

    def _average(self, languages: Sequence[str]) -> Adapter:
        vector = torch.stack([self._vector(language) for language in languages])
        return Adapter.from_vector(self.bank.spec, self.bank.layout, vector)

    def _vector(self, language: str) -> Tensor:
        weights = self.weights(language, self.bank.languages)
        if not weights:
            raise HypergenError(f"the weights for {language} are of no language; give at least one.")
        vectors = self.bank(list(weights)).vector()
        average: Tensor = vectors.new_tensor(list(weights.values())) @ vectors
        return average


def mean_weights(_language: str, among: Sequence[str]) -> dict[str, float]:
    """The same weight for every language of the bank.

    Example:
        >>> mean_weights("yua", ["swh", "quy"])
        {'swh': 0.5, 'quy': 0.5}
    """
    return dict.fromkeys(among, 1 / len(among))


def nearest_weights(table: TypologyTable, *, metric: Metric = "hamming") -> Weighting:
    """All weight on the other language that is nearest in typology.

    Example:
        >>> nearest_weights(TypologyTable.from_uriel())("swh", ["zul", "swe"])
        {'zul': 1.0}
    """

    def weights(language: str, among: Sequence[str]) -> dict[str, float]:
        return {other: 1.0 for other, _ in _ranked(table, language, among=among, metric=metric)[:1]}

    return weights


def tipa_weights(
    table: TypologyTable, *, metric: Metric = "hamming", temperature: float = 1.0, k: int | None = None
) -> Weighting:
    """TIPA: ``w_i = softmax_i((1 - d_i) / temperature)``, with ``d_i`` the distance of language i, from 0 to 1.

    Args:
        table: Whose features the distance compares; the paper takes URIEL+'s.
        metric: ``hamming`` as a share of the features, ``cosine``, or ``euclidean`` as a share of the largest.
        temperature: 1 in the paper's code, where all languages then weigh nearly the same.
        k: Only the nearest ``k`` languages; all by default.

    Raises:
        HypergenError: If the temperature is not above 0, or ``k`` is below 1.

    References:
        Accou and Poelman (2026), TIPA: Typologically Informed Parameter Aggregation, https://arxiv.org/abs/2601.16629.
    """
    if temperature <= 0 or (k is not None and k < 1):
        raise HypergenError(f"temperature is {temperature} and k {k}; expected above 0, and 1 or more languages.")
    largest = {"hamming": len(table.features), "cosine": 1.0, "euclidean": math.sqrt(len(table.features))}[metric]

    def weights(language: str, among: Sequence[str]) -> dict[str, float]:
        ranked = _ranked(table, language, among=among, metric=metric)[:k]
        scores = torch.tensor([(1 - distance / largest) / temperature for _, distance in ranked], dtype=torch.float64)
        return {other: weight for (other, _), weight in zip(ranked, scores.softmax(0).tolist(), strict=True)}

    return weights


def _ranked(table: TypologyTable, language: str, *, among: Sequence[str], metric: Metric) -> list[tuple[str, float]]:
    """The other languages with their distances, the nearest first."""
    ranked = table.nearest(language, k=len(among), among=among, metric=metric)
    if not ranked:
        raise HypergenError(
            f"the bank has no other language than {language} ({', '.join(among)}); train adapters of more languages."
        )
    return ranked
