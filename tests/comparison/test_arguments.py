from dataclasses import fields

from hypergen.comparison.arguments import FitArgs


def test_a_loss_is_flat_below_half_a_percent_over_the_last_fifth():
    assert FitArgs().flat == 0.005


def test_every_number_counts_something():
    assert all(getattr(FitArgs(), field.name) > 0 for field in fields(FitArgs))
