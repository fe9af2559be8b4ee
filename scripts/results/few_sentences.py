"""How to fine-tune on few sentences: losses on other sentences for some steps, rates and penalties.

    python scripts/results/few_sentences.py --text runs/text/all --out docs/results/few_sentences.json

Development languages only, with ``hypergen-mini`` and a generator that has not seen them; what is best here stands in
``SCHEDULES`` of ``hypergen/training/finetuning.py``. Rows that the file has already are not run again.
"""

import argparse
import json
import random
import time
from pathlib import Path
from typing import Final, Literal

import torch
from torch.utils.data import DataLoader

import hypergen as hg
from hypergen.data.batches import Batch, masking_rules
from hypergen.data.lines import LineBatches, Lines, held_back_batches, read_lines
from hypergen.evaluation.perplexity import batch_losses
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.recipes.quiet import quiet
from hypergen.training.finetuning import What, start_of, tune

LANGUAGES = ("bam", "mam", "uig")
NUM_TEST = 60
AMOUNTS = ((10, 50), (100, 100), (1000, 200))
"""Sentences, and steps on so many."""
RATES: Final[tuple[tuple[Literal["adamw", "muon"], float], ...]] = (("muon", 2e-2), ("adamw", 1e-2), ("muon", 4e-2))
GRID: list[tuple[What, Literal["adamw", "muon"], int, int, float, float]] = [
    *(("adapter", "adamw", *amount, lr, 0.0) for lr in (1e-2, 3e-3) for amount in AMOUNTS),
    *(("wider", optimizer, *amount, lr, 0.0) for amount in AMOUNTS for optimizer, lr in RATES),
    *(("embedding", "adamw", 10, 50, lr, 0.1) for lr in (1e-1, 3e-2)),
    ("embedding", "adamw", 100, 50, 1e-1, 0.1),
    *(("embedding", "adamw", 10, 50, 1e-1, penalty) for penalty in (0.0, 1.0)),
    *(("adapter", "muon", *amount, 2e-2, 0.0) for amount in AMOUNTS),
]
"""What is tuned, by what, sentences, steps, learning rate, penalty."""


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, default=Path("runs/text/all"))
    parser.add_argument("--bundle", default="runs/generator-mini-held-out/bundle", help="the generator")
    parser.add_argument("--out", type=Path, default=Path("docs/results/few_sentences.json"))
    args = parser.parse_args()
    rows = json.loads(args.out.read_text())["rows"] if args.out.exists() else []
    bundle = hg.Bundle.load(args.bundle)
    tokenizer = hg.load_tokenizer(bundle.backbone.name)
    model = bundle.model(hg.load_backbone(bundle.backbone.name))
    rule = masking_rules(tokenizer, groups=["lines"], objectives={})["lines"]
    few: dict[str, list[torch.Tensor]] = {}
    test: dict[str, list[Batch]] = {}
    for language in LANGUAGES:
        text = read_lines(args.text, language=language)
        random.Random(0).shuffle(text)
        lines = Lines.of(text, tokenizer=tokenizer, held_back=0.1)
        few[language] = list(lines.train)
        test[language] = held_back_batches(
            lines.held_back, language=language, tokenizer=tokenizer, rule=rule, max_lines=NUM_TEST, repeats=4
        )
    own = bundle.source
    before = {each: _mean(batch_losses(model, test[each], adapter=own(each))) for each in LANGUAGES}
    for what, optimizer, sentences, steps, lr, penalty in GRID:
        told = {"what": what, "optimizer": optimizer, "sentences": sentences, "steps": steps, "lr": lr,
                "penalty": penalty}  # fmt: skip
        if any(all(row[name] == value for name, value in told.items()) for row in rows):
            continue
        source = start_of(own, LANGUAGES, what=what, penalty=penalty)
        data = LineBatches(
            {each: few[each][:sentences] for each in LANGUAGES}, tokenizer=tokenizer, rule=rule, num_batches=steps
        )
        began = time.monotonic()
        tune(model, source, DataLoader(data, batch_size=None), steps=steps, lr=lr, optimizer=optimizer)
        seconds = round(time.monotonic() - began, 1)
        after = {each: _mean(batch_losses(model, test[each], adapter=source(each))) for each in LANGUAGES}
        rows += [
            told | {"language": each, "before": before[each], "loss": after[each], "seconds": seconds}
            for each in LANGUAGES
        ]
        print(told, _mean(list(before.values())), _mean(list(after.values())), seconds, flush=True)
        command = f"python scripts/results/few_sentences.py --text {args.text} --bundle {args.bundle} --out {args.out}"
        write_json_atomically(args.out, {**provenance(seeds=[0], command=command), "rows": rows})


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 4)


if __name__ == "__main__":
    with quiet():
        main()
