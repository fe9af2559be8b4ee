"""Less of a language the less is known of the like of it: vectors drawn to the mean, the farther from all seen ones."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Shrinking(nn.Module):
    """``s(d) x`` with ``s(d) = 1 - shrinkage (1 - exp(-d^2 / h^2))``, for centred inputs ``x``.

    ``d`` is the distance to the nearest training language, ``h`` the median over these of the distance to the nearest
    that is no kin. A training language stays where it is (d = 0), so that shrinkage can be chosen after training. With
    a linear encoder it is the embedding that goes to the mean language's. Why: on unseen languages the generated
    adapter and the mean one are equally good (docs/results/real_text.md), and where the loss is convex between two
    equally good adapters, each in between is better.

    References:
        James and Stein (1961), Estimation with quadratic loss, https://projecteuclid.org/euclid.bsmsp/1200512173.
    """

    reach: Tensor

    def __init__(self, shrinkage: float) -> None:
        super().__init__()
        self.shrinkage = shrinkage
        self.register_buffer("reach", torch.ones(()))

    def remember(self, anchors: Float[Tensor, "anchor feat"], *, kin: Float[Tensor, " anchor"]) -> None:
        """Take ``h`` from the training languages' inputs; it stays 1 if all are kin."""
        distances = torch.cdist(anchors, anchors).masked_fill(kin.unsqueeze(0) == kin.unsqueeze(1), float("inf"))
        nearest = distances.min(1).values
        if nearest.isfinite().any():
            self.reach.copy_(nearest[nearest.isfinite()].median())

    def forward(
        self, x: Float[Tensor, "lang feat"], anchors: Float[Tensor, "anchor feat"], own: Float[Tensor, "lang anchor"]
    ) -> Float[Tensor, "lang feat"]:
        """The inputs, shrunk; those that are anchors (``own``) are left as they are, digit for digit."""
        if not self.shrinkage:
            return x
        distance = torch.cdist(x, anchors).min(1, keepdim=True).values
        s = 1 - self.shrinkage * (1 - torch.exp(-((distance / self.reach) ** 2)))
        return torch.where(own.any(1, keepdim=True), x, s * x)
