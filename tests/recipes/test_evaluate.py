import json

import pytest

from hypergen.evaluation.perplexity import Score
from hypergen.recipes.evaluate import groups_of, tables

from .conftest import one_sentence, write_backbone


@pytest.fixture(scope="module")
def options(trained, text, cache):
    """Arguments of a small evaluation."""
    return ["--bundle", trained / "bundle", "--text.directory", text, "--text.block_size", 16, "--cache_dir", cache]


def test_every_language_is_scored_with_and_without_its_adapter(run, options, tmp_path):
    code, said, error = run("evaluate", *options, "--out", tmp_path / "scores.json")
    assert (code, error) == (0, "")
    assert "Masked-LM loss by language" in said
    told = json.loads((tmp_path / "scores.json").read_text())
    rows = told["rows"]
    assert [(row["language"], row["method"]) for row in rows] == [
        (language, method) for method in ("no adapter", "adapter") for language in ("eus", "swh", "yor")
    ]
    assert all(row["loss"] > 0 and row["positions"] > 0 for row in rows)
    assert told["versions"]["torch"]


def test_the_command_in_the_result_makes_it_again(run, options, tmp_path):
    import shlex

    run("evaluate", *options, "--out", tmp_path / "scores.json")
    told = json.loads((tmp_path / "scores.json").read_text())
    _, *words = shlex.split(told["command"])
    cache = options[options.index("--cache_dir") + 1]
    assert run(*words, "--cache_dir", cache, "--out", tmp_path / "again.json")[0] == 0
    assert json.loads((tmp_path / "again.json").read_text())["rows"] == told["rows"]


def test_an_adapter_is_scored_on_its_own_language_only(run, options, trained, tmp_path):
    assert run("generate", "swh", "--bundle", trained / "bundle", "--out", tmp_path / "swh")[0] == 0
    own = [*options, "--bundle", tmp_path / "swh"]
    assert run("evaluate", *own, "--text.languages", "[swh]")[0] == 0
    code, _, error = run("evaluate", *own)
    assert code == 2
    assert "holds the adapter of swh, and there is text of eus, yor" in one_sentence(error)


def test_another_backbone_is_refused_in_one_sentence(run, options, tmp_path):
    other = write_backbone(tmp_path / "other", seed=1)
    code, _, error = run("evaluate", *options, "--backbone", other)
    assert code == 2
    assert "this bundle belongs to the backbone" in one_sentence(error)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--text.validation_share", "0"], "nothing is held back to score"),
        (["--text.directory", "nowhere"], "There is no directory nowhere"),
        (["--splits", "nowhere.yaml"], "nowhere.yaml"),
        (["--bundle", "nowhere"], "nowhere is no bundle"),
    ],
)
def test_what_cannot_be_scored_is_said_in_one_sentence(run, options, words, expected):
    code, _, error = run("evaluate", *options, *words)
    assert code == 2
    assert expected in one_sentence(error)


def test_means_are_over_the_languages_of_a_group():
    none = [Score("swh", 4.0, 10), Score("yor", 2.0, 10)]
    adapted = [Score("swh", 3.0, 10), Score("yor", 2.0, 10)]
    _, means = tables(none, adapted, groups=groups_of(["swh", "yor"], splits=None))
    assert means.rows == (("all", "2", "3.000", "2.500", "-0.500"),)
