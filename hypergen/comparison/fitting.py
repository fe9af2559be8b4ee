"""Fitting: the adapters of many languages at once, each to its own text, on the leading batch axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import torch
from torch import Tensor, nn

from hypergen.comparison.bench import Bench, Held
from hypergen.data.batches import Batch
from hypergen.data.modules import CorpusModule
from hypergen.evaluation.perplexity import Score, masked_lm_scores
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterBank, AdapterSource, GeneratedAdapters, TunedEmbeddings
from hypergen.training.backbone import BackboneModule
from hypergen.training.fitting import OnStep, fit
from hypergen.training.flat import UntilFlat
from hypergen.training.mlm import GeneratorModule

__all__ = [
    "TUNED",
    "Ask",
    "Curve",
    "Fitted",
    "OnTokens",
    "Scores",
    "fit_until",
    "ignored",
    "joined",
    "mean_losses",
    "scores_of",
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
    sentences: int | None
    settings: Mapping[str, float]
    steps: int
    """How many; at most, where ``held`` is given."""
    held: Held | None = None
    """Where the loss is watched, until it is flat; without it the steps are taken as they are."""
    on_tokens: OnTokens = ignored


@dataclass(frozen=True)
class Fitted:
    """What came of it."""

    score: Callable[[Held], Scores]
    parameters: int
    """Trained, for one language."""
    curve: Curve
    steps: int
    flat: bool


def fit_adapters(ask: Ask) -> Fitted:
    """All weights of each language's adapter."""
    start = cast(AdapterSource, ask.start)
    with torch.no_grad():
        bank = AdapterBank({code: start(code).map(Tensor.detach) for code in ask.codes})
    return _fitted(ask, bank, parameters=bank.vectors.shape[1])


def fit_embeddings(ask: Ask) -> Fitted:
    """The embedding of each language, of a generator that stays as it is."""
    source = TunedEmbeddings(cast(GeneratedAdapters, ask.start), ask.codes, weight=ask.settings["pull"])
    return _fitted(ask, source, parameters=source.embeddings.shape[1])


def fit_backbones(ask: Ask) -> Fitted:
    """The whole backbone, once for each language, one after the other."""
    models: dict[str, AdaptedModel] = {}
    curves, parameters, steps, flat = [], 0, 0, True
    for code in ask.codes:
        module = BackboneModule(ask.bench.load(torch.float32), lr=ask.settings["lr"], weight_decay=0.0, final_lr=1.0,
                                warmup_steps=ask.bench.fit.warmup_steps)  # fmt: skip
        models[code] = module.model
        parameters = sum(parameter.numel() for parameter in module.model.backbone.parameters())
        held = None if ask.held is None else _only(ask.held, [code])

        def watch(model: AdaptedModel = module.model, held: Held | None = held) -> dict[str, float]:
            return mean_losses(scores_of(model, None, cast(Held, held)))

        curve, taken, rest = fit_until(
            module, module.model, text_of(ask.bench, [code], sentences=ask.sentences, rows=ask.bench.fit.rows_of_one),
            bench=ask.bench, steps=ask.steps, watch=None if held is None else watch, on_tokens=ask.on_tokens,
        )  # fmt: skip
        curves.append(curve)
        steps, flat = max(steps, taken), flat and rest

    def score(held: Held) -> Scores:
        parts = [scores_of(model, None, _only(held, [code])) for code, model in models.items()]
        return {domain: {k: v for part in parts for k, v in part[domain].items()} for domain in held}

    return Fitted(score, parameters, joined(curves), steps, flat)


TUNED: Final[dict[str, Callable[[Ask], Fitted]]] = {
    "adapter": fit_adapters,
    "embedding": fit_embeddings,
    "backbone": fit_backbones,
}
"""What text of a language can tune, by name."""


