import lightning
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from hypergen.errors import HypergenError
from hypergen.training.fitting import fit
from hypergen.training.flat import UntilFlat


class Still(lightning.LightningModule):
    """Learns nothing: what is measured is told by the test."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def training_step(self, batch, batch_idx):
        return (self.weight * batch).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


def run(losses):
    """The callback after at most so many steps, measured at each, and how many there were."""
    measured, module, modes = iter(losses), Still(), []

    def measure():
        modes.append(module.training)
        return {"swh": next(measured)}

    flat = UntilFlat(measure, every=1)
    steps = fit(module, DataLoader(torch.ones(64, 1)), steps=len(losses), title="still", callbacks=[flat])
    assert modes == [False] * steps  # measured in evaluation mode,
    assert module.training  # and back in training mode
    return flat, steps


def test_it_goes_on_while_the_loss_falls():
    flat, steps = run([3.0, 2.5, 2.2, 2.0, 1.9, 1.8])
    assert steps == 6
    assert flat.moved == pytest.approx(1 - 1.8 / 2.0)  # step 6 beside step 4, the last one up to 4.8
    assert not flat.is_flat


def test_it_stops_when_the_last_fifth_moved_by_less_than_its_share():
    flat, steps = run([3.0, 2.0, 1.5, 1.5, 1.499, 1.498, 1.0])
    assert steps == 5
    assert flat.is_flat


def test_a_rising_loss_moves_too():
    assert run([1.0, 1.0, 1.0, 1.0, 1.1, 1.2])[1] == 6


def test_a_loss_that_comes_nearer_and_nearer_is_flat_where_the_formula_says():
    losses = [1 + 0.9**step for step in range(1, 101)]
    rest = next(n for n in range(5, 101) if abs(1 - losses[n - 1] / losses[int(0.8 * n) - 1]) < 0.005)
    assert run(losses)[1] == rest < 100


def test_it_measures_every_so_many_steps():
    flat = UntilFlat(lambda: {"swh": 1.0 / (1 + len(flat.history))}, every=3)
    fit(Still(), DataLoader(torch.ones(64, 1)), steps=10, title="still", callbacks=[flat])
    assert [step for step, _ in flat.history] == [3, 6, 9]


def test_few_measurements_are_not_yet_rest():
    assert run([1.0, 1.0, 1.0])[1] == 3


def test_every_language_counts_the_same():
    flat = UntilFlat(dict, every=1)
    flat.history = [(4, {"swh": 1.0, "zul": 3.0}), (5, {"swh": 2.0, "zul": 3.0})]
    assert flat.moved == pytest.approx(0.25)


@pytest.mark.parametrize(("share", "is_flat"), [(0.04, False), (0.06, True)])
def test_the_share_decides_how_little_is_nothing(share, is_flat):
    flat = UntilFlat(dict, every=1, share=share)
    flat.history = [(step, {"swh": loss}) for step, loss in enumerate((5.0, 4.0, 3.0, 2.0, 1.9), start=1)]
    assert flat.is_flat is is_flat


def test_before_anything_is_measured_it_has_moved_without_end():
    assert UntilFlat(dict).moved == float("inf")


@pytest.mark.parametrize("given", [{"every": 0}, {"share": 0.0}, {"share": -1.0}])
def test_numbers_that_mean_nothing_are_refused(given):
    with pytest.raises(HypergenError, match=r"every -?\d+ steps with a share of .*; both are above 0"):
        UntilFlat(dict, **given)
