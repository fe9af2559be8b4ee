"""Tables of results, for markdown and for the terminal.

A `Table` is a title, a header and rows of text; `markdown_table` and `rich_table` draw it. The functions
after them make the tables that a result file is reported by; what the file lacks is simply absent.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from hypergen.evaluation.results import Results
from hypergen.evaluation.statistics import Interval, NoGapError, gap_closed, paired_difference

if TYPE_CHECKING:
    from rich.table import Table as RichTable

METHODS = (
    "unigram",
    "none",
    "mean",
    "nearest",
    "swapped",
    "shuffled",
    "generated (MAD-G)",
    "generated (MAD-G-LS)",
    "mad-x",
)
"""The names of methods in result files, in the order of every table; names of one's own come after them."""
ORACLE = "mad-x"
"""The method trained on the language's own text: what there is to gain."""
ABSENT = "–"
_NUMBER = re.compile(r"[-−+<]?\d")


@dataclass(frozen=True)
class Table:
    """A table as text, ready to draw."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A GitHub-flavoured markdown table: columns of numbers stand to the right, words to the left.

    Example:
        >>> print(markdown_table(["group", "loss"], [["backbone-seen", "2.10"]]))
        | group | loss |
        | :-- | --: |
        | backbone-seen | 2.10 |
    """
    lines = [list(header), [{"left": ":--", "right": "--:"}[side] for side in _sides(header, rows)]]
    lines += [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rich_table(table: Table) -> "RichTable":
    """The table for a terminal, as `rich` prints it."""
    from rich.table import Table as RichTable

    drawn = RichTable(title=table.title)
    for name, side in zip(table.header, _sides(table.header, table.rows), strict=True):
        drawn.add_column(name, justify=side)
    for row in table.rows:
        drawn.add_row(*row)
    return drawn


def format_interval(interval: Interval, *, digits: int = 2, percent: bool = False) -> str:
    """``mean [low, high]``; an end that the data do not bound is left open.

    Example:
        >>> format_interval(Interval(-0.21, -0.3, -0.12, p=0.01, num_languages=12, num_genera=7, method="by hand"))
        '-0.21 [-0.30, -0.12]'
    """
    mean, low, high = (_number(value, digits, percent) for value in (interval.mean, interval.low, interval.high))
    return f"{mean} [{low}, {high}]"


def format_p(p: float) -> str:
    """A p-value with three digits, ``<0.001`` below them."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def ordered_methods(results: Results) -> list[str]:
    """The methods of a file in the order of `METHODS`, a variant such as 'swapped (MAD-G-LS)' where its name stands."""
    names = {method: method if method in METHODS else method.partition(" (")[0] for method in results.methods}
    return sorted(names, key=lambda method: METHODS.index(names[method]) if names[method] in METHODS else len(METHODS))


def method_by_group(results: Results) -> Table:
    """Mean loss over languages of each method in each group, in nats, with the number of languages.

    Each cell averages all languages that its method was scored on: compare within a row only where the numbers agree.
    """
    methods = ordered_methods(results)
    rows = []
    for group, within in _groups(results):
        cells = [losses for method in methods for losses in within.losses(method)]
        rows.append((group, *(f"{_mean(losses)} ({len(losses)})" if losses else ABSENT for losses in cells)))
    return Table("Mean masked-LM loss in nats (number of languages)", ("group", *methods), tuple(rows))


def differences_by_group(results: Results, *, resamples: int = 10_000) -> Table:
    """Loss of each generated method minus each control in each group, paired by language; below zero, generation wins.

    A control is whatever is neither generated nor the oracle. One named after a variant, as 'swapped (MAD-G-LS)', is
    compared with that variant only.
    """
    rows = []
    for group, within in _groups(results):
        for generated in _generated(results):
            for control in _controls(results, generated):
                ours, theirs = within.losses(generated, control)
                if ours:
                    interval = paired_difference(ours, theirs, genus=within.genus, resamples=resamples)
                    shown = (*_counts(interval), format_interval(interval), format_p(interval.p))
                    rows.append((group, generated, control, *shown))
    header = ("group", "method", "minus", "languages", "genera", "difference [95 %]", "p")
    return Table("Paired difference in loss, generated minus control", header, tuple(rows))


def gap_closed_by_group(results: Results, *, resamples: int = 10_000) -> Table:
    """Share of the oracle's gain over no adapter that each other method reaches, in each group: a ratio of sums."""
    rows = []
    for group, within in _groups(results):
        for method in ordered_methods(results):
            if method in ("unigram", "none", ORACLE):
                continue
            none, ours, oracle = within.losses("none", method, ORACLE)
            if not ours:
                continue
            try:
                interval = gap_closed(none, ours, oracle, genus=within.genus, resamples=resamples)
            except NoGapError:
                rows.append((group, method, str(len(ours)), ABSENT, f"no gap: {ORACLE} gains nothing"))
                continue
            rows.append((group, method, *_counts(interval), format_interval(interval, digits=0, percent=True)))
    header = ("group", "method", "languages", "genera", "share [95 %]")
    return Table(f"Share of the gain of {ORACLE} over no adapter that is closed", header, tuple(rows))


def by_language(results: Results) -> Table:
    """Loss of every method on every language, group by group, with what is known of the language's features."""
    methods = ordered_methods(results)
    losses = {method: results.losses(method)[0] for method in methods}
    facts = {row.language: row for row in results.rows}
    rows = []
    for group in results.groups:
        for language in sorted(language for language, row in facts.items() if row.group == group):
            cells = [f"{losses[m][language]:.2f}" if language in losses[m] else ABSENT for m in methods]
            known = (facts[language].genus or ABSENT, f"{facts[language].coverage:.0%}")
            rows.append((language, str(group), *known, *cells))
    return Table("Loss by language in nats", ("language", "group", "genus", "observed", *methods), tuple(rows))


def _sides(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Literal["left", "right"]]:
    columns = [[row[position] for row in rows] for position in range(len(header))]
    return ["right" if any(map(_NUMBER.match, column)) else "left" for column in columns]


def _groups(results: Results) -> Iterator[tuple[str, Results]]:
    """Each group's rows under its name, and all unseen languages together where they are of several groups."""
    for group in results.groups:
        yield str(group), results.only(group=group)
    unseen = [group for group in results.groups if group.startswith("unseen")]
    if len(unseen) > 1:
        yield "unseen: all", replace(results, rows=tuple(row for row in results.rows if row.group in unseen))


def _generated(results: Results) -> list[str]:
    return [method for method in ordered_methods(results) if method.startswith("generated")]


def _controls(results: Results, generated: str) -> list[str]:
    variant = _variant(generated)
    others = [m for m in ordered_methods(results) if not m.startswith("generated") and m != ORACLE]
    return [method for method in others if _variant(method) in ("", variant)]


def _variant(method: str) -> str:
    """'MAD-G-LS' of 'generated (MAD-G-LS)'; empty where the method names none."""
    return method.partition("(")[2].removesuffix(")")


def _mean(losses: dict[str, float]) -> str:
    return f"{sum(losses.values()) / len(losses):.2f}"


def _counts(interval: Interval) -> tuple[str, str]:
    return str(interval.num_languages), str(interval.num_genera)


def _number(value: float, digits: int, percent: bool) -> str:
    if math.isinf(value):
        return "…"
    shown = f"{value * 100:.{digits}f} %" if percent else f"{value:.{digits}f}"
    return shown.removeprefix("-") if float(shown.removesuffix(" %")) == 0 else shown  # no "-0.00"
