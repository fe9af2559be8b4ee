"""ZGUL's mixture of adapters: by attention on what is read, and by weights of the language, joined by a linear map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from hypergen.adapters.core import Adapter, Frozen, Layout, Site, SiteKind, Slot, Weights, affine
from hypergen.adapters.fusion import VALUE, FusionSpec, shares
from hypergen.adapters.terms import AdditiveMethod
from hypergen.adapters.weighted import weighted

LANGUAGE, OUT, OUT_BIAS = "language", "out.weight", "out.bias"


@dataclass(frozen=True)
class ZgulSpec:
    """``W [sum_i softmax_i(Q v . K d_i) V d_i; sum_i softmax(a)_i V d_i] + b``, with ``a`` a vector of the language.

    Slots for a term that reads (in) and adds (out): those of AdapterFusion, ``language (num_parts)``,
    ``out.weight (out, 2 out)`` and ``out.bias (out)``.

    Attributes:
        of: The method of the adapters to mix.
        num_parts: How many of them.

    References:
        Rathore et al. (2023), ZGUL, https://arxiv.org/abs/2310.16393.
    """

    of: AdditiveMethod
    num_parts: int

    @property
    def site_kinds(self) -> tuple[SiteKind, ...]:
        """Those of the mixed method."""
        return self.of.site_kinds

    @property
    def identity_slots(self) -> tuple[str, ...]:
        """The joining maps: at zero, nothing is added."""
        return tuple(f"{term}{name}" for term in self.of.terms for name in (OUT, OUT_BIAS))

    def layout(self, sites: Sequence[Site]) -> Layout:
        """Eight slots for each term at the sites of the mixed method."""
        fusion = FusionSpec(self.of).layout(sites)
        slots: list[Slot] = []
        for site in fusion.sites:
            slots += fusion.slots_of[site.path]
            for term in self.of.terms:
                added = self.of.term_sizes(term, site)[1]
                shapes = {LANGUAGE: (self.num_parts,), OUT: (added, 2 * added), OUT_BIAS: (added,)}
                slots += [Slot(site.path, f"{term}{name}", shape) for name, shape in shapes.items()]
        return Layout(fusion.sites, tuple(slots))

    def initial(self, layout: Layout, *, rng: torch.Generator) -> Adapter:
        """Attention as AdapterFusion starts it, equal weights of the language, and the mean of both mixtures.

        (The authors' code draws the joining map at random, from where the adapters' work has to be learnt again.)
        """
        fusion = FusionSpec(self.of)
        start = fusion.initial(fusion.layout(layout.sites), rng=rng).tensors
        tensors: dict[str, dict[str, Tensor]] = {site.path: dict(start[site.path]) for site in layout.sites}
        for slot in layout.slots:
            if slot.name not in tensors[slot.site]:
                halves = torch.eye(slot.shape[0]).repeat(1, 2) / 2
                tensors[slot.site][slot.name] = halves if slot.name.endswith(OUT) else torch.zeros(slot.shape)
        return Adapter(self, layout, tensors)

    def apply(self, weights: Weights, x: Tensor, y: Tensor, module: Frozen) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """``(x, y)``: by itself it has nothing to mix."""
        return x, y

    def mix(self, weights: Weights, v: Tensor, added: Tensor) -> Tensor:
        """``W [sum_i softmax_i(Q v . K d_i) V d_i; sum_i softmax(a)_i V d_i] + b``."""
        mapped = affine(added, weights[VALUE])
        by_attention = (shares(v, added, weights).unsqueeze(-2) @ mapped).squeeze(-2)
        both = torch.cat([by_attention, weighted(mapped, weights[LANGUAGE])], dim=-1)
        return affine(both, weights[OUT], weights[OUT_BIAS])
