import math

import pytest

from hypergen.errors import CorpusError, HypergenError
from hypergen.recipes.finetuning_checks import TOLD, check_converged, check_numbers, check_what, read_once


def test_lines_are_read_once_and_one_text_is_refused():
    assert read_once(iter("ab")) == ["a", "b"]
    with pytest.raises(CorpusError, match=r"lines is one text; give its lines, such as text.splitlines"):
        read_once("Habari")


def test_only_what_can_be_tuned_is_taken():
    for what in TOLD:
        check_what(what)
    with pytest.raises(HypergenError, match="what is 'foo'; expected wider, adapter, embedding"):
        check_what("foo")


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"steps": 1.5}, {"lr": 0.0}, {"lr": math.nan}, {"lr": math.inf}, {"penalty": -1.0}], ids=str
)
def test_numbers_out_of_range_are_refused(wrong):
    check_numbers(steps=1, lr=0.1, penalty=0.0)
    with pytest.raises(HypergenError, match="expected 1 step or more, a rate above 0 and a penalty of 0 or more"):
        check_numbers(**{"steps": 1, "lr": 0.1, "penalty": 0.0, **wrong})


def test_a_loss_that_is_no_number_is_told_by_when_it_arose():
    check_converged(3.0, 2.0, lr=0.1)
    with pytest.raises(HypergenError, match=r"training diverged: the loss after it is nan; give a lower lr than 0\.1"):
        check_converged(3.0, math.nan, lr=0.1)
    with pytest.raises(HypergenError, match="the loss before tuning is inf; the bundle or its backbone is damaged"):
        check_converged(math.inf, 2.0, lr=0.1)
