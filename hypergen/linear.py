"""Frozen linear layers in float32 on a CPU, by oneDNN instead of MKL.

torch computes float32 matrix products by MKL, which keeps its fast kernels for Intel's processors: on an AMD EPYC of
family 26 oneDNN, torch's other library, takes less than half the time. Both compute in full float32; their sums differ
in rounding.
"""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

Model = TypeVar("Model", bound=nn.Module)


def with_onednn(model: Model) -> Model:
    """``model`` with every ``nn.Linear`` in it replaced by an :class:`OneDnnLinear` of the same parameters.

    Parameters, their names and the function stay as they are. Where torch lacks one of the two libraries, nothing is
    replaced.
    """
    if torch.backends.mkl.is_available() and torch.backends.mkldnn.is_available():
        for parent in list(model.modules()):
            for name, child in parent.named_children():
                if type(child) is nn.Linear:
                    setattr(parent, name, OneDnnLinear.of(child))
    return model


class OneDnnLinear(nn.Linear):
    """``x W^T + b``, by oneDNN where it is frozen, in float32, on a CPU and not compiled; else by torch's choice."""

    @classmethod
    def of(cls, linear: nn.Linear) -> OneDnnLinear:
        """A layer that holds the very parameters of another."""
        layer = cls(linear.in_features, linear.out_features, bias=linear.bias is not None, device="meta")
        layer.weight, layer.bias = linear.weight, linear.bias
        return layer.train(linear.training)

    def forward(self, input: Float[Tensor, "*rows in"]) -> Float[Tensor, "*rows out"]:  # noqa: A002 (nn.Linear's name)
        """The layer's output."""
        if torch.compiler.is_compiling() or not self._is_frozen_float32(input):
            return super().forward(input)
        output: Tensor = _Frozen.apply(input, self.weight, self.bias)  # type: ignore[no-untyped-call]
        return output

    def _is_frozen_float32(self, input: Tensor) -> bool:  # noqa: A002
        trained = any(parameter.requires_grad for parameter in self.parameters())
        return not trained and input.dtype == self.weight.dtype == torch.float32 and input.device.type == "cpu"


class _Frozen(torch.autograd.Function):
    """``x W^T + b`` with a gradient for ``x`` alone, ``g W``: again such a layer."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(weight)
        output: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
        return output

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (weight,) = ctx.saved_tensors
        return _Frozen.apply(gradient.contiguous(), weight.mT, None), None, None  # type: ignore[no-untyped-call]
