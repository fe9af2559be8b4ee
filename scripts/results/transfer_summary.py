"""From the cells of the transfer of tasks to one result file, and from a result file back to its cells."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from transfer_plan import Cell, language_of

from hypergen.evaluation.findings import TransferRows, findings
from hypergen.evaluation.groups import Splits, group_of
from hypergen.languages import Language
from hypergen.typology import TypologyTable

OF_LANGUAGE: Final = ("family", "genus", "group", "coverage")
OF_CELL: Final = ("num_sources", "seed", "keep_overlaps")
BANK: Final = frozenset({"mad-x", "nearest", "mean", "tipa"})


def summed_up(cells: Sequence[Mapping[str, Any]], *, splits: Splits) -> dict[str, Any]:
    """The cells without their rows, all rows with what is known of their language and cell, and what they say."""
    table = TypologyTable.from_uriel()
    rows = []
    for cell in cells:
        for row in cell["rows"]:
            known = Language.parse(row["language"])
            rows.append({
                **row, "family": known.family, "genus": known.genus, "num_sources": _num_sources(cell),
                "seed": cell["seed"], "group": str(group_of(row["language"], splits=splits, genus_of=genus_of)),
                "coverage": round(table.coverage(row["language"]), 4), "keep_overlaps": cell["keep_overlaps"],
            })  # fmt: skip
    clean = TransferRows([row for row in rows if not row["keep_overlaps"]])
    return {
        "cells": [{key: value for key, value in cell.items() if key != "rows"} for cell in cells],
        "findings": [
            {"claim": each.claim, "verdict": each.verdict, "numbers": each.numbers} for each in findings(clean)
        ],
        "rows": rows,
    }


def restored(told: Mapping[str, Any]) -> Iterator[tuple[Cell, dict[str, Any]]]:
    """The cells of a result file, each as it was written when it was run.

    Raises:
        SystemExit: They do not say what they were run with, as before November's end.
    """
    for cell in told["cells"]:
        rows = [
            {key: value for key, value in row.items() if key not in (*OF_LANGUAGE, *OF_CELL)}
            for row in told["rows"]
            if _is_of(row, cell)
        ]
        named = Cell(cell["family"], tuple(cell["sources"]), cell["seed"], cell["keep_overlaps"])
        if "options" not in cell:
            raise SystemExit(
                f"the cells of {told['task']} do not say with which options they were run; run them again."
            )
        yield named, {**cell, "rows": rows}


def read_results(path: Path) -> dict[str, Any]:
    """A result file.

    Raises:
        SystemExit: It is missing or cut off.
    """
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SystemExit(f"{path} is missing; give --results as the summary was given it.") from None
    except ValueError:
        raise SystemExit(f"{path} is no whole JSON file; take it from the repository again.") from None
    return told


def genus_of(code: str) -> str | None:
    """The genus of a language."""
    return Language.parse(code).genus


def _num_sources(cell: Mapping[str, Any]) -> int:
    """As rows have it: none where a language is learned in itself."""
    return 0 if cell["family"] == "supervised" else len(cell["sources"])


def _is_of(row: Mapping[str, Any], cell: Mapping[str, Any]) -> bool:
    of_cell = {**cell, "num_sources": _num_sources(cell)}
    if any(row[key] != of_cell[key] for key in OF_CELL):
        return False
    if cell["family"] == "supervised":
        return (row["method"], row["language"]) == ("supervised", language_of(cell["sources"][0]))
    family: str = cell["family"]
    return _family_of(row["method"], num_sources=row["num_sources"]) == family


def _family_of(method: str, *, num_sources: int) -> str:
    """What a method's task adapter was trained over: with English alone its generated adapter is English's."""
    if method in BANK:
        return "bank"
    if method.startswith("generated") or (method, num_sources) == ("english", 1):
        return "generated"
    return {"full fine-tuning": "full"}.get(method, method)
