"""Cleaning of raw text, the same for every layout on disk: what a line keeps, and which lines stay.

Nothing here counts words: scripts without spaces (Chinese, Japanese, Thai, Khmer, Lao, Tibetan) keep their lines.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

__all__ = ["CLEANING_VERSION", "capped", "clean_document", "clean_line"]

CLEANING_VERSION = "1"
"""Part of every corpus fingerprint: raise it with any change below, and cached blocks are made anew."""

_MIN_LETTERS = 3
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # control characters; those that are white space are collapsed instead
    "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"  # soft hyphen, zero width, directions
)
_LETTERS = re.compile(r"[^\W\d_].*?" * _MIN_LETTERS)


def clean_line(line: str) -> str:
    r"""One line in NFC, without invisible characters, white space collapsed; empty if the line is to be dropped.

    Dropped are lines with U+FFFD (a decoding error upstream) and lines with fewer than three letters or marks. The
    zero-width joiner and non-joiner stay: they are orthography in Persian, Sinhala, Kurdish and others.

    Example:
        >>> clean_line("  Habari\u200b  ya\tasubuhi ")
        'Habari ya asubuhi'
        >>> clean_line("3:16"), clean_line("生日快乐")
        ('', '生日快乐')
    """
    text = " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", line)).split())
    return text if "\ufffd" not in text and _has_letters(text) else ""


def clean_document(lines: Iterable[str]) -> str:
    r"""The lines worth keeping, each cleaned, joined by ``"\n"``; empty if none is.

    Example:
        >>> clean_document(["Moja  mbili", "12", "tatu"])
        'Moja mbili\ntatu'
    """
    return "\n".join(filter(None, map(clean_line, lines)))


def capped(documents: Iterable[str], *, max_bytes: int | None) -> Iterator[str]:
    """The first non-empty documents whose UTF-8 bytes together stay within ``max_bytes``; all of them without a cap.

    Example:
        >>> list(capped(["abcd", "", "efgh", "i"], max_bytes=8))
        ['abcd', 'efgh']
    """
    total = 0
    for document in filter(None, documents):
        if max_bytes is not None:
            total += len(document.encode())
            if total > max_bytes:
                return
        yield document


def _has_letters(text: str) -> bool:
    """At least three characters of the Unicode categories L and M; the quick test sees letters only."""
    if _LETTERS.search(text):
        return True
    return sum(unicodedata.category(character)[0] in "LM" for character in text) >= _MIN_LETTERS
