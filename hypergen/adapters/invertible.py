"""The invertible adapter of MAD-X: a change of the embeddings that is undone before the output embedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor

from hypergen.adapters.activations import Activation, activation_of
from hypergen.adapters.bottleneck import bottleneck
from hypergen.adapters.core import Adapter, Frozen, Layout, Site, SiteKind, Slot, Weights
from hypergen.adapters.terms import Term, within
from hypergen.errors import HypergenError


@dataclass(frozen=True)
class InvertibleSpec:
    """``y1 = e1 + F(e2)``, ``y2 = e2 + G(y1)``, with ``[e1, e2]`` the halves of the embeddings, F and G bottlenecks.

    Just before the output embedding, ``h2 = h2 - G(h1)``, then ``h1 = h1 - F(h2)``: exactly what undoes it.

    Slots at embeddings of d: ``F.down.weight (size, d/2)``, ``F.down.bias (size)``, ``F.up.weight (d/2, size)``,
    ``F.up.bias (d/2)``, and the same of G. Where d is odd, the second half is the larger.

    Attributes:
        size: Units of F and of G; ``d // 4`` in MAD-X (192 in mBERT).
        activation: Of F and of G.

    Example:
        >>> sites = [Site("bert.embeddings", "embedding", in_size=768, out_size=768)]
        >>> InvertibleSpec(size=192).layout(sites).num_parameters
        296064

    References:
        Dinh et al. (2015), NICE, https://arxiv.org/abs/1410.8516;
        Pfeiffer et al. (2020), MAD-X, https://arxiv.org/abs/2005.00052.
    """

    size: int = 192
    activation: Activation = "relu"

    site_kinds: ClassVar[tuple[SiteKind, ...]] = ("embedding",)
    identity_slots: ClassVar[tuple[str, ...]] = ("F.up.weight", "F.up.bias", "G.up.weight", "G.up.bias")
    terms: ClassVar[tuple[str, ...]] = ("F.", "G.")

    def __post_init__(self) -> None:
        if self.size < 1:
            raise HypergenError(
                f"an invertible adapter of size {self.size} was asked for; it needs at least 1 unit. To switch it off, "
                "use the bottleneck alone."
            )
        activation_of(self.activation)

    def layout(self, sites: Sequence[Site]) -> Layout:
        """Eight slots at the embeddings."""
        fitting = tuple(site for site in sites if site.kind in self.site_kinds)
        slots = [
            Slot(site.path, f"{term}{name}", shape)
            for site in fitting
            for term in self.terms
            for read, added in [self.term_sizes(term, site)]
            for name, shape in (
                ("down.weight", (self.size, read)),
                ("down.bias", (self.size,)),
                ("up.weight", (added, self.size)),
                ("up.bias", (added,)),
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
        """``(x, [e1 + F(e2), e2 + G(e1 + F(e2))])``, with ``y = [e1, e2]``."""
        return self.add(partial(self.term, weights), x, y, module)

    def invert(self, weights: Weights, h: Tensor) -> Tensor:
        """``[h1 - F(h2 - G(h1)), h2 - G(h1)]``: :meth:`apply` undone."""
        return self.subtract(partial(self.term, weights), h)

    def add(self, term: Term, x: Tensor, y: Tensor, _module: Frozen) -> tuple[Tensor, Tensor]:
        """``apply`` with other terms in the place of F and G."""
        first, second = _halves(y)
        first = first + term("F.", second)
        return x, torch.cat([first, second + term("G.", first)], dim=-1)

    def subtract(self, term: Term, h: Tensor) -> Tensor:
        """``invert`` with other terms in the place of F and G."""
        first, second = _halves(h)
        second = second - term("G.", first)
        return torch.cat([first - term("F.", second), second], dim=-1)

    def term(self, weights: Weights, name: str, half: Tensor) -> Tensor:
        """``F(half)`` or ``G(half)``."""
        return bottleneck(half, within(weights, name), self.activation)

    def term_sizes(self, name: str, site: Site) -> tuple[int, int]:
        """Sizes of what F or G reads and of what it adds."""
        first = site.out_size // 2
        second = site.out_size - first
        return (second, first) if name == "F." else (first, second)


def _halves(tensor: Tensor) -> tuple[Tensor, Tensor]:
    half = tensor.shape[-1] // 2
    return tensor[..., :half], tensor[..., half:]
