"""Family, genus and language: an adapter for each, and a language has those that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from hypergen.adapters.chain import chain
from hypergen.adapters.core import Adapter, AdapterSpec, Layout
from hypergen.errors import HypergenError, UnknownLanguageError
from hypergen.languages import Language
from hypergen.sources.core import Languages, with_axis

Lineage = Callable[[str], tuple[str | None, ...]]
"""A language -> what it belongs to, the widest first; ``None`` where that is not known."""


class LineageAdapters(nn.Module):
    """``A(l) = chain[F(family), G(genus), L(language)]``, trained together; or the sum of their parameters.

    A language that nothing was trained on has the parts that it shares with those that were: its genus and family, its
    family alone, or nothing, which leaves the backbone as it is. Where a part is missing stands an adapter of zeros.

    As a chain, every part starts as the method starts an adapter. As a sum, the family's does and the others start at
    zero: they say how a genus differs from its family, and a language from its genus.

    Args:
        spec: The adapter method of every part.
        layout: Its slots on the backbone.
        languages: Those to train.
        lineage: What a language belongs to: :func:`lineage_of`, or for invented languages a function of one's own.
        join: Whether parts act one after the other, or are added up.
        rng: Draws the start.

    Raises:
        HypergenError: If there are no languages, or their lineages are of different lengths.

    References:
        Faisal and Anastasopoulos (2022), Phylogeny-Inspired Adaptation of Multilingual Models to New Languages,
        https://arxiv.org/abs/2205.09634 (stacks).
    """

    def __init__(
        self,
        spec: AdapterSpec,
        layout: Layout,
        languages: Sequence[str],
        *,
        lineage: Lineage | None = None,
        join: Literal["chain", "sum"] = "chain",
        rng: torch.Generator,
    ) -> None:
        super().__init__()
        self.spec, self.layout, self.join = spec, layout, join
        self.lineage = lineage_of if lineage is None else lineage
        lineages = [self.lineage(language) for language in languages]
        if len({len(each) for each in lineages}) != 1:
            raise HypergenError(
                f"{len(languages)} languages with lineages of {sorted({len(each) for each in lineages})} levels were "
                "given; expected one language or more, and as many levels of each."
            )
        self.num_levels = len(lineages[0])
        parts = dict.fromkeys((level, name) for each in lineages for level, name in enumerate(each) if name is not None)
        self.parts = {part: row for row, part in enumerate(parts)}
        start = [
            spec.initial(layout, rng=rng).vector() * (1.0 if join == "chain" or level == 0 else 0.0)
            for level, _ in self.parts
        ]
        self.vectors = nn.Parameter(torch.stack(start))

    def forward(self, languages: Languages) -> Adapter:
        """The adapters of these languages: those parts of each that were trained."""
        return with_axis(languages, self._joined)

    def _joined(self, languages: Sequence[str]) -> Adapter:
        levels = [
            torch.stack([self._part(level, self.lineage(language)[level]) for language in languages])
            for level in range(self.num_levels)
        ]
        if self.join == "sum":
            return Adapter.from_vector(self.spec, self.layout, torch.stack(levels).sum(0))
        return chain([Adapter.from_vector(self.spec, self.layout, level) for level in levels])

    def _part(self, level: int, name: str | None) -> Tensor:
        row = self.parts.get((level, name)) if name is not None else None
        return torch.zeros_like(self.vectors[0]) if row is None else self.vectors[row]


def lineage_of(language: str) -> tuple[str | None, str | None, str]:
    """Family, genus and the language itself.

    Example:
        >>> lineage_of("yua")
        ('Mayan', 'Mayan', 'yua')
    """
    try:
        known = Language.parse(language)
    except UnknownLanguageError:  # an invented language has no relatives
        return None, None, language
    return known.family, known.genus, language
