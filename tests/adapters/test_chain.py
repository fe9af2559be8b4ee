from typing import Any

import pytest
import torch
from torch import nn

from hypergen.adapters import (
    SPECS,
    Adapter,
    AdapterSpec,
    BottleneckSpec,
    ChainSpec,
    InvertibleSpec,
    LoraSpec,
    Site,
    chain,
    unchain,
)
from hypergen.backbones import sites_of
from hypergen.errors import HypergenError
from hypergen.model import AdaptedModel

SEQ_BN_INV = ChainSpec((InvertibleSpec(size=3), BottleneckSpec(size=4)))
MBERT = [
    Site("bert.embeddings", "embedding", 768, 768),
    *(Site(f"bert.encoder.layer.{i}.output.LayerNorm", "norm", 768, 768) for i in range(12)),
]


def drawn(spec: AdapterSpec, backbone: nn.Module, *axis: int, leave_out: Any = ()) -> Adapter:
    layout = spec.layout(sites_of(backbone, kinds=spec.site_kinds, leave_out=leave_out))
    return Adapter.from_vector(spec, layout, 0.3 * torch.randn(*axis, layout.num_parameters))


def test_it_is_a_method_under_its_name():
    assert isinstance(SEQ_BN_INV, AdapterSpec)
    assert SPECS["chain"](parts=SEQ_BN_INV.parts) == SEQ_BN_INV


def test_mad_x_in_mbert_has_7_39_million_parameters():
    spec = ChainSpec((InvertibleSpec(size=768 // 4), BottleneckSpec(size=768 // 2)))
    assert spec.layout(MBERT).num_parameters == 7_387_776


@pytest.mark.parametrize("family", ["bert", "llama"])
def test_a_chain_acts_as_its_parts_one_after_the_other(family, request, batch):
    backbone = request.getfixturevalue(family)
    several = [drawn(spec, backbone) for spec in (SEQ_BN_INV, LoraSpec(rank=2), InvertibleSpec(size=2))]
    one = chain(several)
    model = AdaptedModel(backbone, [one.layout])
    torch.testing.assert_close(model(adapters=[one], **batch).logits, model(adapters=several, **batch).logits)
    turned = chain(several[::-1])
    assert (model(adapters=[turned], **batch).logits - model(adapters=[one], **batch).logits).abs().max() > 0.01


def test_unchain_undoes_chain(bert):
    parts = [drawn(spec, bert) for spec in (InvertibleSpec(size=3), BottleneckSpec(size=4))]
    for part, again in zip(parts, unchain(chain(parts)), strict=True):
        assert (again.spec, again.layout) == (part.spec, part.layout)
        assert torch.equal(again.vector(), part.vector())


def test_a_chain_starts_as_its_parts_do(bert):
    layout = SEQ_BN_INV.layout(sites_of(bert, kinds=SEQ_BN_INV.site_kinds))
    started = SEQ_BN_INV.initial(layout, rng=torch.Generator().manual_seed(0))
    rng = torch.Generator().manual_seed(0)
    for spec, part in zip(SEQ_BN_INV.parts, unchain(started), strict=True):
        assert torch.equal(part.vector(), spec.initial(part.layout, rng=rng).vector())


def test_its_identity_slots_are_those_of_its_parts(bert, batch):
    adapter = drawn(SEQ_BN_INV, bert)
    zeroed = Adapter(adapter.spec, adapter.layout, {
        site: {n: torch.zeros_like(t) if n in SEQ_BN_INV.identity_slots else t for n, t in weights.items()}
        for site, weights in adapter.tensors.items()
    })  # fmt: skip
    model = AdaptedModel(bert, [adapter.layout])
    assert torch.equal(model(adapters=[zeroed], **batch).logits, model(**batch).logits)
    assert not torch.equal(model(adapters=[adapter], **batch).logits, model(**batch).logits)


def test_a_part_without_an_axis_of_languages_serves_all_of_them(bert, batch):
    languages, task = drawn(BottleneckSpec(size=4), bert, 2), drawn(BottleneckSpec(size=2), bert)
    one = chain([languages, task])
    model = AdaptedModel(bert, [one.layout])
    assert one.num_languages == 2
    assert torch.equal(one.vector()[0], chain([languages[0], task]).vector())
    expected = model(adapters=[languages, task], **batch).logits
    torch.testing.assert_close(model(adapters=[one], **batch).logits, expected)


def test_axes_of_different_lengths_are_refused(bert):
    with pytest.raises(HypergenError, match="adapters of 2 and 3 languages cannot be joined"):
        chain([drawn(BottleneckSpec(size=4), bert, 2), drawn(BottleneckSpec(size=4), bert, 3)])


def test_parts_that_leave_out_different_layers_are_refused(bert):
    spec = BottleneckSpec(size=4)
    with pytest.raises(HypergenError, match="leave out different layers"):
        chain([drawn(spec, bert), drawn(spec, bert, leave_out=[1])])


def test_parts_that_leave_out_the_same_layers_are_joined_with_what_acts_at_the_embeddings(bert):
    short = chain([drawn(InvertibleSpec(size=3), bert), drawn(BottleneckSpec(size=4), bert, leave_out=[1])])
    assert [site.path for site in short.layout.sites] == ["bert.embeddings", "bert.encoder.layer.0.output.LayerNorm"]


def test_a_chain_of_nothing_is_refused():
    with pytest.raises(HypergenError, match="a chain of no methods"):
        ChainSpec(())


def test_what_is_no_chain_cannot_be_taken_apart(bert):
    with pytest.raises(HypergenError, match="is no chain"):
        unchain(drawn(BottleneckSpec(size=4), bert))
