import json
import shlex

import pytest

from hypergen.bundle import Bundle
from hypergen.data.tasks.files import read_labelled
from hypergen.data.tasks.layouts import read_split
from hypergen.data.tasks.task import POS
from hypergen.data.tasks.writing import write_labelled
from hypergen.evaluation.transfer import TransferScore
from hypergen.recipes.evaluate_task import tables

from .conftest import one_sentence


@pytest.fixture
def options(trained_task, trained, tagged):
    return ["evaluate", "--task", trained_task / "bundle", "--bundle", trained / "bundle", "--data.directory", tagged]


def test_every_language_is_scored_seen_or_not_and_predictions_are_written(run, options, tagged, tmp_path):
    code, said, error = run(*options, "--out", tmp_path / "a.json", "--predictions", tmp_path / "found")
    assert (code, error) == (0, "")
    assert "trained in swh, yor, scored on 72 sentences" in said
    rows = json.loads((tmp_path / "a.json").read_text())["rows"]
    assert [(row["language"], row["group"]) for row in rows] == [("eus", "all"), ("swh", "source"), ("yor", "source")]
    gold = read_split(tagged, task=POS, split="test")
    for row in rows:
        found = read_labelled(tmp_path / "found" / f"{row['language']}.conll", task=POS)
        assert [sentence.words for sentence in found] == [sentence.words for sentence in gold[row["language"]]]
        assert POS.scores(gold[row["language"]], found) == pytest.approx(row["scores"])


def test_tags_are_written_as_conllu_where_they_were_read_from_it(run, options, tagged, tmp_path):
    gold = read_split(tagged, task=POS, split="test")
    for language, suffix in (("eus", "conllu"), ("swh", "conll")):
        write_labelled(tmp_path / "data" / language / f"test.{suffix}", gold[language], task=POS)
    found = tmp_path / "found"
    assert run(*options, "--data.directory", tmp_path / "data", "--predictions", found)[0] == 0
    assert sorted(path.name for path in found.iterdir()) == ["eus.conllu", "swh.conll"]
    written = read_labelled(found / "eus.conllu", task=POS)
    assert [sentence.words for sentence in written] == [sentence.words for sentence in gold["eus"]]


def test_the_command_in_the_result_makes_it_again(run, options, tmp_path):
    assert run(*options, "--split", "dev", "--data.languages", "[eus]", "--out", tmp_path / "a.json")[0] == 0
    told = json.loads((tmp_path / "a.json").read_text())
    _, *words = shlex.split(told["command"])
    assert run(*words, "--out", tmp_path / "b.json")[0] == 0
    assert json.loads((tmp_path / "b.json").read_text())["rows"] == told["rows"]


def test_a_run_in_the_language_itself_stands_beside_where_there_is_one(
    run, options, task_options, trained_task, tmp_path
):
    words = [word if word != "[swh, yor]" else "[eus]" for word in task_options]
    assert run("train-task", *words, "--out", tmp_path / "eus")[0] == 0
    code, said, _ = run(*options, "--supervised", tmp_path, "--out", tmp_path / "a.json")
    assert code == 0
    assert "in-language" in said
    rows = {row["language"]: row["supervised"] for row in json.loads((tmp_path / "a.json").read_text())["rows"]}
    own = ["evaluate", "--task", tmp_path / "eus" / "bundle", *options[3:], "--data.languages", "[eus]"]
    assert run(*own, "--out", tmp_path / "b.json")[0] == 0
    (alone,) = json.loads((tmp_path / "b.json").read_text())["rows"]
    assert rows == {"eus": pytest.approx(alone["scores"]["accuracy"]), "swh": None, "yor": None}


@pytest.fixture
def adverb(tmp_path):
    """A directory with a label that training had not."""
    (tmp_path / "data" / "eus").mkdir(parents=True)
    (tmp_path / "data" / "eus" / "test.conll").write_text("kata0\tNOUN\nkata1\tADV\n")
    return tmp_path / "data"


