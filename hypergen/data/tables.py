"""Tables whose first line names their columns, apart by tabs; quotes mean nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hypergen.data.text_files import text_lines
from hypergen.errors import CorpusError, HypergenError

__all__ = ["numbered_lines", "read_delimited"]


def read_delimited(
    path: Path, *, error: type[HypergenError] = CorpusError
) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """The names of a table's columns, and its rows with the numbers of their lines; blank lines are passed over.

    Args:
        path: The file, plain or packed.
        error: What is raised where it is no table.

    Raises:
        HypergenError: A column is named twice, or, when it is read, a row has another number of columns or a carriage
            return inside; of the class ``error``.
        CorpusError: The file is damaged or not UTF-8.
    """
    lines = ((number, line.split("\t")) for number, line in numbered_lines(path, error=error))
    _, header = next(lines, (0, [""]))
    if twice := [name for name in header if header.count(name) > 1]:
        raise error(f"{path}, line 1 names the column {twice[0]!r} twice; rename or remove one of the two.")
    return header, _rows(lines, header, path=path, error=error)


def _rows(
    lines: Iterator[tuple[int, list[str]]], header: list[str], *, path: Path, error: type[HypergenError]
) -> Iterator[tuple[int, dict[str, str]]]:
    for number, cells in lines:
        if cells == [""]:
            continue
        if len(cells) != len(header):
            raise error(
                f"{path}, line {number} has {len(cells)} columns; expected {len(header)} as in line 1: correct it, or "
                "fetch the file again."
            )
        yield number, dict(zip(header, cells, strict=True))


def numbered_lines(path: Path, *, error: type[HypergenError] = CorpusError) -> Iterator[tuple[int, str]]:
    """The lines of a file without their ends, counted from 1.

    Raises:
        HypergenError: One has a carriage return inside; of the class ``error``.
        CorpusError: The file is damaged or not UTF-8.
    """
    for number, line in enumerate(text_lines(path), start=1):
        content = line.rstrip("\r\n")
        if "\r" in content:
            raise error(
                f"{path}, line {number} has a carriage return inside; expected lines that end in line feeds: remove "
                r"the character, or convert the file, for example with tr '\r' '\n' < FILE > NEW."
            )
        yield number, content
