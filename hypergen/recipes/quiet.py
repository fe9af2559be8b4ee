"""What libraries say while a command runs: only what the person running it needs to know."""

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

__all__ = ["quiet"]

_SAY_NOTHING: Final = (
    "'set_vital' is deprecated",  # torch 2.13: DataLoader calls a function that torch itself deprecates
    r".isinstance.treespec, LeafSpec.. is deprecated",  # lightning 2.6 asks torch's pytree in the old way
    ".*does not have many workers",  # batches of tasks are small and at hand
    r"Found \d+ module\(s\) in eval mode",  # the frozen backbone, on purpose
    r"The number of training batches \(\d+\) is smaller than the logging interval",
    "Experiment logs directory .* exists and is not empty",  # a resumed run goes on in its directory
    "Checkpoint directory .* exists and is not empty",
    "Total length of .* across ranks is zero",  # nothing held back, as asked for
)


@contextmanager
def quiet() -> Iterator[None]:
    """Within it, no tips and no progress bars of libraries, and a warning is one line; afterwards all is as before."""
    import datasets
    from transformers.utils import logging as transformers_logging

    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    bars = transformers_logging.is_progress_bar_enabled(), datasets.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    datasets.disable_progress_bars()
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            for message in _SAY_NOTHING:
                warnings.filterwarnings("ignore", message=message)
            warnings.showwarning = _say
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if bars[0]:
            transformers_logging.enable_progress_bar()
        if bars[1]:
            datasets.enable_progress_bars()


def _say(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning as one line, without the place in the code that it came from."""
    del category, filename, lineno, line
    print(f"hypergen: warning: {' '.join(str(message).split())}", file=file or sys.stderr)
