"""A non-linear encoder: a perceptron beside the linear map."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn


class Perceptron(nn.Module):
    """``W2 gelu(W1 x + b1)``: what is added to ``V x + b``; ``W2`` starts at zero, so that training starts linear.

    Args:
        num_features: Length of an input.
        hidden_size: Rows of ``W1``.
        embedding_size: Length of an embedding.

    References:
        Üstün et al. (2020), UDapter, https://aclanthology.org/2020.emnlp-main.180 (typology through a perceptron).
    """

    def __init__(self, num_features: int, hidden_size: int, embedding_size: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(num_features, hidden_size)
        self.output = nn.Linear(hidden_size, embedding_size, bias=False)
        nn.init.zeros_(self.output.weight)

    def forward(self, x: Float[Tensor, "lang feat"]) -> Float[Tensor, "lang e"]:
        """What to add to the linear map."""
        added: Tensor = self.output(nn.functional.gelu(self.hidden(x)))
        return added
