import pytest
import torch

from hypergen.errors import UnknownLanguageError
from hypergen.sources import AdapterSource, GeneratedAdapters, TunedEmbeddings


@pytest.fixture
def generated(generator, typology):
    return GeneratedAdapters(generator, typology)


def test_it_starts_as_generated_and_only_embeddings_are_trained(generated):
    tuned = TunedEmbeddings(generated, ["yua", "swh"])
    torch.testing.assert_close(tuned(["swh", "yua"]).vector(), generated(["swh", "yua"]).vector())
    assert isinstance(tuned, AdapterSource)
    assert [name for name, p in tuned.named_parameters() if p.requires_grad] == ["embeddings"]
    assert tuned.embeddings.shape == (2, 3)


def test_only_the_languages_of_a_batch_get_gradients(generated):
    tuned = TunedEmbeddings(generated, ["yua", "swh"])
    tuned("swh").vector().sum().backward()
    assert tuned.embeddings.grad[1].abs().sum() > 0
    assert tuned.embeddings.grad[0].abs().sum() == 0


def test_the_penalty_is_the_squared_distance_in_squared_norms(generated, generator, typology):
    tuned = TunedEmbeddings(generated, ["yua", "swh"], weight=0.5)
    assert tuned.penalty(["yua", "swh"], tuned(["yua", "swh"])) == 0
    start = generator.encode(typology.vectors(["yua", "swh"]))
    with torch.no_grad():
        tuned.embeddings[0] += 1.0
        tuned.embeddings[1] *= 3.0
    first = 3.0 / start[0].square().sum()
    torch.testing.assert_close(tuned.penalty(["yua", "swh"], tuned(["yua", "swh"])), 0.5 * (first + 4.0) / 2)
    torch.testing.assert_close(tuned.penalty("swh", tuned("swh")), torch.tensor(2.0))


def test_another_language_is_refused(generated):
    with pytest.raises(UnknownLanguageError, match="the embedding of quy is not tuned here, only those of yua"):
        TunedEmbeddings(generated, ["yua"])("quy")
