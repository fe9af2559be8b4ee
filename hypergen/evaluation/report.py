"""Where numbers come from, written beside them: machine, versions, seeds and command."""

import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("torch", "lightning", "transformers", "numpy")


def provenance(*, seeds: Sequence[int], command: str, date: str | None = None) -> dict[str, object]:
    """What a result file says of its own making: the keys command, date, seeds, hardware and versions.

    Args:
        seeds: the seeds the rows were measured under.
        command: the command that makes the file again, with paths relative to the repository's root.
        date: ISO date; None asks the clock (UTC).

    Returns:
        plain values, ready for JSON. ``versions["git"]`` is the commit of the current directory, ``-dirty`` where
        tracked files differ from it, ``unknown`` outside a repository.
    """
    import torch

    hardware: dict[str, object] = {"cpu": _cpu_model(), "threads": torch.get_num_threads()}
    if torch.cuda.is_available():
        hardware["gpu"] = torch.cuda.get_device_name()
    return {
        "command": command,
        "date": date if date is not None else datetime.now(UTC).date().isoformat(),
        "seeds": list(seeds),
        "hardware": hardware,
        "versions": {"python": platform.python_version(), **dict(_versions()), "git": _git_commit()},
    }


def write_json_atomically(path: Path, obj: object) -> None:
    """Write JSON so that a reader finds the old file or the new one, never a part; makes the directory.

    A list of objects directly under a top-level key is written one object a line, so that a changed row is a changed
    line.

    Raises:
        ValueError: a number that is not finite, which JSON cannot say; the file is left as it was.
        OSError: it cannot be written (``path`` is a directory, a full disk); the error names ``path``.
    """
    text = _readable(obj) + "\n"
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:  # it names the part, of which nobody was told
        raise OSError(error.errno, error.strerror, str(path)) from error


def _readable(obj: object) -> str:
    if not isinstance(obj, Mapping):
        return _dumps(obj)
    entries = []
    for key, value in obj.items():
        shown = _dumps(value)
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            shown = "[\n" + ",\n".join(f"    {_dumps(item)}" for item in value) + "\n  ]"
        entries.append(f"  {_dumps(str(key))}: {shown}")
    return "{\n" + ",\n".join(entries) + "\n}"


def _dumps(obj: object) -> str:
    return json.dumps(obj, ensure_ascii=False, allow_nan=False)


def _versions() -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            yield package, "absent"


def _cpu_model() -> str:
    """The processor's name: Linux tells it in /proc/cpuinfo, elsewhere the platform module knows it best."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "unknown"


def _git_commit() -> str:
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told.stdout.strip()
