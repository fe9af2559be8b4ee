"""Blocks: a corpus tokenised once, packed without padding, split by document and kept as memory-mapped Arrow files."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from jaxtyping import Int32

from hypergen.data.corpora import Corpus
from hypergen.data.triples import MARKS_VERSION, token_marks
from hypergen.errors import CorpusError

if TYPE_CHECKING:
    import datasets
    import transformers

__all__ = ["BUCKETS", "blocks", "document_hash", "frame_of", "num_tokens", "tokenizer_fingerprint"]

_FORMAT = "blocks-2"
_BATCH = 256
BUCKETS: Final = 10_000
"""Hashes of documents are counted modulo this, so a share of them is held back to a ten-thousandth."""


def blocks(
    corpus: Corpus,
    *,
    tokenizer: "transformers.PreTrainedTokenizerBase",
    split: Literal["train", "validation"],
    block_size: int = 128,
    validation_share: float = 0.05,
    cache_dir: Path | str,
    fingerprint: str | None = None,
    marks: bool = False,
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
        marks: add the column ``marks``: which part of a sentence made of a triple each token is of, see
            `hypergen.data.triples`.
        progress: called with the number of documents done since the last call; only when the cache is made.

    Raises:
        CorpusError: an option out of range, a corpus too small for one block in this split, or one with ``marks`` that
            is not made of triples.
    """
    from datasets import Dataset

    if not 0 <= validation_share < 1:
        raise CorpusError(f"validation_share is {validation_share}; expected a share of documents from 0 to below 1.")
    plan = _Plan(
        tokenizer=tokenizer,
        fingerprint=tokenizer_fingerprint(tokenizer) if fingerprint is None else fingerprint,
        block_size=block_size,
        threshold=round(validation_share * BUCKETS),
        columns=("input_ids", "marks") if marks else ("input_ids",),
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


def frame_of(tokenizer: "transformers.PreTrainedTokenizerBase") -> tuple[list[int], list[int]]:
    """The ids before and after each block: one each, or none where the tokenizer has no such token."""
    first = tokenizer.bos_token_id if tokenizer.cls_token_id is None else tokenizer.cls_token_id
    last = tokenizer.eos_token_id if tokenizer.sep_token_id is None else tokenizer.sep_token_id
    return [] if first is None else [first], [] if last is None else [last]


@dataclass(frozen=True)
class _Plan:
    """What is to be written, and what decides the cache key together with the corpus."""

    tokenizer: "transformers.PreTrainedTokenizerBase"
    fingerprint: str
    block_size: int
    threshold: int
    """A document whose hash modulo 10000 is below this belongs to validation."""
    columns: tuple[str, ...]

    @property
    def frame(self) -> tuple[list[int], list[int]]:
        return frame_of(self.tokenizer)

    @property
    def special_ids(self) -> list[int]:
        return sorted(self.tokenizer.all_special_ids)

    def key(self, corpus: Corpus) -> str:
        rules = (self.fingerprint, self.frame, self.special_ids, self.block_size, self.threshold)
        parts = (_FORMAT, corpus.fingerprint, *rules, *([MARKS_VERSION] if "marks" in self.columns else []))
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    def tokens(self, documents: list[str]) -> list[Int32[np.ndarray, "column tokens"]]:
        """Each document's token ids, and below them the marks where they are asked for."""
        marked = "marks" in self.columns
        encoded = self.tokenizer(
            documents,
            add_special_tokens=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            return_offsets_mapping=marked,
            padding=False,
            truncation=False,
            verbose=False,
        )
        rows = [np.asarray(ids, dtype=np.int32) for ids in encoded["input_ids"]]
        if not marked:
            return [row[None] for row in rows]
        marks = map(token_marks, documents, encoded["offset_mapping"])
        return [np.stack([row, below]) for row, below in zip(rows, marks, strict=True)]


def _make(directory: Path, corpus: Corpus, plan: _Plan, *, progress: Callable[[int], None] | None) -> None:
    """Write both splits beside ``directory``, then rename; if another process was faster, its files stand."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        smallest = _write(beside, corpus, plan, held_out=None, progress=progress)
        if plan.threshold and smallest is not None and smallest % BUCKETS >= plan.threshold:
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
        smallest = min([*hashes, *([] if smallest is None else [smallest])], key=lambda h: (h % BUCKETS, h))
        for number, tokens in zip(hashes, plan.tokens(batch), strict=True):
            held = number % BUCKETS < plan.threshold or number == held_out
            writers["validation" if held else "train"].rest.append(tokens)
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

        features = Features({name: List(Value("int32"), length=plan.block_size) for name in plan.columns})
        self.rest: list[Int32[np.ndarray, "column tokens"]] = []
        self._plan = plan
        self._writer = ArrowWriter(path=str(path), features=features)
        self.write_full_blocks()  # without rows yet: an Arrow file needs its schema even if nothing follows

    def write_full_blocks(self) -> None:
        import pyarrow as pa

        plan, num_columns, (first, last) = self._plan, len(self._plan.columns), self._plan.frame
        content = plan.block_size - len(first) - len(last)
        tokens = np.concatenate([np.empty((num_columns, 0), np.int32), *self.rest], axis=1)
        count = tokens.shape[1] // content
        self.rest = [tokens[:, count * content :]]
        packed = tokens[:, : count * content].reshape(num_columns, count, content)
        rows = np.zeros((num_columns, count, plan.block_size), np.int32)
        rows[:, :, len(first) : len(first) + content] = packed
        rows[0, :, : len(first)] = first
        rows[0, :, len(first) + content :] = last
        rows = rows[:, ~np.isin(rows[0], plan.special_ids).all(axis=1)]
        columns = [pa.FixedSizeListArray.from_arrays(pa.array(row.ravel()), plan.block_size) for row in rows]
        self._writer.write_table(pa.table(columns, names=list(plan.columns)))

    def close(self) -> None:
        self._writer.finalize()
