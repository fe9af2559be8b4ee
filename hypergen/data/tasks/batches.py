"""Padded batches of labelled sentences, and those a model is scored on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from jaxtyping import Int
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from hypergen.data.tasks.encoding import Encoded, Encoder
from hypergen.data.tasks.sentences import Sentence, Sentences
from hypergen.errors import TaskError
from hypergen.heads import NO_LABEL

__all__ = ["FixedBatches", "TaskBatch", "encoded_by_language", "evenly_spaced", "fixed_batches", "loader_of"]

Kept = TypeVar("Kept")


@dataclass(frozen=True)
class TaskBatch:
    """A padded batch. Its rows are split evenly by language, in order: ``G`` languages have ``batch / G`` rows each."""

    languages: tuple[str, ...]
    """ISO 639-3, one for each group of rows."""
    input_ids: Int[Tensor, "batch tokens"]
    attention_mask: Int[Tensor, "batch tokens"]
    """1 at tokens, 0 at padding."""
    places: Int[Tensor, "batch words"]
    """Where what is labelled stands in its row; -1 beyond."""
    labels: Int[Tensor, "batch words columns"]
    """What is learned there (see `Task`); ``NO_LABEL`` beyond, and where it is not known."""
    sentences: tuple[Sentence, ...]
    """The row's sentences."""

    @classmethod
    def of(cls, rows: Sequence[Encoded], *, languages: tuple[str, ...], pad_id: int) -> TaskBatch:
        """The rows, padded to the longest."""
        num_columns = len(rows[0].columns[0])
        return cls(
            languages=languages,
            input_ids=_padded([row.ids for row in rows], fill=pad_id),
            attention_mask=_padded([(1,) * len(row.ids) for row in rows], fill=0),
            places=_padded([row.places for row in rows], fill=-1),
            labels=torch.stack(
                [_padded([[c[n] for c in row.columns] for row in rows], fill=NO_LABEL) for n in range(num_columns)], -1
            ),
            sentences=tuple(row.sentence for row in rows),
        )

    @property
    def row_languages(self) -> tuple[str, ...]:
        """The language of each row."""
        share = len(self.sentences) // len(self.languages)
        return tuple(language for language in self.languages for _ in range(share))

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> TaskBatch:
        """The same batch on ``device``."""
        tensors = {name: getattr(self, name) for name in ("input_ids", "attention_mask", "places", "labels")}
        return replace(self, **{name: t.to(device, non_blocking=non_blocking) for name, t in tensors.items()})