def fit_until(
    module: GeneratorModule | BackboneModule,
    trained: nn.Module,
    data: CorpusModule,
    *,
    bench: Bench,
    steps: int,
    watch: Callable[[], dict[str, float]] | None,
    on_tokens: OnTokens,
) -> tuple[Curve, int, bool]:
    """Train for ``steps``; or, where a loss is watched, until it is flat, and end with the best weights there were.

    Flat is as `UntilFlat` says, of the best mean loss so far: a loss that rises, on few sentences, is at rest too.

    Returns:
        The watched losses, the step of the weights that it ended with, and whether the loss was flat.
    """
    if steps == 0:
        return [], 0, True
    rows, every = data.state_dict()["batch_size"], bench.fit.every
    callbacks: list[Any] = [OnStep(lambda: on_tokens(rows * bench.texts.block_size))]
    if watch is None:
        fit(module, data, steps=steps, title=None, callbacks=callbacks, accelerator=bench.accelerator)
        return [], steps, True
    curve: Curve = []
    best: dict[str, Any] = {"loss": math.inf, "step": 0, "weights": {}}

    def measure() -> dict[str, float]:
        losses = watch()
        curve.append((every * len(curve), losses))
        if (loss := sum(losses.values()) / len(losses)) < best["loss"]:
            weights = {name: tensor.detach().clone() for name, tensor in trained.state_dict().items()}
            best.update(loss=loss, step=curve[-1][0], weights=weights)
        return {"best so far": best["loss"]}

    module.eval()
    measure()
    module.train()
    until = UntilFlat(measure, every=every, share=bench.fit.flat)
    fit(module, data, steps=steps, title=None, callbacks=[*callbacks, until], accelerator=bench.accelerator)
    trained.load_state_dict(best["weights"])
    return curve, best["step"], until.is_flat


def scores_of(model: AdaptedModel, source: AdapterSource | None, held: Held) -> Scores:
    """The held-back losses of each domain and language."""
    device = next(model.parameters()).device
    if isinstance(source, nn.Module):
        source.to(device).eval()
    return {
        domain: {s.language: s for s in masked_lm_scores(model, _moved(batches, device), adapter_of=source)}
        for domain, batches in held.items()
    }


def mean_losses(scores: Scores) -> dict[str, float]:
    """The loss of each language over its domains, weighted by their masked positions."""
    sums: dict[str, tuple[float, int]] = {}
    for score in (score for languages in scores.values() for score in languages.values()):
        total, count = sums.get(score.language, (0.0, 0))
        sums[score.language] = (total + score.loss * score.positions, count + score.positions)
    return {language: total / count for language, (total, count) in sums.items()}


def text_of(
    bench: Bench, codes: Sequence[str], *, sentences: int | None, rows: int, together: int | None = None
) -> CorpusModule:
    """Training batches of ``rows`` blocks in ``together`` languages of these, by default all."""
    data = CorpusModule(
        bench.texts.corpora(codes, sentences=sentences), tokenizer=bench.texts.tokenizer, cache_dir=bench.cache_dir,
        block_size=bench.texts.block_size, batch_size=rows, languages_per_batch=together or len(codes), exponent=0.0,
        validation_share=0.0, seed=bench.seed,
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


def _fitted(ask: Ask, source: nn.Module, *, parameters: int) -> Fitted:
    """One fit of a source that has something to train for each language."""
    bench, count = ask.bench, len(ask.codes)
    module = GeneratorModule(bench.model, source, lr=ask.settings["lr"], warmup_steps=bench.fit.warmup_steps,
                             final_lr=1.0, seed=bench.seed)  # fmt: skip
    held = None if ask.held is None else _only(ask.held, ask.codes)
    typed = cast(AdapterSource, source)
    curve, steps, flat = fit_until(
        module, source, text_of(bench, ask.codes, sentences=ask.sentences, rows=bench.fit.rows_of_one * count),
        bench=bench, steps=ask.steps, on_tokens=ask.on_tokens,
        watch=None if held is None else lambda: mean_losses(scores_of(bench.model, typed, held)),
    )  # fmt: skip

    def score(held: Held) -> Scores:
        return scores_of(bench.scorer.to(bench.device), typed, _only(held, ask.codes))

    return Fitted(score, parameters, curve, steps, flat)


def _only(held: Held, codes: Sequence[str]) -> Held:
    return {domain: [each for each in batches if each.languages[0] in codes] for domain, batches in held.items()}


def _moved(batches: Sequence[Batch], device: torch.device) -> Sequence[Batch]:
    return batches if device.type == "cpu" else [batch.to(device) for batch in batches]
