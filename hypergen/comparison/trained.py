"""Sources that are trained on the training languages, once for each setting and seed, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, cast

import torch
from torch import nn

from hypergen.adapters import SPECS
from hypergen.adapters.plain import plain
from hypergen.comparison.bench import Bench
from hypergen.comparison.cells import Store, versions
from hypergen.comparison.fitting import (
    Curve,
    OnTokens,
    fit_falling,
    ignored,
    joined,
    stepped,
    text_of,
)
from hypergen.comparison.meter import Meter
from hypergen.comparison.mixtures import MIXTURES
from hypergen.comparison.scoring import mean_losses, scores_of
from hypergen.comparison.starts import untrained
from hypergen.data.modules import CorpusModule
from hypergen.errors import HypergenError
from hypergen.sources import AdapterBank, AdapterSource
from hypergen.storage import read_parts, write_parts

__all__ = ["BANK_LR", "DivergedError", "Trained", "common_inputs", "source_inputs", "steps_of", "trained_source"]

BANK_LR: Final = 2e-2
"""Of the bank that mixtures are trained over: the usual one."""


class DivergedError(HypergenError):
    """A source's weights or loss are not finite after training."""


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
    left_out = {"leave_out": list(bench.leave_out[spec])} if spec in bench.leave_out else {}
    return {
        **versions(),
        **left_out,
        "seed": bench.seed,
        "backbone": bench.backbone,
        "precision": str(bench.dtype),
        "spec": plain(bench.specs[spec], methods=SPECS),
        "fit": {"power": fit.power, "flat": fit.flat, "warmup_steps": fit.warmup_steps, "mask_rate": fit.mask_rate,
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
        "text": bench.text_fingerprints(bench.trained, amount=None),
        "steps": steps_of(kind, bench),
        "rows": [fit.rows_of_one, fit.together] if kind == "bank" else [fit.rows, fit.languages_per_batch],
        "watched": bench.watched_fingerprint(watched(kind, bench)),
    }
    if kind in MIXTURES:
        told["bank"] = source_inputs("bank", bench=bench, spec=spec, lr=BANK_LR)
    if kind in MIXTURES or kind.startswith("lineage"):
        told["typology"] = bench.table.fingerprint
    if name in bench.generators:
        told |= {
            "generator": dict(bench.generators[name].told),
            "control": control,
            "typology": bench.generators[name].table.fingerprint,
        }
    return told


def steps_of(kind: str, bench: Bench) -> int:
    """How many steps a source is trained for."""
    return bench.fit.steps if kind == "bank" else bench.fit.source_steps


def watched(kind: str, bench: Bench) -> tuple[str, ...]:
    """Whose held-back text says whether a loss is flat: a bank's own languages', else the development languages'."""
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
        kind: ``bank`` (MAD-X, one adapter a training language), ``shared`` (one for all of them), ``lineage``, a
            mixture over the bank of the usual rate, or a generator by its name, with ``:CONTROL`` behind it where it is
            trained on other vectors.
        bench: Languages, text and backbone.
        spec: The adapter method by its name.
        lr: The learning rate.
        store: Where it is kept.
        meter: Clock and gauge.
        on_tokens: Called with the tokens of each step.
    """
    inputs = source_inputs(kind, bench=bench, spec=spec, lr=lr)
    directory, bank, of = store.directory("sources", inputs), None, None
    if kind in MIXTURES:
        of = trained_source("bank", bench=bench, spec=spec, lr=BANK_LR, store=store, meter=meter, on_tokens=on_tokens)
        bank = cast(AdapterBank, of.source)
    source = untrained(kind, bench=bench, spec=spec, bank=bank)
    if not directory.exists():
        with meter.measured() as used:
            curve, tokens, flat = _train(kind, source, bench=bench, lr=lr, on_tokens=on_tokens)
        cost = {
            "parameters": sum(p.numel() for p in source.parameters() if p.requires_grad), "tokens": tokens,
            "seconds": used.seconds, "peak_gb": used.peak_gb, "flat": flat, "loss": _mean(curve[-1][1]),
        }  # fmt: skip
        told = {"inputs": inputs, "cost": cost, "curve": [[step, _mean(losses)] for step, losses in curve]}
        weights = {name: tensor.detach().cpu() for name, tensor in source.state_dict().items()}
        if not all(tensor.isfinite().all() for tensor in (*weights.values(), torch.tensor(cost["loss"]))):
            raise DivergedError(f"{kind} ({spec}, seed {bench.seed}) diverged at the rate {lr:g}; leave it out.")
        if not directory.exists():  # another process may have been faster
            write_parts(directory, description=told, tensors=weights, others={})
    kept, tensors = read_parts(directory)
    source.load_state_dict(tensors)
    source.requires_grad_(False).eval()
    own = Trained(source, **kept["cost"])
    return own if of is None else replace(
        own, parameters=own.parameters + of.parameters, tokens=own.tokens + of.tokens,
        seconds=own.seconds + of.seconds, peak_gb=max(own.peak_gb, of.peak_gb),
    )  # fmt: skip


def _train(kind: str, source: nn.Module, *, bench: Bench, lr: float, on_tokens: OnTokens) -> tuple[Curve, int, bool]:
    """Train it: a bank part by part, each with all its languages in every batch."""
    counted = _Counted(on_tokens)
    if kind == "bank":
        curve, flat = _train_bank(cast(AdapterBank, source), bench=bench, lr=lr, on_tokens=counted)
    else:
        together = _divisor(bench.fit.rows, at_most=min(bench.fit.languages_per_batch, len(bench.trained)))
        data = text_of(bench, bench.trained, amount=None, rows=bench.fit.rows, together=together)
        curve, flat = _fit(kind, source, data, watch=watched(kind, bench), bench=bench, lr=lr, on_tokens=counted)
    return curve, counted.tokens, flat


def _train_bank(bank: AdapterBank, *, bench: Bench, lr: float, on_tokens: OnTokens) -> tuple[Curve, bool]:
    flat, vectors, curves = True, [], []
    for codes in chunks(bank.languages, at_most=bench.fit.together):
        part = AdapterBank(dict(zip(codes, bank(codes), strict=True)))
        data = text_of(bench, codes, amount=None, rows=bench.fit.rows_of_one * len(codes))
        curve, rest = _fit("bank", part, data, watch=codes, bench=bench, lr=lr, on_tokens=on_tokens)
        vectors.append(part.vectors.detach().cpu())
        curves.append(curve)
        flat = flat and rest
    bank.load_state_dict({"vectors": torch.cat(vectors)})
    return joined(curves), flat


def _fit(
    kind: str,
    source: nn.Module,
    data: CorpusModule,
    *,
    watch: Sequence[str],
    bench: Bench,
    lr: float,
    on_tokens: OnTokens,
) -> tuple[Curve, bool]:
    held, typed = bench.texts.held_back(watch), cast(AdapterSource, source)
    return fit_falling(
        stepped(source, bench=bench, lr=lr), data, bench=bench, steps=steps_of(kind, bench), on_tokens=on_tokens,
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
