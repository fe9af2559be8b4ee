"""Random adapters of any method."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from hypergen.adapters import Adapter
from hypergen.backbones import sites_of


@pytest.fixture
def made() -> Callable[..., Adapter]:
    """Make a random adapter of a method on a backbone."""

    def make(spec: Any, backbone: nn.Module, *, leave_out: Any = ()) -> Adapter:
        layout = spec.layout(sites_of(backbone, kinds=spec.site_kinds, leave_out=leave_out))
        return Adapter.from_vector(spec, layout, torch.randn(layout.num_parameters))

    return make
