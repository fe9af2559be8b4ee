"""The full version of `hypergen demo`: every unseen language with an oracle, longer training, the shuffled control.

    python scripts/results/artificial.py run --seed 0 --out runs/artificial      # and 1, 2
    python scripts/results/artificial.py summary --out runs/artificial --results docs/results/artificial

``run`` writes ``OUT/seed-N/demo.json``; ``summary`` averages seeds per language, pairs languages, resamples genera, and
writes RESULTS.json and RESULTS.md. The generator is trained on four times the demo's languages, so others are unseen.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.evaluation.statistics import Interval, gap_closed, paired_difference, seed_mean
from hypergen.evaluation.tables import markdown_table
from hypergen.recipes.demo import DemoArgs, run_demo
from hypergen.recipes.demo_numbers import genera
from hypergen.recipes.quiet import quiet

FULL: Final = DemoArgs(
    generator_languages=320, oracle_languages=30, backbone_steps=1600, generator_steps=7000, oracle_steps=1200,
    backbone_sentences=6000, few=[10, 50, 200], shuffled=True,
    generator=replace(DemoArgs().generator, feature_dropout=0.3),
)  # fmt: skip
METHODS: Final = ("none", "mean", "nearest", "swapped", "shuffled", "generated", "fifty", "oracle")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one seed, or sum up what has been run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=["run", "summary"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, help="summary: the files to write, without .json and .md")
    args = parser.parse_args(arguments)
    if args.stage == "run":
        import hypergen.training.trainer  # noqa: F401  (Lightning sets its loggers' levels when it loads)

        out = args.out / f"seed-{args.seed}"
        with quiet():
            told = run_demo(out, seed=args.seed, size=FULL, say=Console().print)
        write_json_atomically(out / "demo.json", told)
    else:
        runs = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(args.out.glob("seed-*/demo.json"))]
        told = summary(runs)
        write_json_atomically(args.results.with_suffix(".json"), told)
        args.results.with_suffix(".md").write_text(document(told), encoding="utf-8")


def summary(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The runs of all seeds in one: losses by method and language, and what they say."""
    losses = {
        method: seed_mean([{row["language"]: row["losses"][method] for row in run["rows"]} for run in runs])
        for method in METHODS
    }
    genus = genera(losses["none"])
    accuracy = {
        name: seed_mean([{row["language"]: row[name] for row in run["pos"]["rows"]} for run in runs])
        for name in ("generated", "nearest", "none", "majority")
    }

    def share(method: str) -> dict[str, Any]:
        return asdict(gap_closed(losses["none"], losses[method], losses["oracle"], genus=genus))

    def difference(a: str, b: str) -> dict[str, Any]:
        return asdict(paired_difference(losses[a], losses[b], genus=genus))

    def more_accurate(control: str) -> dict[str, Any]:
        interval: Interval = paired_difference(accuracy["generated"], accuracy[control], genus=genus)
        return asdict(interval)

    seeds = [run["seed"] for run in runs]
    return {
        "title": "Artificial languages, the full version",
        **provenance(seeds=seeds, command="python scripts/results/artificial.py run (each seed), then summary"),
        "hardware": runs[0]["hardware"],
        "commits": [run["versions"]["git"] for run in runs],
        "size": runs[0]["size"],
        "stages": [stage | {"seed": run["seed"]} for run in runs for stage in run["stages"]],
        "seconds": [run["seconds"] for run in runs],
        "gap_closed": {method: share(method) for method in ("mean", "nearest", "shuffled", "generated", "fifty")},
        "differences": {
            f"{a} - {b}": difference(a, b)
            for a, b in (
                *(("generated", control) for control in METHODS[:5]),
                ("shuffled", "mean"),
                ("fifty", "generated"),
            )
        },
        "largest_feature": max((run["features"][0] for run in runs), key=lambda row: float(row["share"])),
        "sentences": [
            {
                "sentences": rows[0]["sentences"],
                **{start: sum(row[start] for row in rows) / len(rows) for start in ("generated", "scratch")},
            }
            for rows in zip(*(run["sentences"] for run in runs), strict=True)
        ],
        "pos": {name: sum(each.values()) / len(each) for name, each in accuracy.items()},
        "pos_differences": {control: more_accurate(control) for control in ("nearest", "none")},
        "rows": [
            {"language": code, "genus": genus[code], **{method: losses[method][code] for method in METHODS}}
            for code in losses["none"]
        ],
    }


def document(told: Mapping[str, Any]) -> str:
    """The summary as markdown."""
    parts = [f"# {told['title']}\n"]
    parts += [
        f"- {name}: {told[name]}" for name in ("command", "date", "seeds", "hardware", "commits", "versions", "seconds")
    ]
    parts.append("\nShare of the oracle's gain, over all unseen languages (intervals: genera resampled).\n")
    rows = [[m, f"{i['mean']:.3f}", f"[{i['low']:.3f}, {i['high']:.3f}]"] for m, i in told["gap_closed"].items()]
    parts.append(markdown_table(["method", "gap closed", "95 %"], rows))
    parts.append("\nDifferences in nats a masked letter; below zero the first is better.\n")
    rows = [
        [m, f"{i['mean']:.3f}", f"[{i['low']:.3f}, {i['high']:.3f}]", f"{i['p']:.4f}"]
        for m, i in told["differences"].items()
    ]
    parts.append(markdown_table(["", "mean", "95 %", "p"], rows))
    feature = told["largest_feature"]
    parts.append(f"\nThe feature that the generator would miss most is {feature['feature']}: {feature['share']:.1%}.\n")
    parts.append("Loss after fine-tuning on so many sentences.\n")
    rows = [[str(r["sentences"]), f"{r['generated']:.3f}", f"{r['scratch']:.3f}"] for r in told["sentences"]]
    parts.append(markdown_table(["sentences", "from the generated start", "from scratch"], rows))
    parts.append("\nZero-shot part-of-speech accuracy.\n")
    parts.append(markdown_table(["language adapter", "accuracy"], [[m, f"{a:.3f}"] for m, a in told["pos"].items()]))
    rows = [
        [f"generated - {m}", f"{i['mean']:.3f}", f"[{i['low']:.3f}, {i['high']:.3f}]", f"{i['p']:.4f}"]
        for m, i in told["pos_differences"].items()
    ]
    parts.append("\n" + markdown_table(["", "mean", "95 %", "p"], rows))
    parts.append("\nLoss of each language, nats a masked letter, seeds averaged.\n")
    rows = [[r["language"], r["genus"], *(f"{r[m]:.3f}" for m in METHODS)] for r in told["rows"]]
    parts.append(markdown_table(["language", "genus", *METHODS], rows))
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
