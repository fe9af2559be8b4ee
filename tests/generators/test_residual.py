import pytest
import torch

from hypergen.errors import HypergenError
from hypergen.generators.residual import Residual

OWN = torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])


@pytest.fixture
def residual():
    residual = Residual(2, 3, dropout=0.5)
    residual.remember(torch.tensor([[3.0, 4.0], [0.0, 5.0]]))
    torch.nn.init.normal_(residual.values)
    return residual.eval()


def test_each_training_language_has_its_own_and_another_language_has_none(residual):
    expected = 5 * torch.stack([residual.values[0], torch.zeros(3), residual.values[1]])
    torch.testing.assert_close(residual(OWN), expected)


def test_where_they_start_is_what_they_give(residual):
    start = torch.rand(2, 3)
    residual.start_at(start)
    torch.testing.assert_close(residual(torch.eye(2)), start)


def test_in_training_a_language_goes_without_it_as_often_as_was_said(residual):
    residual.train().dropout = 0.3
    one = torch.tensor([[1.0, 0.0]]).repeat(4000, 1)
    without = (residual(one) == 0).all(1).float().mean().item()
    assert without == pytest.approx(0.3, abs=0.03)  # four standard errors


def test_a_dropout_of_one_leaves_none_in_training(residual):
    residual.train().dropout = 1.0
    assert not residual(OWN).any()


def test_a_dropout_that_is_no_probability_is_refused():
    with pytest.raises(HypergenError, match="residual_dropout is"):
        Residual(2, 3, dropout=1.5)
