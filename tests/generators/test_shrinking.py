import torch

from hypergen.generators.shrinking import Shrinking

ANCHORS = torch.tensor([[3.0, 0.0], [-3.0, 0.0], [0.0, 4.0]])
KIN = torch.tensor([0.0, 0.0, 1.0])


def shrunk(x, shrinkage=0.5):
    module = Shrinking(shrinkage)
    module.remember(ANCHORS, kin=KIN)
    own = (x.unsqueeze(1) == ANCHORS).all(-1).float()
    return module(x, ANCHORS, own)


def test_the_scale_is_the_distance_to_the_nearest_that_is_no_kin():
    module = Shrinking(0.5)
    module.remember(ANCHORS, kin=KIN)
    torch.testing.assert_close(module.reach, torch.tensor(5.0))


def test_training_languages_stay_where_they_are():
    assert torch.equal(shrunk(ANCHORS), ANCHORS)


def test_a_language_near_a_training_language_is_hardly_moved_and_one_like_none_by_all_of_the_share():
    near, far = torch.tensor([[3.0, 0.1]]), torch.tensor([[300.0, 400.0]])
    torch.testing.assert_close(shrunk(near), near, rtol=1e-3, atol=0)
    torch.testing.assert_close(shrunk(far), far / 2)
    torch.testing.assert_close(shrunk(far, shrinkage=1.0), torch.zeros(1, 2))


def test_in_between_it_is_as_the_formula_says():
    x = torch.tensor([[3.0, 5.0]])  # sqrt(10) from the third, 5 from the first
    s = 1 - 0.5 * (1 - torch.exp(torch.tensor(-10 / 25)))
    torch.testing.assert_close(shrunk(x), s * x)


def test_no_shrinkage_changes_nothing():
    x = torch.rand(3, 2)
    assert torch.equal(shrunk(x, shrinkage=0.0), x)


def test_where_all_are_kin_the_scale_stays_one():
    module = Shrinking(0.5)
    module.remember(ANCHORS, kin=torch.zeros(3))
    assert module.reach == 1
