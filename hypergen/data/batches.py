"""Masked batches: what a training or validation step is given, and the batches a model is validated on."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Int
from torch import Tensor
from torch.utils.data import Dataset

from hypergen.data.masking import Masked, mask_tokens
from hypergen.data.masking_triples import mask_outside_predicate, mask_sides
from hypergen.data.masking_words import continuations, mask_words
from hypergen.data.next_tokens import predict_next
from hypergen.data.objectives import Masks, Objective
from hypergen.errors import CorpusError

if TYPE_CHECKING:
    import datasets
    import transformers

__all__ = ["Batch", "MaskingRule", "ValidationBatches", "generator_for", "masking_rules"]


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
    """How a group of text is masked: the objective, and its arguments that stay the same from batch to batch.

    Raises:
        CorpusError: the rate is no probability above 0, or there is no mask token and the objective needs one.
    """

    mask_id: int | None
    vocab_size: int
    special_ids: tuple[int, ...]
    rate: float = 0.15
    """Of single tokens or whole words; the other objectives have no rate."""
    objective: Objective = "mlm"
    masks: Masks = "dynamic"
    continuing: tuple[int, ...] = field(default=(), repr=False)
    """Ids of the pieces that continue a word; whole words need them."""

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1:
            raise CorpusError(f"The mask rate is {self.rate}; expected a probability above 0 and at most 1.")
        if self.mask_id is None and self.objective != "clm":
            raise CorpusError(
                f"The tokenizer has no mask token, which {self.objective} needs; give the tokenizer of a masked model, "
                f"or the objective clm."
            )

    @property
    def needs_marks(self) -> bool:
        """Whether `batch` needs to know which part of a triple each token is of."""
        return self.objective.startswith("tlm")

    def batch(
        self,
        input_ids: Int[Tensor, "batch tokens"],
        *,
        languages: tuple[str, ...],
        seed: object,
        marks: Int[Tensor, "batch tokens"] | None = None,
    ) -> Batch:
        """A masked batch; the same ``seed`` gives the same masks, and static masks are the same whatever the seed."""
        if self.masks == "dynamic":
            parts = [self._masked(input_ids, marks=marks, rng=generator_for(seed, "masks"))]
        else:
            own = [None] * len(input_ids) if marks is None else [row[None] for row in marks]
            seeds = [generator_for(row.tolist(), "static") for row in input_ids]
            parts = [
                self._masked(row[None], marks=m, rng=rng) for row, m, rng in zip(input_ids, own, seeds, strict=True)
            ]
        return Batch(
            languages=languages,
            input_ids=torch.cat([part.input_ids for part in parts]),
            positions=torch.cat([part.positions + i * input_ids.shape[1] for i, part in enumerate(parts)]),
            labels=torch.cat([part.labels for part in parts]),
        )

    def _masked(
        self, input_ids: Int[Tensor, "batch tokens"], *, marks: Int[Tensor, "batch tokens"] | None, rng: torch.Generator
    ) -> Masked:
        if self.objective == "clm" or self.mask_id is None:
            return predict_next(input_ids, special_ids=self.special_ids)
        common: dict[str, Any] = {
            "mask_id": self.mask_id, "vocab_size": self.vocab_size, "special_ids": self.special_ids, "rng": rng,
        }  # fmt: skip
        if self.objective == "mlm":
            return mask_tokens(input_ids, rate=self.rate, **common)
        if self.objective == "flm":
            return mask_words(input_ids, rate=self.rate, continuing=self.continuing, **common)
        if marks is None:
            raise CorpusError(f"{self.objective} needs blocks with marks; make them with blocks(..., marks=True).")
        if self.objective == "tlm-side":
            return mask_sides(input_ids, marks=marks, **common)
        return mask_outside_predicate(input_ids, marks=marks, **common)


def masking_rules(
    tokenizer: "transformers.PreTrainedTokenizerBase",
    *,
    groups: Sequence[str],
    objectives: Mapping[str, Objective],
    rate: float = 0.15,
    masks: Masks = "dynamic",
) -> dict[str, MaskingRule]:
    """How each group of text is masked: by its objective, or `mlm` where none is given.

    Raises:
        CorpusError: an objective for a group that is not there, or a rule that cannot be.
    """
    if unknown := [group for group in objectives if group not in groups]:
        raise CorpusError(
            f"An objective is given for {unknown[0]}, and there is text of {', '.join(groups)}; name these."
        )
    return {
        group: MaskingRule(
            mask_id=tokenizer.mask_token_id,
            vocab_size=len(tokenizer),
            special_ids=tuple(sorted(tokenizer.all_special_ids)),
            rate=rate,
            objective=objectives.get(group, "mlm"),
            masks=masks,
            continuing=continuations(tokenizer) if objectives.get(group) == "flm" else (),
        )
        for group in groups
    }


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
        columns = self._blocks[language][indices]
        batch = self._rule.batch(**columns, languages=(language,), seed=(self._seed, language, indices[0]))
        if own < len(self._batches):
            return batch
        return replace(batch, positions=batch.positions[:0], labels=batch.labels[:0])


def generator_for(*seed: object) -> torch.Generator:
    """A generator whose numbers depend on ``seed`` alone."""
    digest = hashlib.blake2b(repr(seed).encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "big") >> 1)
