import importlib
import sys
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from hypergen.errors import TypologyError
from hypergen.typology.uriel import MADG_FEATURES, URIEL_FEATURE_SETS, read_uriel

DATA = Path(str(distribution("lang2vec").locate_file("lang2vec/data")))


@pytest.fixture(scope="module")
def lang2vec():
    """lang2vec's own code, with a stand-in for the one function it takes from pkg_resources.

    It opens a file anew for every language, which would take minutes: here its ``np.load`` remembers what it read.
    """
    stand_in = ModuleType("pkg_resources")
    stand_in.resource_filename = lambda module, name: str(DATA.parent / name)
    numpy_load = np.load

    @cache
    def load(path):
        arrays = dict(numpy_load(path))
        return arrays | {key: arrays[key].astype(object) for key in ("langs", "feats")}

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pkg_resources", stand_in)
        patch.setattr(np, "load", load)
        patch.setattr(sys, "path", [str(DATA.parents[1]), *sys.path])
        module = importlib.import_module("lang2vec.lang2vec")
    remembering = ModuleType("numpy")
    remembering.__dict__.update(np.__dict__, load=load)
    module.np = remembering
    yield module
    del sys.modules["lang2vec.lang2vec"]


def own_answers(lang2vec, languages, feature_sets):
    """Feature names and values of lang2vec, NaN where it has none."""
    found = lang2vec.get_features(list(languages), feature_sets, header=True)
    names = tuple(found.pop("CODE"))
    missing = {"--": np.nan}
    return names, np.array(
        [[missing.get(value, value) for value in found[code]] for code in languages], dtype=np.float64
    )


def test_the_289_features_of_every_language_equal_lang2vecs_own(lang2vec):
    found = read_uriel(MADG_FEATURES)
    names, values = own_answers(lang2vec, found.languages, MADG_FEATURES)
    assert found.features == names
    # It answers for the bibliographic codes alb and gre with the rows of sqi and ell, as Language.parse does.
    rows = [found.languages.index({"alb": "sqi", "gre": "ell"}.get(code, code)) for code in found.languages]
    np.testing.assert_array_equal(found.values[rows], values)


@pytest.mark.parametrize(
    "feature_sets",
    [
        "fam",
        "geo",
        "syntax_average+phonology_average+inventory_average",
        "syntax_wals|syntax_sswl|syntax_ethnologue+phonology_wals",
        "inventory_phoible_upsid",
    ],
)
def test_other_feature_sets_equal_lang2vecs_own(lang2vec, feature_sets):
    found = read_uriel(feature_sets)
    some = slice(None, None, 100)
    names, values = own_answers(lang2vec, found.languages[some], feature_sets)
    assert found.features == names
    np.testing.assert_array_equal(found.observed[some], ~np.isnan(values))
    np.testing.assert_allclose(found.values[some], np.nan_to_num(values), rtol=1e-7)


def test_sets_are_concatenated_in_the_order_given():
    both = read_uriel("inventory_knn+syntax_knn")
    parts = [read_uriel("inventory_knn"), read_uriel("syntax_knn")]
    assert both.features == parts[0].features + parts[1].features
    np.testing.assert_array_equal(both.values, np.concatenate([part.values for part in parts], axis=1))


def test_every_feature_set_offered_is_one_of_lang2vecs(lang2vec):
    assert set(URIEL_FEATURE_SETS) == set(lang2vec.available_feature_sets()) - {"id", "learned"}


def test_a_predicted_value_counts_as_observed_if_any_source_has_it():
    with np.load(DATA / "features.npz") as archive:
        by_source, features = archive["data"], archive["feats"].tolist()
    found = read_uriel(MADG_FEATURES)
    columns = [features.index(feature) for feature in found.features]
    np.testing.assert_array_equal(found.observed, (by_source[:, columns] != -1).any(axis=2))


def test_missing_averages_are_zero_and_unobserved():
    found = read_uriel("syntax_average")
    assert not found.values[~found.observed].any()
    assert 0 < found.observed.mean() < 1


def test_an_unknown_feature_set_is_answered_with_those_there_are():
    with pytest.raises(TypologyError, match=r"no feature set 'synatx_knn'; there are syntax_knn, .*fam, geo"):
        read_uriel("synatx_knn")


def test_sets_of_different_features_cannot_be_united():
    with pytest.raises(TypologyError, match="join them by \\+ instead"):
        read_uriel("syntax_knn|phonology_knn")


def test_the_script_that_lang2vec_puts_beside_installed_commands_is_not_taken_for_it(tmp_path, monkeypatch):
    (tmp_path / "lang2vec.py").write_text("raise ImportError")
    monkeypatch.delitem(sys.modules, "lang2vec", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    assert len(read_uriel("geo").features) == 299
