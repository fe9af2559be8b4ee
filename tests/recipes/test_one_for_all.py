from types import SimpleNamespace

import pytest

from hypergen.bundle import Bundle
from hypergen.errors import HypergenError, UnknownLanguageError
from hypergen.recipes.one_for_all import check_acts_in
from hypergen.task_bundle import TaskBundle

from .conftest import one_sentence


@pytest.fixture(scope="module")
def basque(trained, tmp_path_factory):
    """The bundle of the adapter of Basque."""
    bundle, path = Bundle.load(trained / "bundle"), tmp_path_factory.mktemp("static") / "eus"
    Bundle.of_adapter(bundle.source("eus"), language="eus", backbone=bundle.backbone).save(path)
    return path


def test_the_adapter_of_one_language_acts_in_others_only_if_that_is_asked_for(run, task_options, basque, tmp_path):
    words = [*task_options, "--bundle", basque, "--steps", 1, "--out", tmp_path / "run"]
    code, _, error = run("train-task", *words)
    assert code == 2
    assert f"{basque} holds the adapter of eus, and is to act in swh, yor too" in one_sentence(error)
    assert not (tmp_path / "run").exists()
    code, said, error = run("train-task", *words, "--one_for_all", "true")
    assert code == 0, error
    assert "over the adapter of eus in all" in said
    assert TaskBundle.load(tmp_path / "run" / "bundle").languages == ("swh", "yor")
    data = task_options[task_options.index("--data.directory") + 1]
    scored = ["evaluate", "--task", tmp_path / "run" / "bundle", "--bundle", basque, "--data.directory", data]
    assert run(*scored, "--data.languages", "[eus]")[0] == 0
    code, _, error = run(*scored)
    assert code == 2
    assert "is to act in swh, yor too; give a generator's bundle, or --one_for_all true" in one_sentence(error)
    code, said, error = run(*scored, "--one_for_all", "true", "--out", tmp_path / "scores.json")
    assert code == 0, error
    assert "The adapter of eus acts in swh, yor too." in said
    assert '"one_for_all' in (tmp_path / "scores.json").read_text().replace("\\", "")


def test_one_for_all_of_a_generator_or_of_none_is_refused(run, task_options, backbone, tmp_path):
    words = [*task_options, "--one_for_all", "true", "--out", tmp_path / "run"]
    code, _, error = run("train-task", *words)
    assert code == 2
    assert "holds an adapter for each language; leave it out" in one_sentence(error)
    code, _, error = run("train-task", *words, "--bundle", "null", "--backbone", backbone)
    assert code == 2
    assert "holds no language adapters; leave it out" in one_sentence(error)
    code, _, error = run("evaluate", "--one_for_all", "true")
    assert code == 2
    assert "one_for_all goes with --task" in one_sentence(error)


def test_a_fused_adapter_is_of_what_was_fused_and_of_where_it_was_fused():
    languages = {"a": ["eng"], "b": ["tur"]}
    fused = SimpleNamespace(generator=None, languages=("eng",), metrics={"fused": ["a", "b"], "languages": languages})

    def check(*codes):
        return check_acts_in(fused, codes, given="runs/fused", one_for_all=False, fused_in=["deu"])

    assert check("eng", "tur", "deu") == []
    with pytest.raises(UnknownLanguageError, match="adapter of deu, eng, tur, and is to act in swh too"):
        check("swh")
    with pytest.raises(HypergenError, match="an adapter for each language"):
        check_acts_in(SimpleNamespace(generator="madg"), ["swh"], given="generator-mini", one_for_all=True)
