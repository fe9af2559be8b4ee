"""Amounts of a language's own text: sentences, bytes, or all there is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from hypergen.errors import HypergenError

__all__ = ["Amount", "amount_name", "bytes_of", "checked_amount", "in_order", "said_amount"]

Amount = int | str | None
"""A number of sentences; bytes of UTF-8, as they are written (``"50kB"``); ``None`` is all there are."""
UNITS: Final[Mapping[str, int]] = {"kB": 10**3, "MB": 10**6, "GB": 10**9}
SENTENCE: Final = 100
"""Bytes that count as a sentence where amounts of both kinds are put in order."""
_BYTES: Final = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>[kMG]B)")


def bytes_of(amount: Amount) -> int | None:
    """The bytes of an amount; ``None`` if it is not in bytes.

    Example:
        >>> bytes_of("1.5MB"), bytes_of(50), bytes_of(None)
        (1500000, None, None)
    """
    parts = _BYTES.fullmatch(amount) if isinstance(amount, str) else None
    return None if parts is None else round(float(parts["number"]) * UNITS[parts["unit"]])


def checked_amount(told: int | str) -> Amount:
    """An amount as it was told.

    Raises:
        HypergenError: It is below nothing, or no amount.

    Example:
        >>> checked_amount(50), checked_amount("all"), checked_amount("50kB")
        (50, None, '50kB')
    """
    if told == "all":
        return None
    if isinstance(told, int) and told >= 0:
        return told
    if isinstance(told, str) and bytes_of(told):
        return told
    raise HypergenError(f"amounts has {told}; expected numbers of sentences from 0 on, sizes such as 50kB, or all.")


def amount_name(amount: Amount) -> str:
    """An amount of text as it is written.

    Example:
        >>> amount_name(50), amount_name("50kB"), amount_name(None)
        ('50', '50kB', 'all')
    """
    return "all" if amount is None else str(amount)


def said_amount(name: str) -> str:
    """An amount by its name, in words.

    Example:
        >>> said_amount("50"), said_amount("50kB"), said_amount("all")
        ('50 sentences', '50kB', 'all sentences')
    """
    return name if bytes_of(name) else f"{name} sentences"


def in_order(amount: Amount) -> float:
    """A number to sort amounts by, the smallest first, all there is last: sentences.

    Example:
        >>> sorted([None, "50kB", 1000, 0, "1.5MB"], key=in_order)
        [0, '50kB', 1000, '1.5MB', None]
    """
    if isinstance(amount, int):
        return float(amount)
    size = bytes_of(amount)
    return float("inf") if size is None else size / SENTENCE
