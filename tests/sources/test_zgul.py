import pytest
import torch

from hypergen.model import AdaptedModel
from hypergen.sources import AdapterBank, AdapterSource, ZgulAdapters


@pytest.fixture
def source(drawn, typology):
    """Of two languages, a third one unseen."""
    bank = AdapterBank({language: drawn() for language in ("swh", "quy")})
    made = ZgulAdapters(bank, typology, embedding_size=3, rng=torch.Generator().manual_seed(0))
    with torch.no_grad():
        made.mixture.add_(0.1 * torch.randn_like(made.mixture))
    return made


def test_it_is_a_source_for_seen_and_unseen_languages(source):
    assert isinstance(source, AdapterSource)
    assert source("yua").num_languages is None
    together = source(["yua", "swh"])
    assert together.num_languages == 2
    torch.testing.assert_close(together[1].vector(), source("swh").vector())


def test_the_weights_of_a_language_are_products_of_embeddings(source, typology):
    embed = source.encode
    own, sources = embed(typology.vectors(["yua"])), embed(typology.vectors(["swh", "quy"]))
    for place in range(len(source.places)):
        expected = (source.turn[place] @ own[0] + source.shift[place]) @ sources.T
        torch.testing.assert_close(source.language_weights(["yua"])[place, 0], expected)


def test_languages_are_told_apart_by_their_weights_alone(source):
    one, other = source("yua"), source("swh")
    for slot in one.layout.slots:
        same = torch.equal(one.tensors[slot.site][slot.name], other.tensors[slot.site][slot.name])
        assert same is not slot.name.endswith("language")


def test_gradients_reach_the_mixture_and_the_embeddings_and_stop_at_the_bank(source, bert, batch):
    adapter = source(["yua", "swh"])
    AdaptedModel(bert, [adapter.layout])(adapters=[adapter], **batch).logits.square().mean().backward()
    trained = {name for name, parameter in source.named_parameters() if parameter.grad is not None}
    assert trained == {"mixture", "turn", "shift", "encode.linear.weight", "encode.linear.bias"}


def test_the_same_generator_of_random_numbers_gives_the_same_start(drawn, typology):
    bank = AdapterBank({language: drawn() for language in ("swh", "quy")})
    one, again, other = (
        ZgulAdapters(bank, typology, rng=torch.Generator().manual_seed(seed))("yua").vector() for seed in (0, 0, 1)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
