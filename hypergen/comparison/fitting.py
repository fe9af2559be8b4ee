"""Fitting: the adapters of many languages at once, each to its own text, on the leading batch axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import cast

import torch
from torch import Tensor, nn

from hypergen.comparison.amounts import Amount
from hypergen.comparison.bench import Bench, Held
from hypergen.comparison.mixtures import AtTestTime
from hypergen.data.batches import Batch
from hypergen.data.modules import CorpusModule
from hypergen.evaluation.perplexity import Score, masked_lm_scores
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterBank, AdapterSource, GeneratedAdapters, StoredAdapter, TunedEmbeddings
from hypergen.training.backbone import BackboneModule
from hypergen.training.fitting import OnStep, fit
from hypergen.training.mlm import GeneratorModule

__all__ = [
    "Ask",
    "Curve",
    "Fitted",
    "OnTokens",
    "Scores",
    "fit_adapters",
    "fit_backbones",
    "fit_embeddings",
    "fit_falling",
    "fit_source",
    "ignored",
    "joined",
    "mean_losses",
    "scores_of",
    "stepped",
    "text_of",
]

Scores = Mapping[str, Mapping[str, Score]]
"""By domain, by language."""
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
    sentences: Amount
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
    start = cast(AdapterSource, ask.start)
    with torch.no_grad():
        bank = AdapterBank({code: start(code).map(Tensor.detach) for code in ask.codes})
    return fit_source(ask, bank, parameters=bank.vectors.shape[1])


def fit_embeddings(ask: Ask) -> Fitted:
    """The embedding of each language, of a generator that stays as it is."""
    source = TunedEmbeddings(cast(GeneratedAdapters, ask.start), ask.codes, weight=ask.settings["pull"])
    return fit_source(ask, source, parameters=source.embeddings.shape[1])


def fit_backbones(ask: Ask) -> Fitted:
    """The whole backbone, once for each language, one after the other."""
    models: dict[str, AdaptedModel] = {}
    curves, parameters, flat, fit_args = [], 0, True, ask.bench.fit
    for code in ask.codes:
        module = BackboneModule(ask.bench.load(torch.float32), lr=ask.settings["lr"], weight_decay=0.0,
                                power=fit_args.power, warmup_steps=fit_args.warmup_steps)  # fmt: skip
        models[code] = module.model
        parameters = sum(parameter.numel() for parameter in module.model.backbone.parameters())
        held = None if ask.held is None else _only(ask.held, [code])

        def watch(model: AdaptedModel = module.model, held: Held | None = held) -> dict[str, float]:
            return mean_losses(scores_of(model, None, cast(Held, held)))

        data = text_of(ask.bench, [code], sentences=ask.sentences, rows=fit_args.rows_of_one, lessons=ask.lessons)
        curve, rest = fit_falling(
            module, data, bench=ask.bench, steps=ask.steps, watch=None if held is None else watch,
            on_tokens=ask.on_tokens,
        )  # fmt: skip
        curves.append(curve)
        flat = flat and rest

    def score(held: Held) -> Scores:
        parts = [scores_of(model, None, _only(held, [code])) for code, model in models.items()]
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
            module.eval()
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


def scores_of(model: AdaptedModel, source: AdapterSource | AtTestTime | None, held: Held) -> Scores:
    """The held-back losses of each domain and language."""

    def scored(batches: Sequence[Batch]) -> dict[str, Score]:
        made = partial(source.adapter_of, model=model, batches=batches) if isinstance(source, AtTestTime) else source
        return {score.language: score for score in masked_lm_scores(model, batches, adapter_of=made)}

    device = next(model.parameters()).device
    if isinstance(source, nn.Module):
        source.to(device).eval()
    return {domain: scored(_moved(batches, device)) for domain, batches in held.items()}


def mean_losses(scores: Scores) -> dict[str, float]:
    """The loss of each language over its domains, weighted by their masked positions."""
    sums: dict[str, tuple[float, int]] = {}
    for score in (score for languages in scores.values() for score in languages.values()):
        total, count = sums.get(score.language, (0.0, 0))
        sums[score.language] = (total + score.loss * score.positions, count + score.positions)
    return {language: total / count for language, (total, count) in sums.items()}


def text_of(
    bench: Bench, codes: Sequence[str], *, sentences: Amount, rows: int, together: int | None = None,
    lessons: Sequence[str] = (),
) -> CorpusModule:  # fmt: skip
    """Training batches of ``rows`` blocks in ``together`` languages of these, by default all; of the last lesson."""
    lesson = bench.lesson(*lessons[-1:])
    data = CorpusModule(
        bench.texts.corpora(codes, sentences=sentences, lesson=lesson), tokenizer=bench.texts.tokenizer,
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


def fit_source(ask: Ask, source: nn.Module, *, parameters: int) -> Fitted:
    """One fit of a source that has something to train for each language."""
    bench, rows = ask.bench, ask.bench.fit.rows_of_one * len(ask.codes)
    held = None if ask.held is None else _only(ask.held, ask.codes)
    typed, lr = cast(AdapterSource, source), ask.settings["lr"]
    curve, flat = fit_falling(
        stepped(source, bench=bench, lr=lr), bench=bench, steps=ask.steps, on_tokens=ask.on_tokens,
        data=text_of(bench, ask.codes, sentences=ask.sentences, rows=rows, lessons=ask.lessons),
        watch=None if held is None else lambda: mean_losses(scores_of(bench.model, typed, held)),
    )  # fmt: skip

    def score(held: Held) -> Scores:
        return scores_of(bench.scorer.to(bench.device), typed, _only(held, ask.codes))

    return Fitted(score, parameters, curve, flat)


def _only(held: Held, codes: Sequence[str]) -> Held:
    return {domain: [each for each in batches if each.languages[0] in codes] for domain, batches in held.items()}


def _moved(batches: Sequence[Batch], device: torch.device) -> Sequence[Batch]:
    return batches if device.type == "cpu" else [batch.to(device) for batch in batches]
