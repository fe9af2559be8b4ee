"""Whether a run may start in a directory, or go on there: with the settings it was started with."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from hypergen.errors import HypergenError
from hypergen.recipes.checks import check_writable_directory

__all__ = ["checkpoint_of", "may_start", "set_logs_aside", "write_settings"]

SETTINGS: Final = "settings.json"
MAY_CHANGE: Final = (
    "out", "accelerator", "activation_checkpointing", "cache_dir", "validate_every", "checkpoint_every",
)  # fmt: skip
"""Settings that do not change what a run ends with."""


def may_start(out: Path, *, settings: Mapping[str, Any], resume: bool) -> None:
    """Check that a run with these settings may start in ``out``, or go on there.

    Raises:
        HypergenError: ``out`` has something in it, is finished, was started with other settings, or cannot be made.
    """
    check_writable_directory(out)
    if (out / "bundle").exists():
        raise HypergenError(f"{out} is finished: {out / 'bundle'} is there; use it, or choose another directory.")
    if not resume:
        if out.exists() and any(out.iterdir()):
            raise HypergenError(
                f"{out} is not empty; choose another directory, or --resume true to go on with its run."
            )
        return
    if not (out / SETTINGS).is_file():
        raise HypergenError(f"{out} has no run to go on with; leave out --resume to start one there.")
    try:
        before = dict(_flat(json.loads((out / SETTINGS).read_text(encoding="utf-8"))))
    except (ValueError, AttributeError) as error:
        raise HypergenError(f"{out / SETTINGS} is damaged ({error}); start a new run in another directory.") from error
    now = dict(_flat(json.loads(_json(settings))))
    for name in sorted({*before, *now}):
        is_new = name not in before and not now[name]  # an option of a later hypergen, which is off
        if name not in MAY_CHANGE and not is_new and before.get(name) != now.get(name):
            raise HypergenError(
                f"the run in {out} was started with {name} {_json(before.get(name))}, not {_json(now.get(name))}; go "
                f"on with --config {out / SETTINGS} --resume true, or choose another directory."
            )


def write_settings(out: Path, *, settings: Mapping[str, Any]) -> None:
    """Make the directory, with the settings in it as a file that ``--config`` reads."""
    out.mkdir(parents=True, exist_ok=True)
    (out / SETTINGS).write_text(_json(settings, indent=1) + "\n", encoding="utf-8")


def checkpoint_of(out: Path) -> Path | None:
    """The last checkpoint of a run; ``None`` if it was stopped before its first.

    Raises:
        HypergenError: it cannot be read.
    """
    import torch

    path = out / "checkpoints" / "last.ckpt"
    if not path.is_file():
        return None
    try:
        torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:  # pickle, zip and torch each have classes of their own for a damaged file
        raise HypergenError(
            f"{path} is damaged ({type(error).__name__}); copy another checkpoint of {path.parent} over it, or start a "
            "new run in another directory."
        ) from error
    return path


def set_logs_aside(logs: Path) -> None:
    """Rename ``metrics.csv``, which the logger of a resumed run would replace, to ``metrics-1.csv`` and so on."""
    if (logs / "metrics.csv").exists():
        number = len(list(logs.glob("metrics-*.csv"))) + 1
        (logs / "metrics.csv").rename(logs / f"metrics-{number}.csv")


def _json(value: object, *, indent: int | None = None) -> str:
    return json.dumps(value, default=str, ensure_ascii=False, indent=indent)


def _flat(settings: Mapping[str, Any], *, under: str = "") -> Iterator[tuple[str, Any]]:
    """Settings with dotted names, as they are given on the command line."""
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, under=f"{under}{name}.")
        else:
            yield f"{under}{name}", value
