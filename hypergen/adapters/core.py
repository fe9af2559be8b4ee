"""What an adapter is: sites, slots, layouts, specs and the adapters themselves, all of them frozen values.

A *site* is a module ``N`` of the frozen backbone. An *adapter* there is a map ``(x, y) -> (x', y')`` on the module's
input ``x`` and output ``y = N(x)``. A *spec* is a method: which tensors it needs (``layout``) and what they do
(``apply``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.errors import HypergenError

SiteKind = Literal["norm", "block", "linear", "embedding"]
Weights = Mapping[str, Tensor]
Frozen = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Site:
    """A module of the backbone where adapters act.

    Attributes:
        path: The module's name in the backbone, such as ``bert.encoder.layer.0.output.LayerNorm``.
        kind: ``norm``: the LayerNorm after a residual sum; ``block``: a whole layer, whose map is taken to be the
            identity (decoders without such a LayerNorm); ``linear``: a linear layer; ``embedding``: the embeddings,
            whose map is taken to be the identity too.
        in_size: Size of the last axis of the module's input.
        out_size: Size of the last axis of the module's output.
    """

    path: str
    kind: SiteKind
    in_size: int
    out_size: int


@dataclass(frozen=True)
class Slot:
    """One tensor of an adapter: at which site (its path), under which name, of which shape."""

    site: str
    name: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Layout:
    """All slots of an adapter in the one order that generators, files and exports agree on: site after site.

    Attributes:
        sites: The sites, in the order of the backbone's layers.
        slots: The slots, grouped by site in the order of ``sites``.
    """

    sites: tuple[Site, ...]
    slots: tuple[Slot, ...]

    def __post_init__(self) -> None:
        if not self.slots or self.slots != tuple(slot for slots in self.slots_of.values() for slot in slots):
            raise HypergenError(
                f"a layout of {len(self.sites)} sites and {len(self.slots)} slots is empty or out of order; "
                "give at least one slot, and the slots grouped by site in the order of the sites."
            )

    @property
    def num_parameters(self) -> int:
        """Number of entries of all slots together."""
        return sum(slot.size for slot in self.slots)

    @cached_property
    def slots_of(self) -> Mapping[str, tuple[Slot, ...]]:
        """The slots at each site, by the site's path."""
        return {site.path: tuple(slot for slot in self.slots if slot.site == site.path) for site in self.sites}

    def split(self, flat: Float[Tensor, "*lang parameters"]) -> dict[str, dict[str, Tensor]]:
        """The tensors of each site, as views of ``flat``; leading axes stay in front of every tensor.

        Raises:
            HypergenError: If the last axis is not ``num_parameters`` long.
        """
        if flat.shape[-1] != self.num_parameters:
            raise HypergenError(
                f"{flat.shape[-1]} adapter parameters were given where this layout has {self.num_parameters}; "
                "generate for the layout of the backbone and spec at hand."
            )
        pieces = iter(flat.split([slot.size for slot in self.slots], dim=-1))
        return {
            path: {slot.name: next(pieces).unflatten(-1, slot.shape) for slot in slots}
            for path, slots in self.slots_of.items()
        }

    def join(self, tensors: Mapping[str, Weights]) -> Float[Tensor, "*lang parameters"]:
        """The inverse of :meth:`split`: one vector (after leading axes) of all tensors."""
        parts = [tensors[slot.site][slot.name].flatten(-len(slot.shape)) for slot in self.slots]
        return torch.cat(parts, dim=-1)


@runtime_checkable
class AdapterSpec(Protocol):
    """An adapter method: a frozen dataclass of plain values, one class a method."""

    @property
    def site_kinds(self) -> tuple[SiteKind, ...]:
        """The kinds of sites at which the method acts."""

    @property
    def identity_slots(self) -> tuple[str, ...]:
        """Names of the slots that, when zero, make the adapter change nothing."""

    def layout(self, sites: Sequence[Site]) -> Layout:
        """The slots that the method needs at these sites."""

    def initial(self, layout: Layout, *, rng: torch.Generator) -> Adapter:
        """A static adapter as the method starts training it."""

    def apply(self, weights: Weights, x: Tensor, y: Tensor, module: Frozen) -> tuple[Tensor, Tensor]:
        """``(x, y) -> (x', y')`` at one site, for the frozen ``module`` with ``y = module(x)``."""


