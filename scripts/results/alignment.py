"""Are embeddings of languages a rotation apart, before and after adaptation, in backbones of three sizes?

    python scripts/results/alignment.py --out runs/alignment --results docs/results/alignment

Artificial languages, as everything about them is known: in each seed, backbones of three sizes are pretrained on the
same tokens of twelve languages; languages that they have not read get an adapter each, from scratch, on their own text.
Sentences that every language says are embedded in each of them, without and with its adapter, and in a language of the
backbone; Procrustes fits the rotation to most of the pairs, and what is told is of the others. What is finished stays
in OUT; RESULTS.json and .md hold what is there.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import torch
from rich.console import Console

from hypergen.comparison.arguments import FitArgs
from hypergen.comparison.bench import Bench
from hypergen.comparison.fitting import Ask, fit_source
from hypergen.comparison.methods import GRIDS
from hypergen.comparison.scoring import mean_losses, scores_of
from hypergen.comparison.starts import scratch
from hypergen.data.artificial import ArtificialLanguage
from hypergen.evaluation.alignment import alignment, sentence_embeddings
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.evaluation.tables import markdown_table
from hypergen.recipes.compare_arguments import ArtificialArgs
from hypergen.recipes.compare_worlds import Common, artificial_worlds
from hypergen.recipes.quiet import quiet
from hypergen.recipes.world import BLOCK
from hypergen.sources import AdapterBank
from hypergen.typology import TypologyTable

LR: Final = GRIDS["adapter"]["lr"][0]
MEASURES: Final = ("loss", "error", "retrieval_before", "retrieval_after")
STAGES: Final = ("before", "after")
console = Console(width=120)


def main(arguments: Sequence[str] | None = None) -> None:
    """Pretrain, adapt and measure what is missing, and make the table of what is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/alignment"))
    parser.add_argument("--results", type=Path, required=True, help="the result, without .json and .md")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256], help="hidden sizes, multiples of 32")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--languages", type=int, default=12, help="that the backbone has not read")
    parser.add_argument("--backbone-steps", type=int, default=800, help="4,096 letters each")
    parser.add_argument("--steps", type=int, default=300, help="of each language's adapter")
    parser.add_argument("--sentences", type=int, default=1200, help="that every language says")
    args = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with quiet():
        for seed in args.seeds:
            for size in args.sizes:
                path = args.out / f"{size}-{seed}.json"
                if not path.exists():
                    write_json_atomically(path, {"rows": rows_of(size, seed=seed, args=args)})
                    console.print(f"{path.stem} is done")
    paths = sorted(args.out.glob("[0-9]*-[0-9]*.json"))
    rows = [row for path in paths for row in json.loads(path.read_text(encoding="utf-8"))["rows"]]
    seeds = sorted({row["seed"] for row in rows})
    command = f"python scripts/results/alignment.py --results {args.results} --seeds {' '.join(map(str, seeds))}"
    told = {
        "title": "Embeddings of languages, a rotation apart?",
        **provenance(seeds=seeds, command=command),
        "settings": {name: value for name, value in vars(args).items() if isinstance(value, int)},
        "rows": rows,
    }
    write_json_atomically(args.results.with_suffix(".json"), told)
    args.results.with_suffix(".md").write_text(document(told), encoding="utf-8")
    console.print(markdown_table(*table(rows)))


