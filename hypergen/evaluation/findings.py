"""What scores of tasks in other languages say of the published findings: reproduced, not, or not testable here.

Scores are from 0 to 1; seeds are averaged for each language first, languages are paired, genera resampled. A finding is
reproduced where the intervals of its differences are above zero with every number of source languages, and in part
where some are and none is below. It cannot be tested with a backbone that does the task no better than counting: where,
without language adapters, it is less than `TESTABLE` above the majority class.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

from hypergen.errors import HypergenError
from hypergen.evaluation.groups import Group
from hypergen.evaluation.statistics import Interval, paired_difference, seed_mean

__all__ = ["TESTABLE", "Finding", "TransferRows", "findings"]

TESTABLE: Final = 0.05
"""How far above the majority class a backbone must be, without language adapters."""
Side = tuple[str, int]
"""One side of a difference: a method, and a number of source languages."""
Verdict = Literal[
    "reproduced", "reproduced in part", "not reproduced", "not testable with this backbone", "not measured"
]


@dataclass(frozen=True)
class TransferRows:
    """Scores by method, number of source languages, language and seed.

    Attributes:
        rows: Each has these as keys, and ``group``, ``genus``, ``majority`` and ``score``.

    Raises:
        HypergenError: The same measurement twice.
    """

    rows: Sequence[Mapping[str, Any]]

    def __post_init__(self) -> None:
        seen: set[tuple[object, ...]] = set()
        for row in self.rows:
            key = tuple(row[name] for name in ("method", "num_sources", "language", "seed"))
            if key in seen:
                raise HypergenError(f"{', '.join(map(str, key))} was scored twice; remove one of the two rows.")
            seen.add(key)

    def scores(self, method: str, num_sources: int, *, groups: Iterable[str] | None = None) -> dict[str, float]:
        """The score of each language of some groups, by default all: the mean over the seeds that all of them have."""
        return self._mean("score", method, num_sources, groups)

    def majority(self, method: str, num_sources: int, *, groups: Iterable[str] | None = None) -> dict[str, float]:
        """The majority class's score beside each of `scores`."""
        return self._mean("majority", method, num_sources, groups)

    @property
    def sizes(self) -> list[int]:
        """The numbers of source languages, ascending; supervised runs, which have none, are not among them."""
        return sorted({row["num_sources"] for row in self.rows if row["num_sources"] > 0})

    @property
    def methods(self) -> list[str]:
        """Methods in the order of their first rows."""
        return list(dict.fromkeys(row["method"] for row in self.rows))

    @property
    def genus(self) -> dict[str, str]:
        """Where relatives are counted together."""
        return {row["language"]: row["genus"] or row.get("family") or row["language"] for row in self.rows}

    @property
    def groups(self) -> dict[str, str]:
        """The group of each language."""
        return {row["language"]: row["group"] for row in self.rows}

    def difference(self, a: Side, b: Side, *, groups: Iterable[str] | None = None) -> Interval | None:
        """Mean of ``a - b`` over the languages that both have, by the seeds that both have; None without any."""
        wanted = None if groups is None else set(groups)
        both = [self._by_seed("score", *side, groups=wanted) for side in (a, b)]
        return self._paired(*both)

    def above_majority(self, method: str, num_sources: int, *, groups: Iterable[str] | None = None) -> Interval | None:
        """How far a method is above the majority class, mean over languages; None where it was not scored."""
        wanted = None if groups is None else set(groups)
        return self._paired(*(self._by_seed(key, method, num_sources, groups=wanted) for key in ("score", "majority")))

    def _paired(self, a: Mapping[int, dict[str, float]], b: Mapping[int, dict[str, float]]) -> Interval | None:
        seeds = sorted(a.keys() & b.keys())
        means = [_seed_mean([each[seed] for seed in seeds]) for each in (a, b)]
        shared = sorted(means[0].keys() & means[1].keys())
        if not shared:
            return None
        ours, theirs = ({language: each[language] for language in shared} for each in means)
        return paired_difference(ours, theirs, genus=self.genus)

    def _mean(self, key: str, method: str, num_sources: int, groups: Iterable[str] | None) -> dict[str, float]:
        wanted = None if groups is None else set(groups)
        return _seed_mean(list(self._by_seed(key, method, num_sources, groups=wanted).values()))

    def _by_seed(
        self, key: str, method: str, num_sources: int, *, groups: Collection[str] | None
    ) -> dict[int, dict[str, float]]:
        by_seed: dict[int, dict[str, float]] = defaultdict(dict)
        for row in self.rows:
            if (row["method"], row["num_sources"]) == (method, num_sources) and (
                groups is None or row["group"] in groups
            ):
                by_seed[row["seed"]][row["language"]] = row[key]
        return dict(by_seed)


