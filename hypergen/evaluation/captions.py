"""What one sees in each picture of a demo's report: sentences made of the numbers, whatever these are.

A difference is told as one only where its whole interval is on one side of zero.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any, Final

import numpy as np

from hypergen.evaluation.summary import (
    NAMES,
    format_told,
    losses_of,
    percent,
    rank_correlation,
    shares_closed,
    signed,
)

__all__ = ["caption"]


def caption(name: str, told: Mapping[str, Any]) -> str:
    """What is to be seen in the picture of that name.

    Raises:
        KeyError: there is no such picture.
    """
    return _CAPTIONS[name](told)


def _of_methods(told: Mapping[str, Any]) -> str:
    ours, differences = losses_of(told, "generated"), told["differences"]
    text = f"Over {len(ours)} unseen languages a generated adapter leaves {fmean(ours):.2f} nats a masked letter. "
    lower = [method for method in differences if _sign(differences[method]) < 0]
    parts = [
        f"{-differences[m]['mean']:.2f} less than with {NAMES[m]} (better in {percent(told['beats'][m])} of them)"
        for m in lower
    ]
    text += f"That is {', '.join(parts)}. " if parts else ""
    for method in (method for method in differences if method not in lower):
        how = "more than" if _sign(differences[method]) > 0 else "not clearly less than"
        text += f"It is {how} with {NAMES[method]}: {format_told(differences[method])}. "
    return text.strip()


def _of_gap(told: Mapping[str, Any]) -> str:
    shares = shares_closed(told, "generated")
    distances = [row["distance"] for row in told["rows"] if row["language"] in shares]
    closed = {key: format_told(interval, percent=True) for key, interval in told["gap_closed"].items()}
    text = f"From typology alone {closed['zero_shot']} of the gap between no adapter and the oracle is closed"
    text += f", with 50 sentences {closed['fifty_sentences']}" if "fifty_sentences" in closed else ""
    text += f", over the {len(losses_of(told, 'oracle'))} languages that have an oracle. "
    correlation = rank_correlation(distances, list(shares.values()))
    if abs(correlation) < 1.96 / math.sqrt(max(len(shares) - 1, 1)):
        text += "How far a language is from those of training makes no clear difference"
    else:
        text += f"Languages farther from those of training gain {'less' if correlation < 0 else 'more'}"
    return f"{text} (rank correlation {signed(f'{correlation:.2f}')} over {len(shares)} languages)."


def _of_sentences(told: Mapping[str, Any]) -> str:
    rows = sorted(told["sentences"], key=lambda row: row["sentences"])
    first, last = rows[0], rows[-1]
    scratch = [row for row in rows if row["scratch"] is not None]
    text = (
        f"Over the {len(losses_of(told, 'oracle'))} languages with an oracle, the generated adapter goes from "
        f"{first['generated']:.2f} nats with {_count(first)} to {last['generated']:.2f} with {_count(last)}. "
    )
    if not scratch:
        return text.strip()
    level = [row for row in scratch if row["scratch"] <= first["generated"]]
    if level:
        text += f"From scratch it takes {_count(level[0])}, of the numbers tried, "
    else:
        text += f"From scratch {_count(scratch[-1])} are not enough "
    text += f"to be as good as the generated adapter is with {_count(first)}"
    return f"{text}." if level else f"{text}: {scratch[-1]['scratch'] - first['generated']:.2f} nats are missing."


def _of_embeddings(told: Mapping[str, Any]) -> str:
    rows = told["embeddings"]
    unseen = sum(not row["seen"] for row in rows)
    text = f"Each of {len(rows)} points is a language; the {unseen} with a dark or light edge were never trained on. "
    if len(rows) < 3:
        return text.strip()
    parts = []
    for key, words in (("family", "of its own family"), ("word_order", "of its own word order")):
        near, chance = _agreement(rows, key)
        parts.append(f"{words} for {percent(near)} of languages ({percent(chance)} by chance)")
    return f"{text}The nearest neighbour on the map is {' and '.join(parts)}."


def _of_features(told: Mapping[str, Any]) -> str:
    rows = told["features"]
    first, missed = rows[0], sum(row["share"] > 0 for row in rows)
    return (
        f"Each of {len(rows)} features in turn was hidden behind its mean. The generator misses "
        f"{first['feature']} most ({first['rule']}): {100 * first['share']:.2f} % of the oracle's gain is lost "
        f"without it. The loss grows without {missed} of them."
    )


def _of_pos(told: Mapping[str, Any]) -> str:
    pos = told["pos"]
    text = (
        f"A task adapter trained on part-of-speech tags of {', '.join(pos['sources'])}, used with the generated "
        f"adapters of {len(pos['rows'])} other languages, is right in "
        f"{100 * pos['accuracy']['generated']:.1f} % of words"
    )
    for method, interval in pos["differences"].items():
        how = {-1: "worse than", 0: "not clearly better than", 1: "better than"}[_sign(interval)]
        name = "no language adapter" if method == "none" else NAMES[method]
        text += f", {how} with {name} ({format_told(interval, scale=100.0, digits=1)} points)"
    return f"{text}."


def _sign(interval: Mapping[str, Any]) -> int:
    """-1 or 1 where the whole interval is below or above zero, else 0."""
    if interval["high"] is not None and interval["high"] < 0:
        return -1
    return int(interval["low"] is not None and interval["low"] > 0)


def _agreement(rows: Sequence[Mapping[str, Any]], key: str) -> tuple[float, float]:
    """How often a point's nearest neighbour is of its class, and how often another point drawn at random would be."""
    places = np.array([[row["x"], row["y"]] for row in rows])
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    same = np.array([[a[key] == b[key] for b in rows] for a in rows])
    near = same[np.arange(len(rows)), distances.argmin(1)].mean()
    return float(near), float((same.sum() - len(rows)) / (len(rows) * (len(rows) - 1)))


def _count(row: Mapping[str, Any]) -> str:
    return f"{row['sentences']} sentences" if row["sentences"] else "none"


_CAPTIONS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "loss_by_method": _of_methods,
    "gap_by_distance": _of_gap,
    "loss_by_sentences": _of_sentences,
    "embeddings": _of_embeddings,
    "features": _of_features,
    "pos": _of_pos,
}
"""What one sees in each picture, by its name."""
