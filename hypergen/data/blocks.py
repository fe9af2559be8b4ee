"""Blocks: a corpus tokenised once, packed without padding, split by document and kept as memory-mapped Arrow files."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from hypergen.data.corpora import Corpus
from hypergen.errors import CorpusError

if TYPE_CHECKING:
    import datasets
    import transformers

__all__ = ["blocks", "document_hash", "num_tokens", "tokenizer_fingerprint"]

_FORMAT = "blocks-2"
_BATCH = 256
_BUCKETS = 10_000


def blocks(
    corpus: Corpus,
    *,
    tokenizer: "transformers.PreTrainedTokenizerBase",
    split: Literal["train", "validation"],
    block_size: int = 128,
    validation_share: float = 0.05,
    cache_dir: Path | str,
    fingerprint: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> "datasets.Dataset":
    """The blocks of one split: a data set with the column ``input_ids``, ``block_size`` int32 each, nothing padded.

    Documents are tokenised, concatenated and cut; a block is ``[CLS] ... [SEP]``, or begin and end of sequence where a
    tokenizer has those instead (one that has neither gives bare blocks). The last incomplete block is dropped. So is a
    block of special tokens only: where a tokenizer does not know a script all is ``[UNK]``, with nothing to predict.

    A document ``x`` belongs to validation if ``blake2b(x) mod 10000 < 10000 * validation_share``: the same document is
    on the same side in every corpus. If no document of a corpus is, the one with the smallest hash becomes validation.

    The work is done once and kept in ``cache_dir/<key>/``, the key taken from corpus, tokenizer, block size and share;
    the directory appears complete or not at all, and later calls map it into memory.

    Args:
        corpus: documents of one language in one script.
        tokenizer: of the backbone; a fast one, since documents are tokenised in batches.
        split: which side of the division by document.
        block_size: tokens a block, special tokens included.
        validation_share: share of the documents that is held out, from 0 to below 1.
        cache_dir: where tokenised blocks are kept.
        fingerprint: `tokenizer_fingerprint` of the tokenizer, if it is at hand; it takes a while for many corpora.
        progress: called with the number of documents done since the last call; only when the cache is made.

    Raises:
        CorpusError: an option out of range, or a corpus too small for one block in this split.
    """
    from datasets import Dataset

    if not 0 <= validation_share < 1:
        raise CorpusError(f"validation_share is {validation_share}; expected a share of documents from 0 to below 1.")
    plan = _Plan(
        tokenizer=tokenizer,
        fingerprint=tokenizer_fingerprint(tokenizer) if fingerprint is None else fingerprint,
        block_size=block_size,
        threshold=round(validation_share * _BUCKETS),
    )
    num_special = sum(map(len, plan.frame))
    if block_size <= num_special:
        raise CorpusError(
            f"block_size is {block_size}; expected more than the {num_special} special tokens of a block."
        )
    directory = Path(cache_dir) / plan.key(corpus)
    if not directory.is_dir():
        _make(directory, corpus, plan, progress=progress)
    packed = Dataset.from_file(str(directory / f"{split}.arrow"))
    if len(packed) == 0:
        raise CorpusError(
            f"{corpus.name} has too little text for one {split} block of {block_size} tokens at validation_share "
            f"{validation_share}, or the tokenizer does not know its script; add text, split it into more documents "
            f"(blank lines), change one of the two, or leave the corpus out."
        )
    return packed


def num_tokens(packed: "datasets.Dataset") -> int:
    """Tokens in a data set of blocks, special tokens included."""
    return len(packed) * len(packed[0]["input_ids"]) if len(packed) else 0


def document_hash(document: str) -> int:
    """64 bits of blake2b of the text: the same on every machine and in every corpus.

    Example:
        >>> document_hash("Habari ya asubuhi") % 10_000
        164
    """
    return int.from_bytes(hashlib.blake2b(document.encode(), digest_size=8).digest(), "big")


def tokenizer_fingerprint(tokenizer: "transformers.PreTrainedTokenizerBase") -> str:
    """A hash of all that decides how text becomes ids: model, vocabulary, normalisation and added tokens.

    The truncation and padding that a tokenizer was last called with are left out.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        rules = repr((type(tokenizer).__name__, sorted(tokenizer.get_vocab().items())))
    else:
        rules = backend.to_str()
        rules = rules[max(rules.find('"added_tokens"'), 0) :]
    return hashlib.sha256(rules.encode()).hexdigest()


