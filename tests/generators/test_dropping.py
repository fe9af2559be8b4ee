import torch

from hypergen.generators.dropping import vectors_dropped


def test_a_vector_is_kept_as_it_is_or_dropped_whole():
    x = torch.arange(1.0, 5).expand(2000, 4)
    told = vectors_dropped(x, rate=0.25)
    dropped = (told == 0).all(1)
    assert torch.equal(told[~dropped], x[~dropped])
    assert abs(dropped.float().mean() - 0.25) < 0.04
