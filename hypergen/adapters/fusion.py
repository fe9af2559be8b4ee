"""AdapterFusion: several adapters at once, mixed token by token by an attention that is trained over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, cast, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from hypergen.adapters.chain import ChainSpec, chain, joined, joined_layout, unchain
from hypergen.adapters.core import (
    Adapter,
    AdapterSpec,
    Frozen,
    Layout,
    Site,
    SiteKind,
    Slot,
    Term,
    Weights,
    affine,
    within,
)
from hypergen.errors import HypergenError

VALUE = "value.weight"


@runtime_checkable
class AdditiveMethod(AdapterSpec, Protocol):
    """A method whose adapters add terms; where several are fused, a mixture of their terms is added instead."""

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms' names, which their slots' names open with."""
        ...

    def term_sizes(self, name: str, site: Site) -> tuple[int, int]:
        """Sizes of what a term reads and of what it adds."""
        ...

    def term(self, weights: Weights, name: str, v: Tensor) -> Tensor:
        """What one adapter adds, having read ``v``."""
        ...

    def add(self, term: Term, x: Tensor, y: Tensor, module: Frozen) -> tuple[Tensor, Tensor]:
        """``apply`` with ``term(name, v)`` in the place of its own terms."""
        ...


@dataclass(frozen=True)
class FusionSpec:
    """What is trained to fuse adapters of one method: maps to queries, keys and values, for each term of the method.

    With ``v`` what the terms read and ``d_i`` what adapter i would add, ``sum_i softmax_i(Q v . K d_i) V d_i`` is
    added. Slots for a term that reads (in) and adds (out): ``query.weight (out, in)``, ``query.bias (out)``,
    ``key.weight (out, out)``, ``key.bias (out)``, ``value.weight (out, out)``. By itself, with nothing to fuse, it
    changes nothing.

    Attributes:
        of: The method of the adapters to fuse; their sizes may differ.
        value: With a map to values, kept near the identity by :func:`fusion_penalty` ("dynamic"), or without
            ("static").

    Example:
        >>> from hypergen.adapters.bottleneck import BottleneckSpec
        >>> sites = [Site("bert.encoder.layer.0.output.LayerNorm", "norm", in_size=768, out_size=768)]
        >>> FusionSpec(BottleneckSpec(size=48)).layout(sites).num_parameters
        1771008

    References:
        Pfeiffer et al. (2021), AdapterFusion, https://arxiv.org/abs/2005.00247. (AdapterHub also drops attention
        scores in training; here nothing is dropped.)
    """

    of: AdditiveMethod
    value: bool = True

    @property
    def site_kinds(self) -> tuple[SiteKind, ...]:
        """Those of the fused method."""
        return self.of.site_kinds

    @property
    def identity_slots(self) -> tuple[str, ...]:
        """The maps to values: at zero, nothing is added."""
        return tuple(f"{term}{VALUE}" for term in self.of.terms if self.value)

    def layout(self, sites: Sequence[Site]) -> Layout:
        """Up to five slots for each term at the sites of the fused method."""
        fitting = self.of.layout(sites).sites
        slots = [
            Slot(site.path, f"{term}{name}", shape)
            for site in fitting
            for term in self.of.terms
            for read, added in [self.of.term_sizes(term, site)]
            for name, shape in (
                ("query.weight", (added, read)),
                ("query.bias", (added,)),
                ("key.weight", (added, added)),
                ("key.bias", (added,)),
                (VALUE, (added, added)),
            )
            if self.value or name != VALUE
        ]
        return Layout(fitting, tuple(slots))

    def initial(self, layout: Layout, *, rng: torch.Generator) -> Adapter:
        """AdapterHub's start: queries and keys normal with standard deviation 0.02, biases zero, values as they are."""

        def start(slot: Slot) -> Tensor:
            if slot.name.endswith(VALUE):
                return 1e-6 + (1 - 1e-6) * torch.eye(slot.shape[0])
            return 0.02 * torch.randn(slot.shape, generator=rng) if len(slot.shape) > 1 else torch.zeros(slot.shape)

        return Adapter.from_vector(self, layout, torch.cat([start(slot).flatten() for slot in layout.slots]))

    def apply(self, weights: Weights, x: Tensor, y: Tensor, module: Frozen) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """``(x, y)``: there is nothing to fuse."""
        return x, y

    def invert(self, weights: Weights, h: Tensor) -> Tensor:  # noqa: ARG002
        """``h``, for the same reason."""
        return h


