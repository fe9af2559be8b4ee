"""Scoring: the held-back loss of each language and domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import nn

from hypergen.comparison.bench import Held
from hypergen.comparison.mixtures import AtTestTime
from hypergen.data.batches import Batch
from hypergen.evaluation.perplexity import Score, masked_lm_scores
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterSource

__all__ = ["Scores", "mean_losses", "only", "scores_of"]

Scores = Mapping[str, Mapping[str, Score]]
"""By domain, by language."""


def scores_of(model: AdaptedModel, source: AdapterSource | AtTestTime | None, held: Held) -> Scores:
    """The held-back losses of each domain and language."""

    def scored(batches: Sequence[Batch]) -> dict[str, Score]:
        made = partial(source.adapter_of, model=model, batches=batches) if isinstance(source, AtTestTime) else source
        return {score.language: score for score in masked_lm_scores(model, batches, adapter_of=made)}

    device = next(model.parameters()).device
    if isinstance(source, nn.Module):
        source.to(device).eval()
    elif isinstance(source, AtTestTime):
        source.bank.to(device)
    return {domain: scored(_moved(batches, device)) for domain, batches in held.items()}


def mean_losses(scores: Scores) -> dict[str, float]:
    """The loss of each language over its domains, weighted by their masked positions."""
    sums: dict[str, tuple[float, int]] = {}
    for score in (score for languages in scores.values() for score in languages.values()):
        total, count = sums.get(score.language, (0.0, 0))
        sums[score.language] = (total + score.loss * score.positions, count + score.positions)
    return {language: total / count for language, (total, count) in sums.items()}


def only(held: Held, codes: Sequence[str]) -> Held:
    """Held-back text of some languages."""
    return {domain: [each for each in batches if each.languages[0] in codes] for domain, batches in held.items()}


def _moved(batches: Sequence[Batch], device: torch.device) -> Sequence[Batch]:
    return batches if device.type == "cpu" else [batch.to(device) for batch in batches]
