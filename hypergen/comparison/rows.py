"""The rows of a comparison's result file, and what of them is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypergen.comparison.amounts import Amount, in_order
from hypergen.evaluation.groups import Group, Splits, group_of
from hypergen.evaluation.perplexity import Score
from hypergen.evaluation.results import Results, Row
from hypergen.languages import Language
from hypergen.typology import TypologyTable

__all__ = ["about_language", "amounts_of", "measured", "results_at", "row_of", "rows_of"]


def about_language(code: str, *, splits: Splits, table: TypologyTable) -> dict[str, Any]:
    """What every row says of its language: group, genus, family, coverage of its typology."""
    language = Language.parse(code)
    return {
        "language": code,
        "group": str(group_of(code, splits=splits, genus_of=lambda each: Language.parse(each).genus)),
        "genus": language.genus,
        "family": language.family,
        "coverage": round(table.coverage(code), 4),
    }


def row_of(
    score: Score, *, method: str, seed: int, domain: str, splits: Splits, table: TypologyTable
) -> dict[str, object]:
    """A row of a result file, as `hypergen.evaluation.results` describes it."""
    about = about_language(score.language, splits=splits, table=table)
    named = {"domain": domain, "method": method, "seed": seed, "loss": score.loss, "positions": score.positions}
    return {**about, **named}


def amounts_of(rows: Sequence[Mapping[str, Any]]) -> list[Amount]:
    """The amounts of text that there are rows of, the smallest first, all there is last."""
    return sorted({row["amount"] for row in rows}, key=in_order)


def results_at(rows: Sequence[Mapping[str, Any]], *, amount: Amount) -> Results:
    """What can be had with an amount of text: methods run with it, and those that need none.

    Raises:
        ResultsError: Rows contradict each other.
    """
    return Results(tuple(measured(row) for row in rows if row["amount"] in (0, amount)))


def measured(row: Mapping[str, Any]) -> Row:
    """What a row measured, without its amount of text and what it cost; losses are nats a masked position.

    Raises:
        ResultsError: A loss, a share or a number of positions cannot be.
    """
    keys = ("language", "group", "genus", "family", "coverage", "domain", "method", "seed", "loss", "positions")
    return Row(**{**{key: row[key] for key in keys}, "group": Group(row["group"])})


def rows_of(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a result file, which may hold them by column.

    Example:
        >>> rows_of({"rows": {"language": ["yua", "swh"], "loss": [7.1, 6.2]}})
        [{'language': 'yua', 'loss': 7.1}, {'language': 'swh', 'loss': 6.2}]
    """
    rows: Mapping[str, list[Any]] | list[dict[str, Any]] = told["rows"]
    if isinstance(rows, Mapping):
        return [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]
    return rows
