"""Every option of a generator from the command line to an adapter and back, alone and together."""

import pytest
import torch

from hypergen.bundle import Bundle
from hypergen.recipes.arguments import GeneratorArgs
from hypergen.recipes.generators import generator_arguments, is_composed, kin_of
from hypergen.typology import TypologyTable

OPTIONS = {
    "vectors": {"vector_dropout": 0.5, "feature_dropout": 0.3},
    "family and place": {"feature_sets": "syntax_knn+fam+geo", "principal_axes": 0.4},
    "factorised": {"name": "factorised", "head_rank": 2},
    "shrinkage": {"shrinkage": 0.5, "known": "[eus]"},
    "together": {"name": "factorised", "head_rank": 2, "vector_dropout": 0.2,
                 "typology_map": "constant", "principal_axes": 0.4},
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


def test_the_published_generator_is_described_as_it_always_was():
    table = TypologyTable.from_uriel()
    told = generator_arguments(GeneratorArgs(feature_dropout=0.5), table=table, num_languages=52)
    assert sorted(told) == ["activation", "embedding_size", "feature_dropout", "init", "num_features", "output_scale"]
    assert not is_composed(GeneratorArgs(feature_dropout=0.5, principal_axes=0.4))
    assert is_composed(GeneratorArgs(known=["swh"]))


def test_kin_are_of_one_family_or_genus_and_invented_languages_have_none():
    several = ["swe", "deu", "spa", "qaa", "x-mine"]
    assert kin_of(several, by="family") == [0, 0, 0, 3, 4]
    assert kin_of(several, by="genus") == [0, 0, 2, 3, 4]
    assert kin_of(several, by="language") == [0, 1, 2, 3, 4]
