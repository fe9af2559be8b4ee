import pytest

from hypergen.comparison.arguments import FitArgs
from hypergen.comparison.methods import Method
from hypergen.errors import HypergenError
from hypergen.recipes.arguments import GeneratorArgs
from hypergen.recipes.compare_checks import check, check_amounts

TUNED = Method("mad-x", "scratch", "", "seq_bn", "adapter")
UNTUNED = Method("mean", "mean", "", "seq_bn", None)


def checked(**changes):
    given = {"amounts": [0, 10], "seeds": [0], "trials": 1, "fit": FitArgs(), "generators": {}} | changes
    check(["mad-x", "mean"], **given)


def test_what_can_be_run_passes():
    checked(generators={"mad-g": GeneratorArgs(), "wide": GeneratorArgs(embedding_size=64, vector_dropout=0.5)})
    check_amounts([TUNED, UNTUNED], [0, 10])


@pytest.mark.parametrize("option", [{"method": "lora"}, {"reduction": 4}, {"rank": 2}, {"leave_out": [0]}], ids=str)
def test_an_option_that_a_comparison_would_ignore_is_refused(option):
    with pytest.raises(HypergenError, match=f"the generator 'g' has {next(iter(option))}, which a method's name says"):
        checked(generators={"g": GeneratorArgs(**option)})


@pytest.mark.parametrize(("method", "amounts"), [(TUNED, [0]), (UNTUNED, [10, None])])
def test_a_method_that_would_never_be_run_is_refused(method, amounts):
    with pytest.raises(HypergenError, match=f"the method '{method.name}' is never run at amounts"):
        check_amounts([method], amounts)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_libraries_do_not_take_is_refused(seed):
    with pytest.raises(HypergenError, match=f"one of the seeds is {seed}; expected a whole number from 0 to"):
        checked(seeds=[0, seed])


def test_what_is_counted_is_refused_below_one():
    with pytest.raises(HypergenError, match="trials is 0; it counts from 1"):
        checked(trials=0)
