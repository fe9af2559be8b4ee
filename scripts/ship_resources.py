"""Put a finished backbone, and a generator for it, into the package, with a card that lists what they were made from.

    python scripts/ship_resources.py backbone --run runs/hypergen-mini --tokenizer runs/tokenizer --data data
    python scripts/ship_resources.py generator --run runs/generator-mini --data data

Weights are stored in float16. Rows with non-commercial terms, which scripts/prepare_text.py keeps out of all training
text, are not listed. Fails above 20 MB.
"""

import argparse
import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prepare_text import non_commercial
from safetensors.torch import load_file

from hypergen.evaluation.groups import Splits, read_splits
from hypergen.shipped import BACKBONE, GENERATOR

RESOURCES = Path("hypergen/resources")
MAX_BYTES = 20_000_000
LICENCE = (
    "\n## Licence\n",
    "The weights are published under CC BY-SA 4.0, the strictest of these terms; the rows' own terms are as",
    "stated by their sources.\n",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """One of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["backbone", "generator"])
    parser.add_argument("--run", type=Path, required=True, help="the run's directory")
    parser.add_argument("--tokenizer", type=Path, help="what scripts/train_vocabulary.py wrote")
    parser.add_argument("--splits", type=Path, default=Path("configs/languages/splits.yaml"))
    parser.add_argument("--data", type=Path, help="the data directory, for its manifest")
    args = parser.parse_args(arguments)
    if args.data is None or (args.tokenizer is None and args.what == "backbone"):
        parser.error("--data is needed, and --tokenizer too for a backbone")
    if args.what == "generator":
        ship_generator(args.run, data=args.data)
    else:
        ship_backbone(args.run, args.tokenizer, splits=read_splits(args.splits), data=args.data)


def ship_backbone(run: Path, tokenizer: Path, *, splits: Splits, data: Path) -> None:
    """Copy model and tokenizer and write the card."""
    target = RESOURCES / BACKBONE
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(run / "model", target, copy_function=shutil.copyfile)
    for name in ("card.json", "log.jsonl"):
        shutil.copyfile(run / name, target / name)
    shutil.copy(tokenizer / "unknown.tsv", target / "unknown.tsv")
    rows = [row for row in open_rows(data) if row["script"] not in splits.left_out_scripts]
    (target / "README.md").write_text(card(run, rows=rows, splits=splits), encoding="utf-8")
    check_size(target)


def open_rows(data: Path) -> list[dict[str, str]]:
    """The rows of the manifest without non-commercial terms."""
    with (data / "text" / "manifest.tsv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if not non_commercial(row)]


def ship_generator(run: Path, *, data: Path) -> None:
    """Write the run's bundle again, its weights in float16, and what it was made from to its card."""
    from dataclasses import replace

    from hypergen.bundle import Bundle

    target = RESOURCES / GENERATOR
    bundle = Bundle.load(run / "bundle")
    shutil.rmtree(target, ignore_errors=True)
    metrics = {**bundle.metrics, "text": {"text": "that the card of generator-mini lists (mlm)"}}
    weights = {name: tensor.half() for name, tensor in bundle.weights.items()}
    replace(bundle, weights=weights, metrics=metrics).save(target)
    read = json.loads((run / "settings.json").read_text(encoding="utf-8"))["text"]["languages"]
    rows = [row for row in open_rows(data) if f"{row['iso3']}_{row['script']}" in read]
    sources = ["\n## What it was made from\n", "No row has non-commercial terms. Masked-language modelling:\n",
               *listed(rows), *LICENCE]  # fmt: skip
    with (target / "README.md").open("a", encoding="utf-8") as file:
        file.write("\n".join(sources))
    check_size(target)


def card(run: Path, *, rows: Sequence[Mapping[str, str]], splits: Splits) -> str:
    """The model card, in markdown."""
    losses: dict[str, dict[str, float]] = json.loads((run / "card.json").read_text())
    last: dict[str, Any] = json.loads((run / "log.jsonl").read_text().splitlines()[-1])
    parameters = sum(t.numel() for t in load_file(run / "model" / "model.safetensors").values())
    table = [f"| {name} | {each['unigram']:.2f} | {each['loss']:.2f} |" for name, each in sorted(losses.items())]
    return "\n".join(
        [
            "# hypergen-mini\n",
            f"A cased BERT of 4 layers x 256 and {parameters / 1e6:.1f} million parameters, made for hypergen because",
            "no published weights can be shipped with it. A small research backbone, not a rival of mBERT. Input:",
            "up to 256 pieces. Made by `scripts/prepare_text.py`, `make_language_splits.py`, `train_vocabulary.py` and",
            "`pretrain_backbone.py`, whose docstrings say how; on two CPU cores.\n",
            f"Seen in pretraining: {last['tokens'] / 1e6:.1f} million tokens (several passes), {last['step']} steps.",
            f"Held-back masked-LM loss, mean over the files below: {last['loss']:.2f} nats, {last['below']:.2f}",
            f"below the languages' own unigram models ({last['unigram']:.2f}).\n",
            "| held-back text | unigram | hypergen-mini |\n| :-- | --: | --: |",
            *table,
            "\n## What it was made from\n",
            "No row has non-commercial terms. Masked-language modelling, on the backbone's languages:\n",
            *listed([row for row in rows if row["iso3"] in splits.backbone]),
            "\nVocabulary and initial word embeddings (co-occurrence counts) also on the generator's languages:\n",
            *listed([row for row in rows if row["iso3"] in splits.generator]),
            "\nCharacters of the vocabulary: the character inventory of all text, unseen languages included.",
            *LICENCE,
        ]
    )


def listed(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """A table of rows of the manifest."""
    lines = [f"| {row['iso3']}_{row['script']} | {row['source']} | {row['licence']} |" for row in rows]
    return ["| text | source | licence |\n| :-- | :-- | :-- |", *lines]


def check_size(directory: Path) -> None:
    """Refuse what is too large for a package."""
    size = sum(path.stat().st_size for path in directory.iterdir())
    print(f"{directory}: {size / 1e6:.1f} MB")
    if size > MAX_BYTES:
        raise ValueError(f"{directory} has {size} bytes, above {MAX_BYTES}; make the vocabulary or the model smaller.")


if __name__ == "__main__":
    main()
