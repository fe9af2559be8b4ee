"""Intervals and tests over languages that are related."""

import itertools
import math

import numpy as np
import pytest

from hypergen.evaluation.statistics import (
    NoGapError,
    StatisticsError,
    gap_closed,
    holm,
    paired_difference,
    seed_mean,
    sign_flip_test,
)


def clustered(rng, *, truth=0.0, genera=40, sizes=(1, 5), between=1.0, within=0.5):
    """Differences of related languages around a truth, and the genus of each."""
    values, genus = {}, {}
    for g in range(genera):
        shift = rng.normal(truth, between)
        for member in range(rng.integers(*sizes)):
            values[f"{g}-{member}"] = float(rng.normal(shift, within))
            genus[f"{g}-{member}"] = str(g)
    return values, genus


def against_zero(values, genus, **options):
    return paired_difference(values, dict.fromkeys(values, 0.0), genus=genus, **options)


def test_the_interval_covers_the_truth_about_19_times_in_20_though_relatives_agree():
    rng, covered, simulations = np.random.default_rng(0), 0, 300
    for _ in range(simulations):
        interval = against_zero(*clustered(rng, truth=0.3), resamples=400)
        covered += interval.low <= 0.3 <= interval.high
    assert 0.89 <= covered / simulations <= 0.99


def test_counting_relatives_as_independent_would_cover_the_truth_too_rarely():
    rng, covered, simulations = np.random.default_rng(0), 0, 300
    for _ in range(simulations):
        values, _ = clustered(rng, truth=0.3, sizes=(4, 5))
        interval = against_zero(values, {language: language for language in values}, resamples=400)
        covered += interval.low <= 0.3 <= interval.high
    assert covered / simulations < 0.85


def test_the_sign_flip_test_rejects_a_true_null_at_most_as_often_as_it_says():
    rng, simulations = np.random.default_rng(1), 400
    rejected = sum(sign_flip_test(rng.normal(size=8)) <= 0.05 for _ in range(simulations))
    assert rejected / simulations <= 0.08


def test_the_sign_flip_test_equals_brute_force():
    differences = np.random.default_rng(2).normal(0.4, 1.0, size=7)
    flips = [abs(np.dot(signs, differences)) for signs in itertools.product([-1, 1], repeat=7)]
    expected = np.mean(np.array(flips) >= abs(differences.sum()) - 1e-12)
    assert sign_flip_test(differences) == pytest.approx(expected, abs=0)