class FixedBatches(Dataset[TaskBatch]):
    """The same batches every time, short sentences first: one language each, or several languages of equal lengths.

    With ``languages_per_batch`` G above 1, the sentences of a language are cut into groups of ``batch_size / G``, and
    the groups of all languages, by length, are put together G at a time; a language's last group may be smaller and
    is a batch of its own.

    Args:
        sentences: By language.
        encoder: How they are encoded; words are placed at their first pieces, whatever it says.
        batch_size: Rows a batch; the last batch of a language may have fewer.
        languages_per_batch: The most groups of one language in a batch; a language may have several of them.
        max_sentences: Of each language, evenly spaced over what there is; by default all.

    Attributes:
        too_long: How many sentences were left out because they were too long.

    Raises:
        TaskError: No language, or one without a sentence.
    """

    def __init__(
        self,
        sentences: Sentences,
        *,
        encoder: Encoder,
        batch_size: int = 32,
        languages_per_batch: int = 1,
        max_sentences: int | None = None,
    ) -> None:
        self._encoded, self.too_long = encoded_by_language(
            sentences, encoder=encoder.first(), max_sentences=max_sentences
        )
        self._pad_id = encoder.tokenizer.pad_token_id or 0
        self._unknown, self._special = encoder.tokenizer.unk_token_id, set(encoder.tokenizer.all_special_ids)
        share = max(1, batch_size // languages_per_batch)
        groups: list[tuple[str, list[Encoded]]] = []
        for language, rows in self._encoded.items():
            by_length = sorted(rows, key=lambda row: len(row.ids))
            groups += [(language, by_length[i : i + share]) for i in range(0, len(rows), share)]
        if languages_per_batch == 1:
            self._batches = [[group] for group in groups]
        else:
            whole = sorted(
                (group for group in groups if len(group[1]) == share), key=lambda group: len(group[1][-1].ids)
            )
            self._batches = [whole[i : i + languages_per_batch] for i in range(0, len(whole), languages_per_batch)]
            self._batches += [[group] for group in groups if len(group[1]) < share]

    @property
    def sentences(self) -> dict[str, list[Sentence]]:
        """What is in the batches by language, in the order in which it was given."""
        return {language: [row.sentence for row in rows] for language, rows in self._encoded.items()}

    @property
    def sizes(self) -> dict[str, int]:
        """Sentences by language, without those that were left out."""
        return {language: len(rows) for language, rows in self._encoded.items()}

    @property
    def unknown(self) -> dict[str, float]:
        """The share of the pieces of each language that are the unknown one, without those around a sentence."""
        shares = {}
        for language, rows in self._encoded.items():
            pieces = [
                n == self._unknown for row in rows for n in row.ids if n == self._unknown or n not in self._special
            ]
            shares[language] = sum(pieces) / max(1, len(pieces))
        return shares

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[TaskBatch]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, index: int) -> TaskBatch:
        languages, several = zip(*self._batches[index], strict=True)
        return TaskBatch.of([row for rows in several for row in rows], languages=languages, pad_id=self._pad_id)


def fixed_batches(
    sentences: Sentences, *, encoder: Encoder, batch_size: int = 32, max_sentences: int | None = None
) -> DataLoader[TaskBatch]:
    """A loader of `FixedBatches`, for Lightning."""
    return loader_of(FixedBatches(sentences, encoder=encoder, batch_size=batch_size, max_sentences=max_sentences))


def loader_of(batches: FixedBatches) -> DataLoader[TaskBatch]:
    """A loader of these batches, for Lightning."""
    return DataLoader(batches, batch_size=None, shuffle=False)


def encoded_by_language(
    sentences: Sentences, *, encoder: Encoder, max_sentences: int | None = None
) -> tuple[dict[str, list[Encoded]], int]:
    """The encoded sentences of each language, up to a number of them evenly spaced; and how many were too long.

    Raises:
        TaskError: No language, or one of which no sentence is left.
    """
    encoded: dict[str, list[Encoded]] = {}
    too_long = 0
    for language, several in sentences.items():
        kept = evenly_spaced(several, at_most=max_sentences)
        encoded[language] = encoder(kept)
        too_long += len(kept) - len(encoded[language])
        if not encoded[language]:
            raise TaskError(
                f"no sentence of {language} is left for {encoder.task.name}, of {len(several)} that were given; give "
                "more, or leave the language out."
            )
    if not encoded:
        raise TaskError(f"no language was given for {encoder.task.name}; give sentences of at least one.")
    return encoded, too_long


def evenly_spaced(several: Sequence[Kept], *, at_most: int | None) -> list[Kept]:
    """Of several that stand in an order up to so many, evenly spaced over it; ``None`` keeps all.

    Example:
        >>> evenly_spaced("abcdefghij", at_most=4)
        ['a', 'c', 'f', 'h']
    """
    count = len(several) if at_most is None else min(at_most, len(several))
    return [several[i * len(several) // count] for i in range(count)]


def _padded(rows: Sequence[Sequence[int]], *, fill: int) -> Int[Tensor, "batch length"]:
    padded = torch.full((len(rows), max(map(len, rows))), fill)
    for index, row in enumerate(rows):
        padded[index, : len(row)] = torch.tensor(row)
    return padded
