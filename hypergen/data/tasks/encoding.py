"""From sentences to token ids: which pieces a word has, and which of them carry its label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import Task
from hypergen.errors import TaskError
from hypergen.heads import NO_LABEL

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["Encoded", "Encoder", "OnLong", "Pieces"]

Pieces = Literal["first", "all"]
OnLong = Literal["stop", "skip"]


@dataclass(frozen=True)
class Encoded:
    """A sentence as a backbone reads it."""

    sentence: Sentence
    ids: tuple[int, ...]
    """Token ids, special ones included."""
    places: tuple[int, ...]
    """Where what is labelled stands in ``ids``: each word's first piece, every piece, or the one place of a text."""
    columns: tuple[tuple[int, ...], ...]
    """What is learned at each place (see `Task`)."""


@dataclass(frozen=True)
class Encoder:
    """How sentences are encoded for a task.

    A word's label stands at its first piece; with ``pieces="all"`` at every one, each counting in the loss. A word that
    the tokenizer drops is the unknown token. A text's place is its first token (the last in decoders).

    Args:
        task: What is labelled.
        tokenizer: The backbone's; a fast one, which knows the pieces of each word.
        pieces: Which pieces of a word are labelled. Trees have one place a word.
        max_tokens: The most tokens a sentence may have; by default the tokenizer's ``model_max_length``.
        on_long: ``skip`` leaves out longer sentences instead of refusing them.

    Raises:
        TaskError: A slow tokenizer, or trees with a label at every piece.
    """

    task: Task
    tokenizer: PreTrainedTokenizerBase
    pieces: Pieces = "first"
    max_tokens: int | None = None
    on_long: OnLong = "stop"

    def __post_init__(self) -> None:
        if not self.tokenizer.is_fast:
            raise TaskError(
                f"{type(self.tokenizer).__name__} does not tell the pieces of a word; load the fast tokenizer."
            )
        if self.pieces == "all" and self.task.kind == "arc":
            raise TaskError("a word in a tree has one head, so its label cannot stand at all its pieces; take 'first'.")

    def __call__(self, sentences: Sequence[Sentence]) -> list[Encoded]:
        """The sentences that are not too long, in their order.

        Raises:
            TaskError: One is too long, or has labels that the task does not know.
        """
        limit = self.tokenizer.model_max_length if self.max_tokens is None else self.max_tokens
        encoded: list[Encoded] = []
        for sentence, (ids, word_of) in zip(sentences, self._tokenized(sentences), strict=True):
            if len(ids) <= limit:
                encoded.append(self._encoded(sentence, ids, word_of))
            elif self.on_long == "stop":
                raise TaskError(
                    f"{sentence.where} has {len(ids)} tokens, and the model reads {limit}; shorten it, or leave such "
                    "sentences out with on_long='skip' (--data.on_long skip)."
                )
        return encoded

    def _tokenized(self, sentences: Sequence[Sentence]) -> list[tuple[list[int], list[int | None]]]:
        """Of each sentence the ids, and the number of the word that each of them is a piece of."""
        if not sentences:
            return []
        batch = self.tokenizer([list(s.words) for s in sentences], is_split_into_words=True, verbose=False)
        found = [(ids, batch.word_ids(row)) for row, ids in enumerate(batch["input_ids"])]
        for row, (sentence, (_, word_of)) in enumerate(zip(sentences, found, strict=True)):
            there = set(word_of)
            if any(word not in there for word in range(len(sentence.words))):
                unknown = self.tokenizer.unk_token or self.tokenizer.mask_token
                words = [word if n in there else unknown for n, word in enumerate(sentence.words)]
                again = self.tokenizer(words, is_split_into_words=True, verbose=False)
                found[row] = (again["input_ids"], again.word_ids())
        return found

    def _encoded(self, sentence: Sentence, ids: list[int], word_of: list[int | None]) -> Encoded:
        columns = [[NO_LABEL] * self.task.num_columns for _ in sentence.words]
        if sentence.labels:
            columns = self.task.columns(sentence)
        if self.task.kind == "sequence":
            special = self.tokenizer.cls_token_id
            places = [0 if special is not None and ids[0] == special else len(ids) - 1]
            words = [0]
        else:
            kept = [
                (place, word)
                for place, word in enumerate(word_of)
                if word is not None and (self.pieces == "all" or word != word_of[place - 1] or place == 0)
            ]
            places, words = [place for place, _ in kept], [word for _, word in kept]
        return Encoded(sentence, tuple(ids), tuple(places), tuple(tuple(columns[word]) for word in words))

    def first(self) -> Encoder:
        """The encoder that places words at their first pieces: scores are always of words."""
        return replace(self, pieces="first")
