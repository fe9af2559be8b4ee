"""Tuning: as many trials for each method and amount of text, on development languages, and what they chose."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, cast

from hypergen.comparison.amounts import Amount
from hypergen.comparison.bench import Bench
from hypergen.comparison.cells import Store
from hypergen.comparison.fitting import Ask, Curve, OnTokens, ignored, joined
from hypergen.comparison.fusing import TUNED
from hypergen.comparison.meter import Meter
from hypergen.comparison.methods import Method
from hypergen.comparison.mixtures import AtTestTime
from hypergen.comparison.scoring import mean_losses, scores_of
from hypergen.comparison.starts import Place
from hypergen.comparison.trained import DivergedError, Trained, chunks, common_inputs, source_inputs, trained_source
from hypergen.errors import HypergenError
from hypergen.sources import AdapterSource

__all__ = ["Choice", "Tuner", "candidates", "inputs_of", "started", "usual_settings"]


DIVERGED: Final[dict[str, Any]] = {"loss": None, "steps": 0, "flat": False, "curve": []}
"""The outcome of a trial that is never chosen."""


@dataclass(frozen=True)
class Choice:
    """What the trials of a method at an amount of text chose."""

    settings: Mapping[str, float]
    """Of where it starts and of what is tuned."""
    steps: int
    """On text of the language; none where every trial was worse than its start on development languages."""
    loss: float
    """Mean over development languages, nats."""
    trials: int
    flat: bool


def candidates(grid: Mapping[str, tuple[float, ...]], *, trials: int) -> list[dict[str, float]]:
    """Settings to try: the usual ones first, then what is nearest to them in the grid.

    Example:
        >>> candidates({"lr": (3.0, 1.0), "pull": (0.1, 0.2)}, trials=3)
        [{'lr': 3.0, 'pull': 0.1}, {'lr': 3.0, 'pull': 0.2}, {'lr': 1.0, 'pull': 0.1}]
    """
    places = sorted(itertools.product(*(range(len(values)) for values in grid.values())), key=lambda at: (sum(at), at))
    return [{name: values[i] for (name, values), i in zip(grid.items(), at, strict=True)} for at in places[:trials]]


def usual_settings(method: Method) -> dict[str, float]:
    """The first settings that are tried of a method, and of where it starts."""
    return candidates({**method.untuned.grid, **method.grid}, trials=1)[0]


@dataclass(frozen=True)
class Tuner:
    """Runs trials on a bench's development languages, or finds them in the store."""

    bench: Bench
    store: Store
    trials: int
    meter: Meter = field(default_factory=Meter)

    def tried(self, method: Method) -> list[dict[str, float]] | None:
        """The settings to try; ``None`` while it is not chosen where the method starts."""
        of_start: Mapping[str, float] = {}
        if method.tuned is not None and method.untuned.grid:
            before = self.known(method.untuned, 0)
            if before is None:
                return None
            of_start = before.settings
        return [{**of_start, **each} for each in candidates(method.grid, trials=self.trials)]

    def known(self, method: Method, amount: Amount) -> Choice | None:
        """What the trials chose, those with the lowest development loss; ``None`` while one is to be run.

        Raises:
            HypergenError: If all of them diverged.
        """
        several = self.tried(method)
        if several is None:
            return None
        if (kept := self.store.read("choices", self._question(method, amount, several))) is not None:
            return Choice(**kept)
        outcomes = [self.store.read("trials", self.inputs(method, amount, settings)) for settings in several]
        known = [
            (outcome, settings) for outcome, settings in zip(outcomes, several, strict=True) if outcome is not None
        ]
        if len(known) < len(several):
            return None
        settled = [each for each in known if each[0]["loss"] is not None]
        if not settled:
            raise HypergenError(f"{method.name} diverged in all of its {len(several)} trials; leave it out.")
        outcome, settings = min(settled, key=lambda each: float(each[0]["loss"]))
        return Choice(settings, outcome["steps"], outcome["loss"], len(several), outcome["flat"])

    def keep(self, method: Method, amount: Amount, choice: Choice) -> bool:
        """Keep what trials elsewhere chose, if it is one of those that would be tried here; returns whether it is."""
        several = self.tried(method)
        if several is None or dict(choice.settings) not in several:
            return False
        self.store.write("choices", self._question(method, amount, several), asdict(choice))
        return True

    def progress(self, method: Method, amount: Amount) -> tuple[int, int]:
        """How many trials there are, and how many of them were run."""
        several = self.tried(method)
        if several is None:
            return len(candidates(method.grid, trials=self.trials)), 0
        if self.known(method, amount) is not None:
            return len(several), len(several)
        done = [self.store.read("trials", self.inputs(method, amount, each)) is not None for each in several]
        return len(done), sum(done)

    def choice(self, method: Method, amount: Amount, *, on_tokens: OnTokens = ignored) -> Choice:
        """What the trials chose, after those that are missing were run."""
        if method.tuned is not None and method.untuned.grid:
            self.choice(method.untuned, 0, on_tokens=on_tokens)
        if (known := self.known(method, amount)) is not None:
            return known
        for settings in self.tried(method) or []:
            inputs = self.inputs(method, amount, settings)
            if self.store.read("trials", inputs) is None:
                try:
                    outcome = self._run(method, amount, settings, on_tokens=on_tokens)
                except DivergedError:
                    outcome = DIVERGED
                self.store.write("trials", inputs, outcome)
        return cast(Choice, self.known(method, amount))

    def inputs(self, method: Method, amount: Amount, settings: Mapping[str, float]) -> dict[str, Any]:
        """All that goes into a trial."""
        codes = self.bench.languages.development
        return {
            **inputs_of(method, amount, settings, bench=self.bench, codes=codes),
            "held": self.bench.development_fingerprint,
            "company": chunks(codes, at_most=self.bench.fit.together),
            "steps": self.steps_of(method, amount, settings),
        }

    def _question(self, method: Method, amount: Amount, several: list[dict[str, float]]) -> dict[str, Any]:
        """All that goes into a choice: all that goes into its trials."""
        return {"trials": [self.inputs(method, amount, settings) for settings in several]}

    def steps_of(self, method: Method, amount: Amount, settings: Mapping[str, float]) -> int:
        """The steps on a language's own text with these settings."""
        return 0 if method.tuned is None else max(1, round(settings["share"] * self.bench.fit.steps_on(amount)))

    def _run(
        self, method: Method, amount: Amount, settings: Mapping[str, float], *, on_tokens: OnTokens
    ) -> dict[str, Any]:
        bench = self.bench
        start, trained = started(method, settings, bench=bench, store=self.store, meter=self.meter, on_tokens=on_tokens)
        if method.tuned is None:
            losses = mean_losses(scores_of(bench.scorer.to(bench.device), start, bench.development))
            if not math.isfinite(loss := _mean(losses)):
                raise DivergedError(f"{method.name} has no loss on development languages.")
            return {"loss": loss, "steps": 0, "flat": trained is None or trained.flat, "curve": []}
        curves, flat, steps = list[Curve](), True, self.steps_of(method, amount, settings)
        for codes in chunks(bench.languages.development, at_most=bench.fit.together):
            asked = Ask(bench, codes, cast("AdapterSource | None", start), amount, settings, steps, bench.development,
                        on_tokens, method.lessons)  # fmt: skip
            fitted = TUNED[method.tuned](asked)
            curves.append(fitted.curve)
            flat = flat and fitted.flat
        means = [(step, _mean(losses)) for step, losses in joined(curves)]
        curve = [(step, loss) for step, loss in means if math.isfinite(loss)]
        if not curve:
            raise DivergedError(f"{method.name} has no loss on development languages.")
        loss, steps = min((curve[0][1], 0), (curve[-1][1], steps))  # not at all, if that is better than these steps
        return {"loss": loss, "steps": steps, "flat": flat, "curve": curve}


