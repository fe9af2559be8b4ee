"""Cross-entropy in little memory: torch's own numbers, and nothing computed silently from what was overwritten."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from hypergen.losses import ROWS, consuming_cross_entropy, cross_entropies

MASKED, WORDS = 2 * ROWS + 3, 40


@pytest.fixture
def hidden() -> torch.Tensor:
    return torch.randn(MASKED, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)


@pytest.fixture
def head() -> torch.Tensor:
    return torch.randn(8, WORDS, generator=torch.Generator().manual_seed(1), requires_grad=True)


@pytest.fixture
def labels() -> torch.Tensor:
    return torch.randint(0, WORDS, (MASKED,), generator=torch.Generator().manual_seed(2))


def test_the_loss_is_torchs_mean_cross_entropy(hidden, head, labels):
    expected = cross_entropy(hidden @ head, labels)
    torch.testing.assert_close(consuming_cross_entropy(hidden @ head, labels), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_gradients_are_those_of_torchs_cross_entropy_times_what_comes_from_above(hidden, head, labels, scale):
    expected = torch.autograd.grad(scale * cross_entropy(hidden @ head, labels), (hidden, head))
    found = torch.autograd.grad(scale * consuming_cross_entropy(hidden @ head, labels), (hidden, head))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_logits_in_bfloat16_give_the_loss_computed_in_float32(hidden, head, labels):
    logits = (hidden @ head).bfloat16()
    expected = cross_entropy(logits.float(), labels)
    torch.testing.assert_close(consuming_cross_entropy(logits, labels), expected, rtol=0, atol=1e-6)


def test_logits_in_bfloat16_get_the_gradient_computed_in_float32(hidden, head, labels):
    def gradient(loss):
        return torch.autograd.grad(loss((hidden @ head).bfloat16()), hidden)[0]

    expected = gradient(lambda logits: cross_entropy(logits.float(), labels))
    torch.testing.assert_close(
        gradient(lambda logits: consuming_cross_entropy(logits, labels)), expected, rtol=0, atol=0
    )


def test_improbable_labels_cost_what_they_should(labels):
    logits = torch.zeros(MASKED, WORDS).index_fill(1, labels.unique(), -1e4)
    torch.testing.assert_close(consuming_cross_entropy(logits.clone(), labels), cross_entropy(logits, labels))


def test_the_loss_makes_no_other_tensor_of_the_logits_size(labels):
    logits = torch.randn(MASKED, WORDS, requires_grad=True) * 1
    kept = consuming_cross_entropy(logits, labels).grad_fn.saved_tensors
    assert [tensor.data_ptr() for tensor in kept] == [logits.data_ptr()]


def test_a_second_backward_pass_is_refused(hidden, head, labels):
    loss = consuming_cross_entropy(hidden @ head, labels)
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_another_use_of_the_logits_in_the_backward_pass_is_refused(hidden, head, labels):
    logits = hidden @ head
    squares = logits.square().sum()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        (consuming_cross_entropy(logits, labels) + squares).backward()


def test_the_losses_of_rows_are_torchs(hidden, head, labels):
    logits = (hidden @ head).detach()
    expected = cross_entropy(logits, labels, reduction="none")
    torch.testing.assert_close(cross_entropies(logits, labels), expected, rtol=0, atol=1e-6)


def test_the_losses_of_rows_leave_the_logits_as_they_were(hidden, head, labels):
    logits = (hidden @ head).detach()
    before = logits.clone()
    cross_entropies(logits, labels)
    assert torch.equal(logits, before)
