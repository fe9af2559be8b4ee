"""``hypergen prompt``: what a decoder makes of a task from a few examples in its prompt, with nothing trained."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from hypergen.errors import UnknownLanguageError
from hypergen.recipes.arguments import LabelledArgs
from hypergen.recipes.evaluate import groups_of
from hypergen.recipes.labelled import sentences_of, task_of, told_sizes
from hypergen.recipes.quiet import quiet


def prompt(
    *,
    task: Literal["topics", "sentiment"],
    backbone: str,
    data: LabelledArgs,
    split: Literal["train", "dev", "test"] = "test",
    shots: int = 7,
    examples_in: str | None = None,
    bundle: str | None = None,
    splits: Path | None = None,
    precision: Literal["float32", "bfloat16"] = "float32",
    batch_tokens: int = 8192,
    seed: int = 0,
    predictions: Path | None = None,
    out: Path | None = None,
) -> None:
    """Score a decoder on a task by prompting it: examples, then each text; the likeliest label is its answer.

    Labels are chosen in two ways, each scored: by the sum of the log-likelihoods of a label's tokens, and by the mean.

    Args:
        task: Which task.
        backbone: Any model that predicts the next token: a directory, or a name on the hub.
        data: Which labelled sentences; ``--data.languages`` are those that are scored. ``--data.max_tokens`` and
            ``--data.on_long`` are of a text's whole prompt, with its label.
        split: Which part of them.
        shots: Examples in the prompt, of training sentences, labels taking turns; 0 for none. No text is among its own.
        examples_in: The language of the examples; by default each language's own.
        bundle: Language adapters to prompt with: a directory that hypergen wrote.
        splits: A file such as configs/languages/splits.yaml, to group languages by what has seen them.
        precision: What the backbone is held in.
        batch_tokens: Tokens a batch.
        seed: Of the examples.
        predictions: A directory for a file of each language's predictions, of both ways.
        out: A JSON file for the scores.
    """
    import torch
    from rich.console import Console
    from rich.progress import Progress

    from hypergen.backbones import load_decoder, load_tokenizer
    from hypergen.bundle import Bundle
    from hypergen.data.tasks.batches import evenly_spaced
    from hypergen.data.tasks.writing import write_labelled
    from hypergen.evaluation.groups import read_splits
    from hypergen.evaluation.prompting import fitting, prompted, prompts_for
    from hypergen.evaluation.report import provenance, write_json_atomically
    from hypergen.evaluation.tables import Table, rich_table
    from hypergen.evaluation.transfer import Majority
    from hypergen.model import AdaptedModel

    console = Console()
    chosen = task_of(task, labelled=data)
    metric = chosen.metric
    known = None if splits is None else read_splits(splits)
    asked = sentences_of(data, task=chosen, split=split)
    shown = sentences_of(
        replace(data, languages=sorted(asked) if examples_in is None else [examples_in]), task=chosen, split="train"
    )
    groups = groups_of(sorted(asked), splits=known)
    rows: list[dict[str, Any]] = []
    with quiet():
        loaded = None if bundle is None else Bundle.load(bundle)
        network, tokenizer = load_decoder(backbone, dtype=getattr(torch, precision)), load_tokenizer(backbone)
        model = AdaptedModel(network, []) if loaded is None else loaded.model(network)
        tokenizer = tokenizer if loaded is None else loaded.tokenizer(tokenizer)
        for language, sentences in asked.items():
            training = shown[language if examples_in is None else next(iter(shown))]
            given = evenly_spaced(sentences, at_most=data.max_sentences)
            prompts = prompts_for(chosen, given, name=_NAMES[task], training=training, shots=shots, seed=seed)
            texts, prompts = fitting(
                model, given, prompts, tokenizer=tokenizer, max_tokens=data.max_tokens, on_long=data.on_long
            )
            with Progress(console=console, transient=True) as progress, torch.no_grad():
                bar = progress.add_task(language, total=len(texts) * len(chosen.labels))
                found = prompted(
                    model,
                    texts,
                    prompts=prompts,
                    tokenizer=tokenizer,
                    adapters=[] if loaded is None else [_of(loaded, language)],
                    batch_tokens=batch_tokens,
                    on_rows=partial(progress.advance, bar),
                )
            majority = Majority.of(training)
            rows.append({
                "language": language, "group": groups[language], "sentences": len(texts),
                "too_long": len(given) - len(texts),
                **{f"{metric}_{way}": chosen.scores(texts, several)[metric] for way, several in found.items()},
                "majority": chosen.scores(texts, [majority(text) for text in texts])[metric],
            })  # fmt: skip
            if predictions is not None:
                for way, several in found.items():
                    write_labelled(predictions / f"{language}_{way}.tsv", several, task=chosen)
    told = told_sizes({row["language"]: row["sentences"] for row in rows}, too_long=sum(r["too_long"] for r in rows))
    console.print(f"{task} on {backbone}, scored on {told}", markup=False)
    columns = (f"{metric}_sum", f"{metric}_mean", "majority")
    cells = tuple(
        (row["language"], row["group"], str(row["sentences"]), *(f"{row[name]:.3f}" for name in columns))
        for row in rows
    )
    header = ("language", "group", "sentences", f"{metric} by sum", "by mean", "majority")
    console.print(rich_table(Table(f"{task}, {shots} examples", header, cells)))
    if out is not None:
        settings = {
            "task": task, "backbone": backbone, "data": asdict(data), "split": split, "shots": shots,
            "examples_in": examples_in, "bundle": bundle, "splits": splits, "precision": precision,
            "batch_tokens": batch_tokens, "seed": seed,
        }  # fmt: skip
        command = f"hypergen prompt --config {shlex.quote(json.dumps(settings, default=str))}"
        write_json_atomically(out, {**provenance(seeds=[seed], command=command), "rows": rows})


_NAMES = {"topics": "Topic", "sentiment": "Sentiment"}


def _of(bundle: Any, language: str) -> Any:
    """The bundle's adapter of a language.

    Raises:
        UnknownLanguageError: If it is one adapter, of another language.
    """
    if bundle.generator is None and language not in bundle.languages:
        raise UnknownLanguageError(
            f"the bundle holds the adapter of {', '.join(bundle.languages)}, not of {language}; give "
            "another bundle, or that language's data alone."
        )
    return bundle.source(language)
