from typing import Any

import pytest
import torch
from torch import Tensor, nn

from hypergen.adapters import (
    SPECS,
    Adapter,
    AdapterSpec,
    BottleneckSpec,
    ChainSpec,
    FusionSpec,
    InvertibleSpec,
    LoraSpec,
    fuse,
    fusion_of,
    fusion_penalty,
)
from hypergen.adapters.fused import MixingMethod
from hypergen.adapters.fusion import attention
from hypergen.backbones import sites_of
from hypergen.errors import HypergenError
from hypergen.model import AdaptedModel

SEQ_BN_INV = ChainSpec((InvertibleSpec(size=3), BottleneckSpec(size=4)))
METHODS = pytest.mark.parametrize(
    "method",
    [BottleneckSpec(size=4), LoraSpec(rank=2, targets=()), InvertibleSpec(size=3), SEQ_BN_INV],
    ids=["bottleneck", "lora", "invertible", "chain"],
)


def drawn(spec: Any, backbone: nn.Module, *axis: int, leave_out: Any = ()) -> Adapter:
    layout = spec.layout(sites_of(backbone, kinds=spec.site_kinds, leave_out=leave_out))
    return Adapter.from_vector(spec, layout, 0.3 * torch.randn(*axis, layout.num_parameters))


def start_of(spec: AdapterSpec, backbone: nn.Module) -> Adapter:
    layout = spec.layout(sites_of(backbone, kinds=spec.site_kinds))
    return spec.initial(layout, rng=torch.Generator().manual_seed(0))


def logits(backbone: nn.Module, adapter: Adapter, batch: dict[str, Tensor]) -> Tensor:
    found: Tensor = AdaptedModel(backbone, [adapter.layout])(adapters=[adapter], **batch).logits
    return found


def test_it_is_a_method_under_its_name():
    fusion = FusionSpec(BottleneckSpec(size=4))
    assert isinstance(fusion, AdapterSpec)
    assert isinstance(fusion, MixingMethod)
    assert SPECS["fusion"](of=fusion.of) == fusion


@pytest.mark.parametrize("value", [True, False])
def test_it_mixes_by_the_published_equation(value):
    """Pfeiffer et al.: ``s = softmax(h^T Q (x) z^T K)``, ``o = s^T (z^T V)``, one token by itself."""
    v, values = torch.randn(2, 3, 5), torch.randn(2, 3, 4, 6)
    shapes = {"query.weight": (6, 5), "query.bias": (6,), "key.weight": (6, 6), "key.bias": (6,)}
    w = {name: torch.randn(shape) for name, shape in shapes.items()}
    w |= {"value.weight": torch.randn(6, 6)} if value else {}
    mixed = attention(v, values, w)
    query = w["query.weight"] @ v[1, 2] + w["query.bias"]
    scores = torch.stack([query @ (w["key.weight"] @ z + w["key.bias"]) for z in values[1, 2]])
    shares = scores.exp() / scores.exp().sum()
    mapped = [w["value.weight"] @ z if value else z for z in values[1, 2]]
    torch.testing.assert_close(mixed[1, 2], sum(s * z for s, z in zip(shares, mapped, strict=True)))


@METHODS
def test_the_fusion_of_one_adapter_starts_as_that_adapter(method, bert, batch):
    adapter, fusion = drawn(method, bert), start_of(fusion_of(method), bert)
    torch.testing.assert_close(
        logits(bert, fuse([adapter], fusion), batch), logits(bert, adapter, batch), atol=1e-3, rtol=0
    )


def test_by_itself_a_fusion_changes_nothing(bert, batch):
    fusion = drawn(fusion_of(SEQ_BN_INV), bert)
    assert torch.equal(logits(bert, fusion, batch), AdaptedModel(bert, [])(**batch).logits)


def test_a_fusion_starts_with_values_as_they_are(bert):
    w = start_of(FusionSpec(BottleneckSpec(size=4)), bert).tensors["bert.encoder.layer.0.output.LayerNorm"]
    torch.testing.assert_close(w["value.weight"], torch.eye(16), atol=2e-6, rtol=0)
    assert not w["query.bias"].any()
    assert w["query.weight"].std().item() == pytest.approx(0.02, rel=0.2)  # 256 draws: 5 standard errors


def test_the_penalty_is_the_distance_of_values_from_the_identity(bert):
    fusion = drawn(fusion_of(SEQ_BN_INV), bert)
    expected = torch.zeros(())
    for weights in fusion.tensors.values():
        for name, tensor in weights.items():
            if "value" in name:
                expected = expected + 0.01 * (torch.eye(len(tensor)) - tensor).square().sum()
    torch.testing.assert_close(fusion_penalty(fusion), expected)
    several = [drawn(SEQ_BN_INV, bert) for _ in range(2)]
    torch.testing.assert_close(fusion_penalty(fuse(several, fusion)), expected)
    assert fusion_penalty(several[0]).item() == 0


def test_a_static_fusion_has_no_penalty_and_no_values(bert):
    fusion = drawn(fusion_of(BottleneckSpec(size=4), value=False), bert)
    assert fusion_penalty(fusion).item() == 0
    assert not any(name.startswith("value") for weights in fusion.tensors.values() for name in weights)


def test_a_fusion_cannot_be_fused(bert):
    with pytest.raises(HypergenError, match="cannot be fused"):
        fusion_of(FusionSpec(BottleneckSpec(size=4)))
