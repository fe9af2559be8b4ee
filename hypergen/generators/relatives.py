"""Residuals of unseen languages, predicted from those of the training languages that are like them.

A training language has a residual ``r_i`` of its own (:mod:`hypergen.generators.residual`). Another language gets a
weighted sum of theirs, which goes to zero, and its embedding so to what the rest of the encoder says (the mean, if that
is a constant), when it is far from all of them. In training a language is now and then treated as if it and all its
kin were unseen: weights, shrinkage and the relevance of each group of features are learned from languages that
play no part in their own prediction.

References:
    Nadaraya (1964), https://doi.org/10.1137/1109020; Vinyals et al. (2016), Matching Networks,
    https://arxiv.org/abs/1606.04080 (attention over examples, trained by leaving out).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.generators.residual import Residual

SPEED = 10.0
"""Logarithms of scales are this many times a parameter: at an adapter's learning rate they could not move in a run."""


class Relatives(nn.Module):
    """``c sum_i w_i(x) r_i``: own residuals for training languages, predicted ones for all others.

    ``w_i = k(x, a_i) / (q + sum_j k(x, a_j))``, as in a mean with ``q`` pseudo-languages of residual zero, and
    ``k(x, a) = exp(-sum_g v_g |x_g - a_g|^2 / D_g)`` over groups of features, ``D_g`` the mean squared distance of two
    training languages.

    Args:
        num_anchors: How many training languages there are.
        embedding_size: Length of an embedding.
        groups: Lengths of the groups of features, in their order.
        leave_out: In training, the chance that a language is predicted from those that are no kin of it.

    Raises:
        HypergenError: If ``leave_out`` is no probability.
    """

    spread: Tensor

    def __init__(self, num_anchors: int, embedding_size: int, *, groups: Sequence[int], leave_out: float) -> None:
        super().__init__()
        self.residual = Residual(num_anchors, embedding_size, dropout=leave_out)
        self.groups = list(groups)
        self.relevance = nn.Parameter(torch.zeros(len(self.groups)))
        self.pseudo = nn.Parameter(torch.zeros(()))
        self.register_buffer("spread", torch.ones(len(self.groups)))

    @torch.no_grad()
    def remember(self, anchors: Float[Tensor, "anchor feat"]) -> None:
        """Take the scales of residuals and groups from the training languages' centred inputs."""
        self.residual.remember(anchors)
        squares = [part.square().sum(1).mean() for part in anchors.split(self.groups, dim=-1)]
        self.spread.copy_(torch.stack(squares).clamp(min=1e-6))

    def start_at(self, embeddings: Float[Tensor, "anchor e"]) -> None:
        """Let residuals start here, and not at zero."""
        self.residual.start_at(embeddings)

    def kernel(
        self, x: Float[Tensor, "lang feat"], anchors: Float[Tensor, "anchor feat"]
    ) -> Float[Tensor, "lang anchor"]:
        """How alike languages and training languages are."""
        start = 4.0 / len(self.groups)  # two training languages are then alike by exp(-4) on average
        weights = start * torch.exp(SPEED * self.relevance) / (2 * self.spread)
        total = x.new_zeros(len(x), len(anchors))
        columns = (each.split(self.groups, dim=-1) for each in (x, anchors))
        for weight, own, others in zip(weights, *columns, strict=True):
            total = total - weight * (own.unsqueeze(1) - others).square().sum(-1)
        return total.exp()

    def weights(
        self,
        x: Float[Tensor, "lang feat"],
        anchors: Float[Tensor, "anchor feat"],
        *,
        without: Float[Tensor, "lang anchor"],
    ) -> Float[Tensor, "lang anchor"]:
        """What each training language counts for each language, those in ``without`` (1 where so) left out."""
        k = (1 - without) * self.kernel(x, anchors)
        return k / (torch.exp(SPEED * self.pseudo) + k.sum(1, keepdim=True))

    def forward(
        self,
        x: Float[Tensor, "lang feat"],
        anchors: Float[Tensor, "anchor feat"],
        *,
        own: Float[Tensor, "lang anchor"],
        related: Float[Tensor, "lang anchor"],
    ) -> Float[Tensor, "lang e"]:
        """What to add to the embeddings of languages.

        Args:
            x: Their centred inputs.
            anchors: Those of the training languages.
            own: Which anchor each language is, if any.
            related: Which anchors are then its kin.
        """
        kept = self.residual.kept(own)
        is_kept = kept.sum(1, keepdim=True)
        predicted = self.weights(x, anchors, without=related)
        weights = kept + (1 - is_kept) * predicted
        added: Tensor = self.residual.scale * (weights @ self.residual.values)
        return added
