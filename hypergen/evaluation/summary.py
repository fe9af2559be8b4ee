"""What a demo found, in words: a sentence for each picture of its report, and a table for the terminal.

Nothing is said here that the numbers do not say: where an interval includes zero, the sentence tells so.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hypergen.evaluation.statistics import Interval
from hypergen.evaluation.tables import ABSENT, Table, format_interval, format_p, rich_table

if TYPE_CHECKING:
    from rich.table import Table as RichTable

__all__ = [
    "METHODS",
    "NUM_FEATURES",
    "SENTENCES",
    "format_told",
    "losses_of",
    "rank_correlation",
    "shares_closed",
    "summary_table",
]

METHODS: Final = {
    "none": "no adapter",
    "mean": "mean vector",
    "nearest": "nearest language's vector",
    "swapped": "another language's vector",
    "generated": "its own vector: generated",
    "fifty": "then fifty sentences",
    "oracle": "its own text: oracle",
}
"""Where adapters come from, by the keys of ``losses``, in the order of every picture."""
NAMES: Final = {**METHODS, "mean": "the mean vector", "nearest": "the nearest language's vector"}
NUM_FEATURES: Final = 20
"""How many features are shown."""


def summary_table(told: Mapping[str, Any]) -> "RichTable":
    """Mean loss of each method, what generated adapters gain over it, and the share of the gap that it closes."""
    rows = []
    closed = {"generated": "zero_shot", "fifty": "fifty_sentences", "mean": "mean", "nearest": "nearest"}
    for method, name in METHODS.items():
        losses = losses_of(told, method)
        if not losses:
            continue
        difference, gap = told["differences"].get(method), told["gap_closed"].get(closed.get(method, ""))
        rows.append(
            (
                name,
                str(len(losses)),
                f"{fmean(losses):.2f}",
                ABSENT if difference is None else format_told(difference),
                ABSENT if difference is None else format_p(difference["p"]),
                _percent(told["beats"][method]) if method in told["beats"] else ABSENT,
                ABSENT if gap is None else format_told(gap, percent=True),
            )
        )
    header = (
        "adapter from",
        "languages",
        "loss, nats",
        "generated minus it [95 %]",
        "p",
        "better in",
        "gap closed [95 %]",
    )
    return rich_table(Table(told["title"], header, tuple(rows)))


def format_told(interval: Mapping[str, Any], *, digits: int = 2, percent: bool = False, scale: float = 1) -> str:
    """``mean [low, high]`` of an interval as JSON holds it, where an end that is null is open.

    Example:
        >>> format_told({"mean": 0.52, "low": 0.47, "high": None}, percent=True)
        '52 % [47 %, …]'
    """
    mean, low, high = (interval[key] for key in ("mean", "low", "high"))
    ends = (-math.inf if low is None else scale * low, math.inf if high is None else scale * high)
    read = Interval(scale * mean, *ends, p=math.nan, num_languages=0, num_genera=0, method="")
    return _signed(format_interval(read, digits=0 if percent else digits, percent=percent))


def losses_of(told: Mapping[str, Any], method: str, *, beside: str = "none") -> list[float]:
    """The losses of a method, one of each language that has them, and those of the method ``beside`` it."""
    return [row["losses"][method] for row in told["rows"] if {method, beside} <= set(row["losses"])]


def shares_closed(told: Mapping[str, Any], method: str) -> dict[str, float]:
    """Share of the gap between no adapter and the oracle that a method closes, by language.

    ``share_l = (none_l - method_l) / (none_l - oracle_l)``. A language without an oracle of its own has the mean gap of
    those with one as its denominator. One whose oracle gains nothing has no share; nor has any where they gain nothing
    on average.
    """
    every = {row["language"]: row["losses"] for row in told["rows"]}
    gaps = {language: losses["none"] - losses["oracle"] for language, losses in every.items() if "oracle" in losses}
    mean_gap = sum(gaps.values()) / len(gaps) if gaps else 0.0
    if mean_gap <= 0:
        return {}
    return {
        language: (losses["none"] - losses[method]) / gaps.get(language, mean_gap)
        for language, losses in every.items()
        if method in losses and gaps.get(language, mean_gap) > 0
    }


def _of_methods(told: Mapping[str, Any]) -> str:
    ours, differences = losses_of(told, "generated"), told["differences"]
    text = f"Over {len(ours)} unseen languages a generated adapter leaves {fmean(ours):.2f} nats a masked letter. "
    lower = [method for method in differences if _sign(differences[method]) < 0]
    parts = [
        f"{-differences[m]['mean']:.2f} less than with {NAMES[m]} (better in {_percent(told['beats'][m])})"
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
    return f"{text} (rank correlation {_signed(f'{correlation:.2f}')} over {len(shares)} languages)."


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
        parts.append(f"{words} for {_percent(near)} of languages ({_percent(chance)} by chance)")
    return f"{text}The nearest neighbour on the map is {' and '.join(parts)}."


def _of_features(told: Mapping[str, Any]) -> str:
    rows = told["features"]
    first, many = rows[0], sum(row["share"] >= 0.01 for row in rows)
    text = (
        f"Each of {len(rows)} features in turn was hidden behind its mean. The generator misses {first['feature']} most "
        f"({first['rule']}): {100 * first['share']:.1f} % of the oracle's gain is lost without it. Without {many} of them 1 % "
        "or more is lost."
    )
    return text if len(rows) <= NUM_FEATURES else f"{text} The {NUM_FEATURES} missed most are shown."


def _of_pos(told: Mapping[str, Any]) -> str:
    pos = told["pos"]
    text = (
        f"A task adapter trained on part-of-speech tags of {', '.join(pos['sources'])}, used with the generated adapters "
        f"of {len(pos['rows'])} other languages, is right in {100 * pos['accuracy']['generated']:.1f} % of words"
    )
    for method, interval in pos["differences"].items():
        how = {-1: "worse than", 0: "not told apart from", 1: "better than"}[_sign(interval)]
        name = "no language adapter" if method == "none" else NAMES[method]
        text += f", {how} with {name} ({format_told(interval, scale=100, digits=1)} points)"
    return f"{text}."


SENTENCES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "loss_by_method": _of_methods,
    "gap_by_distance": _of_gap,
    "loss_by_sentences": _of_sentences,
    "embeddings": _of_embeddings,
    "features": _of_features,
    "pos": _of_pos,
}
"""What one sees in each picture, by its name."""


def rank_correlation(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Spearman's rank correlation; 0 where either does not vary.

    Example:
        >>> rank_correlation([1.0, 2.0, 3.0], [30.0, 20.0, 20.0])
        -0.866...
    """
    first, second = (np.unique(values, return_inverse=True, return_counts=True)[1:] for values in (xs, ys))
    ranks = [np.cumsum(counts)[inverse] - counts[inverse] / 2 for inverse, counts in (first, second)]
    if any(np.ptp(of) == 0 for of in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


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


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _signed(number: str) -> str:
    return number.replace("-", "−")


def _count(row: Mapping[str, Any]) -> str:
    return f"{row['sentences']} sentences" if row["sentences"] else "none"
