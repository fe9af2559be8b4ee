"""Features, or whole vectors, left out in training: so that none is relied on, and the mean language serves all."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn


def features_dropped(x: Float[Tensor, "lang feat"], *, rate: float) -> Float[Tensor, "lang feat"]:
    """Centred inputs with each feature at 0, its mean, by chance ``rate``, the others divided by ``1 - rate``."""
    return nn.functional.dropout(x, rate) if rate else x


def vectors_dropped(x: Float[Tensor, "lang feat"], *, rate: float) -> Float[Tensor, "lang feat"]:
    """``k_i x_i``, with ``k_i`` 0 at the chance ``rate`` and else 1: a language goes without its vector, or has it all.

    ``x`` is the distance from the mean of the training languages, so a language without its vector is the mean one, and
    learns what all have in common; what is left to the vectors is in what languages differ from that. Nothing is
    divided by ``1 - rate``, as it is in dropout: a vector that is kept counts in full, as when generating.

    Example:
        >>> vectors_dropped(torch.ones(2, 3), rate=1.0).sum()
        tensor(0.)

    References:
        Ho and Salimans (2022), Classifier-Free Diffusion Guidance, https://arxiv.org/abs/2207.12598 (a model that is
        trained with its condition, and without it at some chance).
    """
    if not rate:
        return x
    return x * (torch.rand(len(x), 1, device=x.device) >= rate).to(x.dtype)
