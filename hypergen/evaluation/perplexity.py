"""Masked-language-model loss on held-back text, per language: with adapters, without, and of a unigram model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from hypergen.adapters.core import Adapter
from hypergen.data.batches import Batch
from hypergen.losses import cross_entropies
from hypergen.model import AdaptedModel


@dataclass(frozen=True)
class Score:
    """How well masked pieces of a language are predicted: mean loss in nats over masked ``positions``."""

    language: str
    loss: float
    positions: int

    @property
    def perplexity(self) -> float:
        """``exp(loss)``, per masked piece."""
        return math.exp(self.loss)


def masked_lm_scores(
    model: AdaptedModel, batches: Iterable[Batch], *, adapter_of: Callable[[str], Adapter] | None
) -> Iterator[Score]:
    """Scores of batches of one language each, language after language, in evaluation mode.

    Args:
        model: The backbone with hooks.
        batches: Batches of one language each, those of a language one after the other.
        adapter_of: The adapter of a language; ``None`` for the backbone alone.
    """
    model.eval()
    language, total, positions = "", 0.0, 0
    adapters: list[Adapter] = []
    for batch in batches:
        if batch.languages[0] != language:
            if positions:
                yield Score(language, total / positions, positions)
            language, total, positions = batch.languages[0], 0.0, 0
            with torch.no_grad():
                adapters = [] if adapter_of is None else [adapter_of(language)]
        total += float(_cross_entropies(model, batch, adapters).sum())
        positions += len(batch.labels)
    if positions:
        yield Score(language, total / positions, positions)


def batch_losses(model: AdaptedModel, batches: Iterable[Batch], *, adapter: Adapter) -> list[float]:
    """The mean loss of each batch with an adapter, in nats over its masked positions, in evaluation mode."""
    model.eval()
    return [float(_cross_entropies(model, batch, [adapter]).mean()) for batch in batches]


@torch.no_grad()
def _cross_entropies(model: AdaptedModel, batch: Batch, adapters: list[Adapter]) -> Float[Tensor, " masked"]:
    logits = model(adapters=adapters, positions=batch.positions, input_ids=batch.input_ids).logits
    return cross_entropies(logits, batch.labels)


def unigram_loss(
    ids: Int[Tensor, "block tokens"], labels: Int[Tensor, " masked"], *, vocab_size: int, special_ids: Iterable[int]
) -> float:
    """Loss of ``labels`` under the add-one smoothed frequencies of the pieces in ``ids``, in nats.

    ``-mean(log((n(label) + 1) / (N + vocab_size)))`` with special pieces counted zero times: what can be predicted of a
    language without looking at the context.
    """
    counts = torch.bincount(ids.flatten(), minlength=vocab_size).double()
    counts[list(special_ids)] = 0
    log_p = torch.log((counts + 1) / (counts + 1).sum())
    return float(-log_p[labels].mean())
