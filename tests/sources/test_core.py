from typing import Any

import pytest
import torch

from hypergen.adapters import Adapter, BottleneckSpec
from hypergen.backbones import sites_of
from hypergen.errors import HypergenError, UnknownLanguageError
from hypergen.generators import MadG, MadGLS
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterBank, AdapterSource, GeneratedAdapters, StoredAdapter


@pytest.fixture
def generated(generator, typology) -> GeneratedAdapters:
    return GeneratedAdapters(generator, typology)


@pytest.fixture
def bank(drawn) -> AdapterBank:
    return AdapterBank({language: drawn() for language in ("swh", "yua", "quy")})


@pytest.fixture(params=["bank", "generated"])
def source(request) -> Any:
    return request.getfixturevalue(request.param)


def test_whatever_turns_a_language_into_an_adapter_is_a_source(adapter, bank, generated):
    assert all(isinstance(source, AdapterSource) for source in (StoredAdapter(adapter), bank, generated))


def test_one_language_gives_its_adapter_and_several_give_an_axis_of_them(source):
    assert source("yua").num_languages is None
    assert source(["yua"]).num_languages == 1
    assert source(["yua", "swh"]).num_languages == 2


@pytest.mark.parametrize("languages", [[], (), ""])
def test_no_language_has_no_adapter(source, languages):
    with pytest.raises(HypergenError, match=r"names no language; give one, such as 'yua', or a list of at least one"):
        source(languages)


def test_the_axis_of_languages_has_the_order_of_the_call(source):
    together = source(["yua", "swh", "yua"])
    for one, language in zip(together, ["yua", "swh", "yua"], strict=True):
        torch.testing.assert_close(one.vector(), source(language).vector())


def test_calling_a_source_changes_nothing_in_it(source):
    before = {name: tensor.clone() for name, tensor in source.state_dict().items()}
    first = source("yua").vector().clone()
    source(["swh", "quy"])
    assert torch.equal(source("yua").vector(), first)
    assert all(torch.equal(tensor, before[name]) for name, tensor in source.state_dict().items())


def test_a_stored_adapter_starts_equal_to_the_generated_one(backbone, layout, generated, batch):
    tuned = StoredAdapter(generated("yua"))
    model = AdaptedModel(backbone, [layout])
    assert torch.equal(tuned().vector(), generated("yua").vector())
    assert torch.equal(model(adapters=[tuned()], **batch).logits, model(adapters=[generated("yua")], **batch).logits)


def test_training_a_stored_adapter_leaves_the_generator_alone(generated):
    tuned = StoredAdapter(generated("yua"))
    before = generated("yua").vector().clone()
    tuned().vector().sum().backward()
    with torch.no_grad():
        for parameter in tuned.parameters():
            assert parameter.grad is not None
            parameter.sub_(parameter.grad)
    assert all(parameter.grad is None for parameter in generated.parameters())
    assert torch.equal(generated("yua").vector(), before)
    torch.testing.assert_close(tuned().vector(), before - 1)


def test_a_stored_adapter_is_the_same_for_every_language(adapter):
    stored = StoredAdapter(adapter)
    assert torch.equal(stored("swh").vector(), stored(["yua", "quy"]).vector())
    assert torch.equal(stored().vector(), adapter.vector())


def test_a_bank_gives_back_what_was_stored(drawn):
    adapters = {language: drawn() for language in ("swh", "yua")}
    bank = AdapterBank(adapters)
    assert all(torch.equal(bank(language).vector(), adapter.vector()) for language, adapter in adapters.items())


def test_training_one_language_of_a_bank_leaves_the_others_alone(bank):
    bank("yua").vector().sum().backward()
    assert bank.vectors.grad.any(dim=1).tolist() == [False, True, False]


def test_every_language_of_a_new_bank_starts_as_the_method_does(spec, layout):
    bank = AdapterBank.initial(["swh", "yua"], spec, layout, rng=torch.Generator().manual_seed(3))
    start = spec.initial(layout, rng=torch.Generator().manual_seed(3)).vector()
    assert all(torch.equal(bank(language).vector(), start) for language in ("swh", "yua"))


def test_a_language_without_a_stored_adapter_is_refused_by_name(bank):
    with pytest.raises(UnknownLanguageError, match="no adapter of deu is stored here, only of swh, yua, quy"):
        bank(["swh", "deu"])


def test_a_bank_holds_adapters_of_one_method_only(bert, adapter):
    other = BottleneckSpec(size=2)
    layout = other.layout(sites_of(bert))
    with pytest.raises(HypergenError, match="differ in method, sites or languages"):
        AdapterBank({"swh": adapter, "yua": Adapter.from_vector(other, layout, torch.zeros(layout.num_parameters))})


def test_a_generated_adapter_is_that_of_the_languages_vector(generator, generated, typology):
    assert torch.equal(generated("yua").vector(), generator(typology.vectors(["yua"]))[0].vector())


@pytest.mark.parametrize("kind", [MadG, MadGLS])
def test_gradients_reach_every_parameter_of_the_generator(kind, spec, layout, typology):
    generated = GeneratedAdapters(kind(spec, layout, num_features=7), typology)
    generated(["swh", "yua"]).vector().square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in generated.parameters())


def test_vectors_of_another_precision_are_taken_as_the_generators(generator, typology):
    generated = GeneratedAdapters(generator.double(), typology)
    assert generated("yua").vector().dtype == torch.float64


def test_a_source_is_kept_and_read_back_as_any_module(spec, layout, bank):
    again = AdapterBank.initial(bank.languages, spec, layout, rng=torch.Generator())
    again.load_state_dict(bank.state_dict())
    assert torch.equal(again("quy").vector(), bank("quy").vector())


def test_a_bank_keeps_its_own_copy(adapter):
    bank = AdapterBank({"swh": adapter})
    with torch.no_grad():
        bank.vectors.zero_()
    assert adapter.vector().any()