def started(
    method: Method,
    settings: Mapping[str, float],
    *,
    bench: Bench,
    store: Store,
    meter: Meter,
    on_tokens: OnTokens = ignored,
) -> tuple[AdapterSource | AtTestTime | None, Trained | None]:
    """Where a method starts on a bench, and what was trained there for it on the training languages."""
    entry, trained = method.entry, None
    if entry.trained:
        trained = trained_source(
            entry.trained, bench=bench, spec=method.spec, lr=settings["source_lr"], store=store, meter=meter,
            on_tokens=on_tokens,
        )  # fmt: skip
    return entry.source(Place(bench, method.spec, settings, trained and trained.source)), trained


def inputs_of(
    method: Method, amount: Amount, settings: Mapping[str, float], *, bench: Bench, codes: Sequence[str]
) -> dict[str, Any]:
    """All that goes into a method's adapters of some languages but how many steps there are, and the seed's bench."""
    kind, left = method.entry.trained, dict(settings)
    lr = left.pop("source_lr", 0.0)
    told = {**common_inputs(bench, method.spec), "method": method.told(), "settings": left, "sentences": amount}
    if kind:
        told["source"] = source_inputs(kind, bench=bench, spec=method.spec, lr=lr)
    if kind == "bank":
        told["typology"] = bench.table.fingerprint
    if method.control:
        told["targets"] = [*bench.scored, *bench.languages.development]
        told["stand-in"] = bench.languages.backbone[0]  # whose vector `one` gives to all
    if method.tuned is not None:
        text = bench.text_fingerprints(codes, amount=amount, lessons=method.lessons)
        told |= {"text": text, "rows": bench.fit.rows_of_one}
    return told


def _mean(losses: Mapping[str, float]) -> float:
    return sum(losses.values()) / len(losses)