def rows_of(size: int, *, seed: int, args: argparse.Namespace) -> list[dict[str, Any]]:
    """One backbone: its languages before and after, a row each."""
    world = ArtificialArgs(
        generator_languages=1, development_languages=1, report_languages=args.languages, seen_languages=1,
        backbone_steps=args.backbone_steps, hidden_size=size,
    )  # fmt: skip
    fit = FitArgs(steps=args.steps, together=args.languages)
    common = Common({}, reduction=8, rank=8, fit=fit, accelerator="cpu", precision="auto", cache_dir=args.out / "cache")
    worlds = artificial_worlds(world, common=common, out=args.out)
    worlds.prepare(seed)
    bench = worlds.bench_of(seed)
    codes, pivot = bench.languages.report, bench.languages.backbone[0]
    bank = adapters(bench, codes, steps=args.steps)
    said = translations([pivot, *codes], table=bench.table, seed=seed, count=args.sentences)
    tokenizer = bench.texts.tokenizer
    known = sentence_embeddings(bench.scorer, said[pivot], tokenizer=tokenizer)
    losses = {
        "before": mean_losses(scores_of(bench.scorer, None, bench.report)),
        "after": mean_losses(scores_of(bench.scorer, bank, bench.texts.held_back(codes))),
    }
    found = []
    for code in codes:
        for stage in STAGES:
            own = [bank(code)] if stage == "after" else []
            embedded = sentence_embeddings(bench.scorer, said[code], tokenizer=tokenizer, adapters=own)
            measured = asdict(alignment(embedded, known, seed=seed))
            named = {"size": size, "seed": seed, "language": code, "pivot": pivot, "stage": stage}
            found.append({**named, "loss": losses[stage][code], **measured})
    return found


def adapters(bench: Bench, codes: Sequence[str], *, steps: int) -> AdapterBank:
    """An adapter of each language, from scratch, on all of its text."""
    start = scratch(bench, "seq_bn")
    with torch.no_grad():
        bank = AdapterBank(dict.fromkeys(codes, start()))
    fit_source(Ask(bench, codes, start, None, {"lr": LR}, steps), bank)
    return bank.requires_grad_(requires_grad=False).eval()


def translations(codes: Sequence[str], *, table: TypologyTable, seed: int, count: int) -> dict[str, list[str]]:
    """The first sentences that are short enough for the backbone in every language."""
    languages = [ArtificialLanguage.from_table(code, table=table, seed=seed) for code in codes]
    said: dict[str, list[str]] = {code: [] for code in codes}
    number = 0
    while len(said[codes[0]]) < count:
        several = [language.translation(number).text for language in languages]
        if max(map(len, several)) <= BLOCK - 4:
            for code, text in zip(codes, several, strict=True):
                said[code].append(text)
        number += 1
    return said


def table(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """A row for each size and stage: means over languages and seeds, and the least and most of the seeds."""
    found = []
    for size in sorted({row["size"] for row in rows}):
        for stage in STAGES:
            own = [row for row in rows if row["size"] == size and row["stage"] == stage]
            found.append([str(size), stage, *(_spread(own, name) for name in MEASURES)])
    return ["hidden size", "adapter", "loss", "error", "retrieved", "retrieved, rotated"], found


def _spread(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    means = [fmean(row[name] for row in rows if row["seed"] == seed) for seed in sorted({row["seed"] for row in rows})]
    return f"{fmean(means):.3f} [{min(means):.3f}, {max(means):.3f}]"


def document(told: Mapping[str, Any]) -> str:
    """The result as markdown."""
    notes = [
        "Before: without adapter. After: with the language's own, trained from scratch on its text. Both against a "
        "language of the backbone without adapter, on pairs of sentences that the rotation was not fitted to. Error: "
        "squared distance after rotation as a share of what the mean alone leaves (1 is no better than that). "
        "Retrieved: the share of sentences whose translation is the nearest of all, by cosine. Means over languages "
        "and seeds [least and most of a seed].",
        "Backbones of all sizes had the same tokens in the same order; a larger one has more dimensions to rotate in, "
        "so compare stages within a size before sizes.",
    ]  # fmt: skip
    about = [f"- {name}: {told[name]}" for name in ("command", "date", "seeds", "settings", "hardware", "versions")]
    return "\n\n".join([f"# {told['title']}", *notes, markdown_table(*table(told["rows"])), "\n".join(about)]) + "\n"


if __name__ == "__main__":
    main()
