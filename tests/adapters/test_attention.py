import pytest
import torch

from hypergen.adapters import (
    Adapter,
    BottleneckSpec,
    ChainSpec,
    InvertibleSpec,
    LoraSpec,
    fuse,
    fusion_of,
)
from hypergen.adapters.attention import mean_attention
from hypergen.backbones import sites_of
from hypergen.errors import HypergenError
from hypergen.model import AdaptedModel

METHODS = [BottleneckSpec(4), LoraSpec(2), ChainSpec((InvertibleSpec(4), BottleneckSpec(4)))]


def fused_for(backbone, method, *, num_parts=3):
    sites = sites_of(backbone, kinds=method.site_kinds)
    layout, mixing = method.layout(sites), fusion_of(method)
    parts = [Adapter.from_vector(method, layout, 0.3 * torch.randn(layout.num_parameters)) for _ in range(num_parts)]
    fusion = Adapter.from_vector(mixing, mixing.layout(sites), 0.3 * torch.randn(mixing.layout(sites).num_parameters))
    return fuse(parts, fusion)


def attention_in(model, fused, batch):
    return mean_attention(
        fused, lambda adapter: model.hidden(adapters=[adapter], **batch), mask=batch["attention_mask"]
    )


@pytest.mark.parametrize("architecture", ["bert", "llama"])
@pytest.mark.parametrize("method", METHODS, ids=["bottleneck", "lora", "chain"])
def test_every_layer_shares_all_of_its_attention(request, architecture, method, batch):
    backbone = request.getfixturevalue(architecture)
    fused = fused_for(backbone, method)
    found = attention_in(AdaptedModel(backbone, [fused.layout]), fused, batch)
    layers = {"0", "1", "embeddings"} if isinstance(method, ChainSpec) else {"0", "1"}
    assert found.keys() == layers
    for shares in found.values():
        torch.testing.assert_close(shares.sum(), torch.tensor(1.0))
        assert shares.std() > 0


def test_the_shares_are_those_that_the_mixture_is_made_with(bert, batch):
    fused = fused_for(bert, BottleneckSpec(4))
    model, site = AdaptedModel(bert, [fused.layout]), fused.layout.sites[0]
    kept = []
    bert.get_submodule(site.path).register_forward_hook(lambda module, args, output: kept.append(module._saved))
    norm = bert.get_submodule(site.path)
    norm.register_forward_pre_hook(lambda module, args: setattr(module, "_saved", args[0]))
    found = attention_in(model, fused, batch)["0"]
    w = fused.tensors[site.path]
    y = torch.nn.functional.layer_norm(kept[0], norm.normalized_shape, norm.weight, norm.bias, norm.eps)
    added = [
        torch.relu(y @ w[f"{i}.down.weight"].T + w[f"{i}.down.bias"]) @ w[f"{i}.up.weight"].T + w[f"{i}.up.bias"]
        for i in range(3)
    ]
    query = y @ w["fusion.query.weight"].T + w["fusion.query.bias"]
    scores = [((d @ w["fusion.key.weight"].T + w["fusion.key.bias"]) * query).sum(-1) for d in added]
    shares = torch.stack(scores, -1).softmax(-1)[batch["attention_mask"].bool()].mean(0)
    torch.testing.assert_close(found, shares)


def test_a_layer_left_out_has_no_attention(bert, batch):
    fused = fused_for(bert, BottleneckSpec(4))
    found = attention_in(AdaptedModel(bert, [fused.layout]), fused.without([fused.layout.sites[0].path]), batch)
    assert found.keys() == {"1"}


def test_what_is_not_fused_by_attention_is_refused(bert, batch):
    spec = BottleneckSpec(4)
    adapter = spec.initial(spec.layout(sites_of(bert)), rng=torch.Generator())
    with pytest.raises(HypergenError, match="give one that AdapterFusion fused"):
        attention_in(AdaptedModel(bert, [adapter.layout]), adapter, batch)
