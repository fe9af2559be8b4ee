import torch

from hypergen.generators.mixing import mixed


def test_each_vector_lies_between_its_own_and_one_others_no_farther_than_the_share():
    x = torch.eye(4)
    for _ in range(20):
        away = mixed(x, share=0.3)
        assert (away.diagonal() >= 0.7).all()
        torch.testing.assert_close(away.sum(1), torch.ones(4))
        assert ((away > 0).sum(1) == 2).all()


def test_a_language_alone_and_a_share_of_zero_stay_what_they_are():
    x = torch.rand(4, 3)
    assert torch.equal(mixed(x, share=0.0), x)
    torch.testing.assert_close(mixed(x[:1], share=0.9), x[:1])
