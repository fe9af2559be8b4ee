"""How predictions are scored: torchmetrics and seqeval compute, on words; every score is from 0 to 1."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal

from hypergen.data.tasks.sentences import Sentence

if TYPE_CHECKING:
    import torch

__all__ = ["METRICS", "Metric"]

Metric = Literal["accuracy", "macro_f1", "span_f1", "las"]
Score = Callable[[Sequence[Sentence], Sequence[Sentence]], dict[str, float]]


def accuracy(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> dict[str, float]:
    """The share of words with the right label."""
    from torchmetrics.functional.classification import multiclass_accuracy

    numbers = _numbers(gold, predicted)
    right = multiclass_accuracy(
        _tensor(predicted, numbers), _tensor(gold, numbers), num_classes=len(numbers), average="micro"
    )
    return {"accuracy": float(right)}


def macro_f1(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> dict[str, float]:
    """The mean over labels of ``2 P R / (P + R)``, over those that occur as right or predicted; and the accuracy."""
    from torchmetrics.functional.classification import multiclass_f1_score

    numbers = _numbers(gold, predicted)
    f1 = multiclass_f1_score(
        _tensor(predicted, numbers), _tensor(gold, numbers), num_classes=len(numbers), average="macro"
    )
    return {"macro_f1": float(f1), **accuracy(gold, predicted)}


def span_f1(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> dict[str, float]:
    """F1, precision and recall of entities, right if type and both ends are.

    Labels are IOB2. As in CoNLL's own script an ``I-`` that goes on with nothing, or with another type, begins an
    entity. Where nothing is an entity, nothing is right: 0.
    """
    from seqeval.metrics import f1_score, precision_score, recall_score

    right, found = ([list(sentence.labels) for sentence in each] for each in (gold, predicted))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a score without entities is set to 0
        several = {"span_f1": f1_score, "precision": precision_score, "recall": recall_score}
        return {name: float(score(right, found, zero_division=0)) for name, score in several.items()}


def las(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> dict[str, float]:
    """The share of words with the right head and relation (LAS), and with the right head (UAS), punctuation too.

    On given words these are the official scorer's (PyPI ``udtools``), to which ``tests/parity`` compares them; it is
    under the GPL, so it is not imported here.
    """
    words = [
        (head == right_head, head == right_head and label == right_label)
        for right, found in zip(gold, predicted, strict=True)
        for right_head, head, right_label, label in zip(
            right.heads, found.heads, right.labels, found.labels, strict=True
        )
    ]
    attached, both = zip(*words, strict=True)
    return {"las": sum(both) / len(words), "uas": sum(attached) / len(words)}


METRICS: Final[Mapping[Metric, Score]] = {
    "accuracy": accuracy,
    "macro_f1": macro_f1,
    "span_f1": span_f1,
    "las": las,
}


def _numbers(*several: Iterable[Sentence]) -> dict[str, int]:
    """A number for each label that occurs, at least two of them as torchmetrics asks."""
    labels = {label for sentences in several for sentence in sentences for label in sentence.labels} | {"", " "}
    return {label: number for number, label in enumerate(sorted(labels))}


def _tensor(sentences: Iterable[Sentence], numbers: Mapping[str, int]) -> torch.Tensor:
    import torch

    return torch.tensor([numbers[label] for sentence in sentences for label in sentence.labels])
