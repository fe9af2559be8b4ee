"""Fresh units beside those of an adapter: room to learn in, without losing what is there."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from hypergen.adapters.chain import ChainSpec, chain, unchain
from hypergen.adapters.core import Adapter, AdapterSpec, Slot
from hypergen.errors import HypergenError


@runtime_checkable
class WidenedMethod(AdapterSpec, Protocol):
    """A method whose adapters are sums over units, as many of them as one likes."""

    def doubled(self) -> AdapterSpec:
        """The same method with twice the units, each of which counts as much as before."""
        ...


def widened(adapter: Adapter, *, rng: torch.Generator) -> Adapter:
    """The same map with as many fresh units again: ``down' = [down; fresh]``, ``up' = [up, 0]``.

    What is tuned from it starts where the adapter is, and learns as fast as from scratch: many units of a generated
    bottleneck are on for no token of a language, or so large that a few steps do not turn them. Bottlenecks and LoRA
    (``A' = [A; fresh]``, ``B' = [B, 0]``) are widened, also as parts of a chain, whose other parts stay as they are.

    Args:
        adapter: Of one language, or of several along the leading axis, which get the same fresh units. A bottleneck of
            n units at a site of d has maps of ``(n, d)`` and ``(d, n)``; those of the wider one are ``(2n, d)`` and
            ``(d, 2n)``, on its device and in its precision.
        rng: For the fresh units, which are as the method starts training them.

    Raises:
        HypergenError: If the adapter has no units to put others beside.

    Example:
        >>> from hypergen.adapters.bottleneck import BottleneckSpec
        >>> from hypergen.adapters.core import Site
        >>> spec, rng = BottleneckSpec(size=16), torch.Generator().manual_seed(0)
        >>> layout = spec.layout([Site("bert.encoder.layer.0.output.LayerNorm", "norm", in_size=256, out_size=256)])
        >>> widened(spec.initial(layout, rng=rng), rng=rng)
        Adapter(BottleneckSpec(size=32, activation='relu'), 1 sites, 16,672 parameters)

    References:
        Chen, Goodfellow and Shlens (2016), Net2Net, https://arxiv.org/abs/1511.05641 (wider networks of the same
        function; there units are repeated, here fresh ones add nothing at first).
    """
    spec = adapter.spec
    if isinstance(spec, ChainSpec) and any(isinstance(part, WidenedMethod) for part in spec.parts):
        parts = [widened(part, rng=rng) if isinstance(part.spec, WidenedMethod) else part for part in unchain(adapter)]
        return chain(parts)
    if not isinstance(spec, WidenedMethod):
        raise HypergenError(f"an adapter of {spec} cannot be widened; bottlenecks and LoRA can.")
    wide = spec.doubled()
    layout = wide.layout(adapter.layout.sites)
    fresh = wide.initial(layout, rng=rng).tensors

    def beside(own: Tensor, slot: Slot) -> Tensor:
        start = torch.zeros(slot.shape) if slot.name in spec.identity_slots else fresh[slot.site][slot.name]
        lead = own.shape[: own.ndim - len(slot.shape)]
        whole = start.to(own.device, own.dtype).repeat(*lead, *(1 for _ in slot.shape))
        corner = whole
        for axis, length in enumerate(own.shape):
            corner = corner.narrow(axis, 0, length)
        corner.copy_(own)
        return whole

    tensors = {
        path: {slot.name: beside(adapter.tensors[path][slot.name], slot) for slot in slots}
        for path, slots in layout.slots_of.items()
    }
    return Adapter(wide, layout, tensors)
