"""EMEA: at test time, the mixture of several languages' adapters that makes a model surest of its predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor

from hypergen.adapters import Adapter, WeightedSpec, fuse
from hypergen.adapters.terms import AdditiveMethod
from hypergen.errors import HypergenError

Predict = Callable[[Adapter], Float[Tensor, "... labels"]]


def emea(
    adapters: Sequence[Adapter], predict: Predict, *, steps: int = 1, lr: float = 10.0, rows: int | None = None
) -> Adapter:
    """The adapters mixed by ``softmax(a)`` at every site, ``a <- a - lr dH/da``, from equal weights.

    ``H`` is the entropy of the predictions, in nats, the mean over all of them (for ``rows``, within each row): no
    label is used. (The authors' weights are kept to sum to one by another means; softmax is that of ZGUL's code.)

    Args:
        adapters: Of several languages, without an axis of languages, at the same sites.
        predict: What the model says with an adapter of one batch: logits, labels last.
        steps: Of gradient descent; 0 gives the mean.
        lr: Step size.
        rows: The batch's number of rows, to fit weights to each of them by itself; by default to the batch.

    Raises:
        HypergenError: If fewer than 0 steps are asked for, or the adapters cannot be mixed.

    References:
        Wang et al. (2021), Efficient Test Time Adapter Ensembling for Low-resource Language Varieties,
        https://arxiv.org/abs/2109.04877.
    """
    if steps < 0:
        raise HypergenError(f"steps is {steps}; give 0 for the mean of the adapters, or more.")
    spec = WeightedSpec(cast(AdditiveMethod, adapters[0].spec), num_parts=len(adapters))
    layout = spec.layout(adapters[0].layout.sites)
    frozen = [adapter.map(Tensor.detach) for adapter in adapters]
    device = frozen[0].vector().device
    flat = torch.zeros(*([] if rows is None else [rows]), layout.num_parameters, device=device)
    for _ in range(steps):
        flat.requires_grad_()
        with torch.enable_grad():
            entropy = entropy_of(predict(fuse(frozen, Adapter.from_vector(spec, layout, flat))))
            (gradient,) = torch.autograd.grad(entropy * (rows or 1), flat)
        flat = (flat - lr * gradient).detach()
    return fuse(frozen, Adapter.from_vector(spec, layout, flat))


def entropy_of(logits: Float[Tensor, "... labels"]) -> Float[Tensor, ""]:
    """``-sum_k p_k log p_k``, in nats, the mean over all predictions."""
    log_p = logits.float().log_softmax(dim=-1)
    return -(log_p.exp() * log_p).sum(-1).mean()
