"""LoRA: a low-rank addition to the output of linear layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor

from hypergen.adapters.core import Adapter, Frozen, Layout, Site, SiteKind, Slot, Weights, affine
from hypergen.adapters.terms import Term
from hypergen.errors import HypergenError


@dataclass(frozen=True)
class LoraSpec:
    """``x' = x``, ``y' = y + (alpha / rank) B A x``, at linear layers, ``y = N(x)``.

    Slots at a site of (in, out): ``A (rank, in)``, ``B (out, rank)``.

    Attributes:
        rank: Rows of A, columns of B.
        alpha: Numerator of the scale.
        targets: Which linear layers, by the end of their paths (``query``, ``attention.output.dense``); by default the
            maps to queries and values, by BERT's and by LLaMA's names. Empty: every linear site that there is.

    Example:
        >>> sites = [Site("bert.encoder.layer.0.attention.self.query", "linear", in_size=768, out_size=768)]
        >>> LoraSpec(rank=8).layout(sites).num_parameters
        12288

    References:
        Hu et al. (2022), LoRA: Low-Rank Adaptation of Large Language Models, https://arxiv.org/abs/2106.09685.
    """

    rank: int = 8
    alpha: float = 8.0
    targets: tuple[str, ...] = ("query", "value", "q_proj", "v_proj")

    site_kinds: ClassVar[tuple[SiteKind, ...]] = ("linear",)
    identity_slots: ClassVar[tuple[str, ...]] = ("B",)
    terms: ClassVar[tuple[str, ...]] = ("",)

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise HypergenError(
                f"rank is {self.rank}; a low-rank adapter needs at least 1. To switch it off, pass adapters=[]."
            )

    def layout(self, sites: Sequence[Site]) -> Layout:
        """Two slots at each linear site that is a target."""
        fitting = tuple(site for site in sites if site.kind in self.site_kinds and self._is_target(site.path))
        slots = [
            Slot(site.path, name, shape)
            for site in fitting
            for name, shape in (("A", (self.rank, site.in_size)), ("B", (site.out_size, self.rank)))
        ]
        return Layout(fitting, tuple(slots))

    def initial(self, layout: Layout, *, rng: torch.Generator) -> Adapter:
        """The published start: A uniform within ``1 / sqrt(in)`` (Kaiming, as PEFT), B zero."""
        parts = [
            (2 * torch.rand(slot.size, generator=rng) - 1) * slot.shape[1] ** -0.5
            if slot.name == "A"
            else torch.zeros(slot.size)
            for slot in layout.slots
        ]
        return Adapter.from_vector(self, layout, torch.cat(parts))

    def apply(self, weights: Weights, x: Tensor, y: Tensor, module: Frozen) -> tuple[Tensor, Tensor]:
        """``(x, y + (alpha / rank) B A x)``."""
        return self.add(partial(self.term, weights), x, y, module)

    def add(self, term: Term, x: Tensor, y: Tensor, _module: Frozen) -> tuple[Tensor, Tensor]:
        """``apply`` with another term in the place of the low-rank one."""
        return x, y + term("", x)

    def term(self, weights: Weights, _name: str, x: Tensor) -> Tensor:
        """``(alpha / rank) B A x``: what one adapter adds to the layer's output."""
        return (self.alpha / self.rank) * affine(affine(x, weights["A"]), weights["B"])

    def term_sizes(self, _name: str, site: Site) -> tuple[int, int]:
        """Sizes of what the term reads and of what it adds."""
        return site.in_size, site.out_size

    def doubled(self) -> LoraSpec:
        """With twice the rank, and twice ``alpha``, so that each of them counts as before."""
        return replace(self, rank=2 * self.rank, alpha=2 * self.alpha)

    def _is_target(self, path: str) -> bool:
        return not self.targets or any(f".{path}".endswith(f".{target}") for target in self.targets)
