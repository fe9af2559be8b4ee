"""Which characters of a sentence made of a triple are subject, predicate, object and full stop."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from jaxtyping import Int32

from hypergen.data.conceptnet_wordings import predicates
from hypergen.errors import CorpusError

__all__ = ["MARKS_VERSION", "OBJECT", "STOP", "SUBJECT", "marked_spans", "token_marks"]

MARKS_VERSION: Final = "1"
"""Part of the key of cached blocks that have marks: raise it with any change below."""

SUBJECT, PREDICATE, OBJECT, STOP = 1, 2, 3, 4
"""Marks rise within a sentence, so a new sentence begins where they fall. 0 is no part of one."""


def marked_spans(document: str) -> list[tuple[int, int, int]]:
    r"""Begin, end and mark of each part of each line: the predicate is the first wording in it, of two the longer.

    Raises:
        CorpusError: a line without a predicate between two words.

    Example:
        >>> marked_spans("pensel is etymologically derived from pencil.")
        [(0, 6, 1), (7, 37, 2), (38, 44, 3), (44, 45, 4)]
    """
    spans, offset = [], 0
    for line in document.split("\n"):
        match = _sentence().fullmatch(line)
        if match is None:
            raise CorpusError(
                f"TLM masks a side of a triple, and {line[:80]!r} is none: it has no wording of ConceptNet's relations "
                f"between two words; give files of 'hypergen corpus conceptnet', or another objective."
            )
        spans += [
            (offset + match.start(mark), offset + match.end(mark), mark) for mark in (SUBJECT, PREDICATE, OBJECT, STOP)
        ]
        offset += len(line) + 1
    return spans


def token_marks(document: str, offsets: Sequence[tuple[int, int]]) -> Int32[np.ndarray, " tokens"]:
    """The mark of each token, from where it begins and ends: that of its last character.

    (Some tokenizers count the space before a word as part of its first piece.)

    Example:
        >>> token_marks("pensel is a type of pen.", [(0, 6), (6, 9), (9, 11), (11, 16), (16, 19), (19, 23), (23, 24)])
        array([1, 2, 2, 2, 2, 3, 4], dtype=int32)

    Raises:
        CorpusError: a line without a predicate between two words.
    """
    characters = np.zeros(len(document) + 1, np.int32)
    for start, end, mark in marked_spans(document):
        characters[start:end] = mark
    return characters[[end - 1 for _, end in offsets]]


@cache
def _sentence() -> re.Pattern[str]:
    """Any of the published and corrected wordings, the longer first, between the two sides."""
    tables = (predicates(12), predicates(33, wording="published"), predicates(33))
    wordings = sorted({told for table in tables for told in table.values()}, key=lambda told: (-len(told), told))
    return re.compile(rf"(.+?) ({'|'.join(map(re.escape, wordings))}) (.+?)(\.?)")
