"""Adapter methods: the core values, and one file a method."""

from hypergen.adapters.bottleneck import BottleneckSpec
from hypergen.adapters.core import Adapter, AdapterSpec, Layout, Site, Slot, stack

SPECS: dict[str, type[BottleneckSpec]] = {"bottleneck": BottleneckSpec}
"""Every adapter method under the name that bundles and configurations use."""

__all__ = ["SPECS", "Adapter", "AdapterSpec", "BottleneckSpec", "Layout", "Site", "Slot", "stack"]
