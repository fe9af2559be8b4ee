"""Sampling: which languages each training batch of a task is of, and which of their sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.utils.data import IterableDataset
from torchdata.stateful_dataloader import StatefulDataLoader

from hypergen.data.batches import generator_for
from hypergen.data.sampling import BatchStream, sampling_weights
from hypergen.data.tasks.batches import TaskBatch, encoded_by_language
from hypergen.data.tasks.encoding import Encoded, Encoder
from hypergen.data.tasks.sentences import Sentence, Sentences
from hypergen.errors import TaskError

__all__ = ["TaskSampler", "stream_of", "training_batches"]


class TaskSampler(IterableDataset[TaskBatch]):
    """A stream of training batches that can stop and go on, also inside a `StatefulDataLoader`; of one process.

    For each batch ``languages_per_batch`` distinct languages are drawn, one after the other, with ``p_l ~ n_l ** a``,
    ``n_l`` their sentences. A language's sentences come in a random order without repetition; when all have been seen
    they come in a new order. Iterating goes on where the last iteration stopped.

    Args:
        sentences: By source language.
        encoder: How they are encoded.
        num_batches: Where the stream ends: the trainer's ``max_steps`` times the batches it accumulates.
        batch_size: Rows a batch.
        languages_per_batch: 1 is the published choice, the whole batch of one language. Must divide ``batch_size``.
        exponent: ``a``: 0 draws languages uniformly, as published; 1 by their size.
        max_sentences: The most sentences of all languages together, split evenly among them, as published.
        window: So many batches of a language are put together by length, which saves padding; 1 as published.
        seed: Of languages and orders.

    Attributes:
        too_long: How many sentences were left out because they were too long.

    Raises:
        TaskError: Counts that do not fit together, or a language without a sentence.

    References:
        Ansell et al. (2021), MAD-G, https://aclanthology.org/2021.findings-emnlp.410 (several sources).
    """

    def __init__(
        self,
        sentences: Sentences,
        *,
        encoder: Encoder,
        num_batches: int,
        batch_size: int = 16,
        languages_per_batch: int = 1,
        exponent: float = 0.0,
        max_sentences: int | None = None,
        window: int = 1,
        seed: int = 0,
    ) -> None:
        if window < 1:
            raise TaskError(f"window is {window}; expected 1 batch or more that are put together by length.")
        if languages_per_batch < 1 or batch_size < 1 or batch_size % languages_per_batch:
            raise TaskError(
                f"batch_size is {batch_size} and languages_per_batch {languages_per_batch}; expected counts from 1, "
                "the first a multiple of the second, so that rows split evenly."
            )
        if len(sentences) < languages_per_batch:
            raise TaskError(
                f"{len(sentences)} languages were given and languages_per_batch is {languages_per_batch}; give more "
                "languages, or ask for fewer a batch."
            )
        if max_sentences is not None and max_sentences < len(sentences):
            raise TaskError(
                f"max_sentences is {max_sentences} for {len(sentences)} languages; expected one or more for each."
            )
        share = None if max_sentences is None else max_sentences // len(sentences)
        self._encoded, self.too_long = encoded_by_language(sentences, encoder=encoder, max_sentences=share)
        unlabelled = [row.sentence.where for rows in self._encoded.values() for row in rows if not row.sentence.labels]
        if unlabelled:
            raise TaskError(
                f"{unlabelled[0]} has no labels to learn {encoder.task.name} from; give labelled sentences."
            )
        self._chances = sampling_weights(self.sizes, exponent=exponent)
        self._pad_id = encoder.tokenizer.pad_token_id or 0
        self._num_batches, self._batch_size, self._num_languages = num_batches, batch_size, languages_per_batch
        self._window = window
        self._seed, self._step, self._read = seed, 0, dict.fromkeys(self._encoded, 0)
        told = hashlib.sha256(repr((batch_size, languages_per_batch, exponent, window, seed)).encode())
        for language, rows in sorted(self._encoded.items()):
            told.update(repr((language, [(row.ids, row.places, row.columns) for row in rows])).encode())
        self._identity = told.hexdigest()

    @property
    def sentences(self) -> dict[str, list[Sentence]]:
        """What is drawn from by language, without those that were left out."""
        return {language: [row.sentence for row in rows] for language, rows in self._encoded.items()}

    @property
    def sizes(self) -> dict[str, int]:
        """Sentences by language, without those that were left out."""
        return {language: len(rows) for language, rows in self._encoded.items()}

    def __iter__(self) -> Iterator[TaskBatch]:
        while self._step < self._num_batches:
            rng = generator_for((self._seed, self._step), "languages")
            weights = torch.tensor(list(self._chances.values()), dtype=torch.float64)
            numbers = torch.multinomial(weights, self._num_languages, generator=rng).tolist()
            languages = tuple(list(self._chances)[number] for number in numbers)
            rows = [row for language in languages for row in self._next(language)]
            self._step += 1  # before the batch is handed out: a state taken then must not give it again
            yield TaskBatch.of(rows, languages=languages, pad_id=self._pad_id)

    def __len__(self) -> int:
        """Batches from the beginning of the stream to its end."""
        return self._num_batches

    def state_dict(self) -> dict[str, Any]:
        """Where the stream stands: plain numbers and strings."""
        return {"identity": self._identity, "step": self._step, "read": dict(self._read)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a `state_dict` of a stream of the same sentences and options.

        Raises:
            TaskError: The state is of another stream, which could not be continued exactly.
        """
        if state_dict["identity"] != self._identity:
            raise TaskError(
                "the checkpoint was made with other sentences or sampling options, so its batches cannot be continued; "
                "resume with the same ones, or start a new run from the weights."
            )
        self._step, self._read = state_dict["step"], dict(state_dict["read"])

    def _next(self, language: str) -> Sequence[Encoded]:
        """The language's next sentences, across as many epochs over it as they take; moves its count on."""
        start, rows, found = self._read[language], self._encoded[language], list[Encoded]()
        self._read[language] = stop = start + self._batch_size // self._num_languages
        while start < stop:
            epoch, position = divmod(start, len(rows))
            order = self._order(language, epoch)
            taken = [rows[index] for index in order[position : position + stop - start]]
            found += taken
            start += len(taken)
        return found

    def _order(self, language: str, epoch: int) -> list[int]:
        """The numbers of the language's sentences in the order in which an epoch reads them."""
        rows, share = self._encoded[language], self._batch_size // self._num_languages
        rng = generator_for(self._seed, epoch, language, "order")
        order: list[int] = torch.randperm(len(rows), generator=rng).tolist()
        if self._window == 1:
            return order
        lead = -epoch * len(rows) % share  # what the last batch of the epoch before has room for
        first, rest, size = order[:lead], order[lead:], self._window * share
        windows = [sorted(rest[i : i + size], key=lambda n: len(rows[n].ids)) for i in range(0, len(rest), size)]
        batches = [window[i : i + share] for window in windows for i in range(0, len(window), share)]
        shuffled = torch.randperm(len(batches), generator=rng).tolist()
        shuffled.sort(key=lambda number: len(batches[number]) < share)  # what fills no batch comes last
        return first + [number for place in shuffled for number in batches[place]]


def training_batches(
    sentences: Sentences, *, encoder: Encoder, num_batches: int, **options: Any
) -> BatchStream[TaskBatch]:
    """A loader of a `TaskSampler` with these options, for Lightning."""
    return stream_of(TaskSampler(sentences, encoder=encoder, num_batches=num_batches, **options))


def stream_of(sampler: TaskSampler) -> BatchStream[TaskBatch]:
    """A loader of a sampler, for Lightning: a run is resumed with the batch that was next."""
    return BatchStream(StatefulDataLoader(sampler, batch_size=None))
