"""Languages that the backbone knows: what sets them apart from all others, learned once for all of them."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Known(nn.Module):
    """``c k`` for a language that the backbone knows, and nothing for any other.

    ``c``, the root mean square length of the training languages' inputs, makes it a feature as strong as all others
    together: without it an optimizer of equal steps, such as Adam, would leave everything to the features, which are
    many.

    Args:
        embedding_size: Length of an embedding.

    References:
        Üstün et al. (2022), Hyper-X, https://aclanthology.org/2022.emnlp-main.541 (learned embeddings beside typology
        as inputs of a hypernetwork).
    """

    scale: Tensor

    def __init__(self, embedding_size: int) -> None:
        super().__init__()
        self.values = nn.Parameter(torch.zeros(1, embedding_size))
        self.register_buffer("scale", torch.ones(()))

    @torch.no_grad()
    def remember(self, anchors: Float[Tensor, "anchor feat"]) -> None:
        """Take ``c`` from the training languages' centred inputs."""
        self.scale.copy_(anchors.square().sum(1).mean().sqrt())

    def forward(self, known: Float[Tensor, " lang"]) -> Float[Tensor, "lang e"]:
        """What to add to the embeddings of languages; 1 for those that the backbone knows, else 0."""
        added: Tensor = self.scale * known.unsqueeze(1) * self.values
        return added
