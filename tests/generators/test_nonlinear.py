import torch

from hypergen.generators.nonlinear import Perceptron


def test_it_starts_at_nothing_and_can_leave():
    perceptron = Perceptron(5, 8, 3)
    x = torch.rand(4, 5)
    assert not perceptron(x).any()
    perceptron(x).sum().backward()
    assert perceptron.output.weight.grad.any()


def test_it_is_no_linear_map():
    perceptron = Perceptron(5, 8, 3)
    torch.nn.init.normal_(perceptron.output.weight)
    x, y = torch.randn(1, 5), torch.randn(1, 5)
    apart = perceptron(x) + perceptron(y) - perceptron(torch.zeros(1, 5))
    assert not torch.allclose(apart, perceptron(x + y), atol=1e-3)
