"""Training languages as a generator knows them: by their vectors, since it knows no codes."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.errors import HypergenError


class Anchors(nn.Module):
    """The vectors of the training languages, and which of these are kin.

    A language is recognised by its vector, value for value, so that everything stays a function of typology: what is
    kept of a training language is never given to another one, and languages of equal vectors are one (see
    :meth:`hypergen.TypologyTable.duplicates`). All buffers are floats, as bundles keep them.

    Args:
        num_anchors: How many training languages there are.
        num_features: Length of a vector.
    """

    vectors: Tensor
    kin: Tensor

    def __init__(self, num_anchors: int, num_features: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.full((num_anchors, num_features), float("inf")))
        self.register_buffer("kin", torch.arange(num_anchors, dtype=torch.float32))

    def remember(self, vectors: Float[Tensor, "anchor feat"], *, kin: Float[Tensor, " anchor"]) -> None:
        """Keep these vectors; anchors of the same number in ``kin`` are relatives.

        Raises:
            HypergenError: If there are not as many, or they have another number of features.
        """
        if vectors.shape != self.vectors.shape or kin.shape != self.kin.shape:
            raise HypergenError(
                f"{len(vectors)} training languages of {vectors.shape[-1]} features, with the kin of {len(kin)}, were "
                f"given to a generator for {len(self.vectors)} of {self.vectors.shape[-1]}; build it for these."
            )
        self.vectors.copy_(vectors)
        self.kin.copy_(kin)

    def own(self, typology: Float[Tensor, "lang feat"]) -> Float[Tensor, "lang anchor"]:
        """One-hot: which anchor each language is; zeros for one that is none. Of equal anchors the first counts."""
        equal = (typology.unsqueeze(1) == self.vectors).all(-1)
        return (equal & (equal.cumsum(1) == 1)).to(typology.dtype)

    def related(self, own: Float[Tensor, "lang anchor"]) -> Float[Tensor, "lang anchor"]:
        """1 at every anchor that is kin of the language (itself too); zeros for a language that is no anchor."""
        kin = (self.kin.unsqueeze(0) == self.kin.unsqueeze(1)).to(own.dtype)
        return own @ kin
