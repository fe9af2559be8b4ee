"""Fitting: the adapters of many languages at once, each to its own text, on the leading batch axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import cast

import torch
from torch import nn

from hypergen.comparison.amounts import Amount
from hypergen.comparison.bench import Bench, Held
from hypergen.comparison.scoring import Scores, mean_losses, only, scores_of
from hypergen.data.modules import CorpusModule
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterBank, AdapterSource, SparseBank, StoredAdapter
from hypergen.training.backbone import BackboneModule
from hypergen.training.finetuning import start_of
from hypergen.training.fitting import OnStep, fit
from hypergen.training.mlm import GeneratorModule

__all__ = [
    "Ask",
    "Curve",
    "Fitted",
    "OnTokens",
    "fit_adapters",
    "fit_backbones",
    "fit_embeddings",
    "fit_falling",
    "fit_source",
    "fit_sparse",
    "fit_wider",
    "ignored",
    "joined",
    "stepped",
    "text_of",
]

Curve = list[tuple[int, dict[str, float]]]
"""Steps, and the held-back loss of each language there."""
OnTokens = Callable[[int], None]
"""Called with the tokens of each step, for progress."""


def ignored(tokens: int) -> None:
    """For whom it is nothing to know of tokens."""
    del tokens


@dataclass(frozen=True)
class Ask:
    """What is to be fitted."""

    bench: Bench
    codes: Sequence[str]
    start: AdapterSource | None
    """The adapters that it starts from; ``None`` for the backbone alone."""
    amount: Amount
    """Of each language's own text."""
    settings: Mapping[str, float]
    steps: int
    held: Held | None = None
    """Where the loss is watched, if at all."""
    on_tokens: OnTokens = ignored
    lessons: Sequence[str] = ()
    """What is learnt; the usual where none is named."""


@dataclass(frozen=True)
class Fitted:
    """What came of it."""

    score: Callable[[Held], Scores]
    parameters: int
    """Trained, for one language."""
    curve: Curve
    flat: bool


def fit_adapters(ask: Ask) -> Fitted:
    """All weights of each language's adapter."""
    return fit_source(ask, start_of(cast(AdapterSource, ask.start), ask.codes, what="adapter"))


def fit_wider(ask: Ask) -> Fitted:
    """All weights of each language's adapter, and as many fresh units again beside its own."""
    return fit_source(ask, start_of(cast(AdapterSource, ask.start), ask.codes, what="wider", seed=ask.bench.seed))


def fit_sparse(ask: Ask) -> Fitted:
    """The same as a Mixture of Sparse Adapters, maps down whole: a random part of the maps up in each step."""
    start, rng = cast(AdapterSource, ask.start), torch.Generator().manual_seed(ask.bench.seed)
    return fit_source(ask, SparseBank({code: start(code) for code in ask.codes}, share="down", rng=rng))


def fit_embeddings(ask: Ask) -> Fitted:
    """The embedding of each language, of a generator that stays as it is."""
    start, pull = cast(AdapterSource, ask.start), ask.settings["pull"]
    return fit_source(ask, start_of(start, ask.codes, what="embedding", penalty=pull))


def fit_backbones(ask: Ask) -> Fitted:
    """The whole backbone, once for each language, one after the other."""
    models: dict[str, AdaptedModel] = {}
    curves, parameters, flat, fit_args = [], 0, True, ask.bench.fit
    for code in ask.codes:
        module = BackboneModule(ask.bench.load(torch.float32), lr=ask.settings["lr"], weight_decay=0.0,
                                power=fit_args.power, warmup_steps=fit_args.warmup_steps)  # fmt: skip
        models[code] = module.model
        parameters = sum(parameter.numel() for parameter in module.model.backbone.parameters())
        held = None if ask.held is None else only(ask.held, [code])

        def watch(model: AdaptedModel = module.model, held: Held | None = held) -> dict[str, float]:
            return mean_losses(scores_of(model, None, cast(Held, held)))

        data = text_of(ask.bench, [code], amount=ask.amount, rows=fit_args.rows_of_one, lessons=ask.lessons)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(ask.bench.seed)  # of the backbone's dropout
            curve, rest = fit_falling(
                module, data, bench=ask.bench, steps=ask.steps, watch=None if held is None else watch,
                on_tokens=ask.on_tokens,
            )  # fmt: skip
        curves.append(curve)
        flat = flat and rest

    def score(held: Held) -> Scores:
        parts = [scores_of(model.to(ask.bench.device), None, only(held, [code])) for code, model in models.items()]
        return {domain: {k: v for part in parts for k, v in part[domain].items()} for domain in held}

    return Fitted(score, parameters, joined(curves), flat)


