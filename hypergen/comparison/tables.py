"""The tables of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, Final

from hypergen.comparison.amounts import amount_name
from hypergen.comparison.rows import amounts_of
from hypergen.evaluation.statistics import Interval
from hypergen.evaluation.tables import ABSENT, Table, format_interval, format_p, markdown_table

__all__ = ["cost_table", "differences_table", "document", "group_tables"]

READING: Final = """\
Losses are nats per masked position: seeds are averaged for each language, domains weighted by their masked positions,
languages count the same. Differences are paired by language; below zero the first is better. Intervals are 95 %, genera
resampled with all their languages; p is a two-sided sign-flip test over genera, corrected by Holm among the comparisons
of one answer, and among those against no adapter. The answer is the method with the lowest loss on development
languages. Rates and steps of every method were chosen there too, with the first seed, and are used with all; every
method had as many trials, as far as there is something to choose; one that is tuned from a trained start had as many
for that start besides. Methods that use no text of the language stand at every amount of it.
"""


def group_tables(told: Mapping[str, Any]) -> list[Table]:
    """For each group the mean loss of every method at every amount of text, the best of each amount in a star."""
    tables = []
    for group in dict.fromkeys(answer["group"] for answer in told["answers"]):
        answers = {answer["amount"]: answer for answer in told["answers"] if answer["group"] == group}
        methods = {method: None for answer in answers.values() for method in answer["losses"]}
        last = list(answers.values())[-1]["losses"]
        rows = []
        for method in sorted(methods, key=lambda method: (last.get(method, float("inf")), method)):
            cells = [
                ABSENT if method not in a["losses"] else f"{a['losses'][method]:.3f}{' *' * (a['best'] == method)}"
                for a in answers.values()
            ]
            rows.append((method, *cells))
        any_answer = next(iter(answers.values()))
        title = f"{group}: {any_answer['languages']} languages of {any_answer['genera']} genera, nats by amount of text"
        tables.append(Table(title, ("method", *answers), tuple(rows)))
    return tables


def differences_table(told: Mapping[str, Any]) -> Table:
    """The method of each answer against every other."""
    rows = [
        (answer["group"], answer["amount"], answer["answer"], each["method"], _interval(each), format_p(each["p"]),
         format_p(each["p_holm"]))
        for answer in told["answers"] for each in answer["answer_minus"]
    ]  # fmt: skip
    header = ("group", "text", "method", "minus", "difference [95 %]", "p", "p (Holm)")
    return Table("The method of each answer against every other", header, tuple(rows))


def harm_table(told: Mapping[str, Any]) -> Table:
    """Every method against no adapter."""
    rows = [
        (answer["group"], answer["amount"], method, _interval(each), format_p(each["p"]), format_p(each["p_holm"]))
        for answer in told["answers"] for method, each in answer["minus_none"].items()
        if answer["amount"] == "0" or method in _run_at(told, answer["amount"])
    ]  # fmt: skip
    return Table("Against no adapter", ("group", "text", "method", "minus none [95 %]", "p", "p (Holm)"), tuple(rows))


def cost_table(told: Mapping[str, Any]) -> Table:
    """What every method costs at every amount of text, means over languages and seeds."""
    rows = []
    for amount in amounts_of(told["rows"]):
        for method in dict.fromkeys(row["method"] for row in told["rows"] if row["amount"] == amount):
            own = [row for row in told["rows"] if row["method"] == method and row["amount"] == amount]
            rows.append((method, amount_name(amount), *_costs(own)))
    header = (
        "method", "text", "trials", "trained parameters", "steps", "tokens a language", "seconds a language",
        "peak GB", "before: parameters", "before: tokens", "before: seconds", "not flat at its end",
    )  # fmt: skip
    return Table("What it costs", header, tuple(rows))


def document(told: Mapping[str, Any]) -> str:
    """The result file as markdown."""
    parts = [f"# {told['title']}", "\n".join(f"- {each['sentence']}" for each in told["answers"]), READING.strip()]
    for table in [*group_tables(told), differences_table(told), harm_table(told), cost_table(told)]:
        if not table.rows:
            continue
        parts += [f"## {table.title}", markdown_table(table.header, table.rows)]
    keys = ("command", "date", "seeds", "hardware", "versions")
    lines = [f"- {key}: {told[key]}" for key in keys]
    for each in told.get("earlier", []):
        lines.append(f"- taken over, with seeds {each['seeds']}: {each['command']}, {each['date']}, {each['versions']}")
    parts += ["## Where this is from", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def _run_at(told: Mapping[str, Any], amount: str) -> set[str]:
    return {row["method"] for row in told["rows"] if amount_name(row["amount"]) == amount}


def _costs(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    def mean(key: str) -> float:
        return fmean(row[key] for row in rows)

    whole = [f"{mean(key):,.0f}" for key in ("trials", "parameters", "steps", "tokens")]
    before = [f"{mean(key):,.0f}" for key in ("parameters_before", "tokens_before", "seconds_before")]
    peak = max(max(row["peak_gb"], row["peak_gb_before"]) for row in rows)
    return (*whole, f"{mean('seconds'):.1f}", f"{peak:.2f}", *before, "yes" if any(r["capped"] for r in rows) else "no")


def _interval(told: Mapping[str, Any]) -> str:
    ends = {"low": -float("inf"), "high": float("inf")}
    low, high = (ends[end] if told[end] is None else told[end] for end in ends)
    return format_interval(Interval(told["mean"], low, high, told["p"], 0, 0, ""), digits=3)
