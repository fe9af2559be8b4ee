"""Linear layers by oneDNN: the same function and parameters, whoever computes the product."""

import copy
from collections.abc import Iterator

import jaxtyping
import pytest
import torch
from torch import nn

from hypergen.linear import OneDnnLinear, with_onednn

pytestmark = pytest.mark.skipif(
    not (torch.backends.mkl.is_available() and torch.backends.mkldnn.is_available()),
    reason="torch was built without MKL or without oneDNN, and chooses by itself",
)


@pytest.fixture
def plain() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(24, 40).requires_grad_(False)


@pytest.fixture
def quick(plain) -> OneDnnLinear:
    return OneDnnLinear.of(plain)


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(3, 5, 24, generator=torch.Generator().manual_seed(1))


def by_onednn(output: torch.Tensor) -> bool:
    return type(output.grad_fn).__name__ == "_FrozenBackward"


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(24,), (0, 24), (7, 24), (3, 5, 24)])
def test_the_output_is_that_of_torchs_layer(shape, bias):
    plain = nn.Linear(24, 40, bias=bias).requires_grad_(False)
    x = torch.randn(shape)
    torch.testing.assert_close(OneDnnLinear.of(plain)(x), plain(x))


def test_the_gradient_is_that_of_torchs_layer(plain, quick, x):
    def gradient(layer):
        leaf = x.clone().requires_grad_()
        return torch.autograd.grad(layer(leaf).square().sum(), leaf)[0]

    torch.testing.assert_close(gradient(quick), gradient(plain))


def test_a_gradient_that_is_one_number_repeated_is_taken_too(plain, quick, x):
    leaf = x.clone().requires_grad_()
    torch.testing.assert_close(torch.autograd.grad(quick(leaf).sum(), leaf)[0], plain.weight.sum(0).expand_as(x))


def test_the_gradient_has_a_gradient_of_its_own(plain, quick, x):
    def second(layer):
        leaf = x.clone().requires_grad_()
        (first,) = torch.autograd.grad(layer(leaf).pow(3).sum(), leaf, create_graph=True)
        return torch.autograd.grad(first.square().sum(), leaf)[0]

    torch.testing.assert_close(second(quick), second(plain), rtol=1e-4, atol=1e-4)


def test_a_frozen_float32_layer_is_computed_by_onednn(quick, x):
    assert by_onednn(quick(x.requires_grad_()))


@pytest.mark.parametrize("trained", ["weight", "bias"])
def test_a_layer_that_is_trained_is_torchs_own(quick, x, trained):
    getattr(quick, trained).requires_grad_()
    quick(x).sum().backward()
    assert getattr(quick, trained).grad is not None


def test_a_bfloat16_layer_is_torchs_own(quick, x):
    assert not by_onednn(quick.bfloat16()(x.bfloat16().requires_grad_()))


def test_nothing_is_kept_for_the_backward_pass_but_the_weight(quick, x):
    output = quick(x.requires_grad_())
    assert [tensor.data_ptr() for tensor in output.grad_fn.saved_tensors] == [quick.weight.data_ptr()]


def test_parameters_and_their_names_stay(bert):
    before = dict(bert.named_parameters())
    after = dict(with_onednn(bert).named_parameters())
    assert list(after) == list(before)
    assert all(after[name] is before[name] for name in before)


def test_every_linear_layer_of_a_model_is_replaced(bert):
    layers = [module for module in with_onednn(bert).modules() if isinstance(module, nn.Linear)]
    assert layers
    assert all(type(layer) is OneDnnLinear for layer in layers)


def test_a_model_computes_what_it_did(bert):
    bert.requires_grad_(False)
    ids = torch.arange(10).reshape(2, 5)
    expected = bert(ids).logits
    torch.testing.assert_close(with_onednn(bert)(ids).logits, expected)


def test_training_and_evaluation_mode_stay(bert):
    assert all(module.training for module in with_onednn(bert.train()).modules())


def test_a_copy_computes_the_same(quick, x):
    assert torch.equal(copy.deepcopy(quick)(x), quick(x))


@pytest.fixture
def fresh_compiler() -> Iterator[None]:
    """Nothing compiled before, and no checker in the way, whose own code the compiler cannot read."""
    jaxtyping.config.update("jaxtyping_disable", True)
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.usefixtures("fresh_compiler")
def test_the_layer_compiles_into_one_graph_with_the_same_gradient(plain, quick, x):
    compiled = torch.compile(quick, backend="aot_eager", fullgraph=True)
    leaf = x.requires_grad_()
    (found,) = torch.autograd.grad(compiled(leaf).square().sum(), leaf)
    torch.testing.assert_close(found, torch.autograd.grad(plain(leaf).square().sum(), leaf)[0])
