"""What comes with hypergen, by name: a small backbone, and a generator for it."""

import importlib.resources
from pathlib import Path
from typing import Final

__all__ = ["BACKBONE", "GENERATOR", "located"]

BACKBONE: Final = "hypergen-mini"
GENERATOR: Final = "generator-mini"


def located(name: str | Path) -> str:
    """The directory of what is shipped under this name; any other name as it is.

    Example:
        >>> Path(located("generator-mini"), "bundle.json").is_file(), located("runs/madg/bundle")
        (True, 'runs/madg/bundle')
    """
    shipped = str(name) in (BACKBONE, GENERATOR)
    return str(importlib.resources.files("hypergen") / "resources" / str(name)) if shipped else str(name)
