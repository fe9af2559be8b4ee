import pytest
import torch

from hypergen.adapters import BottleneckSpec
from hypergen.adapters.core import Site
from hypergen.errors import HypergenError
from hypergen.sources import AdapterBank, StoredAdapter
from hypergen.training.muon import Muon, orthogonalized

SPEC = BottleneckSpec(size=4)
LAYOUT = SPEC.layout([Site("layer.0", "norm", 16, 16), Site("layer.1", "norm", 16, 16)])


@pytest.fixture
def bank() -> AdapterBank:
    return AdapterBank.initial(["swh", "fin", "yua"], SPEC, LAYOUT, rng=torch.Generator().manual_seed(0))


def stepped(parameter: torch.nn.Parameter, gradients: list[torch.Tensor], **options) -> torch.Tensor:
    optimizer = Muon([parameter], slots=LAYOUT.slots, **options)
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
    return parameter.detach()


@pytest.fixture
def gradients(bank) -> list[torch.Tensor]:
    rng = torch.Generator().manual_seed(1)
    return [torch.randn(bank.vectors.shape, generator=rng) for _ in range(3)]


@pytest.mark.parametrize("shape", [(6, 6), (4, 16), (16, 4), (3, 5, 12)])
def test_singular_values_come_near_one_and_directions_stay(shape):
    given = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    found = orthogonalized(given)
    assert 0.3 < torch.linalg.svdvals(found).min() <= torch.linalg.svdvals(found).max() < 1.3
    left, _, right = torch.linalg.svd(given, full_matrices=False)
    along = left.mT @ found @ right.mT  # diagonal, in the directions of what was given
    torch.testing.assert_close(along, torch.diag_embed(along.diagonal(dim1=-2, dim2=-1)), rtol=0, atol=1e-4)


def test_a_matrix_of_zeros_stays_one():
    assert not orthogonalized(torch.zeros(3, 4)).any()


def test_a_step_is_of_the_same_size_however_large_the_gradient_is(bank, gradients):
    start = bank.vectors.detach().clone()
    small = stepped(AdapterBank(dict(zip(bank.languages, bank(bank.languages), strict=True))).vectors, [gradients[0]])
    large = stepped(bank.vectors, [1000 * gradients[0]])
    torch.testing.assert_close(small - start, large - start, rtol=1e-3, atol=1e-5)


def test_each_language_is_stepped_as_if_it_were_alone(bank, gradients):
    alone = [StoredAdapter(adapter) for adapter in bank(bank.languages)]
    together = stepped(bank.vectors, gradients)
    for i, one in enumerate(alone):
        expected = stepped(one.parameters_vector, [each[i] for each in gradients])
        torch.testing.assert_close(together[i], expected, rtol=1e-4, atol=1e-5)


def test_vectors_take_the_step_that_adam_takes_times_a_constant(bank, gradients):
    reference = torch.nn.Parameter(bank.vectors.detach().clone())
    adam = torch.optim.Adam([reference], lr=3e-3, betas=(0.95, 0.99))
    for gradient in gradients:
        reference.grad = gradient
        adam.step()
    ours = stepped(bank.vectors, gradients, lr=1e-2)
    start = 0
    for slot in LAYOUT.slots:
        if len(slot.shape) == 1:
            part = slice(start, start + slot.size)
            torch.testing.assert_close(ours[:, part], reference.detach()[:, part], rtol=1e-4, atol=1e-6)
        start += slot.size


def test_it_goes_on_from_its_state_as_if_nothing_had_happened(bank, gradients):
    other = AdapterBank(dict(zip(bank.languages, bank(bank.languages), strict=True)))
    whole = stepped(bank.vectors, gradients)
    first = Muon([other.vectors], slots=LAYOUT.slots)
    other.vectors.grad = gradients[0].clone()
    first.step()
    second = Muon([other.vectors], slots=LAYOUT.slots)
    second.load_state_dict(first.state_dict())
    for gradient in gradients[1:]:
        other.vectors.grad = gradient.clone()
        second.step()
    torch.testing.assert_close(other.vectors.detach(), whole, rtol=0, atol=0)


def test_what_is_no_adapter_is_refused():
    with pytest.raises(HypergenError, match="give it the tensors of stored adapters"):
        Muon([torch.nn.Parameter(torch.zeros(5, 5))], slots=LAYOUT.slots)
