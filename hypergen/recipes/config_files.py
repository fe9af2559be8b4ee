"""Configuration files, checked before jsonargparse reads them: what is wrong with one, by its name and line."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from hypergen.errors import HypergenError

if TYPE_CHECKING:
    from yaml import Node

__all__ = ["check_config", "configs_of"]


def configs_of(args: Iterable[str]) -> list[Path]:
    """The files that ``--config`` names in a command line; settings that are written out there are none.

    Example:
        >>> configs_of(["yua", "--config", "pyproject.toml", "--config={seed: 1}"])
        [PosixPath('pyproject.toml')]
    """
    words = list(args)
    given = [value for word, value in pairwise(words) if word == "--config"]
    given += [word.removeprefix("--config=") for word in words if word.startswith("--config=")]
    return [Path(value) for value in given if _is_file(value)]


def check_config(path: Path) -> None:
    """Check that a file is YAML with settings by name, each once.

    Raises:
        HypergenError: It is not; the sentence names the file, and the line where there is one.
    """
    import yaml

    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        kind = "UTF-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "another encoding"
        raise HypergenError(
            f"the configuration {path} is not UTF-8 but {kind} (byte {error.start}); save it again as UTF-8."
        ) from error
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark, what = getattr(error, "problem_mark", None), getattr(error, "problem", None) or str(error)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise HypergenError(f"the configuration {path}{where} is not YAML: {what}; correct that line.") from error
    if root is None:
        raise HypergenError(f"the configuration {path} is empty; write settings into it, such as 'seed: 1'.")
    if not isinstance(root, yaml.MappingNode):
        raise HypergenError(f"the configuration {path} has no names; expected settings by name, such as 'seed: 1'.")
    for name, first, again in _repeated(root):
        raise HypergenError(
            f"the configuration {path} has {name} twice, in line {first} and in line {again}; keep one of them."
        )


def _repeated(node: "Node", *, under: str = "") -> Iterator[tuple[str, int, int]]:
    """Names that stand twice in one mapping, dotted, with both lines."""
    from yaml import MappingNode, ScalarNode, SequenceNode

    if isinstance(node, SequenceNode):
        for each in node.value:
            yield from _repeated(each, under=under)
    if not isinstance(node, MappingNode):
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            continue
        name, line = f"{under}{key.value}", key.start_mark.line + 1
        if name in lines:
            yield name, lines[name], line
        lines[name] = line
        yield from _repeated(value, under=f"{name}.")


def _is_file(value: str) -> bool:
    try:
        return Path(value).is_file()
    except (OSError, ValueError):  # settings that are written out may be too long for a name
        return False
