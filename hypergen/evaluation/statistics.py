"""Differences between methods over languages that are related to one another.

Languages are paired (the same language under both methods), seeds are averaged first, and the unit that is resampled or
flipped is the *genus*: relatives get similar adapters and similar losses, so counting them as independent would make
every interval too narrow. Nothing here knows of models or files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hypergen.errors import HypergenError

EXACT_GENERA = 20
"""Up to this many genera the sign-flip test visits all ``2 ** genera`` flips; above, it draws them at random."""

Array = NDArray[np.float64]
Key = TypeVar("Key", str, tuple[str, str])
"""A language, or a language and a domain of text."""


class StatisticsError(HypergenError):
    """Values that cannot be paired, clustered or averaged as asked."""


class NoGapError(StatisticsError):
    """The oracle is no better than no adapter at all, so a share of its gain has no meaning."""


@dataclass(frozen=True)
class Interval:
    """An estimate over languages with its 95 % interval and a two-sided p-value against zero."""

    mean: float
    """The estimate itself, not the mean of the resamples."""
    low: float
    """Lower end of the interval; ``-inf`` where the data bound nothing (a single genus)."""
    high: float
    """Upper end of the interval; ``inf`` where the data bound nothing."""
    p: float
    """Two-sided p-value of the sign-flip test over genera; never below ``2 / 2 ** num_genera``."""
    num_languages: int
    num_genera: int
    method: str
    """How interval and p-value were computed, in words."""


def paired_difference(
    a: Mapping[str, float],
    b: Mapping[str, float],
    *,
    genus: Mapping[str, str],
    resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """Mean over languages of ``a - b``, with a genus-bootstrap interval and a sign-flip p-value.

    ``mean = (1 / n) sum_l (a_l - b_l)``. One resample draws as many genera as there are, with replacement, takes *all*
    languages of each and averages over those languages; the interval is the 2.5th to 97.5th percentile. The percentile
    bootstrap is too narrow when clusters are few, so below some 20 languages (or genera) rely on ``p``: the sign-flip
    test (`sign_flip_test`) holds its level at any size, and visits all flips here up to `EXACT_GENERA` genera.

    Args:
        a: one value per language, e.g. the loss in nats of a method.
        b: the same languages under another method.
        genus: genus of each language; more languages than needed are welcome.
        resamples: bootstrap draws, and random flips where the test is not exact.
        seed: seed of both.

    Raises:
        StatisticsError: no language, different languages in ``a`` and ``b``, a value not finite, a genus missing.

    References:
        Field & Welsh (2007), Bootstrapping clustered data, https://doi.org/10.1111/j.1467-9868.2007.00593.x.

    Example:
        >>> genus = {"zul": "Bantu", "swh": "Bantu", "fin": "Finnic"}
        >>> low, high = {"zul": 2.0, "swh": 2.5, "fin": 3.0}, {"zul": 2.5, "swh": 3.0, "fin": 4.0}
        >>> round(paired_difference(low, high, genus=genus).mean, 3)
        -0.667
    """
    languages = _paired_languages(a, b)
    sums, sizes = _by_genus(_values(a, languages) - _values(b, languages), languages, genus)
    draws = _draws(sizes.size, resamples=resamples, seed=seed)
    low, high = _percentiles((draws @ sums) / (draws @ sizes)) if sizes.size > 1 else (-np.inf, np.inf)
    return _interval(float(sums.sum() / sizes.sum()), float(low), float(high), sums, sizes, resamples, seed)


def gap_closed(
    none: Mapping[str, float],
    method: Mapping[str, float],
    oracle: Mapping[str, float],
    *,
    genus: Mapping[str, str],
    resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """Share of the oracle's gain that a method reaches: a ratio of sums, never a mean of ratios.

    ``share = sum_l (none_l - method_l) / sum_l (none_l - oracle_l)``. A mean of per-language ratios would be
    ruled by the languages where the oracle gains next to nothing. Both sums are taken over the same resampled genera,
    as in `paired_difference`. A resample without a gap (denominator not positive) counts as unbounded on both sides.
    ``p`` tests that the numerator is zero, i.e. that the method differs from no adapter.

    Raises:
        NoGapError: over all languages together the oracle is no better than no adapter.
        StatisticsError: as `paired_difference`.

    Example:
        >>> genus = {"zul": "Bantu", "fin": "Finnic"}
        >>> none, oracle = {"zul": 4.0, "fin": 3.0}, {"zul": 2.0, "fin": 2.9}
        >>> round(gap_closed(none, {"zul": 3.0, "fin": 3.0}, oracle, genus=genus).mean, 3)
        0.476
    """
    languages = _paired_languages(none, method, oracle)
    base = _values(none, languages)
    gains, sizes = _by_genus(base - _values(method, languages), languages, genus)
    gaps, _ = _by_genus(base - _values(oracle, languages), languages, genus)
    if gaps.sum() <= 0:
        raise NoGapError(
            f"over {len(languages)} languages the oracle gains {gaps.sum() / len(languages):.4f} on average: there "
            "is no gap to close. Check the oracle's training, or leave these languages out of this table."
        )
    draws = _draws(sizes.size, resamples=resamples, seed=seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares, bounded = (draws @ gains) / (draws @ gaps), draws @ gaps > 0
    low, _ = _percentiles(np.where(bounded, shares, -np.inf)) if sizes.size > 1 else (-np.inf, np.inf)
    _, high = _percentiles(np.where(bounded, shares, np.inf)) if sizes.size > 1 else (-np.inf, np.inf)
    return _interval(float(gains.sum() / gaps.sum()), float(low), float(high), gains, sizes, resamples, seed)


def sign_flip_test(differences: Sequence[float] | Array, *, resamples: int = 10_000, seed: int = 0) -> float:
    """Two-sided p-value that independent differences are symmetric about zero.

    ``p = share of sign vectors s in {-1, 1}^n with |sum_i s_i d_i| >= |sum_i d_i|``: all of them up to `EXACT_GENERA`
    differences, else ``(1 + hits) / (1 + resamples)`` over random ones. With ``d_i`` the *sum* over a genus, a flip
    turns all its languages together, which respects their dependence and keeps the mean over languages as statistic.
    The smallest possible p is ``2 / 2 ** n``: five genera can never reach 0.05.

    References:
        Good (2005), Permutation, Parametric and Bootstrap Tests of Hypotheses, https://doi.org/10.1007/b138696.
        Phipson & Smyth (2010), Permutation p-values should never be zero, https://doi.org/10.2202/1544-6115.1585.

    Example:
        >>> sign_flip_test([1.0, 1.0, 1.0])
        0.25
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.size == 0:
        raise StatisticsError("no difference to test. Give at least one genus.")
    reached = abs(values.sum()) - 1e-9 * np.abs(values).sum()  # a tie is a hit, whatever the order of summation
    if values.size <= EXACT_GENERA:
        sums = values[:1]  # its mirror image (-1) has the same absolute sums
        for value in values[1:]:
            sums = np.concatenate([sums + value, sums - value])
        return float(np.mean(np.abs(sums) >= reached))
    signs = np.random.default_rng(seed).integers(0, 2, size=(resamples, values.size)) * 2 - 1
    return float((1 + np.sum(np.abs(signs @ values) >= reached)) / (1 + resamples))


