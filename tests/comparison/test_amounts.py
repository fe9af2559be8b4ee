import pytest

from hypergen.comparison.amounts import amount_name, bytes_of, checked_amount, in_order
from hypergen.errors import HypergenError


@pytest.mark.parametrize("told", [0, 50, "all", "50kB", "1.5MB", "10GB"])
def test_an_amount_is_written_as_it_was_told(told):
    assert amount_name(checked_amount(told)) == str(told)


@pytest.mark.parametrize("told", [-1, "", "50", "50 kB", "0kB", "1e3kB", "50KB"])
def test_what_is_no_amount_is_refused(told):
    with pytest.raises(HypergenError, match="expected numbers of sentences from 0 on, sizes such as 50kB, or all"):
        checked_amount(told)


def test_a_thousand_bytes_are_a_kilobyte():
    assert [bytes_of(f"1{unit}") for unit in ("kB", "MB", "GB")] == [10**3, 10**6, 10**9]


def test_amounts_of_both_kinds_have_an_order():
    assert sorted(["150kB", None, 10, "50kB", 0], key=in_order) == [0, 10, "50kB", "150kB", None]
