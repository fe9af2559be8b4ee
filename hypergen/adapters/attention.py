"""How AdapterFusion shares its attention among the adapters it mixes, layer by layer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from hypergen.adapters.chain import ChainSpec
from hypergen.adapters.core import Adapter, AdapterSpec, Frozen, Layout, Site, SiteKind, Weights
from hypergen.adapters.fused import FusedSpec
from hypergen.adapters.fusion import FusionSpec, shares
from hypergen.adapters.terms import AdditiveMethod, within
from hypergen.errors import HypergenError

EMBEDDINGS = "embeddings"


def mean_attention(
    adapter: Adapter, run: Callable[[Adapter], object], *, mask: Int[Tensor, "batch tokens"]
) -> dict[str, Float[Tensor, " parts"]]:
    """The mean over tokens of ``softmax_i(Q v . K d_i)`` by layer: what each fused adapter gets of the attention there.

    Args:
        adapter: A fused adapter, or a chain of them.
        run: One forward pass with the adapter that it is given, which acts as ``adapter`` does.
        mask: 1 where there is a token that counts.

    Returns:
        Layers as they are numbered in the backbone, ``embeddings`` for an invertible adapter; sites of a layer are
        averaged.

    Raises:
        HypergenError: If it fuses nothing by attention.
    """
    heard: list[Tensor] = []
    with torch.no_grad():
        run(Adapter(_listening(adapter.spec, heard.append), adapter.layout, adapter.tensors))
    layers = [layer for site in adapter.layout.sites for layer in _layers_at(adapter, site)]
    if not heard or len(heard) != len(layers):
        raise HypergenError(
            f"an adapter of {adapter.spec} told {len(heard)} times how it attends, and has {len(layers)} places to; "
            "give one that AdapterFusion fused, and let all its sites be passed once."
        )
    weight = mask.to(heard[0])[..., None]
    found: dict[str, list[Tensor]] = defaultdict(list)
    for layer, told in zip(layers, heard, strict=True):
        found[layer].append((told * weight).sum(dim=(0, 1)) / weight.sum())
    return {layer: torch.stack(several).mean(0) for layer, several in found.items()}


@dataclass(frozen=True)
class _Telling:
    """A fusion that tells how it attends whenever it mixes."""

    fusion: FusionSpec
    tell: Callable[[Tensor], None]

    num_parts: ClassVar[None] = None

    @property
    def of(self) -> AdditiveMethod:
        return self.fusion.of

    @property
    def site_kinds(self) -> tuple[SiteKind, ...]:
        return self.fusion.site_kinds

    @property
    def identity_slots(self) -> tuple[str, ...]:
        return self.fusion.identity_slots

    def layout(self, sites: Sequence[Site]) -> Layout:
        return self.fusion.layout(sites)

    def initial(self, layout: Layout, *, rng: torch.Generator) -> Adapter:
        return self.fusion.initial(layout, rng=rng)

    def apply(self, weights: Weights, x: Tensor, y: Tensor, module: Frozen) -> tuple[Tensor, Tensor]:
        return self.fusion.apply(weights, x, y, module)

    def mix(self, weights: Weights, v: Tensor, added: Tensor) -> Tensor:
        self.tell(shares(v, added, weights))
        return self.fusion.mix(weights, v, added)


def _listening(spec: AdapterSpec, tell: Callable[[Tensor], None]) -> AdapterSpec:
    """The same method, telling how it attends."""
    if isinstance(spec, ChainSpec):
        return ChainSpec(tuple(_listening(part, tell) for part in spec.parts))
    if isinstance(spec, FusedSpec) and isinstance(spec.fusion, FusionSpec):
        return replace(spec, fusion=_Telling(spec.fusion, tell))
    return spec


def _layers_at(adapter: Adapter, site: Site) -> list[str]:
    """The site's layer, once for each time that attention is given there."""
    number = re.search(r"\.(\d+)(?=\.|$)", site.path)
    spec = adapter.spec
    parts = [part for i, part in enumerate(spec.parts) if within(adapter.tensors[site.path], f"{i}.")] if isinstance(
        spec, ChainSpec) else [spec]  # fmt: skip
    count = sum(
        len(part.fusion.of.terms)
        for part in parts
        if isinstance(part, FusedSpec) and isinstance(part.fusion, FusionSpec)
    )
    return [EMBEDDINGS if number is None else number[1]] * count
