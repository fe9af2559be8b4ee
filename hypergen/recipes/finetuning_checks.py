"""What fine-tuning is told, checked, and whether it came to anything."""

import math
from collections.abc import Iterable
from typing import Final

from hypergen.errors import CorpusError, HypergenError

__all__ = ["TOLD", "check_converged", "check_numbers", "check_what", "read_once"]

TOLD: Final = {"wider": "adapter and fresh units", "adapter": "adapter", "embedding": "embedding"}
"""What is tuned, in words."""


def read_once(lines: Iterable[str]) -> list[str]:
    """The lines as a list, also of an iterator.

    Raises:
        CorpusError: They are one text.
    """
    if isinstance(lines, str):
        raise CorpusError("lines is one text; give its lines, such as text.splitlines().")
    return list(lines)


def check_what(what: str) -> None:
    """Check what is to be tuned.

    Raises:
        HypergenError: There is no such thing.
    """
    if what not in TOLD:
        raise HypergenError(f"what is {what!r}; expected {', '.join(TOLD)}, or None to have it chosen.")


def check_numbers(*, steps: int | float, lr: int | float, penalty: int | float) -> None:
    """Check what was asked for.

    Raises:
        HypergenError: If a number is not what it may be.
    """
    if steps < 1 or steps != int(steps) or not 0 < lr < math.inf or not 0 <= penalty < math.inf:
        raise HypergenError(
            f"steps is {steps}, lr {lr} and penalty {penalty}; expected 1 step or more, a rate above 0 and a penalty "
            "of 0 or more."
        )


def check_converged(before: float, after: float, *, lr: float) -> None:
    """Check the losses on the lines that are held back.

    Raises:
        HypergenError: One is no number.
    """
    if not math.isfinite(before):
        raise HypergenError(f"the loss before tuning is {before}; the bundle or its backbone is damaged: get it again.")
    if not math.isfinite(after):
        raise HypergenError(f"training diverged: the loss after it is {after}; give a lower lr than {lr:g}.")
