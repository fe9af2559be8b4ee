"""The files of a bundle: a description in JSON, tensors in safetensors; the directory appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypergen.errors import BundleError

if TYPE_CHECKING:
    import torch

__all__ = ["new_directory", "read_parts", "write_directory", "write_parts"]

FORMAT = 1
DESCRIPTION, WEIGHTS = "bundle.json", "weights.safetensors"


def write_parts(
    directory: Path,
    *,
    description: Mapping[str, Any],
    tensors: Mapping[str, torch.Tensor],
    others: Mapping[str, bytes],
) -> None:
    """Write a new directory with ``bundle.json``, ``weights.safetensors`` and other files.

    Raises:
        BundleError: If the directory exists already.
        OSError: If it cannot be written (a full disk, a missing permission); it names ``directory``.
    """
    from safetensors.torch import save  # to bytes, so that a full disk is told as the operating system tells it

    weights = save({name: tensor.contiguous() for name, tensor in tensors.items()})
    told = {"format": FORMAT, **description, "weights_sha256": hashlib.sha256(weights).hexdigest()}
    write_directory(directory, {WEIGHTS: weights, DESCRIPTION: json.dumps(told, indent=1).encode(), **others})


def write_directory(directory: Path, files: Mapping[str, bytes]) -> None:
    """Write a new directory of these files; it appears whole or not at all.

    Raises:
        BundleError: If the directory exists already.
        OSError: If it cannot be written (a full disk, a missing permission); it names ``directory``.
    """
    with new_directory(directory) as beside:
        for name, content in files.items():
            (beside / name).write_bytes(content)


@contextmanager
def new_directory(directory: Path) -> Iterator[Path]:
    """A directory to fill, beside ``directory``, which is given that name in the end: nothing half-written stays.

    Raises:
        BundleError: If the directory exists already, or no directory can have that name.
        OSError: If it cannot be written (a full disk, a missing permission); it names ``directory``.
    """
    if "\0" in str(directory):
        raise BundleError(f"the directory {str(directory)!r} has a NUL character in its name; choose another name.")
    if directory.exists():
        raise BundleError(f"{directory} exists already; choose another directory or remove it first.")
    directory.parent.mkdir(parents=True, exist_ok=True)
    try:
        beside = Path(tempfile.mkdtemp(dir=directory.parent, prefix=f".{directory.name}-"))
        try:
            yield beside
            beside.chmod(0o755)
            beside.rename(directory)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(directory)) from error


def read_parts(directory: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Description and tensors of a directory.

    Raises:
        BundleError: If it is missing, damaged, made by a later version of hypergen, or has weights that are not finite.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    if not (directory / DESCRIPTION).is_file():
        raise BundleError(
            f"{directory} is no bundle: it has no {DESCRIPTION}; give a directory that hypergen wrote, or "
            "generator-mini, which comes with it."
        )
    try:
        told = json.loads((directory / DESCRIPTION).read_text(encoding="utf-8"))
        if told["format"] > FORMAT:
            raise BundleError(f"{directory} has format {told['format']}, and {FORMAT} is read here; update hypergen.")
        weights = (directory / WEIGHTS).read_bytes()
        if hashlib.sha256(weights).hexdigest() != told["weights_sha256"]:
            raise BundleError(f"{directory / WEIGHTS} is cut short or altered (another checksum); fetch it again.")
        tensors = load(weights)
        if broken := [name for name, tensor in tensors.items() if not tensor.isfinite().all()]:
            raise BundleError(
                f"{broken[0]} in {directory / WEIGHTS} has numbers that are not finite, as when training diverges; "
                "train it again at a lower rate."
            )
        return told, tensors
    except BundleError:
        raise
    except (KeyError, TypeError, ValueError, RecursionError, FileNotFoundError, SafetensorError) as error:
        raise BundleError(f"{directory} is damaged ({type(error).__name__}: {error}); fetch it again.") from error
