import pytest
import torch

from hypergen.errors import HypergenError
from hypergen.sources import AdapterSource, LearnedEmbeddings


@pytest.fixture
def learned(generator):
    rng = torch.Generator().manual_seed(1)
    return LearnedEmbeddings(generator, ["swh", "quy"], embedding_size=3, spread=0.5, rng=rng)


def test_a_training_language_has_the_decoded_embedding_of_its_own(learned, generator):
    expected = generator.decode(learned.embeddings[[1]])[0].vector()
    torch.testing.assert_close(learned("quy").vector(), expected)
    assert isinstance(learned, AdapterSource)


def test_all_other_languages_have_that_of_the_mean_embedding(learned, generator):
    expected = generator.decode(learned.embeddings.mean(0, keepdim=True))[0].vector()
    unseen = learned(["yua", "swh", "eus"])
    torch.testing.assert_close(unseen[0].vector(), expected)
    torch.testing.assert_close(unseen[2].vector(), expected)
    torch.testing.assert_close(unseen[1].vector(), learned("swh").vector())


def test_embeddings_and_decoder_are_trained_and_the_encoder_of_typology_is_not(learned):
    learned("swh").vector().square().sum().backward()
    assert learned.embeddings.grad[0].abs().sum() > 0
    assert learned.embeddings.grad[1].abs().sum() == 0
    assert learned.generator.theta.grad is not None
    assert not any(p.requires_grad for p in learned.generator.encode.parameters())


def test_at_least_one_language_is_needed(generator):
    with pytest.raises(HypergenError, match="no languages were given to learn an embedding of"):
        LearnedEmbeddings(generator, [], embedding_size=3, rng=torch.Generator())
