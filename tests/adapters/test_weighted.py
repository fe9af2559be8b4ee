import pytest
import torch

from hypergen.adapters import SPECS, Adapter, AdapterSpec, BottleneckSpec, InvertibleSpec, LoraSpec, WeightedSpec, fuse
from hypergen.adapters.fused import MixingMethod
from hypergen.adapters.weighted import weighted
from hypergen.backbones import sites_of
from hypergen.errors import HypergenError
from hypergen.model import AdaptedModel

METHODS = pytest.mark.parametrize(
    "method",
    [BottleneckSpec(size=4), LoraSpec(rank=2), InvertibleSpec(size=3)],
    ids=["bottleneck", "lora", "invertible"],
)


def drawn(spec, backbone, *axis):
    layout = spec.layout(sites_of(backbone, kinds=spec.site_kinds))
    return Adapter.from_vector(spec, layout, 0.3 * torch.randn(*axis, layout.num_parameters))


def logits(backbone, adapter, batch):
    return AdaptedModel(backbone, [adapter.layout])(adapters=[adapter], **batch).logits


def test_it_is_a_method_under_its_name():
    spec = WeightedSpec(BottleneckSpec(size=4), num_parts=2)
    assert isinstance(spec, AdapterSpec)
    assert isinstance(spec, MixingMethod)
    assert SPECS["weighted"](of=spec.of, num_parts=2) == spec


def test_it_is_the_sum_by_the_softmax_of_its_weights():
    added, a = torch.randn(2, 3, 4, 5), torch.randn(4)
    shares = a.exp() / a.exp().sum()
    expected = sum(shares[i] * added[..., i, :] for i in range(4))
    torch.testing.assert_close(weighted(added, a), expected)


def test_groups_of_rows_have_their_own_weights():
    added, a = torch.randn(6, 3, 4, 5), torch.randn(2, 4)
    together = weighted(added, a)
    for i, rows in enumerate(added.chunk(2)):
        torch.testing.assert_close(together.chunk(2)[i], weighted(rows, a[i]))


@METHODS
def test_it_starts_as_the_mean_of_what_the_adapters_add(method, bert, batch):
    """For equal adapters, that adapter."""
    adapter, spec = drawn(method, bert), WeightedSpec(method, num_parts=3)
    start = spec.initial(spec.layout(adapter.layout.sites), rng=torch.Generator())
    found = logits(bert, fuse([adapter] * 3, start), batch)
    torch.testing.assert_close(found, logits(bert, adapter, batch), atol=1e-4, rtol=1e-4)


@METHODS
def test_all_weight_on_one_adapter_is_that_adapter(method, bert, batch):
    several, spec = [drawn(method, bert) for _ in range(2)], WeightedSpec(method, num_parts=2)
    layout = spec.layout(several[0].layout.sites)
    second = Adapter.from_vector(spec, layout, torch.tensor([-50.0, 50.0]).repeat(layout.num_parameters // 2))
    found = logits(bert, fuse(several, second), batch)
    torch.testing.assert_close(found, logits(bert, several[1], batch), atol=1e-5, rtol=1e-5)


def test_every_row_of_a_batch_may_have_weights_of_its_own(bert, batch):
    method = BottleneckSpec(size=4)
    several, spec = [drawn(method, bert) for _ in range(2)], WeightedSpec(method, num_parts=2)
    weights = drawn(spec, bert, 4).map(lambda tensor: 10 * tensor)
    fused = fuse(several, weights)
    model = AdaptedModel(bert, [fused.layout])
    together = model(adapters=[fused], **batch).logits
    for row in range(4):
        one = {name: tensor[row : row + 1] for name, tensor in batch.items()}
        alone = model(adapters=[fuse(several, weights[row])], **one).logits
        torch.testing.assert_close(together[row : row + 1], alone, atol=1e-5, rtol=1e-5)


def test_another_number_of_adapters_is_refused(bert):
    method = BottleneckSpec(size=4)
    spec = WeightedSpec(method, num_parts=3)
    adapter = drawn(method, bert)
    start = spec.initial(spec.layout(adapter.layout.sites), rng=torch.Generator())
    with pytest.raises(HypergenError, match="2 adapters were given to a fusion of 3; give as many"):
        fuse([adapter, adapter], start)
