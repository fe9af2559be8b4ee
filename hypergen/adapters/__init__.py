"""Adapter methods: the core values, and one file a method."""

from typing import Any

from hypergen.adapters.bottleneck import BottleneckSpec
from hypergen.adapters.chain import ChainSpec, chain, unchain
from hypergen.adapters.core import Adapter, AdapterSpec, Layout, Site, Slot, stack
from hypergen.adapters.fused import FusedSpec, fuse
from hypergen.adapters.fusion import FusionSpec, fusion_of, fusion_penalty
from hypergen.adapters.invertible import InvertibleSpec
from hypergen.adapters.lora import LoraSpec
from hypergen.adapters.weighted import WeightedSpec
from hypergen.adapters.wider import widened
from hypergen.adapters.zgul import ZgulSpec

SPECS: dict[str, type[Any]] = {
    "bottleneck": BottleneckSpec,
    "chain": ChainSpec,
    "fused": FusedSpec,
    "fusion": FusionSpec,
    "invertible": InvertibleSpec,
    "lora": LoraSpec,
    "weighted": WeightedSpec,
    "zgul": ZgulSpec,
}
"""Every adapter method under the name that bundles and configurations use."""

__all__ = [
    "SPECS", "Adapter", "AdapterSpec", "BottleneckSpec", "ChainSpec", "FusedSpec", "FusionSpec", "InvertibleSpec",
    "Layout", "LoraSpec", "Site", "Slot", "WeightedSpec", "ZgulSpec", "chain", "fuse", "fusion_of", "fusion_penalty",
    "stack", "unchain", "widened",
]  # fmt: skip