@dataclass(frozen=True)
class FusedSpec:
    """Adapters of one method with their fusion, as one: ``sum_i softmax_i(Q v . K d_i) V d_i`` in the place of ``d``.

    At embeddings the two terms of :class:`~hypergen.adapters.invertible.InvertibleSpec` are fused one by one, so that
    the fused adapter is invertible too. Slots are those of the parts, ``0.down.weight`` the first one's
    ``down.weight``, and ``fusion.query.weight`` and so on.

    Attributes:
        parts: The methods that are fused, all of one class.
        fusion: How.
    """

    parts: tuple[AdditiveMethod, ...]
    fusion: FusionSpec

    def __post_init__(self) -> None:
        if not self.parts or any(type(part) is not type(self.fusion.of) for part in self.parts):
            methods = ", ".join(str(part) for part in self.parts) or "nothing"
            raise HypergenError(
                f"{methods} cannot be fused by a fusion of {self.fusion.of}; give adapters of one method, at least "
                "one, and a fusion made for it."
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
        return attention(v, torch.stack(added, dim=-2), within(weights, f"fusion.{name}"))


class _Coupling(Protocol):
    def subtract(self, term: Term, h: Tensor) -> Tensor: ...


def fuse(adapters: Sequence[Adapter], fusion: Adapter) -> Adapter:
    """Adapters of one method, fused into one; of chains, link by link.

    Args:
        adapters: Static or generated, with sizes of their own; at the same sites.
        fusion: An adapter of :func:`fusion_of` their method.

    Raises:
        HypergenError: If the methods differ, or if the adapters leave out different layers.
    """
    if isinstance(fusion.spec, ChainSpec):
        links = zip(*(unchain(adapter) for adapter in adapters), strict=True)
        return chain([fuse(link, part) for link, part in zip(links, unchain(fusion), strict=True)])
    if not isinstance(fusion.spec, FusionSpec):
        raise HypergenError(f"an adapter of {fusion.spec} fuses nothing; make one of fusion_of(the method to fuse).")
    spec = FusedSpec(cast(tuple[AdditiveMethod, ...], tuple(adapter.spec for adapter in adapters)), fusion.spec)
    return joined(spec, {**{f"{i}.": adapter for i, adapter in enumerate(adapters)}, "fusion.": fusion})


def fusion_of(method: AdapterSpec, *, value: bool = True) -> AdapterSpec:
    """The method that fuses adapters of ``method``; for a chain, a chain of fusions.

    Raises:
        HypergenError: If its adapters are nothing that can be mixed.
    """
    if isinstance(method, ChainSpec):
        return ChainSpec(tuple(fusion_of(part, value=value) for part in method.parts))
    if not isinstance(method, AdditiveMethod):
        raise HypergenError(f"adapters of {method} cannot be fused; fuse bottlenecks, LoRA or invertible adapters.")
    return FusionSpec(method, value=value)


def fusion_penalty(adapter: Adapter, *, weight: float = 0.01) -> Tensor:
    """``weight * sum |I - V|^2`` over all maps to values: what keeps a fusion near an average of its adapters."""
    values = [t for site in adapter.tensors.values() for name, t in site.items() if name.endswith(VALUE)]
    return weight * sum(
        ((torch.eye(t.shape[-1], device=t.device, dtype=t.dtype) - t).square().sum() for t in values), torch.zeros(())
    )


def attention(
    v: Float[Tensor, "batch *tokens in"], values: Float[Tensor, "batch *tokens parts out"], w: Weights
) -> Float[Tensor, "batch *tokens out"]:
    """``sum_i softmax_i(Q v . K d_i) V d_i``, with ``d_i`` the values."""
    query = affine(v, w["query.weight"], w["query.bias"])
    scores = (affine(values, w["key.weight"], w["key.bias"]) @ query.unsqueeze(-1)).squeeze(-1)
    mapped = affine(values, w[VALUE]) if VALUE in w else values
    return (scores.softmax(dim=-1).unsqueeze(-2) @ mapped).squeeze(-2)
