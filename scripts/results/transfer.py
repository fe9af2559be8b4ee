"""Tasks in languages they were not learned in: every language adapter in one table, with intervals.

    python scripts/results/transfer.py plan --task pos
    python scripts/results/transfer.py bank --out runs/transfer
    python scripts/results/transfer.py run --task pos --seeds 0 1 2 --out runs/transfer
    python scripts/results/transfer.py summary --task pos --out runs/transfer --results docs/results/transfer_pos.json
    python scripts/results/table.py docs/results/transfer_pos.json --out docs/results/transfer_pos.md

``plan`` says what will be trained and scored. ``bank`` trains MAD-X adapters on text, of all that any task needs, and
others from the generated start on fifty sentences of each target. ``run`` trains one task adapter a *cell*, that is a
kind of language adapters, a number of source languages and a seed, and scores it in every target with all methods that
share the source languages' adapters. Cells that are done are not done again, one that was interrupted goes on where it
was; ``--minutes`` starts none after that long. ``summary`` writes the rows of all cells and what they say; ``restore``
writes cells back from it, to go on with a table on another machine. Languages and numbers stand in
``transfer_plan.py``. Set HYPERGEN_DATA.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from texts import Texts, console
from transfer_plan import PLANS, Cell, Plan, Size, cells, joined, language_of, leaking

from hypergen.evaluation.groups import Splits, group_of, read_splits
from hypergen.evaluation.report import provenance, write_json_atomically

REPORT_LOG = Path("docs/results/report_runs.jsonl")
FEW = 50


def main(arguments: Sequence[str] | None = None) -> None:
    """One of the five stages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=["plan", "bank", "run", "summary", "restore"])
    parser.add_argument("--task", choices=sorted(PLANS), default="pos")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("HYPERGEN_DATA", "data")))
    parser.add_argument("--text", type=Path, default=Path("runs/text"), help="what scripts/prepare_text.py wrote")
    parser.add_argument("--splits", type=Path, default=Path("configs/languages/splits_all.yaml"))
    parser.add_argument("--backbone", default="hypergen-mini")
    parser.add_argument("--bundle", default="runs/generator-mini-held-out/bundle", help="the generator")
    parser.add_argument("--mad-g", default="runs/madg-mini-held-out/bundle", help="run: MAD-G as published")
    parser.add_argument("--out", type=Path, default=Path("runs/transfer"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--sizes", type=int, nargs="+", help="numbers of source languages; by default the plan's")
    parser.add_argument("--families", nargs="+", help="run: these only, such as none and generated")
    parser.add_argument("--minutes", type=float, help="run: start no cell after that long")
    parser.add_argument("--steps", type=int, help="run: of a cell; bank: of all adapters (both 300)")
    parser.add_argument("--sentences", type=int, default=2000, help="run: training sentences of a cell")
    parser.add_argument("--test-sentences", type=int, default=100, help="run: of each target, evenly spaced")
    parser.add_argument("--rows", type=int, default=3, help="bank: blocks a language and step")
    parser.add_argument("--start", help="bank: the bundle whose adapters it starts at; by default from scratch")
    parser.add_argument("--banks", nargs="+", choices=["bank", "few"], default=["bank", "few"], help="bank: which")
    parser.add_argument("--tasks", nargs="+", default=sorted(PLANS), help="bank: whose languages")
    parser.add_argument("--results", type=Path, help="summary: the JSON file to write; restore: to read")
    args = parser.parse_args(arguments)
    {"plan": show, "bank": bank, "run": run, "summary": summary, "restore": restore}[args.stage](
        args, read_splits(args.splits)
    )


def chosen(args: argparse.Namespace) -> tuple[Plan, list[Cell]]:
    """The plan, and the cells that are asked for, few sources first."""
    if not (args.data / "known_overlaps.tsv").exists():
        raise SystemExit(
            f"{args.data} has no known_overlaps.tsv; set HYPERGEN_DATA to the directory of the tasks' data."
        )
    plan = PLANS[args.task]
    data = joined(plan, data=args.data, out=args.out / "data" / plan.task)
    sizes = args.sizes or list(plan.sizes)
    own = trainable(plan, data=data) if args.families is None or "supervised" in args.families else []
    shared = leaking(plan, overlaps=args.data / "known_overlaps.tsv")
    every = cells(plan, seeds=args.seeds, sizes=sizes, supervised=own, leaking=shared)
    return plan, [cell for cell in every if args.families is None or cell.family in args.families]


def trainable(plan: Plan, *, data: Path) -> list[str]:
    """The targets with data to train and to choose weights on."""
    from hypergen.data.tasks.layouts import sets_of
    from hypergen.data.tasks.task import TASKS

    both = [sets_of(data, task=TASKS[plan.task], split=split) for split in ("train", "dev")]
    there = [{key for pair in found for key in pair} for found in both]
    return [target for target in plan.targets if all(target in each for each in there)]


def show(args: argparse.Namespace, splits: Splits) -> None:
    """What will be trained and scored."""
    plan, every = chosen(args)
    from transfer_summary import genus_of

    console.print(f"{plan.task}: sources in order {', '.join(plan.sources)}; {len(every)} cells, and in the targets:")
    for target in plan.targets:
        console.print(f"  {target:10} {group_of(language_of(target), splits=splits, genus_of=genus_of)}")
    done = [cell for cell in every if file_of(args, cell).exists()]
    seconds = [sum(json.loads(file_of(args, cell).read_text())["seconds"].values()) for cell in done]
    if done:
        left = (len(every) - len(done)) * sum(seconds) / len(done) / 3600
        console.print(f"{len(done)} are done, {sum(seconds) / len(done):.0f} s each; the others take {left:.1f} hours.")


def bank(args: argparse.Namespace, splits: Splits) -> None:
    """MAD-X adapters of all sources, targets and languages of the generator; and of targets after a few sentences."""
    import torch
    from transfer_bank import train_bank

    from hypergen.bundle import Bundle
    from hypergen.training.finetuning import schedule_of

    plans = [PLANS[task] for task in args.tasks]
    targets = sorted({language_of(name) for plan in plans for name in plan.targets})
    sources = {language_of(name) for plan in plans for name in plan.sources}
    generator = Bundle.load(args.bundle)
    wanted = sorted({*generator.languages, *sources, *targets})
    texts = Texts(args.text, splits.left_out_scripts)
    common: dict[str, Any] = {
        "backbone": args.backbone, "spec": generator.spec, "size": (args.steps or 300, args.rows),
    }  # fmt: skip
    if "bank" in args.banks and (args.out / "bank" / "bank.pt").exists():
        there = torch.load(args.out / "bank" / "bank.pt", weights_only=True)["languages"]
        if lacking := sorted({corpus.language for corpus in texts.corpora("all", wanted)} - set(there)):
            raise SystemExit(
                f"{args.out / 'bank'} lacks {', '.join(lacking)}, which were not asked for then; remove it."
            )
    elif "bank" in args.banks:
        train_bank(wanted, texts=texts, directory="all", start=args.start, out=args.out / "bank", **common)
    if "few" not in args.banks:
        return
    few = args.out / "few-text" / "all"
    few.mkdir(parents=True, exist_ok=True)
    for path in sorted((args.text / "all").glob("*.txt")):
        if path.name.split("_")[0] in targets:
            with path.open(encoding="utf-8") as file:
                first = list(islice((line for line in file if line.strip()), FEW))
            (few / path.name).write_text("".join(first), encoding="utf-8")
    if not (args.out / "few" / "bank.pt").exists():
        schedule = schedule_of("adapter", num_lines=FEW)
        common["size"] = (schedule.steps, args.rows)
        known = [target for target in targets if target in generator.typology_table.languages]
        train_bank(
            known, texts=Texts(few.parent, splits.left_out_scripts), directory="all", start=args.bundle,
            out=args.out / "few", held_back=0.0, lr=schedule.lr, warmup=10, **common,
        )  # fmt: skip


def run(args: argparse.Namespace, splits: Splits) -> None:
    """Train and score the cells that are not done."""
    import hypergen.training.trainer  # noqa: F401  (Lightning sets its loggers' levels when it loads)
    from hypergen.recipes.quiet import quiet

    began = time.monotonic()
    plan, every = chosen(args)
    left = [cell for cell in every if not file_of(args, cell).exists()]
    console.print(f"{plan.task}: {len(every) - len(left)} cells are done, {len(left)} are left")
    with quiet():
        from transfer_cells import Laboratory

        size = Size(steps=args.steps or Size.steps, check_every=max(1, (args.steps or Size.steps) // 5),
                    sentences=args.sentences, test_sentences=args.test_sentences)  # fmt: skip
        place = args.out / plan.task
        laboratory = Laboratory(
            plan, data=joined(plan, data=args.data, out=args.out / "data" / plan.task), backbone=args.backbone,
            bundle=args.bundle, mad_g=args.mad_g, bank=args.out / "bank", few=args.out / "few", size=size,
            work=place / "work",
        )  # fmt: skip
        for cell in every:
            there = file_of(args, cell)
            if there.exists() and json.loads(there.read_text())["options"] != laboratory.options(cell):
                raise SystemExit(f"{file_of(args, cell)} was run with other options; take another --out, or remove it.")
        if left and set(map(language_of, plan.targets)) & set(splits.report):
            log_report(" ".join(["python", *sys.argv]))
        for cell in left:
            if args.minutes is not None and time.monotonic() - began > 60 * args.minutes:
                console.print(f"{args.minutes:g} minutes have passed; the same command goes on.")
                break
            told = {**laboratory.run(cell), "options": laboratory.options(cell)}
            write_json_atomically(file_of(args, cell), told)
            first = told["rows"][0]["method"]
            scores = [row["score"] for row in told["rows"] if row["method"] == first]
            console.print(
                f"{cell.name}: {sum(scores) / len(scores):.3f} on {len(scores)} targets, {told['development']:.3f} on "
                f"development data; {told['steps']} steps, {told['seconds']['training']:.0f} + "
                f"{told['seconds']['scoring']:.0f} s"
            )


def log_report(command: str) -> None:
    """Every scoring of report languages leaves a line."""
    with REPORT_LOG.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"date": date.today().isoformat(), "command": command}) + "\n")


