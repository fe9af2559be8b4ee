"""Parts of speech, trees and entities in artificial languages that nothing was trained on.

    python scripts/results/transfer_artificial.py run --seed 0 --out runs/transfer-artificial      # and 1, 2
    python scripts/results/transfer_artificial.py summary --out runs/transfer-artificial
    python scripts/results/transfer_artificial.py run --targets development --families none generated ...

The world is that of `hypergen demo`, its backbone and generator trained by the demo's stages (``--world`` takes those
of a finished ``hypergen demo --out DIR --seed N``). For each task one task adapter is trained in the languages that the
generator has learned from, batches of sixteen of them, over each *family* of language adapters, which are left out of
the last layer (MAD-X 2.0), and scored in thirty unseen languages with all methods that share these:

- ``none``; ``full``: fine-tuning of the whole backbone, without adapters; ``full-generated``, ``full-english``: with
  these, tuned along;
- ``english``: the generator's adapter of English, in every language;
- ``bank``: adapters trained on the text of each of the generator's and the backbone's languages, from the generated
  start: the *nearest*, the *mean*, *TIPA*;
- ``generated``: generated adapters, and for control those of the mean vector, of the nearest and of another language;
- ``english-tuned``, ``generated-tuned``: the same, and the generator is tuned with the task in the source languages.

Entities are persons and towns: in ``ner`` with names that are new in every sentence (`ArtificialLanguage`'s
``open_names``), in ``ner_known`` with eight names that all languages share.
Nothing has read a word of the thirty languages. ``--targets development`` takes thirty others, to choose settings on.
What is done is not done again. ``summary`` writes RESULTS_<task>.json and .md, ``restore`` writes what is in these back
to OUT, to go on elsewhere.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from texts import console
from transfer_artificial_summary import SIZES, restored, summed_up
from transfer_summary import read_results
from transfer_table import transfer_document

from hypergen.data.tasks.task import PARSING, POS, Task, ner
from hypergen.evaluation.report import write_json_atomically

ENTITIES: Final = ner("PER", "LOC")
TASKS: Final[Mapping[str, Task]] = {"pos": POS, "parsing": PARSING, "ner": ENTITIES, "ner_known": ENTITIES}
STEPS: Final[Mapping[str, int]] = {"pos": 600, "parsing": 600, "ner": 2000, "ner_known": 1500}
"""Of a task adapter, chosen on development languages."""
FAMILIES: Final = (
    "none", "full", "english", "bank", "generated", "english-tuned", "generated-tuned", "full-generated",
    "full-english",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one seed, or sum up what has been run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=["run", "summary", "restore"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--world", type=Path, help="run: a finished demo of the same seed and size of world")
    parser.add_argument("--size", choices=sorted(SIZES), default="full")
    parser.add_argument("--targets", choices=["report", "development"], default="report")
    parser.add_argument("--tasks", nargs="+", choices=sorted(TASKS), default=["pos", "parsing", "ner"])
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--sources", type=int, default=320, help="run: languages that a task is learned in")
    parser.add_argument("--steps", type=int, help="run: of each task adapter; by default the task's own")
    parser.add_argument("--lr", type=float, default=1e-2, help="run: of each task adapter")
    parser.add_argument("--bank-steps", type=int, default=100, help="run: of the bank")
    parser.add_argument("--results", type=Path, default=Path("docs/results/transfer_artificial"))
    args = parser.parse_args(arguments)
    {"run": run, "summary": summary, "restore": restore}[args.stage](args)


def run(args: argparse.Namespace) -> None:
    """Train what is missing of one seed, and score each task over each family."""
    import hypergen.training.trainer  # noqa: F401  (Lightning sets its loggers' levels when it loads)
    from hypergen.recipes.quiet import quiet

    with quiet():
        from transfer_artificial_cells import LANGUAGES_PER_BATCH, TUNED_LR, Laboratory
        from transfer_common import FULL_LR

        laboratory = Laboratory.of(args)
        common = {
            "size": args.size, "lr": args.lr, "languages_lr": TUNED_LR,
            "full_lr": FULL_LR, "languages_per_batch": LANGUAGES_PER_BATCH, "sources": list(laboratory.given),
        }  # fmt: skip
        for task in args.tasks:
            options = {**common, "steps": args.steps or STEPS[task]}
            open_names = task == "ner"
            if open_names:
                options["names"] = "new in every sentence"
            for family in args.families:
                path = file_of(args, task, family, seed=args.seed)
                if path.exists():
                    if json.loads(path.read_text(encoding="utf-8"))["options"] != options:
                        raise SystemExit(f"{path} was run with other options; take another --out, or remove it.")
                    continue
                began = time.monotonic()
                rows = laboratory.scored(
                    TASKS[task], laboratory.family(family), steps=options["steps"], open_names=open_names
                )
                seconds = round(time.monotonic() - began)
                told = {"seed": args.seed, "family": family, "options": options, "seconds": seconds, "rows": rows}
                write_json_atomically(path, told)
                console.print(f"{task} over {family}: {means(rows)} ({seconds} s)")


def file_of(args: argparse.Namespace, task: str, family: str, *, seed: int) -> Path:
    """Where the scores of a task over a family are written."""
    return Path(args.out / f"seed-{seed}" / args.targets / f"{task}-{family}.json")


def means(rows: Sequence[Mapping[str, Any]]) -> str:
    """What is printed on the way."""
    several: dict[str, list[float]] = {}
    for row in rows:
        several.setdefault(row["method"], []).append(row["score"])
    return ", ".join(f"{name} {sum(scores) / len(scores):.3f}" for name, scores in several.items())


def summary(args: argparse.Namespace) -> None:
    """For each task the rows of all seeds, and whether generated adapters beat each of the others."""
    for name in args.tasks:
        paths = sorted(args.out.glob(f"seed-*/{args.targets}/{name}-*.json"))
        runs = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
        if not runs:
            console.print(f"{name} has not been run.")
            continue
        told = summed_up(name, runs, command=f"python {' '.join(sys.argv)}")
        path = results_of(args, name)
        write_json_atomically(path, told)
        path.with_suffix(".md").write_text(transfer_document(told), encoding="utf-8")
        for each in told["findings"]:
            console.print(f"- {name}: {each['claim']}: {each['verdict']}. {each['numbers']}")


def restore(args: argparse.Namespace) -> None:
    """The runs of the result files in OUT, where they are not there."""
    for name in args.tasks:
        told = read_results(results_of(args, name))
        for values in restored(told):
            path = file_of(args, name, values["family"], seed=values["seed"])
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_json_atomically(path, values)
                console.print(f"{path} is written.")


def results_of(args: argparse.Namespace, task: str) -> Path:
    """The JSON file of a task."""
    return Path(args.results.with_name(f"{args.results.name}_{task}.json"))


if __name__ == "__main__":
    main()