def fit_falling(
    module: GeneratorModule | BackboneModule,
    data: CorpusModule,
    *,
    bench: Bench,
    steps: int,
    watch: Callable[[], dict[str, float]] | None,
    on_tokens: OnTokens,
) -> tuple[Curve, bool]:
    """Train for ``steps`` under a rate that falls to zero, and watch a loss before, at four fifths, and at the end.

    Returns:
        The watched losses, and whether they are flat: ``|1 - L(s) / L(0.8 s)| < share``, of their mean L.
    """
    curve: Curve = []
    if steps == 0:
        return curve, True
    tokens, taken = data.state_dict()["batch_size"] * bench.texts.block_size, count(1)

    def measure(step: int) -> None:
        if watch is not None:
            module.to(bench.device).eval()  # Lightning leaves it on the CPU when it has done
            curve.append((step, watch()))
            module.train()

    def on_step() -> None:
        on_tokens(tokens)
        if next(taken) == 4 * steps // 5 > 0:
            measure(4 * steps // 5)

    measure(0)
    fit(module, data, steps=steps, title=None, callbacks=[OnStep(on_step)], accelerator=bench.accelerator)
    measure(steps)
    module.eval()
    losses = [sum(each.values()) / len(each) for _, each in curve]
    return curve, watch is None or abs(1 - losses[-1] / losses[-2]) < bench.fit.flat


def stepped(source: nn.Module, *, bench: Bench, lr: float) -> GeneratorModule:
    """What trains a source over the bench's backbone: Muon where all its adapters are in every batch, else AdamW."""
    stored = isinstance(source, (AdapterBank, StoredAdapter))
    return GeneratorModule(bench.model, source, lr=lr, warmup_steps=bench.fit.warmup_steps, power=bench.fit.power,
                           optimizer="muon" if stored else "adamw", seed=bench.seed)  # fmt: skip


def text_of(
    bench: Bench, codes: Sequence[str], *, amount: Amount, rows: int, together: int | None = None,
    lessons: Sequence[str] = (),
) -> CorpusModule:  # fmt: skip
    """Training batches of ``rows`` blocks in ``together`` languages of these, by default all; of the last lesson."""
    lesson = bench.lesson(*lessons[-1:])
    data = CorpusModule(
        bench.texts.corpora(codes, amount=amount, lesson=lesson), tokenizer=bench.texts.tokenizer,
        cache_dir=bench.cache_dir, objectives={"text": lesson.objective},
        block_size=bench.texts.block_size, batch_size=rows, languages_per_batch=together or len(codes), exponent=0.0,
        validation_share=0.0, mask_rate=bench.fit.mask_rate, seed=bench.seed,
    )  # fmt: skip
    data.setup()
    return data


def joined(curves: Sequence[Curve]) -> Curve:
    """Curves of different languages as one; one that ended before others goes on as it ended."""
    steps = sorted({step for curve in curves for step, _ in curve})
    found: Curve = []
    for step in steps:
        losses: dict[str, float] = {}
        for curve in curves:
            losses |= next(each for at, each in reversed(curve) if at <= step)
        found.append((step, losses))
    return found


def fit_source(ask: Ask, source: nn.Module) -> Fitted:
    """One fit of a source that has something to train for each language."""
    bench, rows = ask.bench, ask.bench.fit.rows_of_one * len(ask.codes)
    held = None if ask.held is None else only(ask.held, ask.codes)
    typed, lr = cast(AdapterSource, source), ask.settings["lr"]
    parameters = sum(each.numel() for each in source.parameters() if each.requires_grad) // len(ask.codes)
    curve, flat = fit_falling(
        stepped(source, bench=bench, lr=lr), bench=bench, steps=ask.steps, on_tokens=ask.on_tokens,
        data=text_of(bench, ask.codes, amount=ask.amount, rows=rows, lessons=ask.lessons),
        watch=None if held is None else lambda: mean_losses(scores_of(bench.model, typed, held)),
    )  # fmt: skip

    def score(held: Held) -> Scores:
        return scores_of(bench.scorer.to(bench.device), typed, only(held, ask.codes))

    return Fitted(score, parameters, curve, flat)
