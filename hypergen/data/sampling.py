"""Sampling: which languages each training batch is of, and which of their blocks.

Batch ``t`` is a function of the seed and ``t``, and of how far each language had been read; the latter is the whole
state, so a run that is resumed at any step sees the batches it would have seen.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info
from torchdata.stateful_dataloader import StatefulDataLoader

from hypergen.data.batches import Batch, MaskingRule, generator_for
from hypergen.errors import CorpusError

if TYPE_CHECKING:
    import datasets

AnyBatch = TypeVar("AnyBatch")

__all__ = ["BatchStream", "LanguageSampler", "sampling_weights"]


def sampling_weights(sizes: Mapping[str, int], *, exponent: float = 0.7) -> dict[str, float]:
    """``p_l = n_l ** a / sum_k n_k ** a``: the share of batches each language gets; ``a`` is one over the temperature.

    Args:
        sizes: ``n_l``, blocks by language.
        exponent: ``a``, from 0 (all languages alike) to 1 (in proportion to their text).

    Raises:
        CorpusError: no language, a language without a block, or a negative exponent.

    Example:
        >>> sampling_weights({"deu": 900, "yua": 100}, exponent=0.5)
        {'deu': 0.75, 'yua': 0.25}

    References:
        Ansell et al. (2021), MAD-G, https://aclanthology.org/2021.findings-emnlp.410; the value of ``a`` is from its
        public code's class default.
    """
    if empty := sorted(language for language, n in sizes.items() if n < 1):
        raise CorpusError(f"{', '.join(empty)} has no block to sample from; leave it out or give it more text.")
    if not sizes or exponent < 0:
        raise CorpusError(f"{len(sizes)} languages with exponent {exponent}; expected at least one, and 0 or more.")
    powers = {language: float(n) ** exponent for language, n in sizes.items()}
    total = sum(powers.values())
    return {language: power / total for language, power in powers.items()}


class LanguageSampler(IterableDataset[Batch]):
    """An endless or counted stream of training batches that can stop and go on, also inside a `StatefulDataLoader`.

    For each batch a group is drawn by its weight, then ``languages_per_batch`` distinct languages of that group, one
    after the other, by `sampling_weights`. A language's blocks come in a random order without repetition; when all
    have been seen they come in a new order. With several workers, or ranks, each takes its turn in the same stream.

    Iterating goes on where the last iteration stopped; `state_dict` and `load_state_dict` move that point.

    Args:
        groups: blocks by group and language. One group is the rule; several (say, web text and sentences made of a
            knowledge graph) are mixed by weight, a batch being of one group. All scripts of a language are one entry.
        rules: how the batches of each group are masked.
        batch_size: rows a batch.
        languages_per_batch: languages a batch; 1 is the published choice. Must divide ``batch_size``. A group that has
            fewer beside one that has as many takes the most it has that divide ``batch_size``.
        exponent: of `sampling_weights`, within each group. With several languages a batch this is the chance to be
            drawn first; the chance to be in the batch is flatter.
        group_weights: share of batches by group; equal by default.
        seed: of languages, orders and masks.
        num_batches: where the stream ends; ``None`` is never.
        rank: which of ``num_ranks`` processes this is; each gets its own ``num_batches`` batches.
        num_ranks: number of processes.

    Raises:
        CorpusError: sizes, weights or counts that do not fit together.
    """

    def __init__(
        self,
        groups: Mapping[str, Mapping[str, "datasets.Dataset"]],
        *,
        rules: Mapping[str, MaskingRule],
        batch_size: int = 16,
        languages_per_batch: int = 1,
        exponent: float = 0.7,
        group_weights: Mapping[str, float] | None = None,
        seed: int = 0,
        num_batches: int | None = None,
        rank: int = 0,
        num_ranks: int = 1,
    ) -> None:
        if languages_per_batch < 1 or batch_size < 1 or batch_size % languages_per_batch:
            raise CorpusError(
                f"batch_size is {batch_size} and languages_per_batch {languages_per_batch}; expected counts from 1, "
                f"the first a multiple of the second, so that rows split evenly."
            )
        shares = dict.fromkeys(groups, 1.0) if group_weights is None else dict(group_weights)
        if not shares or shares.keys() != groups.keys() or min(shares.values()) < 0 or sum(shares.values()) <= 0:
            raise CorpusError(
                f"Weights are given for {', '.join(shares) or 'no group'}, text for {', '.join(groups) or 'no group'}; "
                f"expected one weight of 0 or more for each group, not all 0."
            )
        self._chances: dict[str, dict[str, float]] = {}
        for group, languages in groups.items():
            sizes = {language: len(dataset) for language, dataset in languages.items()}
            self._chances[group] = sampling_weights(sizes, exponent=exponent)
        largest = max(self._chances, key=lambda group: len(self._chances[group]))
        if (most := len(self._chances[largest])) < languages_per_batch:
            raise CorpusError(
                f"{largest} has {most} languages, languages_per_batch is {languages_per_batch}; give more languages or "
                f"ask for fewer a batch."
            )
        self._together = {
            group: next(n for n in range(min(languages_per_batch, len(languages)), 0, -1) if batch_size % n == 0)
            for group, languages in groups.items()
        }
        self._blocks = {
            (group, language): dataset.with_format("torch")
            for group, languages in groups.items()
            for language, dataset in languages.items()
        }
        if rules.keys() != groups.keys():
            raise CorpusError(
                f"Masking rules are for {', '.join(rules) or 'no group'}, text for {', '.join(groups)}; expected one "
                f"for each group."
            )
        self._shares, self._rules, self._seed = shares, dict(rules), seed
        self._batch_size = batch_size
        self._num_batches, self._rank, self._num_ranks = num_batches, rank, num_ranks
        lengths = sorted((key, len(dataset)) for key, dataset in self._blocks.items())
        mixture = (sorted(shares.items()), sorted(self._rules.items()))
        identity = (lengths, mixture, batch_size, languages_per_batch, exponent, seed, num_ranks)
        self._identity = hashlib.sha256(repr(identity).encode()).hexdigest()
        self._orders: dict[tuple[str, str], tuple[int, Tensor]] = {}
        self._step = 0
        self._read = dict.fromkeys(self._blocks, 0)

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        lane, num_lanes = (0, 1) if worker is None else (worker.id, worker.num_workers)
        while self._num_batches is None or self._step < self._num_batches:
            step, first = self._step, self._step * self._num_ranks
            drawn = [self._draw(first + rank) for rank in range(self._num_ranks)][self._rank]
            self._step += 1  # before the batch is handed out: a state taken then must not give it again
            if step % num_lanes == lane:
                rows = [self._blocks[key][indices.tolist()] for key, indices in drawn]
                columns = {name: torch.cat([several[name] for several in rows]) for name in rows[0]}
                languages = tuple(language for (_, language), _ in drawn)
                rule = self._rules[drawn[0][0][0]]
                yield rule.batch(**columns, languages=languages, seed=(self._seed, first + self._rank))

    def __len__(self) -> int:
        """Batches from the beginning of the stream to its end."""
        if self._num_batches is None:
            raise TypeError("This stream has no end, so no length.")
        return self._num_batches

    def state_dict(self) -> dict[str, Any]:
        """Where the stream stands: plain numbers and strings."""
        read = {"/".join(key): count for key, count in self._read.items()}
        return {"identity": self._identity, "step": self._step, "read": read}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a `state_dict` of a stream with the same blocks and options.

        Raises:
            CorpusError: the state is of another stream, which could not be continued exactly.
        """
        if state_dict["identity"] != self._identity:
            raise CorpusError(
                "The checkpoint was made with other corpora or sampling options, so its batches cannot be continued; "
                "resume with the same ones, or start a new run from the weights."
            )
        self._step = state_dict["step"]
        self._read = {key: state_dict["read"]["/".join(key)] for key in self._blocks}

    def _draw(self, index: int) -> list[tuple[tuple[str, str], Tensor]]:
        """The languages of batch ``index`` and which of their blocks are next; moves their counts on."""
        rng = generator_for((self._seed, index), "languages")
        group = _choose(self._shares, count=1, rng=rng)[0]
        share = self._batch_size // self._together[group]
        drawn = []
        for language in _choose(self._chances[group], count=self._together[group], rng=rng):
            key = (group, language)
            drawn.append((key, self._next(key, count=share)))
            self._read[key] += share
        return drawn

    def _next(self, key: tuple[str, str], *, count: int) -> Tensor:
        """Indices of the next ``count`` blocks, across as many epochs over the language as they take."""
        start, size, parts = self._read[key], len(self._blocks[key]), []
        while count:
            epoch, position = divmod(start, size)
            if self._orders.get(key, (-1,))[0] != epoch:
                rng = generator_for((self._seed, epoch), *key, "order")
                self._orders[key] = (epoch, torch.randperm(size, generator=rng))
            parts.append(self._orders[key][1][position : position + count])
            start, count = start + len(parts[-1]), count - len(parts[-1])
        return torch.cat(parts)


class BatchStream(Generic[AnyBatch]):
    """The batches of a loader over a sampler, as long as that is; it stops and goes on like the loader.

    It is no torch ``DataLoader``, only holds one: of a loader with a length over a data set without indices, Lightning
    says that workers may repeat each other, and torch that more is read than there is when a run is made longer. Here
    workers take turns, and the length is that of the run.
    """

    def __init__(self, loader: "StatefulDataLoader[AnyBatch]") -> None:
        self._loader = loader

    def __iter__(self) -> Iterator[AnyBatch]:
        return iter(self._loader)

    def __len__(self) -> int:
        return len(self._loader.dataset)

    def state_dict(self) -> dict[str, Any]:
        """Where the stream stands, in this process and in its workers."""
        return dict(self._loader.state_dict())

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a `state_dict`."""
        self._loader.load_state_dict(state_dict)


def _choose(chances: Mapping[str, float], *, count: int, rng: torch.Generator) -> list[str]:
    """``count`` distinct names, one after the other, each drawn by its chance among those that are left."""
    names = list(chances)
    weights = torch.tensor([chances[name] for name in names], dtype=torch.float64)
    return [names[i] for i in torch.multinomial(weights, count, generator=rng).tolist()]
