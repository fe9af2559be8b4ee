"""The composed encoder: with nothing asked for it is the published one; what is asked for composes."""

from itertools import product

import pytest
import torch

from hypergen.adapters import BottleneckSpec
from hypergen.adapters.core import Site
from hypergen.errors import HypergenError
from hypergen.generators import GENERATORS, ComposedEncoder, build
from hypergen.generators.encoder import TypologyEncoder

N, FEATURES, E = 9, 10, 4
SPEC = BottleneckSpec(size=2)
LAYOUT = SPEC.layout([Site(f"layer.{i}", "norm", 5, 5) for i in range(2)])
DRAW = torch.Generator().manual_seed(3)
SEEN = torch.randint(0, 2, (N, FEATURES), generator=DRAW).float()
SEEN[:, 3] = 1.0  # in which they do not differ
UNSEEN = torch.rand(4, FEATURES, generator=DRAW)
KIN = torch.tensor([0.0, 0, 1, 1, 2, 3, 4, 5, 6])
MAPS = ("linear", "constant")


def made(known=None, spread=None, **options):
    encoder = ComposedEncoder(FEATURES, E, num_anchors=N, **options)
    encoder.remember(SEEN, kin=KIN, known=known)
    if spread is not None:
        encoder.start_at_principal_axes(SEEN, spread=spread)
    return encoder.eval()


def everything(typology_map="linear"):
    return made(known=(KIN > 3).float(), typology_map=typology_map, shrinkage=0.5, feature_dropout=0.3,
                vector_dropout=0.2)  # fmt: skip


def shaken(encoder):
    """Nothing at zero, where a mistake could hide."""
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return encoder


def test_with_nothing_asked_for_it_is_the_published_encoder():
    plain = ComposedEncoder(FEATURES, E, num_anchors=N)
    published = TypologyEncoder(FEATURES, E)
    with torch.no_grad():
        published.linear.weight.copy_(plain.linear.weight)
        published.linear.bias.copy_(plain.bias)
    plain.remember(SEEN, kin=KIN)
    torch.testing.assert_close(plain.eval()(SEEN), published(SEEN))
    unseen = UNSEEN.clone()
    unseen[:, 3] = 1.0
    torch.testing.assert_close(plain(unseen), published(unseen))


def test_with_nothing_asked_for_a_step_of_training_is_the_published_encoders():
    plain, published = made(spread=0.5), TypologyEncoder(FEATURES, E)
    published.start_at_principal_axes(SEEN, spread=0.5)
    for encoder in (plain, published):
        optimizer = torch.optim.SGD(encoder.parameters(), lr=0.5)
        for _ in range(3):
            optimizer.zero_grad()
            encoder(SEEN).square().mean().backward()
            optimizer.step()
    unseen = UNSEEN.clone()
    unseen[:, 3] = 1.0
    torch.testing.assert_close(plain(unseen), published(unseen), atol=1e-5, rtol=1e-5)


def test_at_principal_axes_it_starts_where_the_published_encoder_does():
    published = TypologyEncoder(FEATURES, E)
    published.start_at_principal_axes(SEEN, spread=0.4)
    torch.testing.assert_close(made(spread=0.4)(SEEN), published(SEEN), atol=1e-5, rtol=1e-4)
    mean = published(SEEN).mean(0, keepdim=True)
    torch.testing.assert_close(made(spread=0.4, typology_map="constant")(SEEN[:1]), mean, atol=1e-5, rtol=1e-4)


def test_a_feature_in_which_training_languages_do_not_differ_does_nothing():
    encoder, other = shaken(made()), UNSEEN.clone()
    other[:, 3] = 0.0
    torch.testing.assert_close(encoder(other), encoder(UNSEEN))


def test_an_unseen_language_is_never_taken_for_one_that_the_backbone_knows():
    encoder = shaken(made(known=torch.ones(N)))
    seen, unseen = encoder(SEEN), encoder(UNSEEN)
    with torch.no_grad():
        encoder.of_known.values.add_(7.0)
    assert torch.equal(encoder(UNSEEN), unseen)
    assert not torch.isclose(encoder(SEEN), seen).any()


