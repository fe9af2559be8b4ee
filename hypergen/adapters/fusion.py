"""AdapterFusion: what is trained to mix several adapters, token by token, by attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from hypergen.adapters.chain import ChainSpec
from hypergen.adapters.core import Adapter, AdapterSpec, Frozen, Layout, Site, SiteKind, Slot, Weights, affine
from hypergen.adapters.terms import AdditiveMethod
from hypergen.errors import HypergenError

VALUE = "value.weight"


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

    num_parts: ClassVar[None] = None

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
        """``(x, y)``: by itself it has nothing to fuse."""
        return x, y

    def mix(self, weights: Weights, v: Tensor, added: Tensor) -> Tensor:
        """``sum_i softmax_i(Q v . K d_i) V d_i``."""
        return attention(v, added, weights)


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
    """``weight * sum |I - V|^2`` over all maps to values: what keeps a fusion near an average of its adapters.

    Of fusions along a leading axis of languages it is the mean over these, as the loss of a batch is.
    """
    values = [t for site in adapter.tensors.values() for name, t in site.items() if name.endswith(VALUE)]
    total = sum(
        ((torch.eye(t.shape[-1], device=t.device, dtype=t.dtype) - t).square().sum() for t in values), torch.zeros(())
    )
    return weight * total / (adapter.num_languages or 1)


def attention(
    v: Float[Tensor, "batch *tokens in"], values: Float[Tensor, "batch *tokens parts out"], w: Weights
) -> Float[Tensor, "batch *tokens out"]:
    """``sum_i softmax_i(Q v . K d_i) V d_i``, with ``d_i`` the values."""
    mapped = affine(values, w[VALUE]) if VALUE in w else values
    return (shares(v, values, w).unsqueeze(-2) @ mapped).squeeze(-2)


def shares(
    v: Float[Tensor, "batch *tokens in"], values: Float[Tensor, "batch *tokens parts out"], w: Weights
) -> Float[Tensor, "batch *tokens parts"]:
    """``softmax_i(Q v . K d_i)``."""
    query = affine(v, w["query.weight"], w["query.bias"])
    scores = affine(values, w["key.weight"], w["key.bias"]) @ query.unsqueeze(-1)
    return scores.squeeze(-1).softmax(dim=-1)
