"""The answer: for this group of languages and this much text, what should one use?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

from hypergen.comparison.methods import Amount
from hypergen.comparison.rows import amount_name, amounts_of, results_at
from hypergen.evaluation.results import Results
from hypergen.evaluation.statistics import Interval, holm, paired_difference

__all__ = ["answers", "sentence"]

NONE = "none"
"""The method that all others are to be better than."""


def answers(
    rows: Sequence[Mapping[str, Any]], *, chosen: Mapping[Amount, str], resamples: int = 10_000
) -> list[dict[str, Any]]:
    """For each group and amount of text the best method, and how it stands beside every other.

    Seeds are averaged for each language, languages paired, genera resampled. The p-values of one answer (the best
    against every other method) are corrected together, by Holm.

    Args:
        rows: Of the result file.
        chosen: By amount, the method with the lowest loss on development languages: a choice that has not seen these
            languages, while the best one is picked on the very numbers that it is compared on.
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
    best, others = order[0], order[1:]

    def minus(a: str, b: str) -> Interval:
        return paired_difference(losses[a], losses[b], genus=results.genus, resamples=resamples)

    against = [minus(best, other) for other in others]
    corrected = holm([each.p for each in against])
    beside = [
        {"method": other, **_plain(interval), "p_holm": p}
        for other, interval, p in zip(others, against, corrected, strict=True)
    ]
    harm = {method: _plain(minus(method, NONE)) for method in order if NONE in order and method != NONE}
    told = {
        "group": group,
        "amount": amount_name(amount),
        "languages": len(languages),
        "genera": len({results.genus[language] for language in languages}),
        "best": best,
        "chosen": chosen if chosen in order else None,
        "losses": means,
        "best_minus": beside,
        "minus_none": harm,
    }
    if told["chosen"] not in (None, best):
        told["chosen_minus_best"] = _plain(minus(str(told["chosen"]), best))
    return {**told, "sentence": sentence(told)}


def sentence(told: Mapping[str, Any]) -> str:
    """An answer in words."""
    amount, best = told["amount"], told["best"]
    text = {"0": "Without text", "all": "With all their text"}.get(amount, f"With {amount} sentences")
    others = told["best_minus"]
    lower = [each for each in others if each["high"] is not None and each["high"] < 0]
    level = [each["method"] for each in others if each not in lower]
    corrected = sum(each["p_holm"] < 0.05 for each in lower)
    parts = [
        f"{text}, for languages '{told['group']}' ({told['languages']} of {told['genera']} genera): use {best}, "
        f"{told['losses'][best]:.3f} nats"
    ]
    if NONE in told["losses"] and best != NONE:
        none = next(each for each in told["best_minus"] if each["method"] == NONE)
        parts.append(f"{_signed(none['mean'])} {_ends(none)} against no adapter")
    if lower:
        few = len(others) * 2.0 ** (1 - told["genera"]) >= 0.05
        after = (
            f"too few genera to correct for {len(others)}" if few and not corrected else f"{corrected} after correction"
        )
        parts.append(f"better than {len(lower)} of {len(others)} others with intervals that exclude zero ({after})")
    if level:
        nearest = ", ".join(level[:3]) + (f" and {len(level) - 3} more" if len(level) > 3 else "")
        parts.append(f"not told apart from {nearest}")
    if told["chosen"] is not None:
        same = "the same" if told["chosen"] == best else f"{told['chosen']}, {told['losses'][told['chosen']]:.3f}"
        parts.append(f"development languages would choose {same}")
    return "; ".join(parts) + "."


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
