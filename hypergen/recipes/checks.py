"""What of a command's numbers and paths is checked before any work is done."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hypergen.errors import BundleError, HypergenError

__all__ = [
    "check_counts",
    "check_new_directory",
    "check_optimizer",
    "check_seed",
    "check_writable_directory",
    "check_writable_file",
]

_LARGEST_SEED: Final = 2**32 - 1


def check_seed(seed: int, *, name: str = "seed") -> None:
    """Check that every library takes the seed.

    Raises:
        HypergenError: It is no whole number from 0 to ``2 ** 32 - 1``.
    """
    if not 0 <= seed <= _LARGEST_SEED:
        raise HypergenError(f"{name} is {seed}; expected a whole number from 0 to {_LARGEST_SEED}.")


def check_counts(values: Mapping[str, int | None], *, least: int = 1) -> None:
    """Check what is counted, by name; ``None`` is for no limit.

    Raises:
        HypergenError: For the first that is below ``least``.
    """
    for name, value in values.items():
        if value is not None and value < least:
            raise HypergenError(f"{name} is {value}; it counts from {least}.")


def check_optimizer(settings: Mapping[str, Any]) -> None:
    """Check how to step: ``OptimizerArgs`` or ``TaskOptimizerArgs`` as plain values.

    Raises:
        HypergenError: A number is not one that can be stepped with.
    """
    told = {f"optimizer.{name}": value for name, value in settings.items()}
    for name in ("lr", "languages_lr", "warmup_steps", "weight_decay", "max_grad_norm"):
        value = settings.get(name)
        if value is not None and not 0 <= value < math.inf:
            raise HypergenError(f"optimizer.{name} is {value}; expected 0 or more.")
    if not 0 <= (dropout := told.get("optimizer.dropout", 0.0)) < 1:
        raise HypergenError(f"optimizer.dropout is {dropout}; expected a chance from 0 to below 1.")
    check_counts({name: told.get(name) for name in ("optimizer.patience",)})


def check_new_directory(path: Path, *, name: str = "out") -> None:
    """Check that a directory can be made there.

    Raises:
        BundleError: There is one, or nothing can be made there.
    """
    if path == Path():
        raise BundleError(f"{name} is empty, or the directory that hypergen runs in; name a new directory.")
    if path.exists():
        raise BundleError(f"{path} exists already; choose another directory or remove it first.")
    _check_above(path, name=name)


def check_writable_directory(path: Path | None, *, name: str = "out") -> None:
    """Check that files can be written into a directory, new or not; ``None`` is for none.

    Raises:
        HypergenError: They cannot.
    """
    if path is None:
        return
    if path.exists() and not path.is_dir():
        raise HypergenError(f"{name} is {path}, a file, where a directory was expected; name a directory.")
    _check_above(path / "file", name=name)


def check_writable_file(path: Path | None, *, name: str = "out") -> None:
    """Check that a file can be written there, in the place of an earlier one or not; ``None`` is for none.

    Raises:
        HypergenError: It cannot.
    """
    if path is None:
        return
    if path.is_dir():
        raise HypergenError(f"{name} is {path}, a directory, where a file was expected; name one, such as scores.json.")
    _check_above(path, name=name)


def _check_above(path: Path, *, name: str) -> None:
    """Check that what is above a path is a directory to write in, or can be made in one."""
    above = next(each for each in path.absolute().parents if each.exists())
    if not above.is_dir():
        raise HypergenError(f"{name} is to lie below {above}, which is a file; choose another path.")
    if not os.access(above, os.W_OK | os.X_OK):
        raise HypergenError(f"{name} is to lie in {above}, which must not be written to; choose another path.")
