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
    FusedSpec,
    FusionSpec,
    InvertibleSpec,
    LoraSpec,
    chain,
    fuse,
    fusion_of,
)
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
    fused = FusedSpec((BottleneckSpec(size=4), BottleneckSpec(size=2)), FusionSpec(BottleneckSpec(size=4)))
    assert isinstance(fused, AdapterSpec)
    assert SPECS["fused"](parts=fused.parts, fusion=fused.fusion) == fused


@METHODS
def test_the_static_fusion_of_equal_adapters_is_that_adapter(method, bert, batch):
    adapter, fusion = drawn(method, bert), drawn(fusion_of(method, value=False), bert)
    fused = fuse([adapter, adapter, adapter], fusion)
    torch.testing.assert_close(logits(bert, fused, batch), logits(bert, adapter, batch), atol=1e-4, rtol=1e-4)


@METHODS
def test_adapters_that_change_nothing_are_fused_into_one_that_changes_nothing(method, bert, batch):
    fused = fuse([drawn(method, bert).map(torch.zeros_like)] * 2, drawn(fusion_of(method), bert))
    assert torch.equal(logits(bert, fused, batch), AdaptedModel(bert, [])(**batch).logits)


@METHODS
@pytest.mark.parametrize("family", ["bert", "xlmr", "llama"])
def test_fusing_mixes(method, family, request, batch):
    """What comes out is neither adapter's, and depends on the fusion."""
    backbone = request.getfixturevalue(family)
    several, fusions = (
        [drawn(method, backbone) for _ in range(2)],
        [drawn(fusion_of(method), backbone) for _ in range(2)],
    )
    found = [*several, fuse(several, fusions[0]), fuse(several, fusions[1])]
    model = AdaptedModel(backbone, [adapter.layout for adapter in found])
    outputs = [model(adapters=[adapter], **batch).logits for adapter in found]
    for i, one in enumerate(outputs):
        assert all((one - other).abs().max() > 0.001 for other in outputs[:i])


def test_a_fused_invertible_adapter_is_invertible(bert):
    several = [drawn(InvertibleSpec(size=n), bert).map(Tensor.double) for n in (3, 2)]
    fused = fuse(several, drawn(fusion_of(InvertibleSpec(size=3)), bert).map(Tensor.double))
    w, y = fused.tensors["bert.embeddings"], torch.randn(2, 4, 16).double()
    changed = fused.spec.apply(w, y, y, nn.Identity())[1]
    torch.testing.assert_close(fused.spec.invert(w, changed), y)  # type: ignore[attr-defined]
    assert (changed - y).abs().max() > 0.01


def test_chains_are_fused_link_by_link(bert, batch):
    chains = [[drawn(part, bert) for part in SEQ_BN_INV.parts] for _ in range(2)]
    fusions = [drawn(fusion_of(part), bert) for part in SEQ_BN_INV.parts]
    fused = fuse([chain(parts) for parts in chains], chain(fusions))
    links = chain([fuse(link, fusion) for link, fusion in zip(zip(*chains, strict=True), fusions, strict=True)])
    assert torch.equal(fused.vector(), links.vector())


def test_a_mixed_batch_equals_its_parts(bert, batch):
    """Two languages' generated adapters, fused with one for all."""
    method = BottleneckSpec(size=4)
    generated, stored, fusion = (
        drawn(method, bert, 2),
        drawn(BottleneckSpec(size=2), bert),
        drawn(fusion_of(method), bert),
    )
    fused = fuse([generated, stored], fusion)
    model = AdaptedModel(bert, [fused.layout])
    together = model(adapters=[fused], **batch).logits
    for i, rows in enumerate((slice(0, 2), slice(2, 4))):
        alone = fuse([generated[i], stored], fusion)
        found = model(adapters=[alone], **{name: tensor[rows] for name, tensor in batch.items()}).logits
        torch.testing.assert_close(together[rows], found, atol=1e-5, rtol=1e-5)


def test_gradients_reach_the_fusion_and_what_is_fused(bert, batch):
    method = BottleneckSpec(size=4)
    leaves = [
        adapter.map(lambda tensor: tensor.clone().requires_grad_())
        for adapter in (drawn(method, bert), drawn(method, bert), drawn(fusion_of(method), bert))
    ]
    logits(bert, fuse(leaves[:2], leaves[2]), batch).square().mean().backward()
    assert all(
        tensor.grad is not None and tensor.grad.any()
        for leaf in leaves
        for site in leaf.tensors.values()
        for name, tensor in site.items()
        if name != "key.bias"  # the same for all adapters, so softmax forgets it
    )


def test_adapters_without_the_last_layer_are_fused_by_a_fusion_without_it(bert):
    method = BottleneckSpec(size=4)
    short, fusion = drawn(method, bert, leave_out=[1]), drawn(fusion_of(method), bert, leave_out=[1])
    assert len(fuse([short, short], fusion).layout.sites) == 1
    with pytest.raises(HypergenError, match="leave out different layers"):
        fuse([short, drawn(method, bert)], drawn(fusion_of(method), bert))


def test_adapters_of_different_methods_cannot_be_fused(bert):
    fusion = drawn(fusion_of(BottleneckSpec(size=4)), bert)
    with pytest.raises(HypergenError, match="give adapters of one method"):
        fuse([drawn(BottleneckSpec(size=4), bert), drawn(LoraSpec(rank=2), bert)], fusion)


def test_an_adapter_is_no_fusion(bert):
    adapter = drawn(BottleneckSpec(size=4), bert)
    with pytest.raises(HypergenError, match="fuses nothing"):
        fuse([adapter, adapter], adapter)
