"""Muon for adapters: steps of one size in every direction, for parameters that are many small matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor

from hypergen.adapters.core import Slot
from hypergen.errors import HypergenError

__all__ = ["Muon", "orthogonalized"]

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)


class Muon(torch.optim.Optimizer):
    """``W <- W - 0.2 sqrt(max(rows, columns)) lr O``, with O the nearest orthogonal matrix to the momentum of a slot.

    With G the gradient of a slot, ``M <- b M + (1 - b) G`` and ``O = orthogonalized(b M + (1 - b) G)``. Slots that are
    vectors take Adam's step, 0.3 of its size. The factors make both steps as large as Adam's of this rate usually
    are. Every adapter on a leading axis is stepped by itself, all of them at once.

    For stored adapters only: a generator's own parameters are no adapters, and are better off with AdamW (CONTRIBUTING,
    Decisions).

    Args:
        params: Tensors of adapters, as :class:`~hypergen.sources.AdapterBank` and
            :class:`~hypergen.sources.StoredAdapter` keep them: their last axis holds ``slots`` one after the other.
        slots: How that axis is cut.
        lr: Learning rate.
        momentum: b.
        beta2: Of the squared gradient, for vectors.

    Raises:
        HypergenError: If a tensor's last axis is not as long as the slots together.

    References:
        Jordan et al. (2024), Muon: An optimizer for hidden layers in neural networks,
        https://kellerjordan.github.io/posts/muon. The factor 0.2 is of Liu et al. (2025),
        https://arxiv.org/abs/2502.16982.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        *,
        slots: tuple[Slot, ...],
        lr: float = 1e-2,
        momentum: float = 0.95,
        beta2: float = 0.99,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "beta2": beta2})
        self.slots, self.sizes = slots, [slot.size for slot in slots]
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.shape[-1] != sum(self.sizes):
                    raise HypergenError(
                        f"a tensor of shape {tuple(parameter.shape)} was given to Muon for adapters of "
                        f"{sum(self.sizes)} parameters; give it the tensors of stored adapters, and others to AdamW."
                    )

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step of every tensor that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.sub_(self._direction(parameter, group=group), alpha=group["lr"])
        return loss

    def _direction(self, parameter: Tensor, *, group: dict[str, Any]) -> Tensor:
        """What is subtracted, before the learning rate."""
        state, b, beta2 = self.state[parameter], group["momentum"], group["beta2"]
        gradient = cast("Tensor", parameter.grad)
        if not state:
            state["momentum"], state["square"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
            state["step"] = torch.zeros(())
        state["step"] += 1
        momentum = state["momentum"].mul_(b).add_(gradient, alpha=1 - b)
        square = state["square"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        count = float(state["step"])
        adam = (momentum / (1 - b**count)) / ((square / (1 - beta2**count)).sqrt() + 1e-8)
        return torch.cat(
            [
                0.2 * max(slot.shape) ** 0.5 * orthogonalized(ahead.unflatten(-1, slot.shape)).flatten(-2)
                if len(slot.shape) == 2
                else 0.3 * plain
                for slot, ahead, plain in zip(
                    self.slots,
                    gradient.lerp(momentum, b).split(self.sizes, -1),
                    adam.split(self.sizes, -1),
                    strict=True,
                )
            ],
            -1,
        )


def orthogonalized(
    matrices: Float[Tensor, "*lang rows columns"], *, steps: int = 5
) -> Float[Tensor, "*lang rows columns"]:
    """``U V'`` of each matrix's singular value decomposition ``U S V'``, nearly: its singular values come near 1.

    Newton-Schulz: ``X <- a X + (b X X' + c (X X')^2) X`` from ``X / |X|``, which brings singular values above a
    hundredth of the norm to between 0.7 and 1.2. A matrix of zeros stays one.
    """
    a, b, c = _COEFFICIENTS
    tall = matrices.shape[-2] > matrices.shape[-1]
    x: Tensor = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-12)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x
