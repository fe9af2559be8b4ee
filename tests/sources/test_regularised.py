import pytest
import torch

from hypergen.adapters import BottleneckSpec
from hypergen.adapters.core import Site
from hypergen.errors import HypergenError
from hypergen.generators import MadG
from hypergen.sources import AdapterBank, GeneratedAdapters, RegularisedAdapters

SPEC = BottleneckSpec(size=2)
LAYOUT = SPEC.layout([Site("layer", "norm", 5, 5)])
ROWS = {"swh": 0, "yor": 1, "eus": 2}


class Table:
    def vectors(self, languages):
        return torch.eye(3)[[ROWS[language] for language in languages]]


@pytest.fixture
def generator():
    return MadG(SPEC, LAYOUT, num_features=3, embedding_size=2)


@pytest.fixture
def bank():
    rng = torch.Generator().manual_seed(0)
    return AdapterBank({code: SPEC.initial(LAYOUT, rng=rng) for code in ("yor", "swh")})


def test_it_gives_the_adapters_that_are_generated(generator):
    source = RegularisedAdapters(generator, Table(), l2=1.0)
    for languages in ("swh", ["swh", "eus"]):
        assert torch.equal(source(languages).vector(), GeneratedAdapters(generator, Table())(languages).vector())


def test_its_penalty_is_the_formula(generator, bank):
    source = RegularisedAdapters(generator, Table(), l2=0.1, reconstruction=2.0, lasso=0.5, trained=bank)
    a = source(["swh", "eus"]).vector()
    away = (a[0] - bank("swh").vector()).square().sum() / bank.vectors.square().sum(1).mean()
    columns = sum(generator.encode.linear.weight[:, f].norm() for f in range(3))
    expected = 0.1 * a.square().sum(1).mean() + 2 * away + 0.5 * columns
    torch.testing.assert_close(source.penalty(("swh", "eus"), source(["swh", "eus"])), expected)


def test_adapters_that_were_drawn_for_a_batch_are_those_that_are_penalised():
    generator = MadG(SPEC, LAYOUT, num_features=3, embedding_size=2, feature_dropout=0.5)
    source = RegularisedAdapters(generator.train(), Table(), l2=1.0)
    for _ in range(5):
        drawn = source(["swh", "eus", "yor"])
        torch.testing.assert_close(source.penalty(("swh", "eus", "yor"), drawn), drawn.vector().square().sum(1).mean())


def test_a_batch_without_a_trained_adapter_has_nothing_to_reconstruct(generator, bank):
    source = RegularisedAdapters(generator, Table(), reconstruction=2.0, trained=bank)
    assert source.penalty(("eus",), source(["eus"])) == 0
    assert source.penalty(("eus", "yor"), source(["eus", "yor"])) > 0


def test_trained_adapters_are_not_trained_and_in_no_state(generator, bank):
    source = RegularisedAdapters(generator, Table(), reconstruction=2.0, trained=bank)
    assert set(source.state_dict()) == {f"generator.{name}" for name in generator.state_dict()}
    source.penalty(("swh",), source(["swh"])).backward()
    assert generator.theta.grad.any()
    assert bank.vectors.grad is None


@pytest.mark.parametrize(
    ("options", "message"),
    [({"l2": -1.0}, "l2 is -1.0"), ({"reconstruction": 1.0}, "needs trained adapters")],
)
def test_a_penalty_that_cannot_be_is_refused(generator, options, message):
    with pytest.raises(HypergenError, match=message):
        RegularisedAdapters(generator, Table(), **options)


def test_trained_adapters_of_another_size_are_refused(generator):
    other = BottleneckSpec(size=3)
    bank = AdapterBank({"swh": other.initial(other.layout(LAYOUT.sites), rng=torch.Generator())})
    with pytest.raises(HypergenError, match="train them over the same backbone"):
        RegularisedAdapters(generator, Table(), reconstruction=1.0, trained=bank)


def test_a_lasso_of_no_linear_map_is_refused(generator):
    generator.encode = torch.nn.Identity()
    with pytest.raises(HypergenError, match="this one has none"):
        RegularisedAdapters(generator, Table(), lasso=1.0)
