"""``hypergen evaluate --task``: a task that was trained in some languages, in any number of others."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hypergen.recipes.arguments import LabelledArgs
from hypergen.recipes.evaluate import groups_of
from hypergen.recipes.labelled import sentences_of, told_sizes
from hypergen.recipes.quiet import quiet

if TYPE_CHECKING:
    from hypergen.data.tasks.sentences import Sentence
    from hypergen.evaluation.tables import Table
    from hypergen.evaluation.transfer import TransferScore

_SUFFIXES = {"token": ".conll", "sequence": ".tsv", "arc": ".conllu"}


def evaluate_task(
    task: Path,
    *,
    data: LabelledArgs,
    split: Literal["train", "dev", "test"],
    bundle: str,
    backbone: str | None,
    splits: Path | None,
    precision: Literal["float32", "bfloat16"],
    predictions: Path | None,
    out: Path | None,
) -> None:
    """Print a table of scores by language and one of means by group; write predictions and a JSON file if asked to.

    Args:
        task: A task bundle.
        data: Which labelled sentences.
        split: Which part of them.
        bundle: The language adapters that the task was trained over; not read where it was trained over none.
        backbone: By default the one that the task names.
        splits: A file such as configs/languages/splits.yaml, to group languages by what has seen them.
        precision: What the backbone is held in.
        predictions: A directory for a file of each language's predictions.
        out: A JSON file for the scores.
    """
    import torch
    from rich.console import Console

    from hypergen.backbones import load_backbone, load_tokenizer
    from hypergen.bundle import Bundle
    from hypergen.data.tasks.batches import FixedBatches
    from hypergen.data.tasks.encoding import Encoder
    from hypergen.data.tasks.writing import write_labelled
    from hypergen.evaluation.groups import read_splits
    from hypergen.evaluation.report import provenance, write_json_atomically
    from hypergen.evaluation.tables import rich_table
    from hypergen.evaluation.transfer import Majority, transfer_scores
    from hypergen.task_bundle import TaskBundle

    console = Console()
    known = None if splits is None else read_splits(splits)
    loaded = TaskBundle.load(task)
    languages = None if loaded.over is None else Bundle.load(bundle)
    sentences = sentences_of(data, task=loaded.task, split=split)

    def write(language: str, found: Sequence[Sentence]) -> None:
        if predictions is not None:
            write_labelled(predictions / f"{language}{_SUFFIXES[loaded.task.kind]}", found, task=loaded.task)

    with quiet():
        name = backbone or loaded.backbone.name
        model = loaded.model(load_backbone(name, dtype=getattr(torch, precision)), languages=languages)
        tokenizer = load_tokenizer(name) if languages is None else languages.tokenizer(load_tokenizer(name))
        encoder = Encoder(loaded.task, tokenizer, max_tokens=data.max_tokens, on_long=data.on_long)
        batches = FixedBatches(sentences, encoder=encoder, max_sentences=data.max_sentences)
        majority = Majority(**loaded.metrics["majority"])
        scores = list(transfer_scores(model, batches, majority=majority, keep=write))
    groups = groups_of([score.language for score in scores], splits=known) | dict.fromkeys(
        (score.language for score in scores if score.language in loaded.languages), "source"
    )
    told = told_sizes(batches.sizes, of=sentences)
    console.print(f"{loaded.task.name}, trained in {', '.join(loaded.languages)}, scored on {told}")
    for table in tables(scores, groups=groups, metric=loaded.task.metric):
        console.print(rich_table(table))
    if out is not None:
        given = {"task": task, "data": asdict(data), "split": split, "bundle": bundle, "backbone": backbone,
                 "splits": splits, "precision": precision}  # fmt: skip
        command = f"hypergen evaluate --config {shlex.quote(json.dumps(given, default=str))}"
        rows = [{**asdict(score), "group": groups[score.language], "task": loaded.task.name} for score in scores]
        seed = loaded.metrics.get("seed", 0)
        write_json_atomically(out, {**provenance(seeds=[seed], command=command), "rows": rows})


def tables(scores: Sequence[TransferScore], *, groups: Mapping[str, str], metric: str) -> list[Table]:
    """One table by language and one of means by group: the task's metric, the majority class's, and the difference."""
    from hypergen.evaluation.tables import Table

    others = list(scores[0].scores)[1:]
    by_language = [
        (
            score.language,
            groups[score.language],
            str(score.sentences),
            f"{score.unknown:.1%}",
            f"{score.majority:.3f}",
            f"{score.score:.3f}",
            *(f"{score.scores[name]:.3f}" for name in others),
        )
        for score in scores
    ]
    by_group = []
    for group in sorted(set(groups.values())):
        several = [score for score in scores if groups[score.language] == group]
        means = [sum(column) / len(several) for column in zip(*((s.majority, s.score) for s in several), strict=True)]
        by_group.append((group, str(len(several)), f"{means[0]:.3f}", f"{means[1]:.3f}", f"{means[1] - means[0]:+.3f}"))
    return [
        Table(
            f"{metric} by language",
            ("language", "group", "sentences", "[UNK]", "majority", metric, *others),
            tuple(by_language),
        ),
        Table("Means over languages", ("group", "languages", "majority", metric, "difference"), tuple(by_group)),
    ]
