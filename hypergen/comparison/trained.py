"""Sources that are trained on the training languages, once for each setting and seed, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import torch
from torch import nn

from hypergen.adapters import SPECS
from hypergen.adapters.plain import plain
from hypergen.comparison.bench import Bench
from hypergen.comparison.cells import Store, versions
from hypergen.comparison.fitting import Curve, OnTokens, fit_until, ignored, mean_losses, scores_of, text_of
from hypergen.comparison.meter import Meter
from hypergen.comparison.starts import untrained
from hypergen.sources import AdapterBank, AdapterSource
from hypergen.storage import read_parts, write_parts
from hypergen.training.mlm import GeneratorModule

__all__ = ["Trained", "common_inputs", "source_inputs", "trained_source"]


@dataclass(frozen=True)
class Trained:
    """A trained source, and what it took: once, for all languages."""

    source: nn.Module
    parameters: int
    tokens: int
    seconds: float
    peak_gb: float
    flat: bool
    loss: float
    """The development loss that it ended with."""


def common_inputs(bench: Bench, spec: str) -> dict[str, Any]:
    """What goes into everything that is run on a bench with an adapter method."""
    fit = bench.fit
    return {
        **versions(),
        "seed": bench.seed,
        "backbone": bench.backbone,
        "precision": str(bench.dtype),
        "spec": plain(bench.specs[spec], methods=SPECS),
        "fit": {"every": fit.every, "flat": fit.flat, "warmup_steps": fit.warmup_steps,
                "block_size": bench.texts.block_size},
    }  # fmt: skip


def source_inputs(kind: str, *, bench: Bench, spec: str, lr: float) -> dict[str, Any]:
    """All that goes into a trained source."""
    name, _, control = kind.partition(":")
    fit = bench.fit
    told: dict[str, Any] = {
        **common_inputs(bench, spec),
        "kind": kind,
        "lr": lr,
        "text": bench.text_fingerprints(bench.trained, sentences=None),
        "cap": fit.max_source_steps,
        "rows": [fit.rows_of_one, fit.together] if kind == "bank" else [fit.rows, fit.languages_per_batch],
        "watched": bench.watched_fingerprint(watched(kind, bench)),
    }
    if name in bench.generators:
        told |= {
            "generator": dict(bench.generators[name].told),
            "control": control,
            "typology": bench.generators[name].table.fingerprint,
        }
    return told


def watched(kind: str, bench: Bench) -> tuple[str, ...]:
    """Whose held-back text says when training ends: a bank's own languages', else the development languages'."""
    return bench.trained if kind == "bank" else bench.languages.development


def trained_source(
    kind: str,
    *,
    bench: Bench,
    spec: str,
    lr: float,
    store: Store,
    meter: Meter,
    on_tokens: OnTokens = ignored,
) -> Trained:
    """The source of this kind, from the store, or trained and kept there.

    Args:
        kind: ``bank`` (MAD-X, one adapter a training language), ``shared`` (one for all of them), or a generator by
            its name, with ``:CONTROL`` behind it where it is trained on other vectors.
        bench: Languages, text and backbone.
        spec: The adapter method by its name.
        lr: The learning rate.
        store: Where it is kept.
        meter: Clock and gauge.
        on_tokens: Called with the tokens of each step.
    """
    inputs = source_inputs(kind, bench=bench, spec=spec, lr=lr)
    directory = store.directory("sources", inputs)
    source = untrained(kind, bench=bench, spec=spec)
    if not directory.exists():
        with meter.measured() as used:
            curve, tokens, flat = _train(kind, source, bench=bench, lr=lr, on_tokens=on_tokens)
        cost = {
            "parameters": sum(p.numel() for p in source.parameters()), "tokens": tokens, "seconds": used.seconds,
            "peak_gb": used.peak_gb, "flat": flat, "loss": min(_mean(losses) for _, losses in curve),
        }  # fmt: skip
        told = {"inputs": inputs, "cost": cost, "curve": [[step, _mean(losses)] for step, losses in curve]}
        weights = {name: tensor.detach().cpu() for name, tensor in source.state_dict().items()}
        write_parts(directory, description=told, tensors=weights, others={})
    kept, tensors = read_parts(directory)
    source.load_state_dict(tensors)
    source.requires_grad_(False).eval()
    return Trained(source, **kept["cost"])


