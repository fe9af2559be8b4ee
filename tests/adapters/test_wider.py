from typing import Any

import pytest
import torch
from torch import nn

from hypergen.adapters import (
    Adapter,
    AdapterSpec,
    BottleneckSpec,
    ChainSpec,
    InvertibleSpec,
    LoraSpec,
    unchain,
    widened,
)
from hypergen.backbones import sites_of
from hypergen.errors import HypergenError
from hypergen.model import AdaptedModel

METHODS = [BottleneckSpec(size=4), LoraSpec(rank=2, alpha=3.0), ChainSpec((InvertibleSpec(size=3), BottleneckSpec(4)))]


def drawn(spec: AdapterSpec, backbone: nn.Module, *axis: int) -> Adapter:
    layout = spec.layout(sites_of(backbone, kinds=spec.site_kinds))
    return Adapter.from_vector(spec, layout, 0.3 * torch.randn(*axis, layout.num_parameters))


def wide(adapter: Adapter, seed: int = 0) -> Adapter:
    return widened(adapter, rng=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("spec", METHODS, ids=lambda spec: type(spec).__name__)
@pytest.mark.parametrize("axis", [(), (2,)])
@pytest.mark.parametrize("family", ["bert", "llama"])
def test_a_wider_adapter_is_the_same_map(spec, axis, family, request, batch):
    backbone = request.getfixturevalue(family)
    adapter = drawn(spec, backbone, *axis)
    model = AdaptedModel(backbone, [adapter.layout])
    before = model(adapters=[adapter], **batch).logits
    torch.testing.assert_close(model(adapters=[wide(adapter)], **batch).logits, before)
    assert (model(**batch).logits - before).abs().max() > 0.01


def test_it_has_as_many_units_again_that_start_as_the_method_starts_them(bert):
    adapter = drawn(BottleneckSpec(size=4), bert)
    wider, path = wide(adapter), adapter.layout.sites[0].path
    own, both = adapter.tensors[path], wider.tensors[path]
    assert wider.spec == BottleneckSpec(size=8)
    assert torch.equal(both["down.weight"][:4], own["down.weight"])
    assert 0.01 < float(both["down.weight"][4:].std()) < 0.03
    assert not both["up.weight"][:, 4:].any()
    assert not both["down.bias"][4:].any()
    assert torch.equal(both["up.bias"], own["up.bias"])


def test_fresh_units_learn_at_once(bert, batch):
    wider = wide(drawn(BottleneckSpec(size=4), bert)).map(lambda tensor: tensor.clone().requires_grad_())
    AdaptedModel(bert, [wider.layout])(adapters=[wider], **batch).logits.square().sum().backward()
    for weights in wider.tensors.values():
        assert weights["up.weight"].grad[:, 4:].any()


def test_languages_get_the_same_fresh_units_and_a_seed_decides_which(bert):
    several = wide(drawn(BottleneckSpec(size=4), bert, 2))
    path = several.layout.sites[0].path
    one, other = several.tensors[path]["down.weight"][:, 4:]
    assert torch.equal(one, other)
    assert not torch.equal(one, wide(drawn(BottleneckSpec(size=4), bert), seed=1).tensors[path]["down.weight"][4:])


def test_of_a_chain_the_parts_that_have_units_are_widened(bert):
    chain: Any = drawn(METHODS[2], bert)
    invertible, bottleneck = unchain(wide(chain))
    assert invertible.spec == InvertibleSpec(size=3)
    assert torch.equal(invertible.vector(), unchain(chain)[0].vector())
    assert bottleneck.spec == BottleneckSpec(size=8)


def test_an_adapter_without_units_is_refused(bert):
    with pytest.raises(HypergenError, match=r"InvertibleSpec.*cannot be widened; bottlenecks and LoRA can"):
        wide(drawn(InvertibleSpec(size=3), bert))
