"""The typology encoder: from what is known of a language to its embedding."""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.errors import HypergenError

Activation = Literal["identity", "relu"]


class TypologyEncoder(nn.Module):
    """``lambda = V t + b``: typology vectors to language embeddings, optionally through a ReLU (a published variant).

    ``V`` and ``b`` start as torch's Linear does, or at principal axes (:meth:`start_at_principal_axes`).

    Args:
        num_features: Length of a typology vector.
        embedding_size: Length of a language embedding.
        activation: After the linear map.
        feature_dropout: In training, the chance p that a feature counts as ``center`` (its mean after
            ``start_at_principal_axes``, zero before); the others' distances from there are divided by ``1 - p``.
    """

    def __init__(
        self,
        num_features: int,
        embedding_size: int,
        *,
        activation: Activation = "identity",
        feature_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if not 0 <= feature_dropout < 1:
            raise HypergenError(f"feature_dropout is {feature_dropout}; expected a probability from 0 to below 1.")
        self.linear = nn.Linear(num_features, embedding_size)
        self.activation, self.feature_dropout = activation, feature_dropout
        self.center: Tensor
        self.register_buffer("center", torch.zeros(num_features))

    def forward(self, typology: Float[Tensor, "lang feat"]) -> Float[Tensor, "lang e"]:
        """Language embeddings, one row per language.

        Raises:
            HypergenError: If the vectors have another number of features.
        """
        if typology.shape[-1] != self.linear.in_features:
            raise HypergenError(
                f"typology vectors of {typology.shape[-1]} features were given to a generator of "
                f"{self.linear.in_features}; use the feature sets that it was trained with."
            )
        if self.feature_dropout:
            kept = nn.functional.dropout(typology - self.center, self.feature_dropout, training=self.training)
            typology = self.center + kept
        embedding: Tensor = self.linear(typology)
        return torch.relu(embedding) if self.activation == "relu" else embedding

    @torch.no_grad()
    def start_at_principal_axes(self, typology: Float[Tensor, "lang feat"], *, spread: float) -> None:
        """Start ``V`` and ``b`` so that ``lambda = [s P (t - mean); 1]``, P the principal axes of these languages.

        The function stays linear; where it starts says how languages are alike: distances between embeddings are those
        of typology, instead of a random projection's, and what all languages share has a coordinate of its own. ``s``
        is such that ``|s P (t - mean)|`` is ``spread`` in the root mean square: small values keep languages near the
        mean, which becomes ``center``.

        Raises:
            HypergenError: If the vectors do not differ, the spread is not above 0, or there is one coordinate only.
        """
        size, mean = self.linear.out_features, typology.mean(0)
        if size < 2 or spread <= 0 or not (typology != typology[:1]).any():
            raise HypergenError(
                f"principal axes of {len(typology)} languages, spread {spread}, embeddings of {size}: expected "
                "languages of different vectors, a spread above 0 and at least 2 coordinates; or start at random."
            )
        _, _, axes = torch.linalg.svd(typology - mean, full_matrices=False)
        self.linear.weight.zero_()
        self.linear.weight[: min(size - 1, len(axes))] = axes[: size - 1]
        scale = spread / ((typology - mean) @ self.linear.weight.mT).square().sum(1).mean().sqrt()
        self.linear.weight *= scale
        self.linear.bias.copy_(-self.linear.weight @ mean)
        self.linear.bias[-1] = 1.0
        self.center.copy_(mean)