def seed_mean(values: Sequence[Mapping[Key, float]]) -> dict[Key, float]:
    """Average each language over seeds: ``(1 / S) sum_s value_s[l]``, before anything is paired.

    Raises:
        StatisticsError: no seed, or seeds that scored different languages.
    """
    if not values:
        raise StatisticsError("no seed to average. Give one mapping of languages to values per seed.")
    languages = _paired_languages(*values)
    return {language: float(np.mean([value[language] for value in values])) for language in languages}


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for their number, in the order given: ``max_(j <= i) min(1, (m - j + 1) p_(j))``.

    References:
        Holm (1979), A simple sequentially rejective multiple test procedure, https://www.jstor.org/stable/4615733.

    Example:
        >>> holm([0.04, 0.01, 0.03])
        [0.06, 0.03, 0.06]
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise StatisticsError(f"p-values are {list(p_values)}; each must lie between 0 and 1.")
    order = np.argsort(p_values, kind="stable")
    scaled = np.asarray(p_values, dtype=np.float64)[order] * np.arange(len(p_values), 0, -1)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return [float(p) for p in corrected]


def _paired_languages(*values: Mapping[Key, float]) -> list[Key]:
    """The languages all mappings share, sorted; an error where one of them has others."""
    shared, every = set.intersection(*map(set, values)), set.union(*map(set, values))
    if shared != every:
        raise StatisticsError(
            f"{sorted(every - shared)} are not scored everywhere and cannot be paired. Score them, or leave them out."
        )
    if not shared:
        raise StatisticsError("no language to average over. Give at least one.")
    return sorted(shared)


def _values(values: Mapping[str, float], languages: Sequence[str]) -> Array:
    array = np.array([values[language] for language in languages], dtype=np.float64)
    if not np.isfinite(array).all():
        broken = [language for language, value in zip(languages, array, strict=True) if not np.isfinite(value)]
        raise StatisticsError(f"the values of {broken} are not finite. Repair or leave out these languages.")
    return array


def _by_genus(values: Array, languages: Sequence[str], genus: Mapping[str, str]) -> tuple[Array, Array]:
    """Sum of the values and number of languages in each genus."""
    missing = [language for language in languages if language not in genus]
    if missing:
        raise StatisticsError(f"no genus for {missing}. Give each language one; an isolate is a genus of its own.")
    names, cluster = np.unique([genus[language] for language in languages], return_inverse=True)
    sums = np.bincount(cluster, weights=values, minlength=names.size)
    return sums.astype(np.float64), np.bincount(cluster, minlength=names.size).astype(np.float64)


def _draws(num_genera: int, *, resamples: int, seed: int) -> Array:
    """How often each resample takes each genus: resamples by genera, every row summing to the number of genera."""
    if resamples < 1:
        raise StatisticsError(f"resamples is {resamples}; an interval needs many, 10000 is the default.")
    rng = np.random.default_rng(seed)
    return rng.multinomial(num_genera, np.full(num_genera, 1 / num_genera), size=resamples).astype(np.float64)


def _percentiles(values: Array) -> tuple[float, float]:
    # "lower" and "higher" pick values that occur: no interpolation towards an unbounded resample.
    return float(np.quantile(values, 0.025, method="lower")), float(np.quantile(values, 0.975, method="higher"))


def _interval(mean: float, low: float, high: float, sums: Array, sizes: Array, resamples: int, seed: int) -> Interval:
    flips = "exact sign flips" if sums.size <= EXACT_GENERA else f"{resamples} random sign flips"
    method = f"genus bootstrap ({resamples} resamples), {flips} over {sums.size} genera"
    p = sign_flip_test(sums, resamples=resamples, seed=seed)
    return Interval(mean, low, high, p, int(sizes.sum()), sums.size, method)
