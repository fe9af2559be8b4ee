import torch

from hypergen.adapters import SPECS, Adapter, AdapterSpec, BottleneckSpec, Site, ZgulSpec, fuse
from hypergen.adapters.fused import MixingMethod
from hypergen.adapters.fusion import attention
from hypergen.adapters.weighted import weighted
from hypergen.backbones import sites_of
from hypergen.model import AdaptedModel

SPEC = ZgulSpec(BottleneckSpec(size=4), num_parts=3)
SITE = Site("site", "norm", 5, 5)


def drawn(spec, sites, *axis):
    layout = spec.layout(sites)
    return Adapter.from_vector(spec, layout, 0.3 * torch.randn(*axis, layout.num_parameters))


def logits(backbone, adapter, batch):
    return AdaptedModel(backbone, [adapter.layout])(adapters=[adapter], **batch).logits


def test_it_is_a_method_under_its_name():
    assert isinstance(SPEC, AdapterSpec)
    assert isinstance(SPEC, MixingMethod)
    assert SPECS["zgul"](of=SPEC.of, num_parts=3) == SPEC


def test_it_joins_attention_and_the_weights_of_the_language():
    """``W [o_F; o_L] + b``, with ``o_F`` AdapterFusion's mixture and ``o_L`` that by the language's weights."""
    w = drawn(SPEC, [SITE]).tensors["site"]
    v, added = torch.randn(2, 4, 5), torch.randn(2, 4, 3, 5)
    by_attention = attention(v, added, w)
    by_language = weighted(added @ w["value.weight"].mT, w["language"])
    expected = by_attention @ w["out.weight"][:, :5].mT + by_language @ w["out.weight"][:, 5:].mT + w["out.bias"]
    torch.testing.assert_close(SPEC.mix(w, v, added), expected)


def test_equal_adapters_are_at_first_mixed_into_that_adapter(bert, batch):
    sites = sites_of(bert)
    adapter = drawn(SPEC.of, sites)
    start = SPEC.initial(SPEC.layout(sites), rng=torch.Generator().manual_seed(0))
    found = logits(bert, fuse([adapter] * 3, start), batch)
    torch.testing.assert_close(found, logits(bert, adapter, batch), atol=1e-3, rtol=0)


def test_at_zero_the_joining_maps_add_nothing(bert, batch):
    sites = sites_of(bert)
    mixture = drawn(SPEC, sites)
    zeroed = Adapter(SPEC, mixture.layout, {
        path: {n: torch.zeros_like(t) if n in SPEC.identity_slots else t for n, t in weights.items()}
        for path, weights in mixture.tensors.items()
    })  # fmt: skip
    fused = fuse([drawn(SPEC.of, sites) for _ in range(3)], zeroed)
    assert torch.equal(logits(bert, fused, batch), AdaptedModel(bert, [])(**batch).logits)


def test_a_mixed_batch_equals_its_parts(bert, batch):
    sites = sites_of(bert)
    parts, mixture = [drawn(SPEC.of, sites) for _ in range(3)], drawn(SPEC, sites, 2)
    together = logits(bert, fuse(parts, mixture), batch)
    for i, rows in enumerate((slice(0, 2), slice(2, 4))):
        alone = logits(bert, fuse(parts, mixture[i]), {name: tensor[rows] for name, tensor in batch.items()})
        torch.testing.assert_close(together[rows], alone, atol=1e-5, rtol=1e-5)