@dataclass(frozen=True, eq=False)
class Adapter:
    """A spec and its tensors; never changed, only mapped to a new one.

    Attributes:
        spec: The method.
        layout: Its slots.
        tensors: Site path -> slot name -> tensor, of the slot's shape or with one leading axis of G languages. A batch
            that mixes G languages has its rows grouped by language, as many rows each, in the order of this axis.
    """

    spec: AdapterSpec
    layout: Layout
    tensors: Mapping[str, Weights]

    @classmethod
    def from_vector(cls, spec: AdapterSpec, layout: Layout, flat: Float[Tensor, "*lang parameters"]) -> Adapter:
        """The adapter whose tensors are views of ``flat``."""
        return cls(spec, layout, layout.split(flat))

    def __repr__(self) -> str:
        """What it is, without its numbers."""
        several = "" if self.num_languages is None else f", {self.num_languages} languages"
        sites, parameters = len(self.layout.sites), self.layout.num_parameters
        return f"Adapter({self.spec}, {sites} sites, {parameters:,} parameters{several})"

    @property
    def num_languages(self) -> int | None:
        """The length of the leading axis, or ``None`` where there is none."""
        slot = self.layout.slots[0]
        tensor = self.tensors[slot.site][slot.name]
        return tensor.shape[0] if tensor.ndim > len(slot.shape) else None

    def vector(self) -> Float[Tensor, "*lang parameters"]:
        """All tensors as one vector, in the layout's order."""
        return self.layout.join(self.tensors)

    def map(self, function: Callable[[Tensor], Tensor]) -> Adapter:
        """A new adapter with ``function`` applied to every tensor."""
        tensors = {site: {n: function(t) for n, t in weights.items()} for site, weights in self.tensors.items()}
        return Adapter(self.spec, self.layout, tensors)

    def without(self, paths: Collection[str]) -> Adapter:
        """A new adapter that does nothing at some sites (but one at least): MAD-X 2.0 leaves out the last layer's."""
        sites = tuple(site for site in self.layout.sites if site.path not in paths)
        layout = Layout(sites, tuple(slot for slot in self.layout.slots if slot.site not in paths))
        return Adapter(self.spec, layout, {site.path: self.tensors[site.path] for site in sites})

    def __add__(self, other: object) -> Adapter:
        """The sum of two adapters of one spec and layout; with numbers as factors and divisors they can be averaged.

        Example:
            >>> from hypergen.adapters.lora import LoraSpec
            >>> spec = LoraSpec(rank=1, targets=())
            >>> layout = spec.layout([Site("query", "linear", 1, 1)])
            >>> a, b = (Adapter.from_vector(spec, layout, torch.tensor(pair)) for pair in ([1.0, 2.0], [3.0, 6.0]))
            >>> ((a + b) / 2).vector(), (0.5 * (b - a)).vector()
            (tensor([2., 4.]), tensor([1., 2.]))
        """
        return stack([self, other]).map(lambda pair: pair.sum(0)) if isinstance(other, Adapter) else NotImplemented

    def __sub__(self, other: object) -> Adapter:
        return self + -1 * other if isinstance(other, Adapter) else NotImplemented

    def __mul__(self, factor: object) -> Adapter:
        return self.map(lambda tensor: tensor * factor) if isinstance(factor, int | float) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, divisor: object) -> Adapter:
        return self.map(lambda tensor: tensor / divisor) if isinstance(divisor, int | float) else NotImplemented

    def __getitem__(self, index: int) -> Adapter:
        """The adapter of one language out of the leading axis."""
        if self.num_languages is None:
            raise HypergenError("this adapter has no axis of languages to index; it is already the adapter of one.")
        return self.map(lambda tensor: tensor[index])

    def __iter__(self) -> Iterator[Adapter]:
        """The adapters of the languages along the leading axis."""
        num_languages = self.num_languages
        return (self[index] for index in range(1 if num_languages is None else num_languages))  # 1: refused above


def stack(adapters: Sequence[Adapter]) -> Adapter:
    """Adapters of one spec and layout as one adapter with a leading axis of languages (before any that they have)."""
    if not adapters:
        raise HypergenError("no adapters were given to stack; give at least one.")
    first = adapters[0]
    for other in adapters:
        if (other.spec, other.layout, other.num_languages) != (first.spec, first.layout, first.num_languages):
            raise HypergenError(f"{first} and {other} differ in method, sites or languages; stack or add equals only.")
    return Adapter.from_vector(first.spec, first.layout, torch.stack([adapter.vector() for adapter in adapters]))


def affine(
    x: Float[Tensor, "batch *tokens in"],
    weight: Float[Tensor, "*lang out in"],
    bias: Float[Tensor, "*lang out"] | None = None,
) -> Float[Tensor, "batch *tokens out"]:
    """``x W^T`` (+ b), with weights of one language for the whole batch, or of G languages for G equal groups of rows.

    Weights are never repeated over rows or tokens: G groups are one ``baddbmm`` (or ``bmm``). Rows that cannot be
    shared evenly among the languages are refused.
    """
    if weight.ndim == 2:
        return nn.functional.linear(x, weight, bias)
    if x.shape[0] % weight.shape[0]:
        raise HypergenError(
            f"a batch of {x.shape[0]} rows cannot be shared evenly among {weight.shape[0]} languages; "
            "give as many rows for each language, grouped in the order of the languages."
        )
    grouped = x.reshape(weight.shape[0], -1, x.shape[-1])
    product = grouped @ weight.mT if bias is None else torch.baddbmm(bias.unsqueeze(1), grouped, weight.mT)
    return product.view(*x.shape[:-1], weight.shape[1])
