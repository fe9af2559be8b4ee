import pytest
import torch

from hypergen.training.schedules import share_of_peak, with_schedule


def test_the_learning_rate_rises_then_falls_to_zero():
    shares = [share_of_peak(step, steps=10, warmup=4) for step in range(11)]
    assert shares[:4] == [0.25, 0.5, 0.75, 1.0]
    assert shares[4:] == sorted(shares[4:], reverse=True)
    assert shares[10] == 0
    assert share_of_peak(0, steps=10) == 1


def test_it_falls_to_what_it_is_told_and_as_steeply():
    assert share_of_peak(10, steps=10, final=0.25) == 0.25
    assert share_of_peak(5, steps=10, power=2.0) == 0.25


@pytest.mark.parametrize("warmup", [10, 30])
def test_a_warmup_as_long_as_the_run_or_longer_never_falls(warmup):
    shares = [share_of_peak(step, steps=10, warmup=warmup) for step in range(10)]
    assert shares == [(step + 1) / warmup for step in range(10)]


def test_an_optimizer_steps_at_these_shares_of_its_rate():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    told = with_schedule(optimizer, steps=4, warmup=2)
    rates = []
    for _ in range(4):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        told["lr_scheduler"]["scheduler"].step()
    assert rates == [0.25, 0.5, 0.5, 0.25]
