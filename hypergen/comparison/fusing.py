"""Fusion in a language: its own adapters, each of which has learnt something else from its text, mixed by attention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, cast

import torch

from hypergen.adapters import fusion_of
from hypergen.comparison.fitting import (
    Ask,
    Fitted,
    fit_adapters,
    fit_backbones,
    fit_embeddings,
    fit_source,
    fit_sparse,
    fit_wider,
)
from hypergen.comparison.methods import GRIDS
from hypergen.sources import AdapterBank, AdapterSource, FusedAdapters
from hypergen.training.finetuning import start_of

__all__ = ["ADAPTER_LR", "TUNED", "fit_fusions"]

ADAPTER_LR: Final = GRIDS["adapter"]["lr"][0]
"""Of the adapters that are fused: the usual one of stored adapters. What trials choose is the fusion's own rate."""


def fit_fusions(ask: Ask) -> Fitted:
    """An adapter for each lesson and language, then a fusion of each language's, on the text of the last lesson.

    Every fit takes as many steps. The curve goes from where the adapters start to the fusion's end, so that no step
    at all is what it says.
    """
    start = cast(AdapterSource, ask.start)
    banks, before, flat = list[AdapterBank](), 0, True
    curves = []
    for lesson in ask.lessons:
        bank = cast(AdapterBank, start_of(start, ask.codes, what="adapter"))
        own = replace(ask, lessons=(lesson,), settings={**ask.settings, "lr": ADAPTER_LR})
        fitted = fit_source(own, bank)
        banks.append(bank)
        curves.append(fitted.curve)
        before, flat = before + fitted.parameters, flat and fitted.flat
    method = fusion_of(banks[0].spec)
    layout = method.layout(banks[0].layout.sites)
    initial = method.initial(layout, rng=torch.Generator().manual_seed(ask.bench.seed))
    fusion = AdapterBank(dict.fromkeys(ask.codes, initial))
    fused = fit_source(ask, FusedAdapters(banks, fusion))
    curve = [*curves[0][:1], *fused.curve[1:]]
    return replace(fused, parameters=before + fused.parameters, curve=curve, flat=flat and fused.flat)


TUNED: Final[dict[str, Callable[[Ask], Fitted]]] = {
    "adapter": fit_adapters,
    "wider": fit_wider,
    "sparse": fit_sparse,
    "embedding": fit_embeddings,
    "backbone": fit_backbones,
    "fusion": fit_fusions,
}
"""What text of a language can tune, by name."""
