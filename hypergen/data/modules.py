"""The data module for masked language modelling over many languages: corpora in, resumable batches out."""

import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import datasets
import lightning
import transformers
from torch.utils.data import ConcatDataset
from torchdata.stateful_dataloader import StatefulDataLoader

from hypergen.data.batches import Batch, ValidationBatches, masking_rules
from hypergen.data.blocks import blocks, tokenizer_fingerprint
from hypergen.data.corpora import Corpus
from hypergen.data.objectives import Masks, Objective
from hypergen.data.sampling import BatchStream, LanguageSampler
from hypergen.errors import CorpusError

__all__ = ["CorpusModule"]

Split = Literal["train", "validation"]
Key = TypeVar("Key", str, tuple[str, Objective])


class CorpusModule(lightning.LightningDataModule):
    """Tokenises corpora once, then gives a resumable training stream and fixed validation batches.

    Training is one stream, counted in steps: give the trainer ``max_steps``. A checkpoint holds the place in the
    stream, and ``fit(ckpt_path=...)`` goes on with the batch that would have come next.

    Args:
        corpora: what to train on; or several groups by name (``{"web": ..., "graph": ...}``), mixed by
            ``group_weights``, each batch being of one group.
        tokenizer: the backbone's, with a mask token.
        cache_dir: where tokenised blocks are kept.
        block_size: tokens a block.
        batch_size: rows a batch.
        languages_per_batch: languages a batch, a divisor of ``batch_size``; fewer in a group that has not so many.
        exponent: languages are drawn in proportion to ``n ** exponent``, ``n`` their blocks.
        group_weights: share of batches by group; equal by default.
        mask_rate: share of the tokens, or of the words, to predict.
        objectives: what is learnt from each group, `mlm` where nothing is said.
        masks: drawn anew each time a block is seen, or ``"static"``: once for ever.
        validation_share: share of the documents held out; with 0 there is no validation.
        max_validation_blocks: held-out blocks a language that are used; ``None`` takes all.
        seed: of languages, orders and masks.
        num_workers: processes that read ahead; 0 reads in the training process.
        on_error: ``"skip"`` leaves out a corpus too small for a block, with a warning, and lists it in ``skipped``.
        progress: called with the number of documents tokenised since the last call.

    Attributes:
        languages: ISO 639-3, ascending; those with training blocks. Known after ``setup``.
        sizes: training blocks by language, over all scripts and groups.
        skipped: one sentence for each corpus, or side of a corpus, that was left out.

    Raises:
        CorpusError: a tokenizer without a mask token where one is needed, an objective for a group that is not there, a
            corpus too small under ``"stop"``, or nothing left.
    """

    def __init__(
        self,
        corpora: Sequence[Corpus] | Mapping[str, Sequence[Corpus]],
        *,
        tokenizer: transformers.PreTrainedTokenizerBase,
        cache_dir: Path | str,
        block_size: int = 128,
        batch_size: int = 16,
        languages_per_batch: int = 1,
        exponent: float = 0.7,
        group_weights: Mapping[str, float] | None = None,
        mask_rate: float = 0.15,
        objectives: Mapping[str, Objective] | None = None,
        masks: Masks = "dynamic",
        validation_share: float = 0.05,
        max_validation_blocks: int | None = 64,
        seed: int = 0,
        num_workers: int = 0,
        on_error: Literal["stop", "skip"] = "stop",
        progress: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__()
        self._groups = dict(corpora) if isinstance(corpora, Mapping) else {"text": corpora}
        self._tokenizer, self._cache_dir, self._block_size = tokenizer, Path(cache_dir), block_size
        self._batch_size, self._languages_per_batch, self._exponent = batch_size, languages_per_batch, exponent
        self._group_weights, self._validation_share = group_weights, validation_share
        self._max_validation_blocks, self._seed, self._num_workers = max_validation_blocks, seed, num_workers
        self._on_error, self._progress = on_error, progress
        self._rules = masking_rules(
            tokenizer, groups=list(self._groups), objectives=objectives or {}, rate=mask_rate, masks=masks
        )
        self._train: dict[str, dict[str, datasets.Dataset]] = {}
        self._validation: dict[tuple[str, Objective], datasets.Dataset] = {}
        self.languages: tuple[str, ...] = ()
        self.sizes: dict[str, int] = {}
        self.skipped: tuple[str, ...] = ()

    def prepare_data(self) -> None:
        """Tokenise what is not in the cache yet; with several processes, in one of them."""
        self.setup()

    def setup(self, stage: str | None = None) -> None:
        """Map the blocks of every language into memory, tokenising those that are not in the cache."""
        del stage  # all stages read the same blocks
        if self._train:
            return
        fingerprint = tokenizer_fingerprint(self._tokenizer)
        skipped: list[str] = []
        train: dict[str, dict[str, list[datasets.Dataset]]] = {group: defaultdict(list) for group in self._groups}
        validation: dict[tuple[str, Objective], list[datasets.Dataset]] = defaultdict(list)
        for group, corpora in self._groups.items():
            rule = self._rules[group]
            for corpus in corpora:
                try:
                    kept = self._blocks(corpus, split="train", fingerprint=fingerprint, marks=rule.needs_marks)
                    train[group][corpus.language].append(kept)
                    if self._validation_share > 0:
                        held_out = self._blocks(
                            corpus, split="validation", fingerprint=fingerprint, marks=rule.needs_marks
                        )
                        validation[corpus.language, rule.objective].append(held_out)
                except CorpusError as error:
                    if self._on_error == "stop":
                        raise
                    skipped.append(str(error))
                    warnings.warn(f"Left out: {error}", stacklevel=2)
        if empty := [group for group, languages in train.items() if not languages]:
            raise CorpusError(f"No text is left to train on in {', '.join(empty)}; give larger corpora.")
        self._train = {group: _joined(languages) for group, languages in train.items()}
        self._validation = _joined(validation)
        sizes: dict[str, int] = defaultdict(int)
        for languages in self._train.values():
            for language, dataset in languages.items():
                sizes[language] += len(dataset)
        self.sizes = dict(sorted(sizes.items()))
        self.languages = tuple(self.sizes)
        self.skipped = tuple(skipped)

    def train_dataloader(self) -> BatchStream[Batch]:
        """The training stream, as long as the trainer's ``max_steps`` ask for; endless without a trainer.

        Raises:
            CorpusError: the trainer counts epochs instead of steps.
        """
        num_batches, rank, num_ranks = None, 0, 1
        if self.trainer is not None:
            if self.trainer.max_steps < 1:
                raise CorpusError("Training is a stream without epochs; give the trainer max_steps, not max_epochs.")
            # A known length also keeps Lightning from reading a batch ahead, which a checkpoint would count as seen.
            num_batches = self.trainer.max_steps * self.trainer.accumulate_grad_batches
            rank, num_ranks = self.trainer.global_rank, self.trainer.world_size
        sampler = LanguageSampler(
            self._train,
            rules=self._rules,
            batch_size=self._batch_size,
            languages_per_batch=self._languages_per_batch,
            exponent=self._exponent,
            group_weights=self._group_weights,
            seed=self._seed,
            num_batches=num_batches,
            rank=rank,
            num_ranks=num_ranks,
        )
        return BatchStream(StatefulDataLoader(sampler, batch_size=None, num_workers=self._num_workers))

    def val_dataloader(self) -> "ConcatDataset[Batch] | list[Batch]":
        """The same masked batches every time, one language each, in order of language; none without held-out text.

        Several processes take turns in them, and none is seen twice.
        """
        if not self._validation:
            return []
        rank, num_ranks = (0, 1) if self.trainer is None else (self.trainer.global_rank, self.trainer.world_size)
        rules = {rule.objective: rule for rule in self._rules.values()}
        return ConcatDataset(
            ValidationBatches(
                {language: held_out},
                rule=rules[objective],
                batch_size=self._batch_size,
                max_blocks=self._max_validation_blocks,
                seed=self._seed,
                rank=rank,
                num_ranks=num_ranks,
            )
            for (language, objective), held_out in self._validation.items()
        )

    def state_dict(self) -> dict[str, Any]:
        """What the training stream depends on; the place in it is in the loader's own state."""
        return {
            "blocks": {name: {key: len(rows) for key, rows in group.items()} for name, group in self._train.items()},
            "group_weights": None if self._group_weights is None else dict(self._group_weights),
            "batch_size": self._batch_size,
            "languages_per_batch": self._languages_per_batch,
            "exponent": self._exponent,
            "objectives": {group: (rule.objective, rule.masks, rule.rate) for group, rule in self._rules.items()},
            "seed": self._seed,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Check, before training goes on, that a checkpoint is of the same stream; nothing is changed.

        Raises:
            CorpusError: it is not, so the batches to come would not be those of an uninterrupted run.
        """
        if self.trainer is not None and self.trainer.state.fn != "fit":
            return
        now = self.state_dict()
        if other := [key for key, value in now.items() if state_dict.get(key) != value]:
            raise CorpusError(
                f"The checkpoint was made with another value of {', '.join(other)}, so its batches cannot be "
                f"continued; resume with the same corpora and options, or start a new run from its weights."
            )

    def _blocks(self, corpus: Corpus, *, split: Split, fingerprint: str, marks: bool) -> datasets.Dataset:
        return blocks(
            corpus,
            tokenizer=self._tokenizer,
            split=split,
            block_size=self._block_size,
            validation_share=self._validation_share,
            cache_dir=self._cache_dir,
            fingerprint=fingerprint,
            marks=marks,
            progress=self._progress,
        )


def _joined(languages: Mapping[Key, list[datasets.Dataset]]) -> dict[Key, datasets.Dataset]:
    """One data set a language, its scripts one after the other; ascending by language."""
    return {language: datasets.concatenate_datasets(languages[language]) for language in sorted(languages)}
