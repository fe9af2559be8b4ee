"""Training languages as a generator knows them: by their vectors, since it knows no codes."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.errors import HypergenError


class Anchors(nn.Module):
    """The vectors of the training languages.

    A language is recognised by its vector, value for value, so that everything stays a function of typology: what is
    kept of a training language is never given to another one, and languages of equal vectors are one (see
    :meth:`hypergen.TypologyTable.duplicates`). All buffers are floats, as bundles keep them.

    Args:
        num_anchors: How many training languages there are.
        num_features: Length of a vector.
    """

    vectors: Tensor

    def __init__(self, num_anchors: int, num_features: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.full((num_anchors, num_features), float("inf")))

    def remember(self, vectors: Float[Tensor, "anchor feat"]) -> None:
        """Keep these vectors.

        Raises:
            HypergenError: If there are not as many, or they have another number of features.
        """
        if vectors.shape != self.vectors.shape:
            raise HypergenError(
                f"{len(vectors)} training languages of {vectors.shape[-1]} features were given to a generator for "
                f"{len(self.vectors)} of {self.vectors.shape[-1]}; build it for these."
            )
        self.vectors.copy_(vectors)

    def own(self, typology: Float[Tensor, "lang feat"]) -> Float[Tensor, "lang anchor"]:
        """One-hot: which anchor each language is; zeros for one that is none. Of equal anchors the first counts."""
        equal = (typology.unsqueeze(1) == self.vectors).all(-1)
        return (equal & (equal.cumsum(1) == 1)).to(typology.dtype)