def _seed_mean(several: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean over seeds, of the languages that all of them have."""
    complete = sorted(set.intersection(*map(set, several))) if several else []
    return seed_mean([{language: each[language] for language in complete} for each in several]) if complete else {}


@dataclass(frozen=True)
class Finding:
    """A published finding, and what is seen of it."""

    claim: str
    verdict: Verdict
    numbers: str

    def __str__(self) -> str:
        return f"{self.claim}: {self.verdict}. {self.numbers}"


def findings(rows: TransferRows, *, method: str = "generated") -> list[Finding]:
    """The four findings of MAD-G and its neighbours, with the numbers.

    Args:
        rows: What was measured.
        method: Whose language adapters the first two are about.

    References:
        Ansell et al. (2021), MAD-G, https://aclanthology.org/2021.findings-emnlp.410.
    """
    return [
        _several(rows, method),
        _largest_step(rows, method),
        _beats_english(rows, method),
        _beats_none(rows, method),
    ]


def _several(rows: TransferRows, method: str) -> Finding:
    claim = "Several source languages beat one"
    more = [size for size in rows.sizes if size > 1]
    differences = [(size, rows.difference((method, size), (method, 1))) for size in more]
    told = [(size, interval) for size, interval in differences if interval is not None]
    if not told:
        return Finding(claim, "not measured", "One number of source languages was tried.")
    numbers = "; ".join(f"{size} − 1 {_points(interval)}" for size, interval in told) + f" ({method})."
    return _judged(claim, _held([interval for _, interval in told]), numbers, rows)


def _largest_step(rows: TransferRows, method: str) -> Finding:
    claim = "The largest step is from one source language to two"
    steps = [(a, b, rows.difference((method, b), (method, a))) for a, b in pairwise(rows.sizes)]
    told = [(a, b, interval) for a, b, interval in steps if interval is not None]
    if len(told) < 2 or told[0][:2] != (1, 2):
        return Finding(claim, "not measured", f"It needs 1, 2 and more; tried were {', '.join(map(str, rows.sizes))}.")
    numbers = "; ".join(f"{a} to {b} {_points(interval)}" for a, b, interval in told) + f" ({method})."
    first, *others = (interval.mean for _, _, interval in told)
    held: Verdict = "reproduced" if first > max(0.0, *others) else "not reproduced"
    return _judged(claim, held, numbers, rows)


def _beats_english(rows: TransferRows, method: str) -> Finding:
    claim = "Generated adapters of the language beat the English one on languages that the generator has seen"
    return _comparison(claim, rows, method, "english", groups=[Group.GENERATOR_SEEN])


def _beats_none(rows: TransferRows, method: str) -> Finding:
    claim = "Task adapters over language adapters beat task adapters alone"
    return _comparison(claim, rows, method, "none", groups=None)


def _comparison(claim: str, rows: TransferRows, a: str, b: str, *, groups: Sequence[str] | None) -> Finding:
    differences = [(size, rows.difference((a, size), (b, size), groups=groups)) for size in rows.sizes]
    told = [(size, interval) for size, interval in differences if interval is not None]
    if not told:
        return Finding(claim, "not measured", f"{a} and {b} were not both scored there.")
    numbers = "; ".join(f"{a} − {b} with {size} {_points(interval)}" for size, interval in told) + "."
    return _judged(claim, _held([interval for _, interval in told]), numbers, rows, groups=groups)


def _held(intervals: Sequence[Interval]) -> Verdict:
    """Whether differences are above zero with every number of source languages, with some, or with none."""
    if all(interval.low > 0 for interval in intervals):
        return "reproduced"
    if any(interval.low > 0 for interval in intervals) and not any(interval.high < 0 for interval in intervals):
        return "reproduced in part"
    return "not reproduced"


def _judged(
    claim: str, held: Verdict, numbers: str, rows: TransferRows, *, groups: Sequence[str] | None = None
) -> Finding:
    """The verdict; a claim holds only where the backbone does the task at all."""
    above: dict[int, float] = {}
    for size in rows.sizes:
        gain = rows.above_majority("none", size, groups=groups)
        if gain is not None:
            above[size] = gain.mean
    if not above:
        return Finding(claim, "not measured", f"{numbers} Without language adapters nothing was scored.")
    best = max(above.values())
    told = f"{numbers} Without language adapters {100 * best:+.1f} points above the majority class at best."
    if best < TESTABLE:
        return Finding(claim, "not testable with this backbone", told)
    return Finding(claim, held, told)


def _points(interval: Interval) -> str:
    """In points, with its interval where there is one."""
    if interval.num_genera < 2:
        return f"{100 * interval.mean:+.1f} points ({interval.num_languages} languages of one genus)"
    return (
        f"{100 * interval.mean:+.1f} points [{100 * interval.low:.1f}, {100 * interval.high:.1f}] "
        f"({interval.num_languages} languages)"
    )
