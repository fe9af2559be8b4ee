"""Languages between the training languages: vectors mixed within a batch."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def mixed(x: Float[Tensor, "lang feat"], *, share: float) -> Float[Tensor, "lang feat"]:
    """``x_i + a_i (x_j - x_i)``, ``j`` another language of the batch at random, ``a_i`` uniform up to ``share``.

    The text stays language i's: its adapter must also serve a vector somewhat like another's, so that the generator
    changes slowly between the languages that it has seen. A batch of one language has nothing to mix.

    Example:
        >>> mixed(torch.tensor([[0.0], [8.0]]), share=0.0)
        tensor([[0.],
                [8.]])

    References:
        Zhang et al. (2018), mixup: Beyond Empirical Risk Minimization, https://arxiv.org/abs/1710.09412 (which mixes
        targets too; two languages' text cannot be mixed).
    """
    if not share:
        return x
    amount = share * torch.rand(len(x), 1, device=x.device, dtype=x.dtype)
    turn = int(torch.randint(1, max(2, len(x)), ())) if len(x) > 1 else 0
    return x + amount * (x.roll(turn, 0) - x)
