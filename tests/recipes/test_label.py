import pytest

import hypergen as hg
from hypergen.data.tasks.files import read_labelled
from hypergen.data.tasks.task import POS

from .conftest import one_sentence


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text("Anasoma kitabu.\n\nJuma amefika, leo!\n", encoding="utf-8")
    return path


@pytest.fixture
def options(trained_task, trained, lines):
    return ["--task", trained_task / "bundle", "--bundle", trained / "bundle", "--text", lines]


@pytest.mark.parametrize("suffix", [".conll", ".conllu"])
def test_text_of_a_language_that_nobody_trained_on_is_labelled_as_in_python(
    run, options, trained_task, trained, backbone, tmp_path, suffix
):
    out = tmp_path / f"found{suffix}"
    code, said, error = run("label", "yua", *options, "--out", out)
    assert (code, error) == (0, "")
    assert "pos of 2 sentences of yua, learned in swh, yor" in " ".join(said.split())
    found = read_labelled(out, task=POS)
    assert [sentence.words for sentence in found] == [
        ("Anasoma", "kitabu", "."), ("Juma", "amefika", ",", "leo", "!")
    ]  # fmt: skip
    task = hg.TaskBundle.load(trained_task / "bundle")
    model = task.model(hg.load_backbone(str(backbone)), languages=hg.Bundle.load(trained / "bundle"))
    encoder = task.encoder(hg.load_tokenizer(str(backbone)))
    expected = model.label([hg.Sentence(sentence.words) for sentence in found], language="yua", encoder=encoder)
    assert [sentence.labels for sentence in found] == [sentence.labels for sentence in expected]
    assert list(tmp_path.glob(".part*")) == []


def test_words_are_what_stands_between_spaces_where_that_is_asked_for(run, options, tmp_path):
    assert run("label", "swh", *options, "--split_words", "false", "--out", tmp_path / "found.conll")[0] == 0
    assert read_labelled(tmp_path / "found.conll", task=POS)[0].words == ("Anasoma", "kitabu.")


def test_what_cannot_be_labelled_is_refused_in_a_sentence(run, options, trained_task, trained, tmp_path):
    for given, words in (
        (["no such", *options, "--out", tmp_path / "a.conll"], "'no such'"),
        (["yua", *options, "--out", tmp_path], "a directory, where a file was expected"),
    ):
        code, _, error = run("label", *given)
        assert code == 2
        assert words in one_sentence(error)
    empty = tmp_path / "empty.txt"
    empty.write_text("\n \n")
    code, _, error = run("label", "yua", *options[:-1], empty, "--out", tmp_path / "a.conll")
    assert (code, "has no line with anything on it" in one_sentence(error)) == (2, True)


def test_a_bundle_that_could_not_act_is_refused(run, task_options, lines, tmp_path):
    assert run("train-task", *task_options, "--bundle", "null", "--out", tmp_path / "alone")[0] == 0
    given = ["--task", tmp_path / "alone" / "bundle", "--text", lines, "--out", tmp_path / "a.conll"]
    code, _, error = run("label", "yua", *given, "--any_bundle", "true")
    assert (code, "so none can act" in one_sentence(error)) == (2, True)
    assert run("label", "yua", *given)[0] == 0