def _train(kind: str, source: nn.Module, *, bench: Bench, lr: float, on_tokens: OnTokens) -> tuple[Curve, int, bool]:
    """Train it until its loss is flat: a bank part by part, each with all its languages in every batch."""
    if kind == "bank":
        return _train_bank(cast(AdapterBank, source), bench=bench, lr=lr, on_tokens=on_tokens)
    count = _divisor(bench.fit.rows, at_most=min(bench.fit.languages_per_batch, len(bench.trained)))
    counted = _Counted(on_tokens)
    curve, _, flat = _until(
        source, codes=bench.trained, rows=bench.fit.rows, together=count, watch=watched(kind, bench), bench=bench,
        lr=lr, on_tokens=counted,
    )  # fmt: skip
    return curve, counted.tokens, flat


def _train_bank(bank: AdapterBank, *, bench: Bench, lr: float, on_tokens: OnTokens) -> tuple[Curve, int, bool]:
    counted, flat, vectors, losses = _Counted(on_tokens), True, [], dict[str, float]()
    for codes in chunks(bank.languages, at_most=bench.fit.together):
        part = AdapterBank(dict(zip(codes, bank(codes), strict=True)))
        curve, step, rest = _until(
            part, codes=codes, rows=bench.fit.rows_of_one * len(codes), together=len(codes), watch=codes, bench=bench,
            lr=lr, on_tokens=counted,
        )  # fmt: skip
        vectors.append(part.vectors.detach().cpu())
        losses |= next(each for at, each in curve if at == step)
        flat = flat and rest
    bank.load_state_dict({"vectors": torch.cat(vectors)})
    return [(0, losses)], counted.tokens, flat


def _until(
    source: nn.Module,
    *,
    codes: Sequence[str],
    rows: int,
    together: int,
    watch: Sequence[str],
    bench: Bench,
    lr: float,
    on_tokens: OnTokens,
) -> tuple[Curve, int, bool]:
    held = bench.texts.held_back(watch)
    module = GeneratorModule(
        bench.model, source, lr=lr, warmup_steps=bench.fit.warmup_steps, final_lr=1.0, seed=bench.seed
    )
    data = text_of(bench, codes, sentences=None, rows=rows, together=together)
    typed = cast(AdapterSource, source)
    return fit_until(
        module, source, data, bench=bench, steps=bench.fit.max_source_steps, on_tokens=on_tokens,
        watch=lambda: mean_losses(scores_of(bench.model, typed, held)),
    )  # fmt: skip


def chunks(codes: Sequence[str], *, at_most: int) -> list[list[str]]:
    """The languages in equal parts of at most so many.

    Example:
        >>> chunks(["eng", "deu", "fra", "swh"], at_most=3)
        [['eng', 'deu'], ['fra', 'swh']]
    """
    if not codes:
        return []
    count = -(-len(codes) // at_most)
    ends = [round(len(codes) * n / count) for n in range(count + 1)]
    return [list(codes[a:b]) for a, b in pairwise(ends)]


class _Counted:
    """Adds up tokens on their way."""

    def __init__(self, on_tokens: OnTokens) -> None:
        self.tokens, self.on_tokens = 0, on_tokens

    def __call__(self, tokens: int) -> None:
        self.tokens += tokens
        self.on_tokens(tokens)


def _divisor(number: int, *, at_most: int) -> int:
    return next(each for each in range(at_most, 0, -1) if number % each == 0)


def _mean(losses: Mapping[str, float]) -> float:
    return sum(losses.values()) / len(losses)
