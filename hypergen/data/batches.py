"""Masked batches: what a training or validation step is given, and the batches a model is validated on."""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Int
from torch import Tensor
from torch.utils.data import Dataset

from hypergen.data.masking import mask_tokens
from hypergen.errors import CorpusError

if TYPE_CHECKING:
    import datasets

__all__ = ["Batch", "MaskingRule", "ValidationBatches", "generator_for"]


@dataclass(frozen=True)
class Batch:
    """A masked batch. Its rows are split evenly by language, in order: ``G`` languages have ``batch / G`` rows each."""

    languages: tuple[str, ...]
    """ISO 639-3, one for each group of rows."""
    input_ids: Int[Tensor, "batch tokens"]
    """Corrupted token ids; full length, so there is no attention mask."""
    positions: Int[Tensor, " masked"]
    """Where to predict: indices into the flattened batch, ascending."""
    labels: Int[Tensor, " masked"]
    """The original ids there."""

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> "Batch":
        """The same batch on ``device``."""
        return self._map(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> "Batch":
        """The same batch in page-locked memory, for faster copies to a GPU."""
        return self._map(Tensor.pin_memory)

    def _map(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        return replace(
            self, input_ids=change(self.input_ids), positions=change(self.positions), labels=change(self.labels)
        )


@dataclass(frozen=True)
class MaskingRule:
    """How a run masks: the arguments of `mask_tokens` that stay the same from batch to batch.

    Raises:
        CorpusError: the rate is no probability above 0.
    """

    mask_id: int
    vocab_size: int
    special_ids: tuple[int, ...]
    rate: float = 0.15

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1:
            raise CorpusError(f"The mask rate is {self.rate}; expected a probability above 0 and at most 1.")

    def batch(self, input_ids: Int[Tensor, "batch tokens"], *, languages: tuple[str, ...], seed: object) -> Batch:
        """A masked batch; the same ``seed`` gives the same masks."""
        masked = mask_tokens(
            input_ids,
            rate=self.rate,
            mask_id=self.mask_id,
            vocab_size=self.vocab_size,
            special_ids=self.special_ids,
            rng=generator_for(seed, "masks"),
        )
        return Batch(languages=languages, input_ids=masked.input_ids, positions=masked.positions, labels=masked.labels)


class ValidationBatches(Dataset[Batch]):
    """The same masked batches every time, one language each: up to ``max_blocks`` blocks, evenly spaced over its text.

    Args:
        blocks: held-out blocks by language.
        rule: how batches are masked.
        batch_size: rows a batch; the last batch of a language may have fewer.
        max_blocks: blocks a language; ``None`` takes all.
        seed: of the masks.
        rank: which of ``num_ranks`` processes this is; they take turns in the batches.
        num_ranks: number of processes. All have equally many batches: where one has none left, it has the last one over
            again with no position to predict, which adds nothing to a loss.
    """

    def __init__(
        self,
        blocks: Mapping[str, "datasets.Dataset"],
        *,
        rule: MaskingRule,
        batch_size: int = 16,
        max_blocks: int | None = None,
        seed: int = 0,
        rank: int = 0,
        num_ranks: int = 1,
    ) -> None:
        self._rule, self._seed, self._rank, self._num_ranks = rule, seed, rank, num_ranks
        self._blocks = {language: dataset.with_format("torch") for language, dataset in blocks.items()}
        self._batches: list[tuple[str, list[int]]] = []
        for language, dataset in blocks.items():
            count = len(dataset) if max_blocks is None else min(max_blocks, len(dataset))
            indices = [i * len(dataset) // count for i in range(count)]
            self._batches += [(language, indices[i : i + batch_size]) for i in range(0, count, batch_size)]

    def __len__(self) -> int:
        return math.ceil(len(self._batches) / self._num_ranks)

    def __getitem__(self, index: int) -> Batch:
        if not 0 <= index < len(self):
            raise IndexError(f"There is no batch {index}, only {len(self)}.")
        own = index * self._num_ranks + self._rank
        language, indices = self._batches[min(own, len(self._batches) - 1)]
        input_ids = self._blocks[language][indices]["input_ids"]
        batch = self._rule.batch(input_ids, languages=(language,), seed=(self._seed, language, indices[0]))
        if own < len(self._batches):
            return batch
        return replace(batch, positions=batch.positions[:0], labels=batch.labels[:0])


def generator_for(*seed: object) -> torch.Generator:
    """A generator whose numbers depend on ``seed`` alone."""
    digest = hashlib.blake2b(repr(seed).encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "big") >> 1)
