"""The typology encoder: a linear map, where it starts, and what dropout does to it."""

import pytest
import torch

from hypergen.errors import HypergenError
from hypergen.generators.encoder import TypologyEncoder

LANGUAGES, FEATURES, SIZE = 12, 20, 6


@pytest.fixture
def typology():
    return torch.randint(0, 2, (LANGUAGES, FEATURES), generator=torch.Generator().manual_seed(0)).float()


@pytest.fixture
def encoder(typology):
    encoder = TypologyEncoder(FEATURES, SIZE)
    encoder.start_at_principal_axes(typology, spread=0.5)
    return encoder


def test_at_principal_axes_every_language_shares_the_last_coordinate_and_the_others_are_centred(encoder, typology):
    embedding = encoder(typology)
    torch.testing.assert_close(embedding[:, -1], torch.ones(LANGUAGES))
    torch.testing.assert_close(embedding[:, :-1].mean(0), torch.zeros(SIZE - 1), atol=1e-5, rtol=0)


def test_at_principal_axes_embeddings_spread_as_far_as_asked(encoder, typology):
    assert encoder(typology)[:, :-1].square().sum(1).mean().sqrt().item() == pytest.approx(0.5, rel=1e-5)


def test_with_all_axes_distances_between_embeddings_are_those_of_typology(typology):
    encoder = TypologyEncoder(FEATURES, LANGUAGES + 1)
    encoder.start_at_principal_axes(typology, spread=1.0)
    ratio = torch.pdist(encoder(typology)) / torch.pdist(typology)
    torch.testing.assert_close(ratio, ratio.mean().expand_as(ratio), rtol=1e-4, atol=0)


def test_more_coordinates_than_axes_stay_zero(typology):
    encoder = TypologyEncoder(FEATURES, 3 * FEATURES)
    encoder.start_at_principal_axes(typology, spread=1.0)
    assert encoder(typology)[:, FEATURES:-1].abs().max() == 0


def test_dropping_features_leaves_the_mean_language_where_it_is(encoder, typology):
    encoder.feature_dropout = 0.5
    mean = typology.mean(0, keepdim=True)
    torch.testing.assert_close(encoder.train()(mean), encoder.eval()(mean))


def test_dropping_features_moves_embeddings_in_training_only_and_not_on_average(encoder, typology):
    encoder.feature_dropout = 0.5
    torch.manual_seed(0)
    plain, once = encoder.eval()(typology), encoder.train()(typology)
    assert not torch.allclose(plain, once)
    average = torch.stack([encoder(typology) for _ in range(3000)]).mean(0)
    torch.testing.assert_close(average, plain, atol=0.03, rtol=0)
    assert torch.equal(encoder.eval()(typology), plain)


@pytest.mark.parametrize("dropout", [-0.1, 1.0])
def test_a_dropout_that_is_no_probability_is_refused(dropout):
    with pytest.raises(HypergenError, match="probability from 0 to below 1"):
        TypologyEncoder(FEATURES, SIZE, feature_dropout=dropout)


@pytest.mark.parametrize(
    ("size", "spread", "rows"), [(SIZE, 0.0, slice(None)), (1, 1.0, slice(None)), (SIZE, 1.0, [3, 3])]
)
def test_axes_that_do_not_exist_are_refused(typology, size, spread, rows):
    with pytest.raises(HypergenError, match="principal axes"):
        TypologyEncoder(FEATURES, size).start_at_principal_axes(typology[rows], spread=spread)