def test_what_the_backbone_knows_is_told_by_one_vector_for_all():
    encoder = made(known=(KIN == 2).float())
    before = encoder(SEEN)
    with torch.no_grad():
        encoder.of_known.values.fill_(1.0)
    moved = encoder(SEEN) - before
    assert not moved[KIN != 2].any()
    assert moved[KIN == 2].all()


def test_without_its_vector_a_training_language_has_the_mean_languages_embedding():
    encoder = shaken(made(vector_dropout=1.0))
    of_mean = encoder(SEEN.mean(0, keepdim=True)).expand(N, -1)
    assert not torch.allclose(encoder(SEEN), of_mean)
    torch.testing.assert_close(encoder.train()(SEEN), of_mean)


def test_where_nothing_is_dropped_training_is_evaluation():
    encoder = shaken(made())
    assert torch.equal(encoder.train()(SEEN), encoder.eval()(SEEN))


def test_shrinkage_brings_unseen_languages_nearer_to_the_mean_and_leaves_training_languages():
    plain, shrunk = made(), made(shrinkage=0.8)
    shrunk.load_state_dict(plain.state_dict())
    assert torch.equal(shrunk(SEEN), plain(SEEN))
    mean = plain(SEEN).mean(0)
    assert ((shrunk(UNSEEN) - mean).norm(dim=1) < (plain(UNSEEN) - mean).norm(dim=1)).all()


def test_with_a_constant_map_all_languages_are_one():
    encoder = shaken(made(typology_map="constant"))
    assert torch.equal(encoder(UNSEEN), encoder(SEEN[:1]).expand(len(UNSEEN), -1))


@pytest.mark.parametrize("typology_map", MAPS)
def test_languages_together_equal_each_alone_whatever_is_asked_for(typology_map):
    encoder, several = shaken(everything(typology_map)), torch.cat([SEEN, UNSEEN])
    alone = torch.cat([encoder(each.unsqueeze(0)) for each in several])
    torch.testing.assert_close(encoder(several), alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("typology_map", MAPS)
def test_in_training_gradients_reach_everything_that_was_asked_for(typology_map):
    encoder = shaken(everything(typology_map)).train()
    for _ in range(5):  # now some are left out, now others
        encoder(SEEN).square().sum().backward()
    assert [name for name, p in encoder.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize(("name", "typology_map"), [*product(GENERATORS, MAPS)])
def test_a_generator_built_again_from_plain_values_and_its_state_gives_the_same_adapters(name, typology_map):
    arguments = {
        "num_features": FEATURES, "embedding_size": E,
        "encoder": {"num_anchors": N, "typology_map": typology_map, "shrinkage": 0.5, "vector_dropout": 0.1},
    }  # fmt: skip
    first, again = (build(GENERATORS[name], SPEC, LAYOUT, arguments=arguments) for _ in range(2))
    first.encode.remember(SEEN, kin=KIN, known=(KIN == 1).float())
    shaken(first).eval()
    again.load_state_dict({key: tensor.float().clone() for key, tensor in first.state_dict().items()}, assign=True)
    several = torch.cat([SEEN, UNSEEN])
    assert torch.equal(again.eval()(several).vector(), first(several).vector())


def test_vectors_of_another_number_of_features_are_refused():
    with pytest.raises(HypergenError, match="vectors of 5 features were given to a generator of 10"):
        made()(torch.rand(1, 5))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"vector_dropout": 1.5}, "vector_dropout is 1.5"), ({"shrinkage": -0.1}, "shrinkage is -0.1"),
     ({"feature_dropout": 1.0}, "feature_dropout is 1.0")],
)  # fmt: skip
def test_a_share_that_is_none_is_refused(options, message):
    with pytest.raises(HypergenError, match=message):
        made(**options)


def test_an_encoder_without_training_languages_is_refused():
    with pytest.raises(HypergenError, match="num_anchors is 0; expected at least one training language"):
        ComposedEncoder(FEATURES, E, num_anchors=0)
