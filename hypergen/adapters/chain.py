"""Several methods as one adapter, applied one after the other: ``Seq_bn_inv``, and stacks to be kept as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from hypergen.adapters.core import (
    Adapter,
    AdapterSpec,
    Frozen,
    Layout,
    Site,
    SiteKind,
    Slot,
    Weights,
)
from hypergen.adapters.terms import InvertibleMethod, within
from hypergen.errors import HypergenError


@dataclass(frozen=True)
class ChainSpec:
    """``(x, y) -> b(a(x, y))`` at every site, for the methods a, b, ... as one; at embeddings undone in reverse.

    Slots are those of the parts, ``0.down.weight`` the first one's ``down.weight``.

    Attributes:
        parts: The methods, in the order in which they act.

    Example:
        >>> from hypergen.adapters.bottleneck import BottleneckSpec
        >>> from hypergen.adapters.invertible import InvertibleSpec
        >>> seq_bn_inv = ChainSpec((InvertibleSpec(size=192), BottleneckSpec(size=384)))
        >>> sites = [Site("bert.embeddings", "embedding", 768, 768)]
        >>> sites += [Site(f"bert.encoder.layer.{i}.output.LayerNorm", "norm", 768, 768) for i in range(12)]
        >>> seq_bn_inv.layout(sites).num_parameters
        7387776
    """

    parts: tuple[AdapterSpec, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise HypergenError("a chain of no methods was asked for; give at least one.")

    @property
    def site_kinds(self) -> tuple[SiteKind, ...]:
        """The kinds of sites of all parts."""
        return tuple(dict.fromkeys(kind for part in self.parts for kind in part.site_kinds))

    @property
    def identity_slots(self) -> tuple[str, ...]:
        """Those of all parts."""
        return tuple(f"{i}.{name}" for i, part in enumerate(self.parts) for name in part.identity_slots)

    def layout(self, sites: Sequence[Site]) -> Layout:
        """The parts' slots, part after part at each site."""
        return joined_layout({f"{i}.": part.layout(sites) for i, part in enumerate(self.parts)}, sites=sites)

    def initial(self, layout: Layout, *, rng: torch.Generator) -> Adapter:
        """Every part as its method starts it."""
        return chain([part.initial(part.layout(layout.sites), rng=rng) for part in self.parts])

    def apply(self, weights: Weights, x: Tensor, y: Tensor, module: Frozen) -> tuple[Tensor, Tensor]:
        """The parts that have slots at this site, one after the other."""
        for i, part in enumerate(self.parts):
            if own := within(weights, f"{i}."):
                x, y = part.apply(own, x, y, module)
        return x, y

    def invert(self, weights: Weights, h: Tensor) -> Tensor:
        """What the parts made of the embeddings undone, the last part first."""
        for i, part in reversed(tuple(enumerate(self.parts))):
            if isinstance(part, InvertibleMethod) and (own := within(weights, f"{i}.")):
                h = part.invert(own, h)
        return h


def chain(adapters: Sequence[Adapter]) -> Adapter:
    """Adapters as one, which acts as they do one after the other.

    Raises:
        HypergenError: If two of them act at the same kind of sites, but not at the same sites, or have axes of
            languages of different lengths.
    """
    spec = ChainSpec(tuple(adapter.spec for adapter in adapters))
    return joined(spec, {f"{i}.": adapter for i, adapter in enumerate(adapters)})


def unchain(adapter: Adapter) -> list[Adapter]:
    """The adapters that a chain was made of; the inverse of :func:`chain`.

    Raises:
        HypergenError: If the adapter is no chain.
    """
    if not isinstance(adapter.spec, ChainSpec):
        raise HypergenError(f"an adapter of {adapter.spec} is no chain; it is its own only part.")
    parts = []
    for i, spec in enumerate(adapter.spec.parts):
        layout = spec.layout(adapter.layout.sites)
        tensors = {site.path: within(adapter.tensors[site.path], f"{i}.") for site in layout.sites}
        parts.append(Adapter(spec, layout, tensors))
    return parts


def joined_layout(layouts: Mapping[str, Layout], *, sites: Sequence[Site]) -> Layout:
    """One layout of several: at every site the slots of each, with its prefix before their names."""
    acting = {site.path for layout in layouts.values() for site in layout.sites}
    together = tuple(site for site in sites if site.path in acting)
    slots = [
        Slot(site.path, f"{prefix}{slot.name}", slot.shape)
        for site in together
        for prefix, layout in layouts.items()
        for slot in layout.slots_of.get(site.path, ())
    ]
    return Layout(together, tuple(slots))


def joined(spec: AdapterSpec, parts: Mapping[str, Adapter]) -> Adapter:
    """One adapter of ``spec`` that holds the tensors of its parts, each under its prefix.

    A part without an axis of languages gets the axis that others have.

    Raises:
        HypergenError: If the parts leave out different layers, or have axes of languages of different lengths.
    """
    sites = tuple(dict.fromkeys(site for part in parts.values() for site in part.layout.sites))
    layout = joined_layout({prefix: part.layout for prefix, part in parts.items()}, sites=sites)
    if layout != spec.layout(sites):
        raise HypergenError(
            "adapters that leave out different layers cannot be joined into one; make them at the same sites, or pass "
            "them one after the other."
        )
    lengths = {part.num_languages for part in parts.values()} - {None}
    if len(lengths) > 1:
        raise HypergenError(
            f"adapters of {' and '.join(map(str, sorted(filter(None, lengths))))} languages cannot be joined into one; "
            "give all of them the same languages."
        )
    axis = [length for length in lengths if length is not None]
    wide = {
        p: part if part.num_languages else part.map(lambda t: t.expand(*axis, *t.shape)) for p, part in parts.items()
    }
    tensors: dict[str, dict[str, Tensor]] = {site.path: {} for site in sites}
    for prefix, part in wide.items():
        for path, weights in part.tensors.items():
            tensors[path].update({f"{prefix}{name}": tensor for name, tensor in weights.items()})
    return Adapter(spec, layout, tensors)
