"""Words of plain text, for tasks whose labels belong to words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

__all__ = ["words_of"]

APOSTROPHES = "'’ʼʻ‘"
"""What belongs to a word at its ends too: in many orthographies a letter, such as the glottal stop."""


def words_of(line: str) -> tuple[str, ...]:
    """The words of a line: between spaces, punctuation at their ends a word each; in scripts without spaces one word.

    Apostrophes stay with their word wherever they are, punctuation within a word stays there too (``e-mail``).

    Example:
        >>> words_of("In k'aaba'e' Ana, (yéetel) 3.5!")
        ('In', "k'aaba'e'", 'Ana', ',', '(', 'yéetel', ')', '3.5', '!')
    """
    return tuple(word for chunk in line.split() for word in _parts(chunk))


def _parts(chunk: str) -> Iterator[str]:
    start, end = 0, len(chunk)
    while start < end and _is_mark(chunk[start]):
        yield chunk[start]
        start += 1
    while end > start and _is_mark(chunk[end - 1]):
        end -= 1
    if start < end:
        yield chunk[start:end]
    yield from chunk[end:] if end > start else ()


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("P") and character not in APOSTROPHES
