"""Transfer: how well a task that was trained in some languages is done in others, beside the majority class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch

from hypergen.data.tasks.batches import FixedBatches, TaskBatch
from hypergen.data.tasks.entities import without_types
from hypergen.data.tasks.sentences import Sentence
from hypergen.errors import TaskError
from hypergen.task_model import TaskModel

__all__ = ["Majority", "TransferScore", "predictions", "transfer_scores"]


@dataclass(frozen=True)
class TransferScore:
    """How well a task is done in one language; scores are from 0 to 1."""

    language: str
    scores: Mapping[str, float]
    """The task's own metric first."""
    majority: float
    """That metric for the most frequent label of the training data, everywhere."""
    unknown: float
    """Share of the pieces that are [UNK], of which the backbone knows nothing."""
    sentences: int
    words: int

    @property
    def score(self) -> float:
        """The task's own metric."""
        return next(iter(self.scores.values()))


@dataclass(frozen=True)
class Majority:
    """A model that has only counted: the most frequent label everywhere; in trees, a chain of all words."""

    label: str
    head: Literal["before", "after"] = "before"
    """Which neighbour a word in a tree hangs on; the first (or last) word is the root."""

    @classmethod
    def of(cls, sentences: Iterable[Sentence]) -> Majority:
        """What is most frequent in these.

        Raises:
            TaskError: There is no label to count.
        """
        several = list(sentences)
        counts = Counter(label for sentence in several for label in sentence.labels)
        if not counts:
            raise TaskError("the most frequent label was asked for and no sentence has one; give labelled sentences.")
        offsets = Counter(word - head for sentence in several for word, head in enumerate(sentence.heads, 1) if head)
        return cls(counts.most_common(1)[0][0], "before" if offsets[1] >= offsets[-1] else "after")

    def __call__(self, sentence: Sentence) -> Sentence:
        """The sentence with these labels."""
        size = len(sentence.words)
        chain = range(size) if self.head == "before" else [*range(2, size + 1), 0]
        return replace(sentence, labels=(self.label,) * size, heads=tuple(chain) if sentence.heads else ())


def transfer_scores(
    model: TaskModel,
    batches: FixedBatches,
    *,
    majority: Majority,
    leave_out_types: Collection[str] = (),
    keep: Callable[[str, Sequence[Sentence]], None] | None = None,
) -> Iterator[TransferScore]:
    """Scores, language after language, in whatever batches they are.

    Args:
        model: The model, put in evaluation mode.
        batches: Labelled sentences.
        majority: Counted on the training data.
        leave_out_types: Types of entities that the sentences do not label: what is predicted of them counts as none.
        keep: Called with each language and its predictions in the order of its sentences, say to write them.

    Raises:
        TaskError: A sentence has no labels, or one that the task does not know.
    """
    found: dict[int, Sentence] = {}
    for batch, labelled in predictions(model, batches):
        found |= {id(sentence): each for sentence, each in zip(batch.sentences, labelled, strict=True)}
    unknown = batches.unknown
    for language, gold in batches.sentences.items():
        predicted = without_types({language: [found[id(sentence)] for sentence in gold]}, leave_out_types)[language]
        if keep is not None:
            keep(language, predicted)
        yield TransferScore(
            language=language,
            scores=model.task.scores(gold, predicted),
            majority=model.task.scores(gold, [majority(sentence) for sentence in gold])[model.task.metric],
            unknown=unknown[language],
            sentences=len(gold),
            words=sum(len(sentence.words) for sentence in gold),
        )


def predictions(model: TaskModel, batches: Iterable[TaskBatch]) -> Iterator[tuple[TaskBatch, list[Sentence]]]:
    """Each batch with what the model says of its sentences, in evaluation mode and without gradients."""
    model.model.eval()
    for part in (model.head, model.adapter, model.languages):
        if isinstance(part, torch.nn.Module):
            part.eval()
    for batch in batches:
        with torch.no_grad():
            found = model.predict(batch)
        yield batch, found