def test_a_label_that_training_had_not_is_refused_with_its_line_or_counted_as_wrong(run, options, adverb, tmp_path):
    code, _, error = run(*options, "--data.directory", adverb)
    assert code == 2
    assert f"{adverb / 'eus' / 'test.conll'}, line 2 has the label 'ADV', which no training" in one_sentence(error)
    words = ["--data.directory", adverb, "--data.score_unseen", "true", "--out", tmp_path / "a.json"]
    code, _, error = run(*options, *words)
    assert code == 0, error
    (row,) = json.loads((tmp_path / "a.json").read_text())["rows"]
    assert row["scores"]["accuracy"] <= 0.5


def test_adapters_that_the_task_was_not_trained_over_act_if_that_is_asked_for(run, options, trained, tmp_path):
    basque = tmp_path / "eus"
    bundle = Bundle.load(trained / "bundle")
    Bundle.of_adapter(bundle.source("eus"), language="eus", backbone=bundle.backbone).save(basque)
    words = [*options, "--data.languages", "[eus]"]
    assert run(*words, "--out", tmp_path / "a.json")[0] == 0
    code, _, error = run(*words, "--bundle", basque)
    assert code == 2
    assert "give the bundle it was trained over" in one_sentence(error)
    code, _, error = run(*words, "--bundle", basque, "--any_bundle", "true", "--out", tmp_path / "b.json")
    assert code == 0, error
    ours, theirs = (json.loads((tmp_path / name).read_text()) for name in ("a.json", "b.json"))
    assert ours["rows"] == theirs["rows"]
    assert "any_bundle" in theirs["command"]
    code, _, error = run("evaluate", "--any_bundle", "true")
    assert code == 2
    assert "any_bundle goes with --task" in one_sentence(error)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data.languages", "[zul]"], "has no test split of zul"),
        (["--bundle", "generator-mini"], "give the bundle it was trained over"),
        (["--task", "nowhere"], "nowhere is no bundle"),
        (["--data.directory", "nowhere"], "there is no directory nowhere"),
        (["--supervised", "nowhere"], "nowhere holds no run of eus, swh, yor"),
    ],
)
def test_what_cannot_be_scored_is_said_in_one_sentence(run, options, words, said):
    code, _, error = run(*options, *words)
    assert code == 2
    assert said in one_sentence(error)


def test_means_are_over_the_languages_of_a_group_and_intervals_over_its_genera():
    scores = [
        TransferScore(language, {"accuracy": score}, 0.25, unknown, 9, 99)
        for language, score, unknown in (("swh", 0.5, 0.0), ("yor", 0.75, 0.5), ("xho", 0.5, 0.0))
    ]
    by_language, means = tables(scores, groups={"swh": "a", "yor": "a", "xho": "b"}, metric="accuracy")
    assert by_language.rows[1] == ("yor", "a", "9", "50.0%", "0.250", "0.750")
    assert means.rows == (
        ("a", "2", "0.250", "0.625", "+0.375 [+0.250, +0.500]"),
        ("b", "1", "0.250", "0.500", "+0.250"),
    )


def test_adapters_are_not_taken_by_a_task_that_was_trained_over_none(run, task_options, backbone, tagged, tmp_path):
    alone = ["--bundle", "null", "--backbone", backbone, "--steps", 1, "--check_every", 1]
    assert run("train-task", *task_options, *alone, "--out", tmp_path / "run")[0] == 0
    words = ["evaluate", "--task", tmp_path / "run" / "bundle", "--data.directory", tagged]
    assert run(*words)[0] == 0
    for given, said in (
        (["--bundle", "nowhere"], "bundle is nowhere"),
        (["--any_bundle", "true"], "any_bundle is set"),
    ):
        code, _, error = run(*words, *given)
        assert code == 2
        assert f"{said}, and {tmp_path / 'run' / 'bundle'} was trained over no language adapters" in one_sentence(error)


@pytest.mark.parametrize("option", ["predictions", "out"])
def test_files_that_could_not_be_written_are_refused_before_anything_is_scored(run, options, tmp_path, option):
    (tmp_path / "file").write_text("")
    code, said, error = run(*options, f"--{option}", tmp_path / "file" / "x")
    assert (code, said) == (2, "")
    assert f"{option} is to lie below" in one_sentence(error)


def test_no_sentence_a_language_is_refused(run, options):
    code, _, error = run(*options, "--data.max_sentences", 0)
    assert code == 2
    assert "data.max_sentences is 0; it counts from 1" in one_sentence(error)
