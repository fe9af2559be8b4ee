"""Alignment of embeddings across languages: are sentences and their translations a rotation apart?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from hypergen.adapters.core import Adapter
from hypergen.errors import HypergenError
from hypergen.model import AdaptedModel

if TYPE_CHECKING:
    import transformers

__all__ = ["Alignment", "Rotation", "alignment", "procrustes", "sentence_embeddings"]


@dataclass(frozen=True, eq=False)
class Rotation:
    """``y ~ scale * (x - mean_x) R + mean_y``, with R orthogonal."""

    rotation: Float[Tensor, "d d"]
    scale: float
    mean_x: Float[Tensor, " d"]
    mean_y: Float[Tensor, " d"]

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """Where embeddings of the first language should be in the second."""
        return self.scale * (x - self.mean_x) @ self.rotation + self.mean_y


@dataclass(frozen=True)
class Alignment:
    """How far two languages' embeddings are a rotation apart, on pairs that the rotation was not fitted to."""

    error: float
    """``sum |f(x) - y|^2 / sum |y - mean_y|^2``: 0 for a rotation, 1 for what the mean alone would do."""
    retrieval_before: float
    """Share of the sentences whose translation has the most similar embedding (cosine), unrotated."""
    retrieval_after: float
    """The same after the rotation."""
    pairs: int


def procrustes(x: Float[Tensor, "n d"], y: Float[Tensor, "n d"]) -> Rotation:
    """The rotation (with reflection), scale and shift that bring ``x`` nearest to ``y`` in squares.

    With X and Y centred and ``U S V^T = X^T Y``: ``R = U V^T`` and ``scale = tr(S) / |X|^2``.

    Raises:
        HypergenError: If there are fewer than two pairs, or all of ``x`` are alike.

    References:
        Schönemann (1966), A generalized solution of the orthogonal Procrustes problem,
        https://doi.org/10.1007/BF02289451.
    """
    if len(x) < 2 or not float((x - x.mean(0)).abs().max()):
        raise HypergenError(f"{len(x)} pairs of embeddings, or equal ones, have no rotation; give two or more.")
    mean_x, mean_y = x.mean(0), y.mean(0)
    a, b = (x - mean_x).double(), (y - mean_y).double()
    u, s, vt = torch.linalg.svd(a.mT @ b)
    return Rotation((u @ vt).to(x.dtype), float(s.sum() / a.square().sum()), mean_x, mean_y)


def alignment(x: Float[Tensor, "n d"], y: Float[Tensor, "n d"], *, held_back: float = 0.3, seed: int = 0) -> Alignment:
    """Fit a rotation to some pairs of sentences and measure it on the others.

    With fewer pairs than dimensions a rotation fits almost anything: what is fitted is never what is measured.

    Args:
        x: Embeddings of sentences in one language.
        y: Of their translations, in the same order.
        held_back: Share of the pairs to measure on.
        seed: Which ones.

    Raises:
        HypergenError: If there are too few to fit or to measure.
    """
    num_held = round(held_back * len(x))
    if min(num_held, len(x) - num_held) < 2:
        raise HypergenError(
            f"{len(x)} pairs of embeddings, {num_held} of them held back, are too few to fit and measure a rotation; "
            "give two or more for either."
        )
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    held, fitted = order[:num_held], order[num_held:]
    rotation = procrustes(x[fitted], y[fitted])
    moved = rotation(x[held])
    error = (moved - y[held]).square().sum() / (y[held] - rotation.mean_y).square().sum()
    centred = y[held] - rotation.mean_y
    return Alignment(
        error=float(error),
        retrieval_before=_retrieved(x[held] - rotation.mean_x, centred),
        retrieval_after=_retrieved(moved - rotation.mean_y, centred),
        pairs=num_held,
    )


def sentence_embeddings(
    model: AdaptedModel,
    sentences: Sequence[str],
    *,
    tokenizer: transformers.PreTrainedTokenizerBase,
    adapters: Sequence[Adapter] = (),
    batch_size: int = 32,
) -> Float[Tensor, "n d"]:
    """The mean of the last hidden states of each sentence's own tokens (those put around it do not count).

    Raises:
        HypergenError: If a sentence has no token of its own.
    """
    model.eval()
    device = next(model.parameters()).device
    found = []
    for first in range(0, len(sentences), batch_size):
        told = tokenizer(
            list(sentences[first : first + batch_size]),
            padding=True,
            truncation=True,
            return_special_tokens_mask=True,
            return_tensors="pt",
        ).to(device)
        own = (~told.pop("special_tokens_mask").bool() & told["attention_mask"].bool()).unsqueeze(-1)
        if not bool(own.any(1).all()):
            raise HypergenError("a sentence has no token of its own to embed; leave empty ones out.")
        inputs = {name: told[name] for name in ("input_ids", "attention_mask")}
        with torch.no_grad():
            hidden = model.hidden(adapters=adapters, **inputs).float()
        found.append(((hidden * own).sum(1) / own.sum(1)).cpu())
    return torch.cat(found)


def _retrieved(x: Tensor, y: Tensor) -> float:
    similarity = torch.nn.functional.normalize(x, dim=-1) @ torch.nn.functional.normalize(y, dim=-1).mT
    return float((similarity.argmax(-1) == torch.arange(len(x))).float().mean())
