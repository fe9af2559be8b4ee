"""What a task is: which labels, of what, and how predictions are scored; and the five that come with hypergen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from hypergen.data.tasks.scores import METRICS, Metric
from hypergen.data.tasks.sentences import Sentence
from hypergen.errors import TaskError

__all__ = ["NER", "PARSING", "POS", "SENTIMENT", "TASKS", "TOPICS", "Kind", "Task", "ner"]

Kind = Literal["token", "sequence", "arc"]


@dataclass(frozen=True)
class Task:
    """A label set, what it labels, and the score that models are chosen by.

    *Columns* are what a head learns of a word: the number of its label, after the number of its head in a tree.

    Raises:
        TaskError: fewer than two labels, or one of them twice; labels of entities that are no IOB2.
    """

    name: str
    kind: Kind
    """``token``: a label for each word; ``sequence``: one for a text; ``arc``: a head and a relation for each word."""
    labels: tuple[str, ...]
    metric: Metric

    def __post_init__(self) -> None:
        if len(set(self.labels)) != len(self.labels) or len(self.labels) < 2:
            raise TaskError(f"{self.name} has the labels {', '.join(self.labels)}; expected two or more, each once.")
        is_iob2 = "O" in self.labels and all(re.fullmatch("O|[BI]-.+", label) for label in self.labels)
        if self.metric == "span_f1" and not is_iob2:
            raise TaskError(
                f"{self.name} has the labels {', '.join(self.labels)}; entities are scored in IOB2: expected O, and "
                "B- or I- before the type."
            )

    @property
    def num_columns(self) -> int:
        """Two for trees, one for labels alone."""
        return 2 if self.kind == "arc" else 1

    def columns(self, sentence: Sentence) -> list[list[int]]:
        """The columns of each word.

        Raises:
            TaskError: a label that is none of the task's; labels or heads that are missing; several words where the
                task labels whole texts.
        """
        if not sentence.labels or (self.kind == "arc" and not sentence.heads):
            missing = "labels" if not sentence.labels else "heads"
            raise TaskError(f"{sentence.where} has no {missing}, which {self.name} is learned and scored by; add them.")
        if self.kind == "sequence" and len(sentence.words) > 1:
            raise TaskError(f"{sentence.where} has {len(sentence.words)} words; {self.name} expects one text, unsplit.")
        numbers = {label: number for number, label in enumerate(self.labels)}
        unknown = next((n for n, label in enumerate(sentence.labels) if label not in numbers), None)
        if unknown is not None:
            raise TaskError(
                f"{sentence.where_of(unknown)} has the label {sentence.labels[unknown]!r}, which {self.name} does not "
                f"know; its labels are {', '.join(self.labels)}. Correct it, leave it out (entities: "
                "--data.leave_out_types), or give a label set that has it (--data.labels)."
            )
        labels = [numbers[label] for label in sentence.labels]
        if self.kind == "arc":
            return [[head, label] for head, label in zip(sentence.heads, labels, strict=True)]
        return [[label] for label in labels]

    def labelled(self, sentence: Sentence, columns: Sequence[Sequence[int]]) -> Sentence:
        """The same words with what these columns say: the inverse of `columns`."""
        heads = tuple(column[0] for column in columns) if self.kind == "arc" else ()
        return replace(sentence, labels=tuple(self.labels[column[-1]] for column in columns), heads=heads)

    def scores(self, gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> dict[str, float]:
        """Scores from 0 to 1 by name, the task's own metric first.

        Raises:
            TaskError: there is nothing to score, or what is right is missing or no label of the task.
        """
        if not gold:
            raise TaskError(f"no sentence was given to score {self.name} on; give at least one.")
        for sentence in gold:
            self.columns(sentence)
        return METRICS[self.metric](gold, predicted)


def ner(*types: str) -> Task:
    """Named entities of these types, with labels in IOB2.

    Example:
        >>> ner("PER", "LOC").labels
        ('O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC')
    """
    return Task("ner", "token", ("O", *(f"{at}-{kind}" for kind in types for at in "BI")), "span_f1")


_UPOS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X"
_RELATIONS = (
    "acl advcl advmod amod appos aux case cc ccomp clf compound conj cop csubj dep det discourse dislocated expl fixed "
    "flat goeswith iobj list mark nmod nsubj nummod obj obl orphan parataxis punct reparandum root vocative xcomp"
)
_TOPICS = ("entertainment", "geography", "health", "politics", "science/technology", "sports", "travel")

POS: Final = Task("pos", "token", tuple(_UPOS.split()), "accuracy")
"""Universal parts of speech."""
PARSING: Final = Task("parsing", "arc", tuple(_RELATIONS.split()), "las")
"""Universal dependencies, relations without their subtypes."""
NER: Final = ner("PER", "ORG", "LOC", "DATE")
"""Named entities as MasakhaNER has them."""
TOPICS: Final = Task("topics", "sequence", _TOPICS, "macro_f1")
"""Topics as SIB-200 has them."""
SENTIMENT: Final = Task("sentiment", "sequence", ("negative", "neutral", "positive"), "macro_f1")
"""Sentiment in three classes; for sets with two, ``replace(SENTIMENT, labels=("negative", "positive"))``."""
TASKS: Final = {task.name: task for task in (POS, PARSING, NER, TOPICS, SENTIMENT)}