def test_the_sign_flip_test_equals_scipys():
    stats = pytest.importorskip("scipy.stats")
    differences = np.random.default_rng(3).normal(0.4, 1.0, size=9)
    theirs = stats.permutation_test(
        (differences, np.zeros(9)), lambda a, b: np.sum(a - b), permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip_test(differences) == pytest.approx(theirs.pvalue)


def test_random_flips_agree_with_all_flips():
    differences = np.random.default_rng(4).normal(0.3, 1.0, size=22)
    sums = differences[:1]
    for value in differences[1:]:
        sums = np.concatenate([sums + value, sums - value])
    exact = np.mean(np.abs(sums) >= abs(differences.sum()))
    assert sign_flip_test(differences, resamples=20_000) == pytest.approx(exact, abs=0.015)


def test_no_difference_at_all_has_p_one_and_an_interval_of_zero():
    interval = against_zero({"a": 0.0, "b": 0.0, "c": 0.0}, {"a": "A", "b": "B", "c": "C"})
    assert (interval.mean, interval.low, interval.high, interval.p) == (0, 0, 0, 1)


def test_the_languages_of_a_genus_are_flipped_together():
    values = {str(i): 1.0 for i in range(12)}
    assert against_zero(values, dict.fromkeys(values, "one")).p == 1
    assert against_zero(values, {language: str(int(language) % 3) for language in values}).p == 2 / 2**3


def test_below_twenty_languages_the_test_is_exact():
    values = {str(i): 1.0 for i in range(19)}
    interval = against_zero(values, {language: language for language in values}, resamples=50)
    assert interval.p == 2 / 2**19
    assert "exact" in interval.method


def test_one_genus_bounds_nothing():
    interval = against_zero({"a": 1.0, "b": 2.0}, {"a": "A", "b": "A"})
    assert (interval.mean, interval.low, interval.high) == (1.5, -math.inf, math.inf)
    assert (interval.num_languages, interval.num_genera) == (2, 1)


def test_the_mean_is_over_languages_not_over_genera():
    interval = against_zero({"a": 1.0, "b": 1.0, "c": 4.0}, {"a": "A", "b": "A", "c": "C"})
    assert interval.mean == 2.0


def test_a_resample_takes_whole_genera_and_averages_over_their_languages():
    values, genus = {"a": 1.0, "b": 1.0, "c": 4.0}, {"a": "A", "b": "A", "c": "C"}
    interval = against_zero(values, genus)
    assert (interval.low, interval.high) == (1.0, 4.0)  # AA and CC are each a quarter of all draws


def test_the_same_seed_gives_the_same_interval_whatever_the_order_of_languages():
    values, genus = clustered(np.random.default_rng(5))
    backwards = dict(reversed(values.items()))
    assert against_zero(values, genus, resamples=200) == against_zero(backwards, genus, resamples=200)
    assert against_zero(values, genus, resamples=200) != against_zero(values, genus, resamples=200, seed=1)


@pytest.mark.parametrize(
    ("a", "b", "genus", "message"),
    [
        ({"a": 1.0, "b": 1.0}, {"a": 1.0}, {"a": "A", "b": "B"}, "cannot be paired"),
        ({"a": math.nan}, {"a": 1.0}, {"a": "A"}, "not finite"),
        ({"a": 1.0}, {"a": 1.0}, {}, "no genus"),
        ({}, {}, {}, "no language"),
    ],
)
def test_what_cannot_be_compared_is_refused(a, b, genus, message):
    with pytest.raises(StatisticsError, match=message):
        paired_difference(a, b, genus=genus)


def test_seeds_are_averaged_for_each_language():
    assert seed_mean([{"a": 1.0, "b": 2.0}, {"b": 4.0, "a": 3.0}]) == {"a": 2.0, "b": 3.0}


def test_seeds_that_scored_different_languages_are_refused():
    with pytest.raises(StatisticsError, match=r"\['b'\]"):
        seed_mean([{"a": 1.0, "b": 2.0}, {"a": 3.0}])
    with pytest.raises(StatisticsError, match="no seed"):
        seed_mean([])


def test_the_gap_closed_is_a_ratio_of_sums_never_a_mean_of_ratios():
    none, method, oracle = {"a": 4.0, "b": 2.0}, {"a": 3.0, "b": 1.9}, {"a": 2.0, "b": 1.9}
    share = gap_closed(none, method, oracle, genus={"a": "A", "b": "B"})
    assert share.mean == pytest.approx(1.1 / 2.1)
    assert share.mean != pytest.approx((1 / 2 + 1) / 2)


def test_the_oracle_closes_all_of_the_gap_and_no_adapter_none_of_it():
    rng = np.random.default_rng(6)
    gap, genus = clustered(rng, truth=2.0, between=0.1, within=0.1)
    none = dict.fromkeys(gap, 5.0)
    oracle = {language: 5.0 - value for language, value in gap.items()}
    full, nothing = gap_closed(none, oracle, oracle, genus=genus), gap_closed(none, none, oracle, genus=genus)
    assert (full.mean, full.low, full.high) == pytest.approx((1, 1, 1))
    assert (nothing.mean, nothing.low, nothing.high, nothing.p) == (0, 0, 0, 1)


def test_a_gap_that_vanishes_in_some_resamples_leaves_the_interval_open():
    none, oracle = {"a": 3.0, "b": 3.0}, {"a": 1.0, "b": 3.5}
    share = gap_closed(none, {"a": 2.0, "b": 3.0}, oracle, genus={"a": "A", "b": "B"})
    assert (share.low, share.high) == (-math.inf, math.inf)


def test_where_the_oracle_gains_nothing_there_is_no_gap_to_close():
    with pytest.raises(NoGapError, match="no gap"):
        gap_closed({"a": 1.0}, {"a": 1.0}, {"a": 1.0}, genus={"a": "A"})


def test_holm_corrects_in_the_order_given_and_never_above_one():
    assert holm([0.01, 0.04, 0.03, 0.9]) == pytest.approx([0.04, 0.09, 0.09, 0.9])
    assert holm([0.8, 0.7]) == [1.0, 1.0]
    assert holm([]) == []
    with pytest.raises(StatisticsError, match="between 0 and 1"):
        holm([1.2])
