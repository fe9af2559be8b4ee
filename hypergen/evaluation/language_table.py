"""The table of all languages in a demo's report, which sorts by the heading one chooses, without a script.

Each row knows its rank in every column, as ``--language``, ``--family``, ...; the heading that is chosen is a checked
radio button, and `SORTING` makes that column's rank the row's ``order`` in the grid.
"""

import math
from collections.abc import Mapping
from html import escape
from typing import Any, Final, NamedTuple

from hypergen.evaluation.summary import METHODS, losses_of, percent, shares_closed
from hypergen.evaluation.tables import ABSENT

__all__ = ["SORTING", "language_table"]

_HEADINGS: Final = {
    "language": "language",
    "gap": "gap closed",
    "family": "family, genus",
    "word_order": "word order",
    "coverage": "known",
    "neighbour": "nearest seen",
    "distance": "distance",
    "none": "no adapter",
    "mean": "mean",
    "nearest": "nearest",
    "swapped": "swapped",
    "shuffled": "shuffled",
    "generated": "generated",
    "fifty": "fifty sentences",
    "oracle": "oracle",
}
_WIDE: Final = ("language", "family", "neighbour")
_WORDS: Final = (*_WIDE, "word_order")
_FIRST: Final = "gap"
"""What the table is sorted by before anyone chooses."""
SORTING: Final = "".join(f"table:has(#by-{key}:checked) tbody tr {{ order: var(--{key}) }}\n" for key in _HEADINGS)
"""Style that belongs to the table."""


class _Cell(NamedTuple):
    rank: Any
    """Cells of a column are sorted by it, the smallest first."""
    shown: str


def language_table(told: Mapping[str, Any]) -> str:
    """A section with a row for each language: what is known of it, its losses, and the share of the gap closed."""
    shares, names = shares_closed(told, "generated"), {row["language"]: row["name"] for row in told["embeddings"]}
    keys = [key for key in _HEADINGS if key not in METHODS or losses_of(told, key)]
    cells = [_cells(row, share=shares.get(row["language"]), names=names) for row in told["rows"]]
    ranks = {key: _ranks([row[key].rank for row in cells]) for key in keys}
    head = "".join(
        f'<th{_side(key)}><label><input type="radio" name="by" id="by-{key}"{" checked" if key == _FIRST else ""}>'
        f"{_HEADINGS[key]}</label></th>"
        for key in keys
    )
    body = []
    for place in sorted(range(len(cells)), key=ranks[_FIRST].__getitem__):
        style = ";".join(f"--{key}:{rank[place]}" for key, rank in ranks.items())
        shown = "".join(f"<td{_side(key)}>{cells[place][key].shown}</td>" for key in keys)
        body.append(f'<tr style="{style}">{shown}</tr>')
    widths = f"grid-template-columns: {' '.join('auto' if key in _WIDE else 'min-content' for key in keys)}"
    some = any("oracle" in row["losses"] for row in told["rows"])
    note = " ≈ marks a language without an oracle: the oracles' mean loss stands in for it." if some else ""
    return (
        "<section><h2>Every language</h2><p>Losses in nats a masked letter; known and distance are shares of features. "
        f'Choose a heading to sort by it.{note}</p><div class="wide"><table class="languages" style="{widths}">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div></section>"
    )


def _cells(row: Mapping[str, Any], *, share: float | None, names: Mapping[str, str]) -> dict[str, _Cell]:
    """A language's cells by the keys of `_HEADINGS`."""
    losses, seen = row["losses"], row["nearest"]
    about = "" if "oracle" in losses else "≈ "
    return {
        "language": _Cell(row["name"], _small(row["name"], row["language"])),
        "gap": _Cell(math.inf, ABSENT) if share is None else _Cell(-share, f"{about}{percent(share)}"),
        "family": _Cell((row["family"] or "", row["genus"] or ""), _small(row["family"], row["genus"])),
        "word_order": _Cell(row["word_order"], escape(row["word_order"]).replace("/", "/<wbr>")),
        "coverage": _Cell(-row["coverage"], percent(row["coverage"])),
        "neighbour": _Cell(seen, _small(names.get(seen, seen), seen)),
        "distance": _Cell(row["distance"], percent(row["distance"])),
        **{
            method: _Cell(losses.get(method, math.inf), f"{losses[method]:.2f}" if method in losses else ABSENT)
            for method in METHODS
        },
    }


def _ranks(values: list[Any]) -> list[int]:
    """The rank of each value, counted from 0; equal values keep their order."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = dict(zip(order, range(len(values)), strict=True))
    return [ranks[place] for place in range(len(values))]


def _side(key: str) -> str:
    return "" if key in _WORDS else ' class="number"'


def _small(text: str | None, small: str | None) -> str:
    return f"{escape(text or ABSENT)} <small>{escape(small or '')}</small>"
