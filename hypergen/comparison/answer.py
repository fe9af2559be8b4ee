"""The answer: for this group of languages and this much text, what should one use?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any, Final

from hypergen.comparison.amounts import Amount, amount_name, said_amount
from hypergen.comparison.rows import amounts_of, results_at
from hypergen.evaluation.results import Results
from hypergen.evaluation.statistics import Interval, holm, paired_difference

__all__ = ["answers", "sentence"]

NONE = "none"
"""The method that all others are to be better than."""
SURE: Final = 0.05
"""The level of a corrected test below which one method is said to be better than another."""


def answers(
    rows: Sequence[Mapping[str, Any]], *, chosen: Mapping[Amount, str], resamples: int = 10_000
) -> list[dict[str, Any]]:
    """For each group and amount of text the method to use, and how it stands beside every other.

    Seeds are averaged for each language, languages paired, genera resampled. The p-values of one family are corrected
    together, by Holm: the answer against every other method; and, apart from these, every method against no adapter.

    Args:
        rows: Of the result file.
        chosen: By amount, the method with the lowest loss on development languages: the answer, as that choice has not
            seen these languages, while the best one is picked on the very numbers that it is compared on.
        resamples: Of the genera.
    """
    told = []
    for amount in amounts_of(rows):
        results = results_at(rows, amount=amount)
        groups: list[tuple[str, Results]] = [(str(group), results.only(group=group)) for group in results.groups]
        unseen = tuple(row for row in results.rows if row.group.startswith("unseen"))
        if len({row.group for row in unseen}) > 1:
            groups.append(("unseen: all", Results(unseen)))
        for group, within in groups:
            if (
                amount == 0
                or any(row["amount"] == amount and row["group"] == group for row in rows)
                or (group == "unseen: all")
            ):
                told.append(_answer(within, group=group, amount=amount, chosen=chosen.get(amount), resamples=resamples))
    return told


def _answer(results: Results, *, group: str, amount: Amount, chosen: str | None, resamples: int) -> dict[str, Any]:
    """One group at one amount of text; only methods that all its languages were scored under take part."""
    languages = {row.language for row in results.rows}
    losses = {method: results.losses(method)[0] for method in results.methods}
    losses = {method: each for method, each in losses.items() if each.keys() == languages}
    means = {method: fmean(each.values()) for method, each in losses.items()}
    order = sorted(means, key=lambda method: (means[method], method))
    answer = chosen if chosen in order else order[0]

    def family(pairs: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        """Differences of pairs of methods, their p-values corrected together."""
        found = [paired_difference(losses[a], losses[b], genus=results.genus, resamples=resamples) for a, b in pairs]
        corrected = holm([each.p for each in found])
        return [{**_plain(interval), "p_holm": p} for interval, p in zip(found, corrected, strict=True)]

    others = [method for method in order if method != answer]
    against = family([(answer, other) for other in others])
    adapted = [method for method in order if method != NONE] if NONE in order else []
    told = {
        "group": group,
        "amount": amount_name(amount),
        "languages": len(languages),
        "genera": len({results.genus[language] for language in languages}),
        "best": order[0],
        "chosen": chosen if chosen in order else None,
        "answer": answer,
        "losses": means,
        "answer_minus": [{"method": other, **each} for other, each in zip(others, against, strict=True)],
        "minus_none": dict(zip(adapted, family([(method, NONE) for method in adapted]), strict=True)),
    }
    return {**told, "sentence": sentence(told)}


def sentence(told: Mapping[str, Any]) -> str:
    """An answer in words.

    The method to use is the one that development languages chose; where they chose none, it is the lowest on the very
    languages that it is then compared on, and that is said. Better is what a corrected test says, and nothing else.
    """
    amount, answer, others = told["amount"], told["answer"], told["answer_minus"]
    text = {"0": "Without text", "all": "With all their text"}.get(amount, f"With {said_amount(amount)}")
    origin = "chosen on development languages" if told["chosen"] is not None else "picked on these very languages"
    parts = [
        f"{text}, for languages '{told['group']}' ({told['languages']} languages of {told['genera']} genera): "
        f"use {answer}, {told['losses'][answer]:.3f} nats ({origin})"
    ]
    if answer in told["minus_none"]:
        none = told["minus_none"][answer]
        parts.append(f"{_signed(none['mean'])} {_ends(none)} against no adapter")
    sure = [each for each in others if each["p_holm"] < SURE]
    better, worse = ([each for each in sure if each["mean"] * sign > 0] for sign in (-1, 1))
    unsure = [each for each in others if each not in sure]
    below = [each for each in unsure if each["high"] is not None and each["high"] < 0]
    above = [each for each in unsure if each["low"] is not None and each["low"] > 0]
    if better:
        parts.append(f"better than {len(better)} of {len(others)} others after correction")
    few = len(others) * 2.0 ** (1 - told["genera"]) >= SURE
    why = "there are too few genera to correct for" if few else "not sure after correction for"
    for side, several in (("below", below), ("above", above)):
        if several:
            parts.append(f"{side} {_named(several)} by intervals that exclude zero ({why} {len(others)} comparisons)")
    if level := [each for each in unsure if each not in below and each not in above]:
        parts.append(f"not told apart from {_named(level)}")
    if worse:
        parts.append(f"worse than {_named(worse)} after correction")
    if told["best"] != answer:
        parts.append(f"the lowest here is {told['best']}, {told['losses'][told['best']]:.3f}")
    return "; ".join(parts) + "."


def _named(several: Sequence[Mapping[str, Any]]) -> str:
    """The first three by name, and how many more there are."""
    names = ", ".join(each["method"] for each in several[:3])
    return names + (f" and {len(several) - 3} more" if len(several) > 3 else "")


def _plain(interval: Interval) -> dict[str, Any]:
    """An interval for JSON, where an open end is null."""
    told = asdict(interval)
    return {name: None if isinstance(value := told[name], float) and not math.isfinite(value) else value
            for name in ("mean", "low", "high", "p")}  # fmt: skip


def _ends(interval: Mapping[str, Any]) -> str:
    low, high = ("…" if interval[end] is None else _signed(interval[end]) for end in ("low", "high"))
    return f"[{low}, {high}]"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")
