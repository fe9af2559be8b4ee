"""Every option of a generator from the command line to an adapter and back, alone and together."""

import json

import pytest
import torch

from hypergen.adapters import BottleneckSpec
from hypergen.adapters.core import Site
from hypergen.bundle import Bundle
from hypergen.errors import HypergenError
from hypergen.generators import MadG
from hypergen.recipes.arguments import GeneratorArgs
from hypergen.recipes.generators import bank_of, generator_arguments, is_composed, kin_of, source_of
from hypergen.sources import GeneratedAdapters, RegularisedAdapters
from hypergen.typology import TypologyTable

OPTIONS = {
    "vectors": {"vector_dropout": 0.5, "feature_dropout": 0.3},
    "family and place": {"feature_sets": "syntax_knn+fam+geo", "principal_axes": 0.4},
    "factorised": {"name": "factorised", "head_rank": 2},
    "shrinkage": {"shrinkage": 0.5, "known": "[eus]"},
    "l2 and lasso": {"l2": 0.01, "lasso": 0.001},
    "together": {"name": "factorised", "head_rank": 2, "vector_dropout": 0.2,
                 "typology_map": "constant", "principal_axes": 0.4, "l2": 0.01},
}  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_what_is_trained_with_an_option_is_read_back_and_serves_an_unseen_language(run, small, tmp_path, options):
    words = [word for name, value in options.items() for word in (f"--generator.{name}", value)]
    code, _, error = run("train", *small, *words, "--out", tmp_path / "run")
    assert code == 0, error
    bundle = Bundle.load(tmp_path / "run" / "bundle")
    adapter = bundle.source("fin").vector()
    assert adapter.isfinite().all()
    assert bundle.generator is not None
    asked = {"vector_dropout", "shrinkage", "typology_map", "known"} & options.keys()
    assert bool(asked) == ("encoder" in bundle.generator.arguments)
    again = Bundle.load(tmp_path / "run" / "bundle")
    assert torch.equal(again.source("fin").vector(), adapter)
    code, _, error = run("generate", "fin", "--bundle", tmp_path / "run" / "bundle", "--out", tmp_path / "fin")
    assert code == 0, error
    assert torch.equal(Bundle.load(tmp_path / "fin").adapter().vector(), adapter)


def test_trained_adapters_are_read_from_a_directory_of_bundles_and_reconstructed(run, small, trained, tmp_path):
    for code in ("eus", "swh"):
        assert run("generate", code, "--bundle", trained / "bundle", "--out", tmp_path / "them" / code)[0] == 0
    bank = bank_of(tmp_path / "them")
    assert bank.languages == ("eus", "swh")
    words = ["--generator.reconstruction", 50.0, "--generator.trained_adapters", tmp_path / "them"]
    code, _, error = run("train", *small, *words, "--out", tmp_path / "run")
    assert code == 0, error
    told = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert told["generator"]["reconstruction"] == 50.0


def test_what_cannot_be_reconstructed_is_refused(run, small, tmp_path):
    with pytest.raises(HypergenError, match="holds no bundle of an adapter"):
        bank_of(tmp_path)
    code, _, error = run("train", *small, "--generator.reconstruction", 1.0, "--out", tmp_path / "run")
    assert (code, "--generator.trained_adapters" in error) == (2, True)


def test_the_published_generator_is_described_as_it_always_was():
    table = TypologyTable.from_uriel()
    told = generator_arguments(GeneratorArgs(feature_dropout=0.5), table=table, num_languages=52)
    assert sorted(told) == ["activation", "embedding_size", "feature_dropout", "init", "num_features", "output_scale"]
    assert not is_composed(GeneratorArgs(feature_dropout=0.5, principal_axes=0.4))
    assert is_composed(GeneratorArgs(known=["swh"]))


def test_without_penalties_the_source_is_the_plain_one():
    table = TypologyTable.from_uriel("phonology_knn")
    spec = BottleneckSpec(size=2)
    generator = MadG(spec, spec.layout([Site("layer", "norm", 5, 5)]), num_features=28)
    assert type(source_of(GeneratorArgs(), generator, table)) is GeneratedAdapters
    assert type(source_of(GeneratorArgs(l2=0.1), generator, table)) is RegularisedAdapters


def test_kin_are_of_one_family_or_genus_and_invented_languages_have_none():
    several = ["swe", "deu", "spa", "qaa", "x-mine"]
    assert kin_of(several, by="family") == [0, 0, 0, 3, 4]
    assert kin_of(several, by="genus") == [0, 0, 2, 3, 4]
    assert kin_of(several, by="language") == [0, 1, 2, 3, 4]
