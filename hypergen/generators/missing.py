"""Features that nobody observed: what stands in their place, and whether the encoder is told.

URIEL observed two thirds of the features of a language that is well described, and predicts the rest from its
neighbours; a generator that is given both alike must trust them alike.

References:
    Lipton et al. (2016), Modeling Missing Data in Clinical Time Series with RNNs, https://arxiv.org/abs/1606.04130
    (zeros and an indicator of what is missing).
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.errors import HypergenError

Missing = Literal["imputed", "imputed-mask", "zero-mask", "mean-mask"]
"""As imputed, and no mask (published); or with the mask: as imputed, zero, or the mean of what was observed."""


class Filled(nn.Module):
    """Vectors ``[t; m]`` of values and of what was observed (:func:`hypergen.typology.observed.with_observed`), filled.

    ``imputed``: the vectors as they are, and no mask in them. ``imputed-mask``: ``[t; m]``. ``zero-mask``:
    ``[t * m; m]``. ``mean-mask``: ``[c + m * (t - c); m]``, with ``c`` the mean of the values that were observed in the
    training languages.

    Args:
        num_features: Length of a vector, with the mask if there is one.
        missing: One of these.

    Raises:
        HypergenError: If the vectors cannot be halves of values and mask.
    """

    mean: Tensor

    def __init__(self, num_features: int, missing: Missing) -> None:
        super().__init__()
        if missing != "imputed" and num_features % 2:
            raise HypergenError(
                f"vectors of {num_features} features cannot be values and mask; give a table with_observed, of two "
                "columns a feature."
            )
        self.missing = missing
        if missing == "mean-mask":
            self.register_buffer("mean", torch.zeros(num_features // 2))

    @torch.no_grad()
    def remember(self, vectors: Float[Tensor, "anchor feat"]) -> None:
        """Take the means of what was observed in these languages; 0 for a feature that was observed in none."""
        if self.missing == "mean-mask":
            t, m = vectors.chunk(2, dim=-1)
            self.mean.copy_((t * m).sum(0) / m.sum(0).clamp(min=1))

    def forward(self, vectors: Float[Tensor, "lang feat"]) -> Float[Tensor, "lang feat"]:
        """The vectors with what was not observed filled in."""
        if self.missing in ("imputed", "imputed-mask"):
            return vectors
        t, m = vectors.chunk(2, dim=-1)
        t = t * m if self.missing == "zero-mask" else self.mean + m * (t - self.mean)
        return torch.cat([t, m], dim=-1)


def dropped(x: Float[Tensor, "lang feat"], *, rate: float, missing: Missing) -> Float[Tensor, "lang feat"]:
    """Centred inputs with each feature at 0, its mean, by chance ``rate``, the others divided by ``1 - rate``.

    A value and its place in the mask are dropped together.
    """
    if not rate:
        return x
    num_features = x.shape[-1] // (1 if missing == "imputed" else 2)
    kept = nn.functional.dropout(x.new_ones(len(x), num_features), rate)
    return x * (kept if missing == "imputed" else kept.repeat(1, 2))
