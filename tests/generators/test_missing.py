import pytest
import torch

from hypergen.errors import HypergenError
from hypergen.generators.missing import Filled, dropped

T = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
M = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
VECTORS = torch.cat([T, M], dim=1)


def filled(how):
    module = Filled(6, how)
    module.remember(VECTORS)
    return module(VECTORS)


@pytest.mark.parametrize("how", ["imputed", "imputed-mask"])
def test_imputed_values_are_left_as_they_are(how):
    assert torch.equal(filled(how), VECTORS)


def test_what_was_not_observed_is_zero():
    assert torch.equal(filled("zero-mask"), torch.cat([T * M, M], dim=1))


def test_what_was_not_observed_is_the_mean_of_what_was():
    mean = torch.tensor([2 / 3, 1 / 2, 0.0])  # the third was observed nowhere
    torch.testing.assert_close(filled("mean-mask"), torch.cat([torch.where(M.bool(), T, mean), M], dim=1))


def test_an_odd_number_of_columns_has_no_mask():
    with pytest.raises(HypergenError, match="7 features cannot be values and mask"):
        Filled(7, "zero-mask")
    Filled(7, "imputed")


def test_a_value_and_its_place_in_the_mask_are_dropped_together():
    x = dropped(torch.ones(50, 20), rate=0.5, missing="zero-mask")
    assert torch.equal(x[:, :10], x[:, 10:])
    assert set(x.unique().tolist()) == {0.0, 2.0}


def test_dropping_nothing_changes_nothing():
    assert torch.equal(dropped(VECTORS, rate=0.0, missing="imputed"), VECTORS)
