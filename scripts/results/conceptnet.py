"""Adapters from ConceptNet's edges by three objectives: does what words mean help a model to predict text?

    python scripts/results/conceptnet.py --data "$HYPERGEN_DATA" --out runs/conceptnet --results docs/results/conceptnet

Uyghur (edges), Bulgarian and Malay (sentences of edges): an adapter of ``hypergen-mini`` for each by MLM, FLM and TLM
(a side), from three seeds, stopped when the held-back loss of its own objective gets no better; then the
pseudo-perplexity of SIB-200's test sentences without and with it. A run leaves a file in OUT; what is there is not done
again, so an interrupted script goes on, and RESULTS.json and .md hold what is there.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from conceptnet_adapters import (
    BACKBONE,
    LANGUAGES,
    OBJECTIVES,
    Schedule,
    adapter_bundle,
    command_of,
    commits_of,
    heading,
    once,
    spread,
    write_table,
    write_text,
)

from hypergen.adapters import Adapter
from hypergen.backbones import load_backbone, load_tokenizer
from hypergen.data.objectives import Objective
from hypergen.data.sentences import read_sentences
from hypergen.evaluation.pseudo_perplexity import encode, log_likelihoods, pseudo_score
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.evaluation.tables import markdown_table
from hypergen.model import AdaptedModel
from hypergen.recipes.quiet import quiet

MEASURES: Final = {"published": 0, "per_token": 0, "per_character": 2, "held_back_before": 2, "held_back_after": 2,
                   "best_step": 0}  # fmt: skip
"""What the table shows, and how many digits of it."""
READING: Final = """\
PPPL of SIB-200's test sentences: published (mean over sentences, special tokens included), a token, a character; means
over seeds, [least, most]. The loss before and after is of the objective's own held-back sentences of edges, in nats, so
it is not comparable between objectives; its step is where it was lowest. Uyghur's sentences are made of its edges,
those of Bulgarian and Malay were published as they are, and name words of other languages too. ConceptNet's edges are
CC BY-SA 4.0."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the text, train and score what is missing, and make the table of what is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="conceptnet/ and sib200/ in it")
    parser.add_argument("--out", type=Path, default=Path("runs/conceptnet"))
    parser.add_argument("--results", type=Path, required=True, help="the result, without .json and .md")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=Schedule.steps, help="at most")
    parser.add_argument("--check-every", type=int, default=Schedule.check_every, help="steps between looks at the loss")
    parser.add_argument("--sentences", type=int, default=50, help="test sentences a language, the first ones")
    args = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with quiet():
        write_text(args.data, args.out / "text")
        asked = {
            code: read_sentences(args.data / "sib200" / "test.tsv.xz", only=[name])[name][: args.sentences]
            for code, name in LANGUAGES.items()
        }
        for code in LANGUAGES:
            once(args.out / f"{code}-none.json", partial(row_without, code, asked[code]))
        for seed in args.seeds:
            for objective in OBJECTIVES:
                for code in LANGUAGES:
                    work = partial(row_of, code, asked[code], objective=objective, seed=seed, args=args)
                    once(args.out / f"{code}-{objective}-{seed}.json", work)
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(args.out.glob("*.json"))]
    seeds = sorted({row["seed"] for row in rows if "seed" in row})
    command = command_of("conceptnet.py", vars(args) | {"seeds": seeds})
    told = {"title": "Adapters from ConceptNet", **provenance(seeds=seeds, command=command),
            "commits": commits_of(rows), "rows": rows}  # fmt: skip
    write_json_atomically(args.results.with_suffix(".json"), told)
    write_table(args.results.with_suffix(".md"), document(told))


def row_without(code: str, sentences: Sequence[str]) -> dict[str, Any]:
    """Score the backbone alone."""
    return {"method": "none", **score(code, sentences, None)}


def row_of(
    code: str, sentences: Sequence[str], *, objective: Objective, seed: int, args: argparse.Namespace
) -> dict[str, Any]:
    """Train one adapter, unless it is there, and score it."""
    bundle = adapter_bundle(
        args.out / f"{code}-{objective}-{seed}", text=args.out / "text", name=LANGUAGES[code], objective=objective,
        seed=seed, schedule=Schedule(args.steps, args.check_every), cache=args.out / "cache",
    )  # fmt: skip
    return {
        "method": objective,
        "seed": seed,
        "steps": bundle.metrics["steps"],
        "best_step": bundle.metrics["best_step"],
        "held_back_before": bundle.metrics["before"],
        "held_back_after": bundle.metrics["after"],
        **score(code, sentences, bundle.adapter()),
    }


def score(code: str, sentences: Sequence[str], adapter: Adapter | None) -> dict[str, Any]:
    """The pseudo-perplexity of sentences, with an adapter or none."""
    backbone, tokenizer = load_backbone(BACKBONE), load_tokenizer(BACKBONE)
    config: Any = backbone.config
    encoded = encode(sentences, tokenizer=tokenizer, max_tokens=config.max_position_embeddings - 2)
    model = AdaptedModel(backbone, [] if adapter is None else [adapter.layout])
    values = log_likelihoods(
        model,
        encoded.ids,
        adapters=[] if adapter is None else [adapter],
        mask_id=int(tokenizer.mask_token_id),
        pad_id=int(tokenizer.pad_token_id),
    )
    return asdict(pseudo_score(code, encoded, values))


def document(told: Mapping[str, Any]) -> str:
    """The result as markdown: means over seeds, and how far seeds are apart."""
    rows = []
    for code in LANGUAGES:
        for method in ("none", *OBJECTIVES):
            several = [row for row in told["rows"] if row["language"] == code and row["method"] == method]
            cells = [
                spread([row[name] for row in several if name in row], digits=digits)
                for name, digits in MEASURES.items()
            ]
            if several:
                rows.append([code, method, str(len(several)), *cells])
    share = {row["language"]: row["unknown_share"] for row in told["rows"]}
    unknown = ", ".join(f"{code} {value:.0%}" for code, value in share.items())
    notes = f"{READING} Of the tokens, [UNK] are {unknown}: above 5 %, pseudo-perplexity says little."
    header = ["language", "objective", "seeds", "published", "a token", "a character", "loss before", "after", "step"]
    return "\n\n".join([heading(told), notes, markdown_table(header, rows)]) + "\n"


if __name__ == "__main__":
    main()
