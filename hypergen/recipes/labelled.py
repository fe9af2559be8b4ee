"""From what a command was told to a task and its labelled sentences: those to train on, to choose by, to score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypergen.errors import NoSplitError, TaskError
from hypergen.recipes.arguments import LabelledArgs
from hypergen.recipes.checks import check_counts

if TYPE_CHECKING:
    from hypergen.data.tasks.layouts import Split
    from hypergen.data.tasks.sentences import Sentence, Sentences
    from hypergen.data.tasks.task import Task


def task_of(name: str, *, labelled: LabelledArgs) -> Task:
    """The task of that name, with a label set of one's own if one was given, and without types that are left out.

    Raises:
        TaskError: One was given and is empty.
    """
    from hypergen.data.tasks.task import TASKS

    task = TASKS[name]
    if labelled.labels is not None:
        if not labelled.labels:
            raise TaskError("data.labels has no label; name them, such as '[negative, positive]', or leave it out.")
        return replace(task, labels=tuple(labelled.labels))
    kept = tuple(label for label in task.labels if label.partition("-")[2] not in labelled.leave_out_types)
    return replace(task, labels=kept) if labelled.leave_out_types else task


def sentences_of(labelled: LabelledArgs, *, task: Task, split: Split) -> dict[str, list[Sentence]]:
    """The sentences of one split by language.

    Raises:
        TaskError: Neither a directory nor a data set was named, or both; or what their readers refuse.
        HypergenError: The most of something is below 1.
    """
    from hypergen.data.tasks.entities import without_types
    from hypergen.data.tasks.hub import read_hub
    from hypergen.data.tasks.layouts import read_split

    check_counts({"data.max_tokens": labelled.max_tokens, "data.max_sentences": labelled.max_sentences})
    languages = labelled.languages or None
    if (labelled.directory is None) is (labelled.hub is None):
        raise TaskError("give either --data.directory DIR or --data.hub NAME, where the labelled sentences are.")
    if labelled.directory is not None:
        found = read_split(labelled.directory, task=task, split=split, languages=languages)
    else:
        found = read_hub(str(labelled.hub), task=task, split=split, languages=languages)
    return without_types(found, labelled.leave_out_types) if labelled.leave_out_types else found


def training_and_development(
    data: LabelledArgs, *, task: Task, keep_overlaps: bool
) -> tuple[dict[str, list[Sentence]], dict[str, list[Sentence]], int]:
    """Training and development data of the source languages, and how many training sentences were taken out.

    Raises:
        TaskError: What is read, also that to find overlaps in, is malformed; or all sentences of a language overlap.
    """
    from hypergen.data.tasks.overlaps import without_overlaps

    training = sentences_of(data, task=task, split="train")
    held = sentences_of(replace(data, languages=data.languages or sorted(training)), task=task, split="dev")
    development = {language: held[language] for language in training}
    check_labels(task, training, development)
    if keep_overlaps:
        return training, development, 0
    kept = without_overlaps(training, *_held_back(data, task=task, sources=sorted(training)))
    if gone := sorted(language for language, several in kept.items() if not several):
        raise TaskError(
            f"all {len(training[gone[0]])} training sentences of {gone[0]} are in development or test data too; give "
            "others, or train on them all the same with --keep_overlaps true."
        )
    removed = sum(map(len, training.values())) - sum(map(len, kept.values()))
    return {language: list(several) for language, several in kept.items()}, development, removed


def _held_back(data: LabelledArgs, *, task: Task, sources: list[str]) -> list[Sentences]:
    """Development and test data: of all languages in a directory; of a data set on the hub, of the sources."""
    asked = [[]] if data.directory is not None else [[source] for source in sources]
    held: list[Sentences] = []
    for languages in asked:
        for split in ("dev", "test"):
            with suppress(NoSplitError):  # what is malformed is told: training may overlap with it
                held.append(sentences_of(replace(data, languages=languages), task=task, split=split))
    return held


def longest_of(data: LabelledArgs, *, told: int, config: Any) -> int:
    """The most tokens a sentence may have: what the model reads, or fewer if that was asked for.

    Args:
        data: Where fewer may be asked for.
        told: What the tokenizer says the model reads.
        config: The backbone's configuration, which knows how many positions there are.
    """
    from hypergen.backbones import num_positions

    limits = (told, num_positions(config), data.max_tokens)
    return min(limit for limit in limits if limit is not None)


def class_weights(task: Task, sentences: Sentences) -> list[float]:
    """A weight for each label with which all labels that occur weigh the same together, 1 on average over words.

    ``w_c = n / (k n_c)`` for a label that occurs ``n_c`` times among ``n``, of ``k`` that occur; 1 for the others.
    """
    counts = Counter(label for several in sentences.values() for sentence in several for label in sentence.labels)
    total = counts.total()
    return [total / (len(counts) * counts[label]) if label in counts else 1.0 for label in task.labels]


def check_labels(task: Task, *several: Sentences) -> None:
    """Check that every label is one of the task's.

    Raises:
        TaskError: For the first that is not, with its place.
    """
    for sentences in several:
        for of_language in sentences.values():
            for sentence in of_language:
                task.columns(sentence)


def check_seen(counts: Mapping[str, int] | None, sentences: Sentences) -> None:
    """Check that training had every label; where a bundle does not say what it had (``None``), nothing is checked.

    Raises:
        TaskError: For the first that it had not, with its place.
    """
    if counts is None:
        return
    for sentence in (each for several in sentences.values() for each in several):
        for number, label in enumerate(sentence.labels):
            if label not in counts:
                raise TaskError(
                    f"{sentence.where_of(number)} has the label {label!r}, which no training sentence had; leave it "
                    "out (entities: --data.leave_out_types), or count it as wrong with --data.score_unseen true."
                )


def told_sizes(sizes: Mapping[str, int], *, too_long: int) -> str:
    """How many sentences there are, and how many were left out."""
    return f"{sum(sizes.values()):,} sentences" + (f" ({too_long} were too long)" if too_long else "")
