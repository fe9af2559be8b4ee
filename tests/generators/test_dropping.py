import torch

from hypergen.generators.dropping import features_dropped, vectors_dropped


def test_features_are_dropped_one_by_one_and_the_others_scaled_up():
    x = torch.ones(50, 400)
    told = features_dropped(x, rate=0.5)
    assert set(told.unique().tolist()) == {0.0, 2.0}
    assert abs(told.mean() - 1) < 0.05
    assert torch.equal(features_dropped(x, rate=0.0), x)


def test_a_vector_is_kept_as_it_is_or_dropped_whole():
    x = torch.arange(1.0, 5).expand(2000, 4)
    told = vectors_dropped(x, rate=0.25)
    dropped = (told == 0).all(1)
    assert torch.equal(told[~dropped], x[~dropped])
    assert abs(dropped.float().mean() - 0.25) < 0.04
