import json

import pytest

from hypergen import cli

from .conftest import WORDS, one_sentence


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """A directory of texts in two languages, in two classes."""
    directory = tmp_path_factory.mktemp("texts")
    for shift, language in enumerate(("swh", "yor")):
        (directory / language).mkdir()
        for part, split in enumerate(("train", "test")):
            rows = [f"{WORDS[(n + 9 * part + shift) % 95]} kata{n}\t{WORDS[n % 2]}" for n in range(12)]
            path = directory / language / f"{split}.tsv"
            path.write_text("\n".join(["text\tlabel", *rows, ""]), encoding="utf-8")
    return directory


@pytest.fixture
def words(decoder, texts):
    options = {"task": "topics", "backbone": decoder, "data.directory": texts, "data.labels": "[kata0, kata1]"}
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def test_a_decoder_is_scored_by_prompting_it(run, words, tmp_path):
    code, said, error = run(
        "prompt", *words, "--shots", 4, "--out", tmp_path / "s.json", "--predictions", tmp_path / "p"
    )
    assert code == 0, error
    assert "topics, 4 examples" in said
    rows = json.loads((tmp_path / "s.json").read_text())["rows"]
    assert [(row["language"], row["sentences"]) for row in rows] == [("swh", 12), ("yor", 12)]
    assert all(0 <= row[name] <= 1 for row in rows for name in ("macro_f1_sum", "macro_f1_mean", "majority"))
    lines = (tmp_path / "p" / "swh_mean.tsv").read_text().splitlines()
    assert len(lines) == 13
    assert {line.split("\t")[1] for line in lines[1:]} <= {"kata0", "kata1"}


def test_a_decoder_is_prompted_with_its_language_adapters(run, words, decoder, text, cache, tmp_path):
    options = ["--text.directory", text, "--text.block_size", 16, "--text.batch_size", 4, "--steps", 1]
    code, _, error = run("train", "--backbone", decoder, *options, "--generator.reduction", 4, "--cache_dir", cache,
                         "--accelerator", "cpu", "--out", tmp_path / "run")  # fmt: skip
    assert code == 0, error
    few = ["--examples_in", "swh", "--data.max_sentences", 2]
    code, _, error = run("prompt", *words, "--bundle", tmp_path / "run" / "bundle", *few)
    assert code == 0, error


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--shots", "13"], "13 examples are asked for and there are 12"),
        (["--backbone", "hypergen-mini"], "'hypergen-mini' fills in masks; give a model that predicts the next token"),
        (["--examples_in", "zul"], "has no train split of zul"),
    ],
)
def test_what_cannot_be_prompted_is_said_in_one_sentence(run, words, extra, said):
    code, _, error = run("prompt", *words, *extra)
    assert code == 2
    assert said in one_sentence(error)


def test_a_text_of_the_examples_split_is_not_shown_its_own_label(run, words, tmp_path, monkeypatch):
    from hypergen.evaluation import prompting

    asked, log_likelihoods = [], prompting.continuations_of
    monkeypatch.setattr(
        prompting, "continuations_of", lambda p, *a, **o: asked.append(p) or log_likelihoods(p, *a, **o)
    )
    code, _, error = run("prompt", *words, "--split", "train", "--shots", 8, "--data.languages", "[swh]")
    assert code == 0, error
    for text in asked:
        *shown, last = text.split("\n\n")
        assert last.partition("\n")[0] not in {each.partition("\n")[0] for each in shown}
    code, _, error = run("prompt", *words, "--split", "train", "--shots", 12, "--data.languages", "[swh]")
    assert code == 2
    assert "12 examples are asked for and there are 11" in one_sentence(error)


def test_prompts_that_are_too_long_stop_or_are_left_out_and_counted(run, words, tmp_path):
    code, _, error = run("prompt", *words, "--shots", 2, "--data.max_tokens", 5)
    assert code == 2
    assert "tokens, and 5 are read; give fewer --shots, or leave such texts out" in one_sentence(error)
    code, _, error = run("prompt", *words, "--shots", 2, "--data.max_tokens", 5, "--data.on_long", "skip")
    assert code == 2
    assert "no text is left, of 12" in one_sentence(error)
    code, said, error = run("prompt", *words, "--shots", 2, "--data.on_long", "skip", "--out", tmp_path / "s.json")
    assert code == 0, error
    assert "scored on 24 sentences" in said
    assert {row["too_long"] for row in json.loads((tmp_path / "s.json").read_text())["rows"]} == {0}


def test_the_command_is_in_the_table():
    assert cli.COMMANDS["prompt"].summary
