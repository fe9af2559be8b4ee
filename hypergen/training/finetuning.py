"""Fine-tuning on little text: all weights of an adapter, or a language's embedding, in a fixed number of steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import torch
from torch import Tensor, nn

from hypergen.adapters import widened
from hypergen.errors import HypergenError
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterBank, AdapterSource, GeneratedAdapters
from hypergen.sources.tuned import TunedEmbeddings
from hypergen.training.fitting import fit
from hypergen.training.mlm import GeneratorModule

__all__ = ["SCHEDULES", "Schedule", "What", "schedule_of", "start_of", "tune"]

What = Literal["adapter", "wider", "embedding"]


@dataclass(frozen=True)
class Schedule:
    """How to fine-tune on so many sentences: steps, peak learning rate, weight of the penalty if any, and optimizer."""

    steps: int
    lr: float
    penalty: float = 0.0
    optimizer: Literal["adamw", "muon"] = "adamw"


SCHEDULES: Final[dict[What, dict[int, Schedule]]] = {
    "adapter": {0: Schedule(50, 1e-2), 30: Schedule(100, 1e-2), 300: Schedule(200, 1e-2)},
    "wider": {
        0: Schedule(50, 1e-2),
        30: Schedule(100, 2e-2, optimizer="muon"),
        300: Schedule(200, 2e-2, optimizer="muon"),
    },
    "embedding": {0: Schedule(50, 1e-1, 0.1)},
}
"""By the least number of sentences; chosen on development languages (``scripts/results/few_sentences.py``)."""


def schedule_of(what: What, *, num_lines: int) -> Schedule:
    """The schedule for so many sentences to train on.

    Example:
        >>> schedule_of("adapter", num_lines=80) == SCHEDULES["adapter"][30]
        True
    """
    return SCHEDULES[what][max(least for least in SCHEDULES[what] if least <= num_lines)]


def start_of(
    source: AdapterSource, languages: Sequence[str], *, what: What, penalty: float = 0.0, seed: int = 0
) -> AdapterBank | TunedEmbeddings:
    """What is trained, from where a source is.

    Stored copies of its adapters (MAD-G-ft), the same with as many fresh units again beside theirs
    (:func:`hypergen.adapters.widened`), or the embeddings that it generates from.

    Args:
        source: Where it starts.
        languages: Those that are trained.
        what: One of the three.
        penalty: Weight of an embedding's squared distance from its start.
        seed: Of fresh units, which are the same for all languages.

    Raises:
        HypergenError: If embeddings are asked for of a source that generates nothing, or wider adapters of a method
            that has no units.
    """
    if what == "adapter":
        return AdapterBank({language: source(language) for language in languages})
    if what == "wider":
        start = {language: source(language).map(Tensor.detach) for language in languages}
        return AdapterBank(
            {language: widened(own, rng=torch.Generator().manual_seed(seed)) for language, own in start.items()}
        )
    if not isinstance(source, GeneratedAdapters):
        raise HypergenError("an adapter that was not generated has no embedding to tune; tune the adapter instead.")
    return TunedEmbeddings(source, languages, weight=penalty)


def tune(
    model: AdaptedModel,
    source: nn.Module,
    data: Any,
    *,
    steps: int,
    lr: float,
    optimizer: Literal["adamw", "muon"] = "adamw",
    warmup_steps: int = 10,
    seed: int = 0,
    title: str = "fine-tuning",
) -> int:
    """Train a source in place by masked-language modelling, on the CPU; the number of steps there were.

    Linear warm-up, linear decay to zero: the same for one language, and for many along the leading axis.

    Args:
        model: The frozen backbone, with hooks at the source's sites.
        source: What is trained: :func:`start_of` gives it.
        data: A data module, or a loader of batches.
        steps: At most.
        lr: Peak learning rate.
        optimizer: AdamW, by which :data:`SCHEDULES` were chosen, or Muon for stored adapters, at rates of its own.
        warmup_steps: Steps of linear warm-up.
        seed: Of what is drawn while training.
        title: What stands before the bar.
    """
    module = GeneratorModule(model, source, optimizer=optimizer, lr=lr, warmup_steps=warmup_steps, seed=seed)
    done = fit(module, data, steps=steps, title=title)
    source.eval()
    return done
