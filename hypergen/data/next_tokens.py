"""Causal language modelling (CLM): nothing is hidden, and every token is predicted from those before it."""

from collections.abc import Collection

import torch
from jaxtyping import Int
from torch import Tensor

from hypergen.data.masking import Masked

__all__ = ["predict_next"]


def predict_next(input_ids: Int[Tensor, "batch tokens"], *, special_ids: Collection[int]) -> Masked:
    """Positions before an ordinary token, with that token as label: the logits at ``t`` are asked for ``id[t + 1]``.

    The batch is unchanged, so this is for models that see no later token. What frames a block is not predicted.

    Example:
        >>> predict_next(torch.tensor([[1, 7, 8, 2]]), special_ids=[1, 2])
        Masked(input_ids=tensor([[1, 7, 8, 2]]), positions=tensor([0, 1]), labels=tensor([7, 8]))
    """
    special = torch.tensor(sorted(special_ids), dtype=input_ids.dtype, device=input_ids.device)
    ordinary = ~torch.isin(input_ids, special)
    ordinary[:, 0] = False
    positions = ordinary.flatten().nonzero().squeeze(1)
    return Masked(input_ids=input_ids, positions=positions - 1, labels=input_ids.flatten()[positions])
