import pytest
import torch

from hypergen.adapters import fuse, fusion_of, fusion_penalty
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterBank, AdapterSource, FusedAdapters, GeneratedAdapters, StoredAdapter


@pytest.fixture
def fusion(spec, layout):
    """A fusion of bottlenecks that is not where it starts."""
    method = fusion_of(spec)
    start = method.initial(method.layout(layout.sites), rng=torch.Generator().manual_seed(0))
    return StoredAdapter(start.map(lambda tensor: tensor + 0.1 * torch.randn_like(tensor)))


@pytest.fixture
def sources(drawn, generator, typology):
    """A bank of two languages, generated adapters, and one for all."""
    bank = AdapterBank({language: drawn() for language in ("swh", "yua")})
    return [bank, GeneratedAdapters(generator, typology), StoredAdapter(drawn())]


def test_it_is_a_source_of_what_its_sources_have_for_a_language(sources, fusion):
    fused = FusedAdapters(sources, fusion)
    expected = fuse([source("swh") for source in sources], fusion())
    assert isinstance(fused, AdapterSource)
    assert torch.equal(fused("swh").vector(), expected.vector())


def test_several_languages_have_their_fused_adapters_along_an_axis(sources, fusion):
    fused = FusedAdapters(sources, fusion)
    together = fused(["yua", "swh"])
    assert together.num_languages == 2
    torch.testing.assert_close(together[1].vector(), fused("swh").vector())


def test_its_fusion_is_trained_and_its_sources_are_frozen(sources, fusion, bert, batch):
    fused = FusedAdapters(sources, fusion)
    adapter = fused(["yua", "swh"])
    AdaptedModel(bert, [adapter.layout])(adapters=[adapter], **batch).logits.square().mean().backward()
    assert fusion.parameters_vector.grad.any()
    assert all(parameter.grad is None for parameter in fused.sources.parameters())


def test_its_penalty_is_that_of_the_fusion(sources, fusion):
    fused = FusedAdapters(sources, fusion, penalty=0.5)
    torch.testing.assert_close(fused.penalty("swh", fused("swh")), fusion_penalty(fusion(), weight=0.5))
    assert fused.penalty("swh", fused("swh")) > 0.1
