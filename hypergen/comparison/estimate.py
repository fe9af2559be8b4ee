"""How long a comparison takes: tokens to train on, and how many a second."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from hypergen.adapters import BottleneckSpec
from hypergen.backbones import sites_of
from hypergen.comparison.bench import Bench
from hypergen.comparison.cells import Store
from hypergen.comparison.methods import Method
from hypergen.comparison.mixtures import MIXTURES
from hypergen.comparison.trained import BANK_LR, source_inputs, steps_of
from hypergen.data.batches import MaskingRule
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterBank

__all__ = ["Workload", "duration", "kept_rate", "measured_rate"]

BANK: Final = ("bank", BANK_LR)
"""What mixtures are trained over."""


class Workload:
    """How many tokens jobs train on, at most; what several jobs need once is counted with the first."""

    def __init__(self, store: Store) -> None:
        self.store, self.counted = store, set[Path]()

    def own(self, bench: Bench, method: Method, steps: int, count: int) -> int:
        """Those of a fit to the text of so many languages."""
        return method.fits * steps * bench.fit.rows_of_one * bench.texts.block_size * count

    def sources(self, bench: Bench, method: Method, several: Sequence[Mapping[str, float]]) -> int:
        """Those of the sources that a method needs with these settings, and that are not there yet."""
        kind = method.entry.trained
        needed = {(kind, settings["source_lr"]) for settings in several if "source_lr" in settings}
        return sum(self._source(bench, method.spec, *each) for each in needed | ({BANK} if kind in MIXTURES else set()))

    def _source(self, bench: Bench, spec: str, kind: str, lr: float) -> int:
        path = self.store.directory("sources", source_inputs(kind, bench=bench, spec=spec, lr=lr))
        if path in self.counted or path.exists():
            return 0
        self.counted.add(path)
        rows = bench.fit.rows_of_one * len(bench.trained) if kind == "bank" else bench.fit.rows
        return steps_of(kind, bench) * rows * bench.texts.block_size


def kept_rate(store: Store) -> float | None:
    """Tokens a second of what was trained before, measuring included; ``None`` before there is any."""
    tokens, seconds = 0.0, 0.0
    for path in (store.root / "sources").glob("*/bundle.json"):
        cost = json.loads(path.read_text(encoding="utf-8"))["cost"]
        tokens, seconds = tokens + cost["tokens"], seconds + cost["seconds"]
    return tokens / seconds if seconds else None


def measured_rate(
    backbone: nn.Module, *, rows: int, block_size: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Tokens a second that adapters are trained on over a backbone, in three steps on random text."""
    config: Any = backbone.config
    spec = BottleneckSpec(size=max(1, config.hidden_size // 16))
    layout = spec.layout(sites_of(backbone))
    model, rng = AdaptedModel(backbone, [layout]), torch.Generator().manual_seed(0)
    bank = AdapterBank.initial(["und", "mul"], spec, layout, rng=rng)
    vocabulary = int(config.vocab_size)
    ids = torch.randint(vocabulary, (2 * (rows // 2), block_size), generator=rng)
    batch = MaskingRule(0, vocabulary, ()).batch(ids, languages=("und", "mul"), seed=0)
    began = 0.0
    for step in range(3):
        if step == 1:  # the first is slower
            began = clock()
        logits = model(adapters=[bank(batch.languages)], positions=batch.positions, input_ids=batch.input_ids).logits
        nn.functional.cross_entropy(logits.float(), batch.labels).backward()
    return 2 * ids.numel() / (clock() - began)


def duration(seconds: float) -> str:
    """Seconds for people.

    Example:
        >>> duration(40.0), duration(200.0), duration(40_000.0)
        ('40 s', '4 min', '11 h 7 min')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = -(-int(seconds) // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
