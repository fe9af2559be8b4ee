"""Sentences made of triples, a share of them made false."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from hypergen.data.blocks import BUCKETS, document_hash
from hypergen.data.corpora import Corpus
from hypergen.data.triples import OBJECT, marked_spans
from hypergen.errors import CorpusError

__all__ = ["noisy"]


def noisy(corpus: Corpus, *, share: float, seed: int) -> Corpus:
    r"""The corpus with a share of its sentences ending in the end of another: what they say is then false, mostly.

    A sentence is changed if ``blake2b(seed, sentence) mod 10000 < 10000 share``, so that those changed for a smaller
    share are among those changed for a larger one. `hypergen corpus conceptnet --noise` does the same to edges.

    Raises:
        CorpusError: A share that is none, or a line that was not made of a triple.

    Example:
        >>> lines = "pen is a type of tool.\ncat is a type of animal."
        >>> corpus = Corpus("eng", "Latn", "demo", read=lambda: iter([lines]))
        >>> list(noisy(corpus, share=1.0, seed=0).documents())
        ['pen is a type of animal.\ncat is a type of tool.']
    """
    if not 0 <= share <= 1:
        raise CorpusError(f"noise is {share}; expected a share from 0 to 1.")
    if share == 0:
        return corpus

    def read() -> Iterator[str]:
        documents = [document.split("\n") for document in corpus.documents()]
        lines = [line for document in documents for line in document]
        places = [next((start, end) for start, end, mark in marked_spans(line) if mark == OBJECT) for line in lines]
        ends = [line[start:end] for line, (start, end) in zip(lines, places, strict=True)]
        told = []
        for line, (start, end) in zip(lines, places, strict=True):
            draw = document_hash(f"noise {seed} {line}")
            if draw % BUCKETS < round(share * BUCKETS):
                other = _other(ends, line[start:end], first=draw // BUCKETS % len(ends))
                line = line[:start] + other + line[end:]  # noqa: PLW2901
            told.append(line)
        for last, document in zip(accumulate(map(len, documents)), documents, strict=True):
            yield "\n".join(told[last - len(document) : last])

    return Corpus(corpus.language, corpus.script, f"{corpus.fingerprint}/noise/{share}/{seed}", read=read)


def _other(ends: list[str], own: str, *, first: int) -> str:
    """The next end from a place on that is another one; the same if there is no other."""
    several = (ends[(first + step) % len(ends)] for step in range(len(ends)))
    return next((end for end in several if end != own), own)