@dataclass(frozen=True)
class _Plan:
    """What is to be written, and what decides the cache key together with the corpus."""

    tokenizer: "transformers.PreTrainedTokenizerBase"
    fingerprint: str
    block_size: int
    threshold: int
    """A document whose hash modulo 10000 is below this belongs to validation."""

    @property
    def frame(self) -> tuple[list[int], list[int]]:
        """The ids before and after each block: one each, or none where the tokenizer has no such token."""
        tokenizer = self.tokenizer
        first = tokenizer.bos_token_id if tokenizer.cls_token_id is None else tokenizer.cls_token_id
        last = tokenizer.eos_token_id if tokenizer.sep_token_id is None else tokenizer.sep_token_id
        return [] if first is None else [first], [] if last is None else [last]

    @property
    def special_ids(self) -> list[int]:
        return sorted(self.tokenizer.all_special_ids)

    def key(self, corpus: Corpus) -> str:
        rules = (self.fingerprint, self.frame, self.special_ids, self.block_size, self.threshold)
        parts = (_FORMAT, corpus.fingerprint, *rules)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    def token_ids(self, documents: list[str]) -> list[NDArray[np.int32]]:
        encoded = self.tokenizer(
            documents,
            add_special_tokens=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            padding=False,
            truncation=False,
            verbose=False,
        )
        return [np.asarray(ids, dtype=np.int32) for ids in encoded["input_ids"]]


def _make(directory: Path, corpus: Corpus, plan: _Plan, *, progress: Callable[[int], None] | None) -> None:
    """Write both splits beside ``directory``, then rename; if another process was faster, its files stand."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        smallest = _write(beside, corpus, plan, held_out=None, progress=progress)
        if plan.threshold and smallest is not None and smallest % _BUCKETS >= plan.threshold:
            _write(beside, corpus, plan, held_out=smallest, progress=progress)  # validation was left without a document
        try:
            beside.rename(directory)
        except OSError:
            if not directory.is_dir():
                raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write(
    beside: Path, corpus: Corpus, plan: _Plan, *, held_out: int | None, progress: Callable[[int], None] | None
) -> int | None:
    """One pass over the corpus; returns the hash that is first in line for validation, ``None`` without documents."""
    writers = {split: _BlockWriter(beside / f"{split}.arrow", plan) for split in ("train", "validation")}
    smallest: int | None = None
    documents = corpus.documents()
    while batch := list(islice(documents, _BATCH)):
        hashes = [document_hash(document) for document in batch]
        smallest = min([*hashes, *([] if smallest is None else [smallest])], key=lambda h: (h % _BUCKETS, h))
        for number, ids in zip(hashes, plan.token_ids(batch), strict=True):
            held = number % _BUCKETS < plan.threshold or number == held_out
            writers["validation" if held else "train"].rest.append(ids)
        for writer in writers.values():
            writer.write_full_blocks()
        if progress is not None:
            progress(len(batch))
    for writer in writers.values():
        writer.close()
    return smallest


class _BlockWriter:
    """Cuts token ids into framed blocks and appends them to one Arrow file."""

    def __init__(self, path: Path, plan: _Plan) -> None:
        from datasets import Features, List, Value
        from datasets.arrow_writer import ArrowWriter

        features = Features({"input_ids": List(Value("int32"), length=plan.block_size)})
        self.rest: list[NDArray[np.int32]] = []
        self._plan = plan
        self._writer = ArrowWriter(path=str(path), features=features)
        self.write_full_blocks()  # without rows yet: an Arrow file needs its schema even if nothing follows

    def write_full_blocks(self) -> None:
        import pyarrow as pa

        first, last = self._plan.frame
        content = self._plan.block_size - len(first) - len(last)
        ids = np.concatenate([np.empty(0, np.int32), *self.rest])
        count = len(ids) // content
        self.rest = [ids[count * content :]]
        rows = np.empty((count, self._plan.block_size), np.int32)
        rows[:, len(first) : len(first) + content] = ids[: count * content].reshape(count, content)
        rows[:, : len(first)] = first
        rows[:, len(first) + content :] = last
        rows = rows[~np.isin(rows, self._plan.special_ids).all(axis=1)]
        column = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), self._plan.block_size)
        self._writer.write_table(pa.table({"input_ids": column}))

    def close(self) -> None:
        self._writer.finalize()
