"""What stands between the two maps of a bottleneck, by AdapterHub's names."""

from __future__ import annotations

from functools import partial
from typing import Final, Literal

import torch
from torch import nn

from hypergen.adapters.core import Frozen
from hypergen.errors import HypergenError

Activation = Literal["relu", "gelu", "gelu_new", "leakyrelu"]
"""``gelu_new`` is gelu's approximation by tanh."""

_FUNCTIONS: Final[dict[str, Frozen]] = {
    "relu": torch.relu,
    "gelu": nn.functional.gelu,
    "gelu_new": partial(nn.functional.gelu, approximate="tanh"),
    "leakyrelu": nn.functional.leaky_relu,
}


def activation_of(name: str) -> Frozen:
    """The function of that name.

    Raises:
        HypergenError: If there is none.
    """
    if name not in _FUNCTIONS:
        raise HypergenError(f"the activation {name!r} is not known; adapters have one of {', '.join(_FUNCTIONS)}.")
    return _FUNCTIONS[name]
