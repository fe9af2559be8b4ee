"""Learned language ids: an embedding for each training language, instead of one computed from its typology."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.adapters.core import Adapter
from hypergen.errors import HypergenError
from hypergen.generators.madg import Generator
from hypergen.sources.core import Languages, with_axis


class LearnedEmbeddings(nn.Module):
    """``A(l) = decode(lambda_l)`` with ``lambda_l`` trained for each language; of any other language, their mean.

    What typology must beat: the same decoder, of as many languages, which knows nothing of how they are alike. It has
    nothing to say of an unseen language, so all of these share one adapter, that of the mean embedding.

    Args:
        generator: Its decoder is trained; its encoder is not used, and frozen here.
        languages: The training languages.
        embedding_size: Length of the generator's language embeddings.
        spread: Embeddings start normal, with this standard deviation.
        rng: Draws the start.

    Raises:
        HypergenError: If there are no languages.

    References:
        Üstün et al. (2022), Hyper-X, https://arxiv.org/abs/2205.12148 (learned ids of languages).
    """

    def __init__(
        self,
        generator: Generator,
        languages: Sequence[str],
        *,
        embedding_size: int,
        spread: float = 1.0,
        rng: torch.Generator,
    ) -> None:
        super().__init__()
        if not languages:
            raise HypergenError("no languages were given to learn an embedding of; give the training languages.")
        encoder: Any = generator.encode
        encoder.requires_grad_(False)
        self.generator = generator
        self.languages = tuple(languages)
        self.embeddings = nn.Parameter(spread * torch.randn(len(languages), embedding_size, generator=rng))

    def forward(self, languages: Languages) -> Adapter:
        """The adapters of these languages; of those not trained, that of the mean embedding."""
        return with_axis(languages, lambda several: self.generator.decode(self.encode(several)))

    def encode(self, languages: Sequence[str]) -> Float[Tensor, "lang e"]:
        """Their embeddings, one row a language."""
        known = dict(zip(self.languages, self.embeddings, strict=True))
        mean = self.embeddings.mean(0)
        return torch.stack([known.get(language, mean) for language in languages])