def summary(args: argparse.Namespace, splits: Splits) -> None:
    """The rows of all cells that are done, and what they say."""
    from transfer_summary import summed_up

    plan, every = chosen(args)
    done = [json.loads(file_of(args, cell).read_text()) for cell in every if file_of(args, cell).exists()]
    told = {
        "title": f"{plan.task} in languages it was not learned in",
        "task": plan.task,
        "backbone": args.backbone,
        **provenance(seeds=sorted({cell["seed"] for cell in done}), command=f"python {' '.join(sys.argv)}"),
        "sources": list(plan.sources),
        "missing_cells": [cell.name for cell in every if not file_of(args, cell).exists()],
        **summed_up(done, splits=splits),
    }
    write_json_atomically(results_of(args), told)
    for each in told["findings"]:
        console.print(f"- {each['claim']}: {each['verdict']}. {each['numbers']}")


def restore(args: argparse.Namespace, _splits: Splits) -> None:
    """The cells of a result file in OUT, where they are not there."""
    from transfer_summary import read_results, restored

    told = read_results(results_of(args))
    if told["task"] != args.task:
        raise SystemExit(f"{args.results} is of {told['task']}, not of {args.task}.")
    found = [(file_of(args, cell), values) for cell, values in restored(told)]
    lacking = [(path, values) for path, values in found if not path.exists()]
    for path, values in lacking:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json_atomically(path, values)
    console.print(f"{args.task}: {len(lacking)} of {len(found)} cells are written to {args.out / args.task}.")


def results_of(args: argparse.Namespace) -> Path:
    """The result file, which must be named."""
    if args.results is None:
        raise SystemExit(f"name the file: --results docs/results/transfer_{args.task}.json")
    return Path(args.results)


def file_of(args: argparse.Namespace, cell: Cell) -> Path:
    """Where a cell's scores are written."""
    return Path(args.out / args.task / f"{cell.name}.json")


if __name__ == "__main__":
    main()
