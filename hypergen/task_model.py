"""A model of a task: frozen backbone, language adapters, task adapter and head, called with a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from hypergen.adapters.core import Adapter
from hypergen.data.tasks.batches import FixedBatches, TaskBatch
from hypergen.data.tasks.encoding import Encoder
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import Task
from hypergen.model import AdaptedModel

__all__ = ["TaskModel"]


@dataclass(frozen=True, eq=False)
class TaskModel:
    """``head(backbone(language adapter, then task adapter))``: what is trained in one language predicts in any other.

    Attributes:
        task: What is labelled.
        model: The frozen backbone, with hooks at the sites of the adapters.
        head: From hidden states to labels (:class:`hypergen.heads.Head`).
        adapter: The task adapter, called with nothing; ``None`` for the head alone.
        languages: Languages -> adapters, called with a sequence; ``None`` for no language adapters.
        leave_out: Paths of sites where the language adapter does not act (MAD-X 2.0: those of the last layer).
    """

    task: Task
    model: AdaptedModel
    head: Any
    adapter: Callable[[], Adapter] | None = None
    languages: Callable[[Sequence[str]], Adapter] | None = None
    leave_out: tuple[str, ...] = ()

    def hidden(self, batch: TaskBatch, *, language: Adapter | None = None) -> Float[Tensor, "batch tokens d"]:
        """The last hidden states, with the adapters of the batch's languages (or ``language``) and of the task."""
        adapters = []
        if language is None and self.languages is not None:
            language = self.languages(batch.languages)
        if language is not None:
            adapters.append(language.without(self.leave_out) if self.leave_out else language)
        if self.adapter is not None:
            adapters.append(self.adapter())
        inputs = {"input_ids": batch.input_ids, "attention_mask": batch.attention_mask}
        return self.model.hidden(adapters=adapters, **inputs).float()

    def predict(self, batch: TaskBatch) -> list[Sentence]:
        """The batch's sentences with what the model says of them."""
        columns: list[list[list[int]]] = self.head.predict(self.hidden(batch), batch.places).tolist()
        lengths = (batch.places >= 0).sum(1).tolist()
        rows = zip(batch.sentences, columns, lengths, strict=True)
        return [self.task.labelled(sentence, row[:length]) for sentence, row, length in rows]

    def label(self, sentences: Sequence[Sentence], *, language: str, encoder: Encoder) -> list[Sentence]:
        """Sentences of one language, labelled, in their order; those that are too long for the encoder are refused.

        Args:
            sentences: Words; labels that are there already are ignored.
            language: ISO 639-3.
            encoder: How they are encoded.

        Raises:
            TaskError: A sentence is too long, or there is none.
        """
        bare = [Sentence(sentence.words, place=sentence.place) for sentence in sentences]
        self.head.eval()
        found: dict[int, Sentence] = {}
        with torch.no_grad():
            for batch in FixedBatches({language: bare}, encoder=replace(encoder, on_long="stop")):
                found |= {id(given): each for given, each in zip(batch.sentences, self.predict(batch), strict=True)}
        return [found[id(sentence)] for sentence in bare]
