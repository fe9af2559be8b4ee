"""``hypergen evaluate --task``: a task that was trained in some languages, in any number of others."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hypergen.errors import TaskError, UnknownLanguageError
from hypergen.languages import Language
from hypergen.recipes.arguments import LabelledArgs
from hypergen.recipes.evaluate import groups_of
from hypergen.recipes.labelled import check_seen, longest_of, sentences_of, told_sizes
from hypergen.recipes.one_for_all import check_acts_in, languages_under
from hypergen.recipes.quiet import quiet

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from hypergen.data.tasks.batches import FixedBatches
    from hypergen.data.tasks.encoding import Encoder
    from hypergen.data.tasks.sentences import Sentence
    from hypergen.evaluation.tables import Table
    from hypergen.evaluation.transfer import TransferScore

_TOGETHER = 4
"""Languages a batch."""


def evaluate_task(
    task: Path,
    *,
    data: LabelledArgs,
    split: Literal["train", "dev", "test"],
    bundle: str,
    one_for_all: bool,
    any_bundle: bool,
    backbone: str | None,
    splits: Path | None,
    precision: Literal["float32", "bfloat16"],
    predictions: Path | None,
    supervised: Path | None,
    out: Path | None,
) -> None:
    """Print a table of scores by language and one of means by group; write predictions and a JSON file if asked to.

    Args:
        task: A task bundle.
        data: Which labelled sentences.
        split: Which part of them.
        bundle: The language adapters that the task was trained over.
        one_for_all: Whether a bundle of one language's adapter may act in every language.
        any_bundle: Whether ``bundle`` may be another than the task was trained over.
        backbone: By default the one that the task names.
        splits: A file such as configs/languages/splits.yaml, to group languages by what has seen them.
        precision: What the backbone is held in.
        predictions: A directory for a file of each language's predictions.
        supervised: A directory of runs in one language each, whose own scores stand beside.
        out: A JSON file for the scores.

    Raises:
        TaskError: Labelled sentences are missing or malformed, or have a label that training had not.
        BundleError: A bundle cannot be read, is not the one that the task was trained over, or was given where it was
            trained over none.
    """
    import torch
    from rich.console import Console

    from hypergen.backbones import load_backbone, load_tokenizer
    from hypergen.data.tasks.batches import FixedBatches
    from hypergen.data.tasks.encoding import Encoder
    from hypergen.data.tasks.writing import suffix_for, write_labelled
    from hypergen.evaluation.groups import read_splits
    from hypergen.evaluation.report import provenance, write_json_atomically
    from hypergen.evaluation.tables import rich_table
    from hypergen.evaluation.transfer import Majority, transfer_scores
    from hypergen.task_bundle import TaskBundle

    console = Console()
    known = None if splits is None else read_splits(splits)
    loaded = TaskBundle.load(task)
    languages = languages_under(
        loaded, given=task, bundle=bundle, any_bundle=any_bundle, used_besides=supervised is not None
    )
    sentences = sentences_of(data, task=loaded.task, split=split)
    if not data.score_unseen:
        check_seen(loaded.metrics.get("labels"), sentences)
    others = check_acts_in(
        languages, sentences, given=bundle if languages else str(task), one_for_all=one_for_all,
        fused_in=loaded.languages,
    )  # fmt: skip

    def write(language: str, found: Sequence[Sentence]) -> None:
        if predictions is not None:
            write_labelled(predictions / f"{language}{suffix_for(found, task=loaded.task)}", found, task=loaded.task)

    with quiet():
        name = backbone or loaded.backbone.name
        load = partial(load_backbone, name, dtype=getattr(torch, precision))
        model = loaded.model(load(), languages=languages, any_bundle=any_bundle)
        tokenizer = load_tokenizer(name) if languages is None else languages.tokenizer(load_tokenizer(name))
        longest = longest_of(data, told=tokenizer.model_max_length, config=model.model.backbone.config)
        encoder = Encoder(loaded.task, tokenizer, max_tokens=longest, on_long=data.on_long)
        batches = FixedBatches(
            sentences, encoder=encoder, languages_per_batch=_TOGETHER, max_sentences=data.max_sentences
        )
        majority = Majority(**loaded.metrics["majority"])
        scores = list(
            transfer_scores(model, batches, majority=majority, keep=write, leave_out_types=data.leave_out_types)
        )
        inside = (
            {}
            if supervised is None
            else _supervised(supervised, batches=batches, encoder=encoder, load=load, bundle=bundle, data=data)
        )
    groups = groups_of([score.language for score in scores], splits=known) | dict.fromkeys(
        (score.language for score in scores if score.language in loaded.languages), "source"
    )
    told = told_sizes(batches.sizes, too_long=batches.too_long)
    console.print(f"{loaded.task.name}, trained in {', '.join(loaded.languages)}, scored on {told}")
    if languages is not None and others:
        console.print(f"The adapter of {', '.join(languages.languages)} acts in {', '.join(others)} too.")
    for table in tables(scores, groups=groups, metric=loaded.task.metric, supervised=inside):
        console.print(rich_table(table))
    if out is not None:
        given = {"task": task, "data": asdict(data), "split": split, "bundle": bundle, "one_for_all": one_for_all,
                 "any_bundle": any_bundle, "backbone": backbone, "splits": splits, "precision": precision,
                 "supervised": supervised}  # fmt: skip
        command = f"hypergen evaluate --config {shlex.quote(json.dumps(given, default=str))}"
        rows = [
            {**asdict(score), "group": groups[score.language], "task": loaded.task.name,
             "supervised": inside.get(score.language)}
            for score in scores
        ]  # fmt: skip
        seed = loaded.metrics.get("seed", 0)
        write_json_atomically(out, {**provenance(seeds=[seed], command=command), "rows": rows})


def tables(
    scores: Sequence[TransferScore],
    *,
    groups: Mapping[str, str],
    metric: str,
    supervised: Mapping[str, float] | None = None,
) -> list[Table]:
    """One table by language and one of means by group: the task's metric, the majority class's, and the difference.

    Where a language has a score of a model trained in it, that stands beside.

    Differences have a 95 % interval over genera; a group of one genus has none.
    """
    from hypergen.evaluation.statistics import paired_difference
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
            *([f"{supervised[score.language]:.3f}" if score.language in supervised else "–"] if supervised else []),
            *(f"{score.scores[name]:.3f}" for name in others),
        )
        for score in scores
    ]
    by_group = []
    for group in sorted(set(groups.values())):
        several = [score for score in scores if groups[score.language] == group]
        majority = {score.language: score.majority for score in several}
        found = {score.language: score.score for score in several}
        gain = paired_difference(found, majority, genus={language: _genus_of(language) for language in found})
        interval = f" [{gain.low:+.3f}, {gain.high:+.3f}]" if gain.num_genera > 1 else ""
        means = [f"{sum(each.values()) / len(several):.3f}" for each in (majority, found)]
        by_group.append((group, str(len(several)), *means, f"{gain.mean:+.3f}{interval}"))
    return [
        Table(
            f"{metric} by language",
            (
                *("language", "group", "sentences", "[UNK]", "majority", metric),
                *(("in-language",) if supervised else ()),
                *others,
            ),
            tuple(by_language),
        ),
        Table("Means over languages", ("group", "languages", "majority", metric, "difference"), tuple(by_group)),
    ]


def _supervised(
    directory: Path,
    *,
    batches: FixedBatches,
    encoder: Encoder,
    load: Callable[[], PreTrainedModel],
    bundle: str,
    data: LabelledArgs,
) -> dict[str, float]:
    """Of each language with a run of its own, the score there of what was trained in it, on the same sentences.

    Raises:
        TaskError: There is no such run, or one is of another task.
    """
    from hypergen.bundle import Bundle
    from hypergen.data.tasks.batches import FixedBatches
    from hypergen.evaluation.transfer import Majority, transfer_scores
    from hypergen.task_bundle import TaskBundle

    there = {language: path for language in batches.sizes if (path := directory / language / "bundle").exists()}
    if not there:
        raise TaskError(
            f"{directory} holds no run of {', '.join(batches.sizes)}; expected bundles such as "
            f"{directory / next(iter(batches.sizes)) / 'bundle'}, written by hypergen train-task."
        )
    found: dict[str, float] = {}
    for language, path in there.items():
        loaded = TaskBundle.load(path)
        if loaded.task != encoder.task or loaded.languages != (language,):
            raise TaskError(
                f"{path} is {loaded.task.name} in {', '.join(loaded.languages)}; expected {encoder.task.name} with the "
                f"same labels, trained in {language} alone."
            )
        own = loaded.model(load(), languages=None if loaded.over is None else Bundle.load(bundle))
        alone = FixedBatches({language: batches.sentences[language]}, encoder=encoder)
        majority = Majority(**loaded.metrics["majority"])
        (score,) = transfer_scores(own, alone, majority=majority, leave_out_types=data.leave_out_types)
        found[language] = score.score
    return found


def _genus_of(language: str) -> str:
    """The genus of a language; of one that is not known here, a genus of its own."""
    try:
        return Language.parse(language).genus or language
    except UnknownLanguageError:
        return language
