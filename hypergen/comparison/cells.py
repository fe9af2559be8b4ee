"""What a comparison keeps: a file for each thing that was run, found again by all that went into it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

from hypergen.errors import HypergenError
from hypergen.evaluation.report import write_json_atomically

__all__ = ["Kind", "Store", "fingerprint", "versions"]

Kind = Literal["sources", "trials", "choices", "cells"]
"""What is kept: a source trained on the training languages, a trial on development languages, what trials that were run
elsewhere chose, a cell."""
FORMAT: Final = 1
"""Counted on when a change of code changes numbers: what was kept before is then run again."""


def fingerprint(inputs: Mapping[str, Any]) -> str:
    """Twenty hexadecimal digits of SHA-256 over the inputs, whatever their order.

    Example:
        >>> fingerprint({"seed": 0, "amount": 50}) == fingerprint({"amount": 50, "seed": 0})
        True
    """
    text = json.dumps(inputs, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def versions() -> dict[str, Any]:
    """What of the software goes into a fingerprint: this format, and torch without its patch number and build."""
    return {"format": FORMAT, "torch": ".".join(version("torch").split(".")[:2])}


class Store:
    """Files ``ROOT/KIND/FINGERPRINT.json`` of inputs and what came of them, each written whole or not at all.

    Args:
        root: The directory; made when something is written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, kind: Kind, inputs: Mapping[str, Any]) -> Path:
        """Where it is, or would be."""
        return self.root / kind / f"{fingerprint(inputs)}.json"

    def read(self, kind: Kind, inputs: Mapping[str, Any]) -> dict[str, Any] | None:
        """What came of these inputs; ``None`` if that was not run yet.

        Raises:
            HypergenError: The file is damaged.
        """
        path = self.path(kind, inputs)
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            outcome: dict[str, Any] = told["outcome"]
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise HypergenError(
                f"{path} is damaged ({type(error).__name__}); remove it, and what it held is run again."
            ) from error
        return outcome

    def write(self, kind: Kind, inputs: Mapping[str, Any], outcome: Mapping[str, Any]) -> None:
        """Keep what came of these inputs."""
        write_json_atomically(self.path(kind, inputs), {"inputs": dict(inputs), "outcome": dict(outcome)})

    def directory(self, kind: Kind, inputs: Mapping[str, Any]) -> Path:
        """Where tensors that came of these inputs are, or would be: a directory instead of a file."""
        return self.root / kind / fingerprint(inputs)
