"""A weighted sum of adapters: one weight each at every site, the same for all tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from hypergen.adapters.core import Adapter, Frozen, Layout, Site, SiteKind, Slot, Weights
from hypergen.adapters.terms import AdditiveMethod

LOGITS = "logits"


@dataclass(frozen=True)
class WeightedSpec:
    """``sum_i softmax(a)_i d_i``: a fusion by weights, one vector ``a`` for each term of the method at each site.

    Slots: ``logits (num_parts)``.

    Attributes:
        of: The method of the adapters to mix.
        num_parts: How many of them.

    References:
        Wang et al. (2021), Efficient Test Time Adapter Ensembling for Low-resource Language Varieties,
        https://arxiv.org/abs/2109.04877 (there fitted to each input, :mod:`hypergen.evaluation.emea`).
    """

    of: AdditiveMethod
    num_parts: int

    @property
    def site_kinds(self) -> tuple[SiteKind, ...]:
        """Those of the mixed method."""
        return self.of.site_kinds

    @property
    def identity_slots(self) -> tuple[str, ...]:
        """None: at zero it is the mean of the adapters."""
        return ()

    def layout(self, sites: Sequence[Site]) -> Layout:
        """One slot for each term at the sites of the mixed method."""
        fitting = self.of.layout(sites).sites
        terms = [(site.path, f"{term}{LOGITS}") for site in fitting for term in self.of.terms]
        return Layout(fitting, tuple(Slot(path, name, (self.num_parts,)) for path, name in terms))

    def initial(self, layout: Layout, *, rng: torch.Generator) -> Adapter:  # noqa: ARG002 (nothing is drawn)
        """The mean of the adapters."""
        return Adapter.from_vector(self, layout, torch.zeros(layout.num_parameters))

    def apply(self, weights: Weights, x: Tensor, y: Tensor, module: Frozen) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """``(x, y)``: by itself it has nothing to mix."""
        return x, y

    def mix(self, weights: Weights, _v: Tensor, added: Tensor) -> Tensor:
        """``sum_i softmax(a)_i d_i``."""
        return weighted(added, weights[LOGITS])


def weighted(
    added: Float[Tensor, "batch *tokens parts out"], logits: Float[Tensor, "*lang parts"]
) -> Float[Tensor, "batch *tokens out"]:
    """``sum_i softmax(logits)_i d_i``, with logits for the whole batch, or G of them for G equal groups of rows."""
    shares: Tensor = logits.softmax(dim=-1)
    if logits.ndim == 1:
        return torch.einsum("i,...id->...d", shares, added)
    grouped = added.unflatten(0, (shares.shape[0], -1))
    return torch.einsum("gi,g...id->g...d", shares, grouped).flatten(0, 1)
