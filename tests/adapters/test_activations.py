import pytest
import torch

from hypergen.adapters.activations import activation_of
from hypergen.errors import HypergenError


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("relu", lambda v: v.clamp(min=0)),
        ("gelu", lambda v: v * (1 + torch.erf(v / 2**0.5)) / 2),
        ("gelu_new", lambda v: v * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (v + 0.044715 * v**3))) / 2),
        ("leakyrelu", lambda v: torch.where(v > 0, v, 0.01 * v)),
    ],
)
def test_it_is_the_function_of_its_name(name, function):
    v = torch.linspace(-4, 4, 101, dtype=torch.float64)
    torch.testing.assert_close(activation_of(name)(v), function(v))


def test_an_unknown_one_is_refused_with_those_there_are():
    with pytest.raises(HypergenError, match="the activation 'swish' is not known; adapters have one of relu, gelu"):
        activation_of("swish")
