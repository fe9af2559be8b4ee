"""Adapters of one method, fused into one: a mixture of what they would add, in the place of what one adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, cast, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from hypergen.adapters.chain import ChainSpec, chain, joined, joined_layout, unchain
from hypergen.adapters.core import Adapter, AdapterSpec, Frozen, Layout, Site, SiteKind, Weights
from hypergen.adapters.terms import AdditiveMethod, Term, within
from hypergen.errors import HypergenError


@runtime_checkable
class MixingMethod(AdapterSpec, Protocol):
    """A way to mix adapters: an adapter method whose tensors say how, and which by itself changes nothing."""

    @property
    def of(self) -> AdditiveMethod:
        """The method of the adapters to mix; their sizes may differ."""
        ...

    @property
    def num_parts(self) -> int | None:
        """How many of them, or ``None`` where any number will do."""
        ...

    def mix(
        self, weights: Weights, v: Float[Tensor, "batch *tokens in"], added: Float[Tensor, "batch *tokens parts out"]
    ) -> Float[Tensor, "batch *tokens out"]:
        """What is added where ``v`` was read and the adapters would add these."""
        ...


@dataclass(frozen=True)
class FusedSpec:
    """Adapters of one method with their fusion, as one: in the place of a term ``d``, a mixture of all ``d_i``.

    At embeddings the two terms of :class:`~hypergen.adapters.invertible.InvertibleSpec` are mixed one by one, so that
    the fused adapter is invertible too. Slots are those of the parts, ``0.down.weight`` the first one's
    ``down.weight``, and ``fusion.query.weight`` and so on.

    Attributes:
        parts: The methods that are fused, all of one class.
        fusion: How, such as :class:`~hypergen.adapters.fusion.FusionSpec`.

    Raises:
        HypergenError: If the fusion is made for others, or for another number of them.
    """

    parts: tuple[AdditiveMethod, ...]
    fusion: MixingMethod

    def __post_init__(self) -> None:
        if not self.parts or any(type(part) is not type(self.fusion.of) for part in self.parts):
            methods = ", ".join(str(part) for part in self.parts) or "nothing"
            raise HypergenError(
                f"{methods} cannot be fused by a fusion of {self.fusion.of}; give adapters of one method, at least "
                "one, and a fusion made for it."
            )
        if self.fusion.num_parts not in (None, len(self.parts)):
            raise HypergenError(
                f"{len(self.parts)} adapters were given to a fusion of {self.fusion.num_parts}; give as many."
            )

    @property
    def site_kinds(self) -> tuple[SiteKind, ...]:
        """Those of the fused method."""
        return self.fusion.site_kinds

    @property
    def identity_slots(self) -> tuple[str, ...]:
        """Those of all parts."""
        return tuple(f"{i}.{name}" for i, part in enumerate(self.parts) for name in part.identity_slots)

    def layout(self, sites: Sequence[Site]) -> Layout:
        """The parts' slots and the fusion's, at each site."""
        layouts = {f"{i}.": part.layout(sites) for i, part in enumerate(self.parts)}
        return joined_layout({**layouts, "fusion.": self.fusion.layout(sites)}, sites=sites)

    def initial(self, layout: Layout, *, rng: torch.Generator) -> Adapter:
        """Parts and fusion as their methods start them."""
        parts = [part.initial(part.layout(layout.sites), rng=rng) for part in self.parts]
        return fuse(parts, self.fusion.initial(self.fusion.layout(layout.sites), rng=rng))

    def apply(self, weights: Weights, x: Tensor, y: Tensor, module: Frozen) -> tuple[Tensor, Tensor]:
        """The method's ``apply`` with mixtures of terms."""
        return self.fusion.of.add(partial(self._mixed, weights), x, y, module)

    def invert(self, weights: Weights, h: Tensor) -> Tensor:
        """The method's ``invert`` with mixtures of terms."""
        return cast(_Coupling, self.fusion.of).subtract(partial(self._mixed, weights), h)

    def _mixed(self, weights: Weights, name: str, v: Tensor) -> Tensor:
        added = [part.term(within(weights, f"{i}."), name, v) for i, part in enumerate(self.parts)]
        return self.fusion.mix(within(weights, f"fusion.{name}"), v, torch.stack(added, dim=-2))


class _Coupling(Protocol):
    def subtract(self, term: Term, h: Tensor) -> Tensor: ...


def fuse(adapters: Sequence[Adapter], fusion: Adapter) -> Adapter:
    """Adapters of one method, fused into one; of chains, link by link.

    Args:
        adapters: Static or generated, with sizes of their own; at the same sites.
        fusion: An adapter of a mixing method made for theirs (:func:`~hypergen.adapters.fusion.fusion_of`).

    Raises:
        HypergenError: If the methods differ, or if the adapters leave out different layers.
    """
    if isinstance(fusion.spec, ChainSpec):
        links = zip(*(unchain(adapter) for adapter in adapters), strict=True)
        return chain([fuse(link, part) for link, part in zip(links, unchain(fusion), strict=True)])
    if not isinstance(fusion.spec, MixingMethod):
        raise HypergenError(f"an adapter of {fusion.spec} fuses nothing; make one of fusion_of(the method to fuse).")
    spec = FusedSpec(cast(tuple[AdditiveMethod, ...], tuple(adapter.spec for adapter in adapters)), fusion.spec)
    return joined(spec, {**{f"{i}.": adapter for i, adapter in enumerate(adapters)}, "fusion.": fusion})
