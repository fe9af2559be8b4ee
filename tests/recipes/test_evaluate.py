import json

import pytest

from hypergen.evaluation.perplexity import Score
from hypergen.recipes.evaluate import groups_of, tables

from .conftest import LINES, OTHERS, one_sentence, write_backbone


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


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--predictions", "found"], "predictions goes with --task"),
        (["--supervised", "runs"], "supervised goes with --task"),
        (["--data.directory", "tagged"], "data goes with --task; give that, a bundle of 'hypergen train-task'"),
        (["--one_for_all", "true"], "one_for_all goes with --task"),
        (["--text.batch_size", "0"], "text.batch_size is 0; it counts from 1"),
        (["--text.max_validation_blocks", "0"], "text.max_validation_blocks is 0; it counts from 1"),
    ],
)
def test_what_text_is_not_scored_with_is_refused(run, options, words, expected):
    code, _, error = run("evaluate", *options, *words)
    assert code == 2
    assert expected in one_sentence(error)


@pytest.mark.parametrize("out", ["", "file/scores.json"])
def test_scores_that_could_not_be_written_are_refused_before_anything_is_scored(run, options, tmp_path, out):
    (tmp_path / "file").write_text("")
    code, said, error = run("evaluate", *options, "--bundle", "nowhere", "--out", tmp_path / out)
    assert (code, said) == (2, "")
    assert one_sentence(error).startswith("hypergen: out is ")


def test_lines_that_an_adapter_was_tuned_on_are_counted_where_they_are_scored(run, options, trained, tmp_path):
    text = tmp_path / "text"
    text.mkdir()
    (text / "yua_Latn.txt").write_text("\n\n".join("\n".join(LINES[n : n + 5]) for n in range(0, 30, 5)))
    tune = ["finetune", "yua", "--bundle", trained / "bundle", "--text", text, "--steps", 20, "--lr", 0.03]
    assert run(*tune, "--out", tmp_path / "yua")[0] == 0
    score = [*options, "--bundle", tmp_path / "yua", "--text.validation_share", 0.5]
    code, said, _ = run("evaluate", *score, "--text.directory", text)
    assert code == 0
    assert "lines scored were tuned on: its loss is too low" in said
    (text / "yua_Latn.txt").write_text("\n\n".join(OTHERS))
    code, said, _ = run("evaluate", *score, "--text.directory", text)
    assert code == 0
    assert "tuned on" not in said
