"""Numbers of a demo are summed up as they were told."""

import numpy as np
import pytest
from rich.console import Console
from scipy.stats import spearmanr

from hypergen.evaluation.summary import format_told, losses_of, rank_correlation, shares_closed, summary_table


def cells_of(table):
    return {row[0]: row[1:] for row in zip(*(list(column.cells) for column in table.columns), strict=True)}


def test_the_table_says_of_each_method_what_it_loses_and_what_is_gained_over_it(told):
    cells = cells_of(summary_table(told))
    assert cells["no adapter"] == ("2.30", "−0.30 [−0.40, −0.20]", "75 %", "–")
    assert cells["generated"] == ("1.70", "–", "–", "60 % [55 %, 65 %]")
    assert cells["oracle"] == ("1.10", "–", "–", "–")


def test_the_table_says_how_many_languages_have_an_oracle(told):
    assert "4 unseen languages, 2 of them with an oracle" in summary_table(told).caption


def test_a_method_that_nobody_was_scored_with_is_absent_from_the_table(told):
    for row in told["rows"]:
        del row["losses"]["fifty"]
    assert "fifty sentences" not in cells_of(summary_table(told))


def test_the_table_fits_a_terminal_of_80_letters(told):
    console = Console(width=80)
    with console.capture() as shown:
        console.print(summary_table(told))
    assert all(
        any(cell in line for line in shown.get().splitlines())
        for row in cells_of(summary_table(told)).values()
        for cell in row
    )


def test_an_end_that_is_null_is_open_and_scaled_numbers_are_points():
    assert format_told({"mean": 0.05, "low": None, "high": 0.1}, scale=100.0, digits=1) == "5.0 […, 10.0]"


def test_losses_beside_the_oracle_are_of_the_languages_that_have_one(told):
    assert losses_of(told, "none", beside="oracle") == [2.0, 2.2]


def test_a_share_is_of_a_languages_own_gap_or_else_down_to_the_mean_oracle(told):
    told["rows"][0]["losses"]["oracle"] = 0.0  # their mean is 0.6
    assert shares_closed(told, "generated") == pytest.approx({"haw": 0.3, "mam": 0.6, "tli": 1 / 3, "zne": 0.3})


def test_a_language_that_starts_where_oracles_end_has_no_share(told):
    told["rows"][3]["losses"] |= {"none": 1.15, "generated": 1.0}
    assert set(shares_closed(told, "generated")) == {"haw", "mam", "tli"}


def test_there_are_no_shares_where_the_oracle_gains_nothing(told):
    for row in told["rows"]:
        row["losses"]["oracle"] = row["losses"]["none"]
    assert shares_closed(told, "generated") == {}


def test_the_rank_correlation_is_scipys_with_ties_too():
    rng = np.random.default_rng(0)
    xs, ys = (rng.integers(0, 8, size=30).astype(float).tolist() for _ in range(2))
    assert rank_correlation(xs, ys) == pytest.approx(spearmanr(xs, ys).statistic)


def test_what_does_not_vary_is_correlated_with_nothing():
    assert rank_correlation([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]) == 0
