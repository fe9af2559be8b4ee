"""``hypergen compare``: adapter methods and baselines, compared fairly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from hypergen.comparison.amounts import amount_name, checked_amount, said_amount
from hypergen.comparison.arguments import LESSONS, FitArgs
from hypergen.errors import HypergenError
from hypergen.recipes.arguments import GeneratorArgs
from hypergen.recipes.compare_arguments import ArtificialArgs, ComparedTextArgs
from hypergen.recipes.compare_checks import check, check_amounts, check_text
from hypergen.recipes.quiet import quiet

if TYPE_CHECKING:
    from rich.console import Console

    from hypergen.comparison.amounts import Amount
    from hypergen.comparison.meter import Meter
    from hypergen.comparison.running import Comparison, Job, Plan
    from hypergen.recipes.compare_worlds import Worlds

__all__ = ["compare"]


def compare(
    *,
    out: Path,
    methods: list[str],
    amounts: list[int | str] = [0, 10, 50, 200, 1000, "all"],  # noqa: B006 (never changed)
    seeds: list[int] = [0, 1, 2],  # noqa: B006
    trials: int = 3,
    artificial: ArtificialArgs | None = None,
    text: ComparedTextArgs | None = None,
    generators: dict[str, GeneratorArgs] = {"mad-g": GeneratorArgs()},  # noqa: B006
    spec: Literal["seq_bn", "seq_bn_inv", "lora", "seq_bn_but_last"] = "seq_bn",
    reduction: int = 16,
    rank: int = 8,
    fit: FitArgs = FitArgs(),
    precision: Literal["auto", "float32", "bfloat16"] = "auto",
    accelerator: str = "cpu",
    cache_dir: Path = Path("runs/cache"),
    earlier: Path | None = None,
    dry_run: bool = False,
) -> None:
    """Compare methods on languages with so much text each, every cell once; a killed comparison goes on.

    OUT/results.md answers, for each group of languages and amount of text, which method to use; OUT/results.json has
    every number, OUT/curves.png the losses against text. Run it again to go on, or with more methods, seeds or
    amounts in the same directory: what was run before is not run again.

    Args:
        out: The directory of the comparison, new or not.
        methods: Names START[:CONTROL][/SPEC][@LESSON][+TUNED], such as none, tipa, mad-x@flm, mad-g/lora+adapter.
        amounts: Numbers of sentences of a language's own text, or sizes of it such as 50kB; 0 for none, all for all.
        seeds: The first is that of the trials, too.
        trials: Settings that are tried of each method at each amount, on development languages.
        artificial: Compare on artificial languages.
        text: Or on real text.
        generators: Generators by the name that methods call them by; reduction is that of all methods.
        spec: The adapter method where a name says none; seq_bn_but_last is in all layers but the last (MAD-X 2.0).
        reduction: Bottlenecks have hidden_size // reduction units; the invertible adapter hidden_size // 4.
        rank: Of LoRA, at the maps to queries and values, with alpha the same.
        fit: How everything is fitted.
        precision: What the frozen backbone is held in while adapters are trained; auto is bfloat16 where it is fast.
        accelerator: cpu, gpu, or auto.
        cache_dir: Where tokenised text is kept between runs.
        earlier: OUT/results.json of the same comparison, run before or elsewhere: what it has is not run again.
        dry_run: Say what there is to do and how long it would take, and run nothing.
    """
    if (artificial is None) is (text is None):
        raise HypergenError(
            "a comparison is on artificial languages or on text; give --artificial or --text, one of them."
        )
    settings = {
        "out": out, "methods": methods, "amounts": amounts, "seeds": seeds, "trials": trials,
        "artificial": artificial and asdict(artificial), "text": text and asdict(text),
        "generators": {name: asdict(each) for name, each in generators.items()}, "spec": spec, "reduction": reduction,
        "rank": rank, "fit": asdict(fit), "precision": precision, "accelerator": accelerator, "cache_dir": cache_dir,
        "earlier": earlier,
    }  # fmt: skip
    check(methods, amounts=amounts, seeds=seeds, trials=trials, fit=fit, generators=generators)
    import hypergen.training.trainer  # noqa: F401  (Lightning sets its loggers' levels when it loads: before quiet does)

    with quiet():
        from rich.console import Console

        from hypergen.comparison.methods import parse_method
        from hypergen.recipes.compare_worlds import SPECS, Common, artificial_worlds, text_worlds

        console = Console()
        lessons = {} if text is None else {**LESSONS, **text.lessons}
        parsed = [
            parse_method(name, generators=generators, specs=SPECS, spec=spec, lessons=lessons) for name in methods
        ]
        given = [checked_amount(amount) for amount in amounts]
        check_amounts(parsed, given)
        common = Common(generators, reduction, rank, fit, accelerator, precision, cache_dir)
        if artificial is not None:
            worlds = artificial_worlds(artificial, common=common, out=out)
        else:
            worlds = text_worlds(text, common=common)  # type: ignore[arg-type]
        for sentence in worlds.left_out:
            console.print(sentence)
        run_comparison(
            worlds, methods=parsed, amounts=given, seeds=seeds,
            trials=trials, out=out, settings=json.loads(json.dumps(settings, default=str)), console=console,
            earlier=earlier, dry_run=dry_run,
        )  # fmt: skip


def run_comparison(
    worlds: Worlds,
    *,
    methods: Sequence[Any],
    amounts: Sequence[Amount],
    seeds: Sequence[int],
    trials: int,
    out: Path,
    settings: Mapping[str, Any],
    console: Console,
    dry_run: bool,
    earlier: Path | None = None,
    meter: Meter | None = None,
) -> None:
    """Plan, run and write."""
    from hypergen.comparison.cells import Store
    from hypergen.comparison.earlier import adopt, check_bench, read_earlier
    from hypergen.comparison.meter import Meter
    from hypergen.comparison.results import results_of, write_results
    from hypergen.comparison.running import Comparison
    from hypergen.recipes.train import interruptible

    comparison = Comparison(methods, amounts, seeds, trials, worlds.bench_of, Store(out), meter or Meter())
    told_earlier = None if earlier is None else read_earlier(earlier)
    if told_earlier is not None:
        choices, cells = adopt(told_earlier, comparison, settings=settings)
        console.print(f"{told_earlier.path}: {choices} choices and {cells} cells of it are taken over.")
    plan = comparison.plan()
    console.print(said(plan, comparison, worlds))
    if dry_run:
        return
    out.mkdir(parents=True, exist_ok=True)
    (out / "settings.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    if plan.jobs:
        with interruptible("the same command goes on after what is done"):
            for seed in dict.fromkeys(seeds[0] if job.seed is None else job.seed for job in plan.jobs):
                worlds.prepare(seed)
                if told_earlier is not None:
                    check_bench(told_earlier, comparison.bench_of(seed))
            check_text(plan.jobs, bench_of=comparison.bench_of, first=seeds[0])
            with progress(plan, console=console) as (on_tokens, on_job):
                comparison.run(plan, on_tokens=on_tokens, on_job=on_job)
    told = results_of(comparison, title=worlds.title, out=out, settings=settings)
    write_results(told, out=out)
    for table in _shown(told):
        console.print(table)
    for answer in told["answers"]:
        console.print(answer["sentence"])
    console.print(f"{out / 'results.md'} has all tables, {out / 'results.json'} all numbers.")


def said(plan: Plan, comparison: Comparison, worlds: Worlds) -> str:
    """What there is to do, in a sentence or two."""
    from hypergen.comparison.estimate import duration, kept_rate, measured_rate

    counted = (
        f"{len(comparison.methods)} methods, {plan.cells} cells, {plan.cells_done} of them done; {plan.trials} trials, "
        f"{plan.trials_done} of them done."
    )
    if not plan.jobs:
        return f"{counted} Nothing is left to run."
    bench, shape = comparison.bench_of(comparison.seeds[0]), cast(Any, worlds.shape())
    rate = kept_rate(comparison.store) or measured_rate(
        shape.to(dtype=bench.dtype), rows=bench.fit.rows, block_size=bench.texts.block_size
    )
    tokens = plan.tokens + sum(worlds.pretraining(seed) for seed in comparison.seeds)
    return (
        f"{counted} At most {tokens / 1e6:,.1f} million tokens to train on; at {rate:,.0f} a second about "
        f"{duration(tokens / rate)} and some for measuring, less where trials choose fewer steps."
    )


@contextmanager
def progress(plan: Plan, *, console: Console) -> Iterator[tuple[Callable[[int], None], Callable[[Job], None]]]:
    """A bar over all jobs, with the time left; what to call with tokens, and with each job as it begins."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    least = max(1, plan.tokens // 2000)  # what is only scored takes a moment too
    before = [sum(max(least, job.tokens) for job in plan.jobs[:number]) for number in range(len(plan.jobs) + 1)]
    columns = (TextColumn("{task.fields[number]}/{task.fields[count]}"), BarColumn(), TextColumn("{task.description}"),
               TimeElapsedColumn(), TextColumn("left:"), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=console, speed_estimate_period=600) as shown:
        task = shown.add_task("", total=before[-1], number=0, count=len(plan.jobs))

        def on_job(job: Job) -> None:
            number = plan.jobs.index(job)
            what = "trials" if job.seed is None else f"seed {job.seed}, {len(job.codes)} languages"
            about = f"{job.method.name}, {said_amount(amount_name(job.amount))}, {what}"
            shown.update(task, completed=before[number], number=number + 1, description=about)
            if not console.is_terminal:
                console.print(f"{number + 1}/{len(plan.jobs)} {about}")

        yield lambda tokens: shown.advance(task, tokens), on_job
        shown.update(task, completed=before[-1])


def _shown(told: Mapping[str, Any]) -> list[Any]:
    from hypergen.comparison.tables import group_tables
    from hypergen.evaluation.tables import rich_table

    return [rich_table(table) for table in group_tables(told)]
