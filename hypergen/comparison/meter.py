"""What a fit costs: seconds, and the most memory that was held."""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import torch

__all__ = ["Meter", "Used", "peak_gb", "reset_peak"]

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_PEAK: Final = "5"
"""What Linux understands as: count the peak from now on."""


@dataclass
class Used:
    """What was used between the beginning and the end of a measurement."""

    seconds: float = 0.0
    peak_gb: float = 0.0


def reset_peak() -> None:
    """Count the peak of memory from now on, where the system can."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    try:
        _CLEAR.write_text(_PEAK, encoding="ascii")
    except OSError:  # no Linux: the peak is that of the process since it began
        return


def peak_gb() -> float:
    """Gigabytes at the peak: of the GPU where there is one, else of this process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**30
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text(encoding="ascii"))
    except OSError:
        found = None
    return (int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 2**20


@dataclass(frozen=True)
class Meter:
    """A clock and a gauge."""

    clock: Callable[[], float] = time.monotonic
    gauge: Callable[[], float] = peak_gb
    reset: Callable[[], None] = field(default=reset_peak)

    @contextmanager
    def measured(self) -> Iterator[Used]:
        """Gives what is known when the block has ended."""
        used = Used()
        self.reset()
        began = self.clock()
        yield used
        used.seconds, used.peak_gb = round(self.clock() - began, 2), round(self.gauge(), 3)
