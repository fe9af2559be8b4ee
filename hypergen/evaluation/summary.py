"""What ``demo.json`` says of losses: by method, by language, and as a table for the terminal."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from hypergen.evaluation.statistics import Interval
from hypergen.evaluation.tables import ABSENT, Table, format_interval, rich_table

if TYPE_CHECKING:
    from rich.table import Table as RichTable

__all__ = [
    "METHODS",
    "NAMES",
    "format_told",
    "losses_of",
    "percent",
    "rank_correlation",
    "shares_closed",
    "signed",
    "summary_table",
]

METHODS: Final = {
    "none": "no adapter",
    "mean": "mean vector",
    "nearest": "nearest language's vector",
    "swapped": "another language's vector",
    "shuffled": "a generator of permuted vectors",
    "generated": "its own vector: generated",
    "fifty": "then fifty sentences",
    "oracle": "its own text: oracle",
}
"""Where adapters come from, by the keys of ``losses``, in the order of every picture."""
NAMES: Final = {**METHODS, "mean": "the mean vector", "nearest": "the nearest language's vector"}
_SHORT: Final = {
    "none": "no adapter",
    "mean": "mean vector",
    "nearest": "nearest's vector",
    "swapped": "another's vector",
    "shuffled": "permuted vectors",
    "generated": "generated",
    "fifty": "fifty sentences",
    "oracle": "oracle",
}
_SHARES: Final = {"generated": "zero_shot", "fifty": "fifty_sentences", "mean": "mean", "nearest": "nearest"}
_OPEN: Final = {"low": -math.inf, "high": math.inf}


def summary_table(told: Mapping[str, Any]) -> "RichTable":
    """Mean loss of each method, what generated adapters gain over it, and the share of the gap that it closes."""
    rows = []
    for method, name in _SHORT.items():
        if losses := losses_of(told, method):
            difference, gap = told["differences"].get(method), told["gap_closed"].get(_SHARES.get(method, ""))
            better = percent(told["beats"][method]) if method in told["beats"] else ABSENT
            minus = ABSENT if difference is None else format_told(difference)
            share = ABSENT if gap is None else format_told(gap, percent=True)
            rows.append((name, f"{fmean(losses):.2f}", minus, better, share))
    table = rich_table(
        Table(told["title"], ("adapter", "nats", "generated minus it", "better", "gap closed"), tuple(rows))
    )
    num, some = len(told["rows"]), len(losses_of(told, "oracle"))
    table.caption = f"{num} unseen languages, {some} of them with an oracle; 95 % intervals over genera"
    return table


def format_told(interval: Mapping[str, Any], *, digits: int = 2, percent: bool = False, scale: float = 1.0) -> str:
    """``mean [low, high]`` of an interval as JSON holds it, where an end that is null is open.

    Example:
        >>> format_told({"mean": 0.52, "low": 0.47, "high": None}, percent=True)
        '52 % [47 %, …]'
    """
    low, high = (infinity if interval[end] is None else float(scale * interval[end]) for end, infinity in _OPEN.items())
    read = Interval(float(scale * interval["mean"]), low, high, p=math.nan, num_languages=0, num_genera=0, method="")
    return signed(format_interval(read, digits=0 if percent else digits, percent=percent))


def losses_of(told: Mapping[str, Any], method: str, *, beside: str = "none") -> list[float]:
    """The losses of a method, one of each language that has them, and those of the method ``beside`` it."""
    return [row["losses"][method] for row in told["rows"] if {method, beside} <= set(row["losses"])]


def shares_closed(told: Mapping[str, Any], method: str) -> dict[str, float]:
    """Share of the gap between no adapter and the oracle that a method closes, by language.

    ``share_l = (none_l - method_l) / (none_l - oracle_l)``. For a language without an oracle of its own, the mean loss
    of the oracles stands in: what oracles reach varies less than where they start. (Of eight oracles, each left out in
    turn, this missed the share by 0.05, and their mean gap by 0.16.) There is no share where the gap is not positive,
    or is made with that mean and less than a tenth of the mean gap; and none at all where oracles gain nothing.
    """
    none, oracle = losses_of(told, "none", beside="oracle"), losses_of(told, "oracle")
    if sum(none) <= sum(oracle):
        return {}
    usual, least = fmean(oracle), (fmean(none) - fmean(oracle)) / 10
    shares = {}
    for row in told["rows"]:
        losses = row["losses"]
        gap = losses["none"] - losses.get("oracle", usual)
        if method in losses and gap > (0 if "oracle" in losses else least):
            shares[row["language"]] = (losses["none"] - losses[method]) / gap
    return shares


def rank_correlation(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Spearman's rank correlation; 0 where either does not vary.

    Example:
        >>> rank_correlation([1.0, 2.0, 3.0], [30.0, 20.0, 20.0])
        -0.866...
    """
    first, second = (_centred_ranks(values) for values in (xs, ys))
    length = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / length if length > 0 else 0.0


def percent(share: float) -> str:
    """A share of 1 in percent, without decimals."""
    return f"{round(share * 100)} %"


def signed(number: str) -> str:
    """With a minus sign as long as a plus."""
    return number.replace("-", "−")


def _centred_ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Ranks about zero; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = np.cumsum(counts)[inverse] - counts[inverse] / 2
    ranks -= ranks.mean()
    return ranks
