"""Text by domain: what is held back of it, and what is left to train on."""

from __future__ import annotations

import hashlib
import warnings
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from hypergen.data.batches import Batch, MaskingRule, ValidationBatches
from hypergen.data.blocks import BUCKETS, blocks, document_hash
from hypergen.data.corpora import Corpus, text_corpora
from hypergen.errors import CorpusError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["corpora_in", "first_sentences", "held_back_batches", "held_back_hashes"]


def corpora_in(
    directory: Path, *, languages: Collection[str], left_out_scripts: Collection[str] = ()
) -> tuple[Corpus, ...]:
    """The corpora of those of the languages that have text there, without some scripts."""
    stems = {path.name.split(".")[0] for path in sorted(directory.glob("*_*.txt*"))}
    names = sorted(name for name in stems if name.split("_")[0] in languages)
    names = [name for name in names if name.split("_")[1] not in left_out_scripts]
    return text_corpora(directory, only=names) if names else ()


def held_back_batches(
    corpora: Sequence[Corpus],
    *,
    tokenizer: PreTrainedTokenizerBase,
    rule: MaskingRule,
    cache_dir: Path,
    block_size: int = 128,
    validation_share: float = 0.05,
    max_blocks: int | None = 16,
    batch_size: int = 16,
) -> dict[str, list[Batch]]:
    """Masked batches of held-back documents by language; a corpus with less than a block is left out with a warning."""
    found: dict[str, list[Batch]] = {}
    for corpus in corpora:
        try:
            kept = blocks(
                corpus, tokenizer=tokenizer, split="validation", cache_dir=cache_dir, block_size=block_size,
                validation_share=validation_share,
            )  # fmt: skip
        except CorpusError:
            warnings.warn(f"{corpus.name} has less than a block of held-back text; left out there.", stacklevel=2)
            continue
        several = ValidationBatches({corpus.language: kept}, rule=rule, batch_size=batch_size, max_blocks=max_blocks)
        found.setdefault(corpus.language, []).extend(several[i] for i in range(len(several)))
    return found


def held_back_hashes(corpus: Corpus, *, validation_share: float = 0.05) -> frozenset[int]:
    """The documents of a corpus that `blocks` holds back: by their hashes, or the first in line where none is."""
    hashes = {document_hash(document) for document in corpus.documents()}
    threshold = round(validation_share * BUCKETS)
    found = frozenset(number for number in hashes if number % BUCKETS < threshold)
    return found or frozenset(sorted(hashes, key=lambda number: (number % BUCKETS, number))[: min(1, threshold)])


def first_sentences(
    corpora: Sequence[Corpus],
    *,
    sentences: int | None = None,
    max_bytes: int | None = None,
    without: Mapping[str, Collection[int]],
    seed: int,
) -> list[Corpus]:
    """Corpora of so many sentences of each language that are not held back, in an order that the seed draws.

    Args:
        corpora: Where from; all scripts of a language count as one, and the first to have enough has them all.
        sentences: Lines of each language; ``None`` keeps all.
        max_bytes: Or the most bytes of UTF-8 of each language, a line break each included, in whole lines.
        without: By language, the hashes of documents that are held back somewhere.
        seed: Of the order of documents.
    """
    size, most = (_one, sentences) if max_bytes is None else (_bytes, max_bytes)
    left = dict.fromkeys((corpus.language for corpus in corpora), most)
    found = []
    for corpus in corpora:
        held, count = without.get(corpus.language, ()), left[corpus.language]
        if count == 0:
            continue
        documents = [document for document in corpus.documents() if document_hash(document) not in held]
        if count is not None:
            left[corpus.language] = max(0, count - sum(size(x) for each in documents for x in each.split("\n")))
            documents = list(_first(_ordered(documents, seed=seed), most=count, size=size))
        digest = hashlib.sha256("\n\n".join(documents).encode()).hexdigest()[:20]
        if documents:
            found.append(Corpus(corpus.language, corpus.script, f"kept/{digest}", read=_Kept(documents)))
    return found


def _ordered(documents: Sequence[str], *, seed: int) -> list[str]:
    return sorted(documents, key=lambda document: hashlib.blake2b(f"{seed}/{document}".encode()).digest())


def _first(documents: Sequence[str], *, most: int, size: Callable[[str], int]) -> Iterator[str]:
    for document in documents:
        lines = document.split("\n")
        ends = list(accumulate(map(size, lines)))
        own = bisect_right(ends, most)
        if own:
            yield "\n".join(lines[:own])
            most -= ends[own - 1]
        if own < len(lines):
            return


def _one(line: str) -> int:
    del line
    return 1


def _bytes(line: str) -> int:
    return len(line.encode()) + 1


class _Kept:
    """Documents in memory, read again and again."""

    def __init__(self, documents: Sequence[str]) -> None:
        self.documents = documents

    def __call__(self) -> Iterator[str]:
        return iter(self.documents)
