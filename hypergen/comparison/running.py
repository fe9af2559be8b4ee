"""Running a comparison: trials, then cells, each once; what was kept before is not run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from hypergen.comparison.amounts import Amount
from hypergen.comparison.bench import Bench
from hypergen.comparison.cells import Store
from hypergen.comparison.estimate import Workload
from hypergen.comparison.fitting import Ask, OnTokens, ignored
from hypergen.comparison.fusing import TUNED
from hypergen.comparison.meter import Meter
from hypergen.comparison.methods import Method
from hypergen.comparison.scoring import Scores, scores_of
from hypergen.comparison.trained import Trained, chunks
from hypergen.comparison.tuning import Choice, Tuner, candidates, inputs_of, started, usual_settings
from hypergen.errors import HypergenError
from hypergen.sources import AdapterSource

__all__ = ["Comparison", "Job", "Plan"]


@dataclass(frozen=True)
class Job:
    """What is run in one go: the trials of a method at an amount of text, or its cells of some languages."""

    method: Method
    amount: Amount
    seed: int | None
    """``None`` for trials."""
    codes: tuple[str, ...]
    tokens: int
    """That are trained on, at most; 0 where nothing is."""


OnJob = Callable[[Job], None]


@dataclass(frozen=True)
class Plan:
    """What there is to do."""

    jobs: tuple[Job, ...]
    """In order, without those that are done."""
    cells: int
    cells_done: int
    trials: int
    trials_done: int

    @property
    def tokens(self) -> int:
        """What all jobs train on, at most."""
        return sum(job.tokens for job in self.jobs)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Methods x languages x seeds x amounts of text.

    Args:
        methods: What is compared.
        amounts: Sentences of a language's own text, 0 for none, ``None`` for all there are.
        seeds: The first is also that of the trials.
        trials: Of each method at each amount, on development languages.
        bench_of: The bench of a seed.
        store: Where everything is kept.
        meter: Clock and gauge.
    """

    methods: Sequence[Method]
    amounts: Sequence[Amount]
    seeds: Sequence[int]
    trials: int
    bench_of: Callable[[int], Bench]
    store: Store
    meter: Meter = field(default_factory=Meter)

    @property
    def questions(self) -> list[tuple[Method, Amount]]:
        """Every method at every amount of text at which it is run."""
        return [(method, amount) for method in self.methods for amount in method.amounts(self.amounts)]

    @property
    def trial_questions(self) -> list[tuple[Method, Amount]]:
        """The same, after those about where methods start, each once."""
        starts: list[tuple[Method, Amount]] = [(m.untuned, 0) for m in self.methods if m.tuned and m.untuned.grid]
        unique = {
            (str(method.told()), method.lessons, amount): (method, amount)
            for method, amount in [*starts, *self.questions]
        }
        return list(unique.values())

    @property
    def tuner(self) -> Tuner:
        """Who runs the trials."""
        return Tuner(self.bench_of(self.seeds[0]), self.store, self.trials, self.meter)

    def plan(self) -> Plan:
        """What there is to do; nothing is run."""
        tuner, workload = self.tuner, Workload(self.store)
        jobs, cells, cells_done, trials, trials_done = list[Job](), 0, 0, 0, 0
        for method, amount in self.trial_questions:
            count, done = tuner.progress(method, amount)
            trials, trials_done = trials + count, trials_done + done
            if done < count:
                given = tuner.bench.languages.development
                several = candidates(method.grid, trials=count)
                tokens = workload.sources(tuner.bench, method, several)
                steps = sum(tuner.steps_of(method, amount, each) for each in several) * (count - done) // count
                tokens += workload.own(tuner.bench, method, steps, len(given))
                jobs.append(Job(method, amount, None, given, tokens))
        for seed in self.seeds:
            bench = self.bench_of(seed)
            for method, amount in self.questions:
                choice = tuner.known(method, amount)
                for codes in self._chunks(bench, method):
                    done = 0 if choice is None else len(self._kept(bench, method, amount, choice, codes))
                    cells, cells_done = cells + len(codes), cells_done + done
                    if done < len(codes):
                        settings = [usual_settings(method) if choice is None else dict(choice.settings)]
                        steps = bench.fit.steps_on(amount) if choice is None else choice.steps
                        tokens = workload.sources(bench, method, settings)
                        tokens += workload.own(bench, method, steps, len(codes))
                        jobs.append(Job(method, amount, seed, tuple(codes), tokens))
        return Plan(tuple(jobs), cells, cells_done, trials, trials_done)

    def run(self, plan: Plan, *, on_tokens: OnTokens = ignored, on_job: OnJob | None = None) -> None:
        """Do what is to be done; ``on_job`` is called before each job."""
        seed = self.seeds[0]
        for job in plan.jobs:
            if job.seed not in (None, seed):
                self.bench_of(seed).forget()
                seed = job.seed
            if on_job is not None:
                on_job(job)
            choice = self.tuner.choice(job.method, job.amount, on_tokens=on_tokens)
            if job.seed is not None:
                self._run_cells(self.bench_of(job.seed), job, choice, on_tokens=on_tokens)

    def keep(self, bench: Bench, method: Method, amount: Amount, cells: Mapping[str, Mapping[str, Any]]) -> int:
        """Keep cells that were run elsewhere, by language, as far as they are not there; returns how many these are.

        Raises:
            HypergenError: It is not known yet which settings the method has.
        """
        choice = self.tuner.known(method, amount)
        if choice is None:
            raise HypergenError(f"cells of {method.name} were given before what was chosen for it; give that first.")
        count = 0
        for codes in self._chunks(bench, method):
            kept = self._kept(bench, method, amount, choice, codes)
            for code, inputs in self._inputs(bench, method, amount, choice, codes).items():
                if code in cells and code not in kept:
                    self.store.write("cells", inputs, cells[code])
                    count += 1
        return count

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every cell that is there, a row for each domain of text, with all that it cost."""
        tuner = self.tuner
        choices = {question: tuner.known(*question) for question in self.questions}
        for seed in self.seeds:
            bench = self.bench_of(seed)
            for method, amount in self.questions:
                choice = choices[method, amount]
                if choice is None:
                    continue
                for codes in self._chunks(bench, method):
                    for code, cell in self._kept(bench, method, amount, choice, codes).items():
                        for domain, scored in cell["scores"].items():
                            named = {"method": method.name, "amount": amount, "seed": seed, "language": code}
                            named |= {"trials_seed": self.seeds[0]}
                            yield {**named, "domain": domain, **scored, **cell["cost"]}

    def _chunks(self, bench: Bench, method: Method) -> list[list[str]]:
        """The languages whose cells are run together."""
        if method.tuned is None:
            return [list(bench.scored)]
        return chunks(bench.languages.report, at_most=bench.fit.together)

    def _inputs(
        self, bench: Bench, method: Method, amount: Amount, choice: Choice, codes: Sequence[str]
    ) -> dict[str, dict[str, Any]]:
        """All that goes into each of the cells that are run together."""
        own = inputs_of(method, amount, choice.settings, bench=bench, codes=codes)
        company = list(codes) if method.tuned not in (None, "backbone") else []
        return {
            code: {**own, "text": {code: own["text"][code]} if "text" in own and not company else own.get("text"),
                   "steps": choice.steps, "company": company, "language": code, "held": bench.report_fingerprints[code]}
            for code in codes
        }  # fmt: skip

    def _kept(
        self, bench: Bench, method: Method, amount: Amount, choice: Choice, codes: Sequence[str]
    ) -> dict[str, dict[str, Any]]:
        inputs = self._inputs(bench, method, amount, choice, codes)
        found = {code: self.store.read("cells", each) for code, each in inputs.items()}
        return {code: cell for code, cell in found.items() if cell is not None}

    def _run_cells(self, bench: Bench, job: Job, choice: Choice, *, on_tokens: OnTokens) -> None:
        method, codes = job.method, job.codes
        start, trained = started(
            method, choice.settings, bench=bench, store=self.store, meter=self.meter, on_tokens=on_tokens
        )
        held = {d: [b for b in batches if b.languages[0] in codes] for d, batches in bench.report.items()}
        own = {"parameters": 0, "tokens": 0}
        with self.meter.measured() as used:
            if method.tuned is None:
                scores: Scores = scores_of(bench.scorer.to(bench.device), start, held)
            else:
                ask = Ask(
                    bench, codes, cast("AdapterSource | None", start), job.amount, choice.settings, choice.steps,
                    on_tokens=on_tokens, lessons=method.lessons,
                )  # fmt: skip
                fitted = TUNED[method.tuned](ask)
                scores = fitted.score(held)
                tokens = method.fits * choice.steps * bench.fit.rows_of_one * bench.texts.block_size
                own = {"parameters": fitted.parameters, "tokens": tokens}
        cost = {"trials": choice.trials, "steps": choice.steps, **own, "seconds": round(used.seconds / len(codes), 3),
                "peak_gb": used.peak_gb, "capped": not choice.flat, **_before(trained)}  # fmt: skip
        kept = self._kept(bench, method, job.amount, choice, codes)
        for code, inputs in self._inputs(bench, method, job.amount, choice, codes).items():
            if code not in kept:
                told = {
                    d: {"loss": by[code].loss, "positions": by[code].positions}
                    for d, by in scores.items()
                    if code in by
                }
                self.store.write("cells", inputs, {"scores": told, "cost": cost})


def _before(trained: Trained | None) -> dict[str, Any]:
    """What was trained once for all languages before any of a cell's own text."""
    if trained is None:
        return {"parameters_before": 0, "tokens_before": 0, "seconds_before": 0.0, "peak_gb_before": 0.0}
    return {"parameters_before": trained.parameters, "tokens_before": trained.tokens,
            "seconds_before": trained.seconds, "peak_gb_before": trained.peak_gb}  # fmt: skip
