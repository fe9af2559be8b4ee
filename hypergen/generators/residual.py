"""Residual embeddings: what of a training language its typology does not tell, kept for it alone."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.errors import HypergenError


class Residual(nn.Module):
    """``c r_i`` for training language i, and nothing for any other language.

    In training a language goes without it by chance ``dropout``, so that the map from typology must serve alone, as it
    will for unseen languages. ``c``, the root mean square length of the training languages' inputs, makes ``r_i`` a
    feature as strong as all others together: without it an optimizer of equal steps, such as Adam, would leave
    everything to the features, which are many.

    Args:
        num_anchors: How many training languages there are.
        embedding_size: Length of an embedding.
        dropout: In training, the chance that a language goes without its residual.

    Raises:
        HypergenError: If ``dropout`` is no probability.

    References:
        Üstün et al. (2022), Hyper-X, https://aclanthology.org/2022.emnlp-main.541 (learned language embeddings as
        inputs of a hypernetwork); Gal and Ghahramani (2016), https://arxiv.org/abs/1512.05287 (whole embeddings
        dropped).
    """

    scale: Tensor

    def __init__(self, num_anchors: int, embedding_size: int, *, dropout: float) -> None:
        super().__init__()
        if not 0 <= dropout <= 1:
            raise HypergenError(f"residual_dropout is {dropout}; expected a probability, 0 to 1.")
        self.dropout = dropout
        self.values = nn.Parameter(torch.zeros(num_anchors, embedding_size))
        self.register_buffer("scale", torch.ones(()))

    @torch.no_grad()
    def remember(self, anchors: Float[Tensor, "anchor feat"]) -> None:
        """Take ``c`` from the training languages' centred inputs."""
        self.scale.copy_(anchors.square().sum(1).mean().sqrt())

    @torch.no_grad()
    def start_at(self, embeddings: Float[Tensor, "anchor e"]) -> None:
        """Let residuals start here, and not at zero."""
        self.values.copy_(embeddings / self.scale)

    def kept(self, own: Float[Tensor, "lang anchor"]) -> Float[Tensor, "lang anchor"]:
        """``own`` without the languages that go without their residual this time."""
        if not self.training or not self.dropout:
            return own
        return own * (torch.rand(len(own), 1, device=own.device) >= self.dropout).to(own.dtype)

    def forward(self, own: Float[Tensor, "lang anchor"]) -> Float[Tensor, "lang e"]:
        """What to add to the embeddings of languages, where ``own`` says which anchor each is."""
        return self.scale * (self.kept(own) @ self.values)
