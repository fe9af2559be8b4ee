"""The encoder of generators beyond MAD-G: parts that can be combined, each in a file of its own."""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.errors import HypergenError
from hypergen.generators.anchors import Anchors
from hypergen.generators.dropping import features_dropped, vectors_dropped
from hypergen.generators.encoder import Activation, TypologyEncoder
from hypergen.generators.known import Known
from hypergen.generators.shrinking import Shrinking

TypologyMap = Literal["linear", "constant"]


class ComposedEncoder(nn.Module):
    """``lambda = V (x + mean) + b + k``, with ``x`` the language's centred inputs.

    ``x = t - mean``, over the training languages, and zero in features in which these do not differ, of which
    nothing can be learned. It is shrunk if the language is none of them; in training features, or all of it, are
    dropped. ``k`` is one learned vector for all languages that the backbone knows, so that these need not be told from
    others by their typology. With every option left out it is the published ``V t + b``, and is trained as that is:
    ``V x + b`` is the same map, but the mean language's embedding then moves by ``b`` alone: with Adam, whose steps are
    of one size for every weight, far more slowly.

    :meth:`remember` must be called with the training languages' vectors before training; what it keeps is in the state.

    Args:
        num_features: Length of a typology vector.
        embedding_size: Length of a language embedding.
        num_anchors: How many training languages there are.
        activation: Of the embedding.
        feature_dropout: In training, the chance that a feature counts as its mean (0).
        typology_map: ``constant`` leaves out ``V x``: one adapter for all languages, but for ``k``.
        vector_dropout: In training, the chance that a language has no vector (:mod:`hypergen.generators.dropping`).
        shrinkage: How far unseen languages go to the mean (:mod:`hypergen.generators.shrinking`).

    Raises:
        HypergenError: If a share is none, or there are no training languages.
    """

    center: Tensor
    differs: Tensor
    known: Tensor

    def __init__(
        self,
        num_features: int,
        embedding_size: int,
        *,
        num_anchors: int,
        activation: Activation = "identity",
        feature_dropout: float = 0.0,
        typology_map: TypologyMap = "linear",
        vector_dropout: float = 0.0,
        shrinkage: float = 0.0,
    ) -> None:
        super().__init__()
        check_shares(feature_dropout=feature_dropout, vector_dropout=vector_dropout, shrinkage=shrinkage)
        if num_anchors < 1:
            raise HypergenError(f"num_anchors is {num_anchors}; expected at least one training language.")
        self.activation, self.feature_dropout = activation, feature_dropout
        self.vector_dropout = vector_dropout
        self.anchors = Anchors(num_anchors, num_features)
        self.shrunk = Shrinking(shrinkage)
        self.linear = nn.Linear(num_features, embedding_size, bias=False) if typology_map == "linear" else None
        self.bias = nn.Parameter(torch.randn(embedding_size) * embedding_size**-0.5)
        self.of_known = Known(embedding_size)
        self.register_buffer("center", torch.zeros(num_features))
        self.register_buffer("differs", torch.ones(num_features))
        self.register_buffer("known", torch.zeros(num_anchors))

    @torch.no_grad()
    def remember(
        self,
        typology: Float[Tensor, "anchor feat"],
        *,
        kin: Float[Tensor, " anchor"],
        known: Float[Tensor, " anchor"] | None = None,
    ) -> None:
        """Keep what is needed of the training languages; the function stays what it was on their vectors.

        Args:
            typology: Their vectors.
            kin: A number each, the same for relatives.
            known: 1 for those that the backbone knows, else 0; by default it knows none.
        """
        self.anchors.remember(typology)
        self.center.copy_(typology.mean(0))
        self.differs.copy_((typology != typology[:1]).any(0))
        x = self._inputs(typology)
        self.shrunk.remember(x, kin=kin)
        self.of_known.remember(x)
        if known is not None:
            self.known.copy_(known)

    @torch.no_grad()
    def start_at_principal_axes(self, typology: Float[Tensor, "anchor feat"], *, spread: float) -> None:
        """Start as :meth:`TypologyEncoder.start_at_principal_axes` does, as far as there is a ``V``.

        Raises:
            HypergenError: If the vectors do not differ, the spread is not above 0, or there is one coordinate only.
        """
        x = self._inputs(typology)
        plain = TypologyEncoder(x.shape[-1], len(self.bias))
        plain.start_at_principal_axes(x, spread=spread)
        self.bias.zero_()
        if self.linear is not None:
            self.linear.weight.copy_(plain.linear.weight)
            self.bias.sub_(self.linear.weight @ self.center)
        self.bias[-1] = 1.0

    def forward(self, typology: Float[Tensor, "lang feat"]) -> Float[Tensor, "lang e"]:
        """Language embeddings, one row per language.

        Raises:
            HypergenError: If the vectors have another number of features.
        """
        if typology.shape[-1] != len(self.center):
            raise HypergenError(
                f"typology vectors of {typology.shape[-1]} features were given to a generator of {len(self.center)}; "
                "use the feature sets that it was trained with."
            )
        own = self.anchors.own(typology)
        x, anchors = self._inputs(typology), self._inputs(self.anchors.vectors)
        embedding = self.bias + self._mapped(self.shrunk(x, anchors, own))
        embedding = embedding + self.of_known(own @ self.known)
        return torch.relu(embedding) if self.activation == "relu" else embedding

    def _inputs(self, typology: Float[Tensor, "lang feat"]) -> Float[Tensor, "lang feat"]:
        return self.differs * (typology - self.center)

    def _mapped(self, x: Float[Tensor, "lang feat"]) -> Float[Tensor, "lang e"]:
        """``V (x + mean)``, of inputs that are partly dropped in training."""
        if self.training:
            x = features_dropped(x, rate=self.feature_dropout)
            x = vectors_dropped(x, rate=self.vector_dropout)
        if self.linear is None:
            return x.new_zeros(len(x), len(self.bias))
        mapped: Tensor = self.linear(x + self.center)
        return mapped


def check_shares(**shares: float) -> None:
    """Refuse a share below 0 or above 1, and a dropout of all features.

    Raises:
        HypergenError: For the first that is none.
    """
    for name, share in shares.items():
        if not 0 <= share <= 1 or (name == "feature_dropout" and share == 1):
            raise HypergenError(f"{name} is {share}; expected a share from 0 to 1, or below 1 for feature_dropout.")
