"""The bottleneck adapter, ``Seq_bn``: what MAD-X and MAD-G put after every feed-forward block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor

from hypergen.adapters.activations import Activation, activation_of
from hypergen.adapters.core import Adapter, Frozen, Layout, Site, SiteKind, Slot, Weights, affine
from hypergen.adapters.terms import Term
from hypergen.errors import HypergenError


@dataclass(frozen=True)
class BottleneckSpec:
    """``x' = x + up(relu(down(y)))``, ``y' = N(x')``, at the LayerNorm after the feed-forward block, ``y = N(x)``.

    On BERT, with ``x = h + r`` (feed-forward output and attention output): ``LN(up(relu(down(LN(h + r)))) + h + r)``.
    Decoders have no LayerNorm there: at their blocks ``N`` is the identity and ``x = y`` the layer's output.

    Slots at a site of d: ``down.weight (size, d)``, ``down.bias (size)``, ``up.weight (d, size)``, ``up.bias (d)``.

    Attributes:
        size: Units of the bottleneck; ``d // 16`` in MAD-G (48 in mBERT), ``d // 2`` in MAD-X.
        activation: In place of ``relu``; the first published MAD-X adapters have ``gelu_new``, its tanh approximation.

    Example:
        >>> sites = [Site("bert.encoder.layer.0.output.LayerNorm", "norm", in_size=768, out_size=768)]
        >>> BottleneckSpec(size=48).layout(sites).num_parameters
        74544

    References:
        Pfeiffer et al. (2020), MAD-X, https://arxiv.org/abs/2005.00052;
        Ansell et al. (2021), MAD-G, https://aclanthology.org/2021.findings-emnlp.410.
    """

    size: int = 48
    activation: Activation = "relu"

    site_kinds: ClassVar[tuple[SiteKind, ...]] = ("norm", "block")
    identity_slots: ClassVar[tuple[str, ...]] = ("up.weight", "up.bias")
    terms: ClassVar[tuple[str, ...]] = ("",)

    def __post_init__(self) -> None:
        if self.size < 1:
            raise HypergenError(
                f"bottleneck size is {self.size}; it needs at least 1 unit. To switch it off, pass adapters=[]."
            )
        activation_of(self.activation)

    def layout(self, sites: Sequence[Site]) -> Layout:
        """Four slots at each site of a fitting kind."""
        fitting = tuple(site for site in sites if site.kind in self.site_kinds)
        slots = [
            Slot(site.path, name, shape)
            for site in fitting
            for name, shape in (
                ("down.weight", (self.size, site.out_size)),
                ("down.bias", (self.size,)),
                ("up.weight", (site.out_size, self.size)),
                ("up.bias", (site.out_size,)),
            )
        ]
        return Layout(fitting, tuple(slots))

    def initial(self, layout: Layout, *, rng: torch.Generator) -> Adapter:
        """AdapterHub's start: matrices normal with standard deviation 0.02, biases zero."""
        parts = [
            0.02 * torch.randn(slot.size, generator=rng) if slot.name.endswith("weight") else torch.zeros(slot.size)
            for slot in layout.slots
        ]
        return Adapter.from_vector(self, layout, torch.cat(parts))

    def apply(self, weights: Weights, x: Tensor, y: Tensor, module: Frozen) -> tuple[Tensor, Tensor]:
        """``(x + bottleneck(y), N(x + bottleneck(y)))``."""
        return self.add(partial(self.term, weights), x, y, module)

    def add(self, term: Term, x: Tensor, y: Tensor, module: Frozen) -> tuple[Tensor, Tensor]:
        """``apply`` with another term in the place of the bottleneck."""
        adapted = x + term("", y)
        return adapted, module(adapted)

    def term(self, weights: Weights, _name: str, y: Tensor) -> Tensor:
        """``up(relu(down(y)))``: what one adapter adds to the residual stream."""
        return bottleneck(y, weights, self.activation)

    def term_sizes(self, _name: str, site: Site) -> tuple[int, int]:
        """Sizes of what the term reads and of what it adds."""
        return site.out_size, site.out_size

    def doubled(self) -> BottleneckSpec:
        """With twice the units."""
        return replace(self, size=2 * self.size)


def bottleneck(v: Tensor, w: Weights, activation: Activation = "relu") -> Tensor:
    """``up(relu(down(v)))``."""
    hidden = activation_of(activation)(affine(v, w["down.weight"], w["down.bias"]))
    return affine(hidden, w["up.weight"], w["up.bias"])
