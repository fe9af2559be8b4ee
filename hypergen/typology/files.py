"""Typology tables of one's own, as CSV: a header, then a language code and one number a feature in each line."""

import csv
import io
import re
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from hypergen.errors import TypologyError, UnknownLanguageError
from hypergen.languages import Language

__all__ = ["read_csv"]


def read_csv(path: Path) -> tuple[tuple[str, ...], tuple[str, ...], Float32[np.ndarray, "lang feat"]]:
    """Languages, features and values of a CSV file; NaN where a cell is empty.

    The first column holds language codes or aliases of them. Invented languages take ISO 639-3's private codes, ``qaa``
    to ``qtz``, or begin with ``x-``.

    Raises:
        TypologyError: the file is not such a table; the message names the line.
    """
    if not path.is_file():
        raise TypologyError(f"there is no typology table at {path}; give the path of a CSV file")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TypologyError(f"{path} is not UTF-8 at byte {error.start}; save it as UTF-8") from error
    rows: dict[str, list[float]] = {}
    with io.StringIO(text, newline="") as file:
        reader = csv.reader(file)
        _, *features = next(reader, None) or [""]
        if not features or len(set(features)) < len(features):
            raise TypologyError(
                f"{path}, line 1: expected a header, 'language' and then feature names, no two the same"
            )
        for cells in filter(None, reader):
            place = f"{path}, line {reader.line_num}"
            if len(cells) != len(features) + 1:
                raise TypologyError(f"{place}: found {len(cells)} cells, expected {len(features) + 1} as in the header")
            code = _code(cells[0].strip(), place=place)
            if code in rows:
                raise TypologyError(f"{place}: {cells[0]!r} means {code}, which already has a row; keep one of them")
            rows[code] = [
                _number(cell, place=f"{place}, column {feature!r}")
                for feature, cell in zip(features, cells[1:], strict=True)
            ]
    if not rows:
        raise TypologyError(f"{path} has no row below its header; add one for each language")
    return tuple(rows), tuple(features), np.array(list(rows.values()), dtype=np.float32)


def _code(text: str, *, place: str) -> str:
    if re.fullmatch(r"q[a-t][a-z]|x-.+", text):
        return text
    try:
        return Language.parse(text).iso3
    except UnknownLanguageError as error:
        raise TypologyError(f"{place}: {error} (invented languages are written qaa to qtz, or x-name)") from error


def _number(cell: str, *, place: str) -> float:
    if not cell.strip():
        return float("nan")
    try:
        number = float(cell)
    except ValueError:
        number = float("nan")
    if not np.isfinite(number):
        raise TypologyError(f"{place}: {cell!r} is no finite number; where the value is unknown, leave the cell empty")
    return number
