import pytest

from hypergen.recipes.demo_numbers import genera, mean, pos_summary, summary

LOSSES = {
    "none": {"swh": 3.0, "fin": 2.0, "yua": 4.0},
    "mean": {"swh": 2.5, "fin": 1.8, "yua": 3.0},
    "nearest": {"swh": 2.4, "fin": 1.6, "yua": 3.5},
    "swapped": {"swh": 2.9, "fin": 2.1, "yua": 3.9},
    "generated": {"swh": 2.0, "fin": 1.7, "yua": 2.5},
    "fifty": {"swh": 1.5, "fin": 1.4, "yua": 2.0},
    "oracle": {"swh": 1.0, "yua": 2.0},
}


def test_the_gap_closed_is_a_ratio_of_sums_over_languages_with_an_oracle():
    told = summary(LOSSES)
    assert told["gap_closed"]["zero_shot"]["mean"] == pytest.approx((1.0 + 1.5) / (2.0 + 2.0))
    assert told["gap_closed"]["fifty_sentences"]["mean"] == pytest.approx((1.5 + 2.0) / (2.0 + 2.0))


def test_wins_are_shares_of_all_unseen_languages():
    assert summary(LOSSES)["beats"] == {"none": 1.0, "mean": 1.0, "nearest": pytest.approx(2 / 3), "swapped": 1.0}


def test_differences_are_generated_minus_control():
    assert summary(LOSSES)["differences"]["mean"]["mean"] == pytest.approx((-0.5 - 0.1 - 0.5) / 3, abs=1e-4)


def test_accuracies_are_told_by_language_and_on_average():
    accuracy = {
        "generated": {"swh": 0.8, "fin": 0.6}, "nearest": {"swh": 0.7, "fin": 0.6}, "none": {"swh": 0.5, "fin": 0.5},
        "majority": {"swh": 0.3, "fin": 0.3},
    }  # fmt: skip
    told = pos_summary(accuracy)
    assert told["accuracy"]["generated"] == 0.7
    assert told["differences"]["none"]["mean"] == pytest.approx(0.2)
    assert told["rows"][1] == {"language": "fin", "generated": 0.6, "nearest": 0.6, "none": 0.5, "majority": 0.3}


def test_relatives_share_a_genus():
    assert genera(["swh", "zul"])["swh"] == genera(["swh", "zul"])["zul"]
    assert mean([1.0, 2.0]) == 1.5
