"""Language embeddings as the only parameters: a generator that stays as it is, asked at another point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from hypergen.adapters.core import Adapter
from hypergen.errors import UnknownLanguageError
from hypergen.sources.core import GeneratedAdapters, Languages, with_axis


class TunedEmbeddings(nn.Module):
    """``A(l) = decode(lambda_l)``, where ``lambda_l`` is trained from ``e_l = encode(t_l)``, the typology's embedding.

    A generator trained on many languages spans the adapters that languages need; a few sentences place a language
    there (32 numbers of MAD-G's). The penalty ``weight * mean_l |lambda_l - e_l|^2 / |e_l|^2`` keeps it near its
    typology.

    Args:
        generated: The generator, frozen here, and its typology.
        languages: Those to tune.
        weight: Of the penalty, which a training loop adds to its loss.
    """

    def __init__(self, generated: GeneratedAdapters, languages: Sequence[str], *, weight: float = 0.0) -> None:
        super().__init__()
        self.generator: Any = generated.generator.requires_grad_(False)  # type: ignore[attr-defined]
        self.languages, self.weight = tuple(languages), weight
        theta = next(self.generator.parameters())
        with torch.no_grad():
            start = self.generator.eval().encode(generated.typology.vectors(languages).to(theta.device, theta.dtype))
        self.start: Tensor
        self.register_buffer("start", start.clone())
        self.embeddings = nn.Parameter(start.clone())

    def forward(self, languages: Languages) -> Adapter:
        """The adapters of these languages, as their embeddings are now.

        Raises:
            UnknownLanguageError: If a language is none of those to tune.
        """
        return with_axis(languages, lambda several: self.generator.decode(self.embeddings[self._rows(several)]))

    def penalty(self, languages: Languages, adapter: Adapter) -> Tensor:  # noqa: ARG002 (like any penalty)
        """``weight * mean_l |lambda_l - e_l|^2 / |e_l|^2`` over these languages."""
        rows = self._rows([languages] if isinstance(languages, str) else languages)
        own = self.start[rows]
        moved = (self.embeddings[rows] - own).square().sum(-1) / own.square().sum(-1).clamp(min=1e-12)
        return self.weight * moved.mean()

    def _rows(self, languages: Sequence[str]) -> list[int]:
        if missing := [language for language in languages if language not in self.languages]:
            raise UnknownLanguageError(
                f"the embedding of {missing[0]} is not tuned here, only those of {', '.join(self.languages)}; name it "
                "among the languages to tune."
            )
        return [self.languages.index(language) for language in languages]
