"""Cross-entropy over a large vocabulary, a few rows at a time: what of it is kept in memory, and what is not."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

ROWS = 16
"""Rows taken at a time: of mBERT's 119,547 logits each they are 7.6 MB in float32, which a processor's cache holds."""


def consuming_cross_entropy(
    logits: Float[Tensor, "masked vocabulary"], labels: Int[Tensor, " masked"]
) -> Float[Tensor, ""]:
    """The mean cross-entropy in nats, in float32; the logits' memory is used for their gradient.

    ``mean(log(sum(exp(z))) - z[label])``, as ``nn.functional.cross_entropy(logits.float(), labels)``, which holds three
    tensors of the logits' size where this holds one. Nobody may read the logits afterwards, and the backward pass runs
    once: torch refuses a second, and any other use of them in a backward pass.
    """
    loss: Tensor = _Consuming.apply(logits, labels)  # type: ignore[no-untyped-call]
    return loss


@torch.no_grad()
def cross_entropies(
    logits: Float[Tensor, "masked vocabulary"], labels: Int[Tensor, " masked"]
) -> Float[Tensor, " masked"]:
    """The cross-entropy of each row in nats, in float32, without gradients; the logits stay as they are."""
    parts = zip(logits.split(ROWS), labels.split(ROWS), strict=True)
    return torch.cat([nn.functional.cross_entropy(z.float(), label, reduction="none") for z, label in parts])


class _Consuming(torch.autograd.Function):
    """The mean cross-entropy; its gradient, ``(softmax(z) - onehot(label)) / n``, takes the logits' place."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, labels: Tensor) -> Tensor:
        share = 1 / max(1, len(labels))
        losses = torch.empty(len(labels), device=logits.device)
        columns = labels.unsqueeze(1)
        parts = zip(logits.split(ROWS), columns.split(ROWS), losses.unsqueeze(1).split(ROWS), strict=True)
        for z, label, loss in parts:
            log_p = torch.log_softmax(z, dim=1, dtype=torch.float32)
            loss.copy_(-log_p.gather(1, label))
            gradient = log_p.exp_().mul_(share)
            z.copy_(gradient.scatter_add_(1, label, gradient.new_full(label.shape, -share)))
        ctx.save_for_backward(logits)
        return losses.mean()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:
        (gradient,) = ctx.saved_tensors
        return gradient.detach().mul_(upstream), None
