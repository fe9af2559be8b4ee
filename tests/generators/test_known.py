import torch

from hypergen.generators.known import Known


def test_all_known_languages_have_the_same_and_others_have_none():
    known = Known(3)
    known.remember(torch.tensor([[3.0, 4.0], [0.0, 5.0]]))
    torch.nn.init.normal_(known.values)
    expected = 5 * torch.stack([known.values[0], torch.zeros(3), known.values[0]])
    torch.testing.assert_close(known(torch.tensor([1.0, 0.0, 1.0])), expected)


def test_it_starts_at_nothing():
    assert not Known(3)(torch.ones(2)).any()
