"""Generated adapters whose training is also told what adapters should be like, beside what the text says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.adapters.core import Adapter
from hypergen.errors import HypergenError
from hypergen.generators.madg import Generator
from hypergen.sources.core import AdapterBank, GeneratedAdapters, Languages, Typology


class RegularisedAdapters(nn.Module):
    """:class:`GeneratedAdapters` with a penalty, which is added to the loss of a batch.

    ``l2 |A|^2 + reconstruction |A - A*|^2 / mean |A*|^2 + lasso sum_f |V_f|``: the first two are means over the batch's
    languages, with ``A`` the generated adapter and ``A*`` one trained on the language's own text, where there is one;
    the last is over the columns of the encoder's linear map, one a feature, so that features that do not pay for
    themselves fade.

    Args:
        generator: As of :class:`GeneratedAdapters`.
        typology: As of :class:`GeneratedAdapters`.
        l2: Weight of the generated adapters' squares.
        reconstruction: Weight of the distance from trained adapters.
        lasso: Weight of the features' lengths.
        trained: The trained adapters; they stay as they are, and are kept in no checkpoint.

    Raises:
        HypergenError: If a weight is negative, the trained adapters are missing or of another kind, or the encoder has
            no linear map to penalise.

    References:
        Charakorn et al. (2025), Text-to-LoRA, https://arxiv.org/abs/2506.06105 (reconstruction of trained adapters);
        Yuan and Lin (2006), group lasso, https://doi.org/10.1111/j.1467-9868.2005.00532.x.
    """

    def __init__(
        self,
        generator: Generator,
        typology: Typology,
        *,
        l2: float = 0.0,
        reconstruction: float = 0.0,
        lasso: float = 0.0,
        trained: AdapterBank | None = None,
    ) -> None:
        super().__init__()
        if min(l2, reconstruction, lasso) < 0:
            raise HypergenError(
                f"l2 is {l2}, reconstruction {reconstruction}, lasso {lasso}; a penalty's weight is 0 or more."
            )
        if reconstruction and trained is None:
            raise HypergenError("reconstruction needs trained adapters to reconstruct; give some, or weight 0.")
        if lasso and linear_of(generator) is None:
            raise HypergenError("lasso is of an encoder's linear map, and this one has none; give weight 0.")
        like: Any = generator
        if trained is not None and (trained.spec, trained.layout) != (like.spec, like.layout):
            raise HypergenError(
                f"the trained adapters are {trained.spec} of {trained.layout.num_parameters} parameters, and the "
                f"generator's are {like.spec} of {like.layout.num_parameters}; train them over the same backbone."
            )
        self.generator, self.typology = generator, typology
        self.l2, self.reconstruction, self.lasso = l2, reconstruction, lasso
        self.languages = () if trained is None else trained.languages
        self.register_buffer("trained", None if trained is None else trained.vectors.detach(), persistent=False)

    def forward(self, languages: Languages) -> Adapter:
        """The generated adapters of these languages; gradients reach the generator."""
        generated: Adapter = GeneratedAdapters(self.generator, self.typology)(languages)
        return generated

    def penalty(self, languages: Sequence[str], adapter: Adapter) -> Float[Tensor, ""]:
        """What is added to the loss of a batch of these languages, for which ``adapter`` was generated.

        It is not generated again: another draw of what is dropped would be penalised for what this one did.
        """
        generated = adapter.vector()
        total: Tensor = self.l2 * generated.square().sum(-1).mean()
        if self.reconstruction and isinstance(self.trained, Tensor):
            places = [(i, self.languages.index(code)) for i, code in enumerate(languages) if code in self.languages]
            if places:
                rows, targets = (list(each) for each in zip(*places, strict=True))
                away = (generated[rows] - self.trained[targets]).square().sum(-1).mean()
                total = total + self.reconstruction * away / self.trained.square().sum(-1).mean()
        linear = linear_of(self.generator)
        if self.lasso and linear is not None:
            total = total + self.lasso * torch.linalg.vector_norm(linear.weight, dim=0).sum()
        return total


def linear_of(generator: Generator) -> nn.Linear | None:
    """The linear map of a generator's encoder, if it has one."""
    linear = getattr(generator.encode, "linear", None)
    return linear if isinstance(linear, nn.Linear) else None
