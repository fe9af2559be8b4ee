import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from hypergen.evaluation.pseudo_perplexity import PseudoScore
from hypergen.evaluation.tables import rich_table
from hypergen.recipes.pseudo_perplexity import tables_of, warned

from .conftest import WORDS, one_sentence

SCORE = PseudoScore(
    "swh_Latn", 2, 10, 40, unknown_share=0.1, truncated=0, published=9.0, per_token=8.0, per_character=1.5
)


@pytest.fixture(scope="module")
def sentences(tmp_path_factory):
    root = tmp_path_factory.mktemp("devtest")
    for first, name in enumerate(("swh_Latn", "yor_Latn")):
        (root / f"{name}.devtest").write_text("\n".join(" ".join(WORDS[first + i : first + 2 * i]) for i in (3, 5)))
    return root


def test_sentences_are_scored_with_and_without_the_adapter(run, sentences, trained, tmp_path):
    options = ["--bundle", trained / "bundle", "--out", tmp_path / "scores.json"]
    code, said, error = run("evaluate", "--pppl", sentences, *options)
    assert (code, error) == (0, "")
    assert "Pseudo-perplexity" in said
    told = json.loads((tmp_path / "scores.json").read_text())
    assert [(row["name"], row["method"], row["sentences"], row["tokens"]) for row in told["rows"]] == [
        (name, method, 2, 8) for method in ("no adapter", "adapter") for name in ("swh_Latn", "yor_Latn")
    ]
    assert all(row["published"] > 1 and row["per_token"] > 1 for row in told["rows"])


@pytest.mark.filterwarnings("default:Left out")
def test_languages_are_chosen_and_others_refused_or_left_out(run, sentences, trained, tmp_path):
    assert run("generate", "swh", "--bundle", trained / "bundle", "--out", tmp_path / "swh")[0] == 0
    words = ["evaluate", "--pppl", sentences, "--bundle", tmp_path / "swh"]
    code, _, error = run(*words)
    assert code == 2
    assert "holds the adapter of swh, and there are sentences of yor_Latn" in one_sentence(error)
    code, _, error = run(*words, "--text.on_error", "skip")
    assert code == 0
    assert "Left out yor_Latn" in error
    assert run(*words, "--text.languages", "[swh]")[::2] == (0, "")


def test_without_sentences_it_says_which_layouts_there_are(run, trained, tmp_path):
    code, _, error = run("evaluate", "--pppl", tmp_path, "--bundle", trained / "bundle")
    assert code == 2
    assert "expected files such as swh_Latn.devtest (FLORES)" in one_sentence(error)


def test_a_rise_is_doubted_where_much_is_unknown():
    worse = replace(SCORE, per_token=9.0, per_character=1.6)
    assert "10% of the tokens are [UNK]" in warned([SCORE], [worse])[0]
    assert warned([worse], [SCORE]) == []
    few = replace(SCORE, unknown_share=0.04)
    assert warned([few], [replace(worse, unknown_share=0.04)]) == []
    assert warned([SCORE], [replace(worse, unknown_share=0.0)]) != []
    assert "3 sentences are cut" in warned([SCORE], [replace(SCORE, truncated=3)])[0]


def test_the_adapter_stands_below_no_adapter_for_each_definition():
    better = replace(SCORE, published=7.0, per_token=6.0, per_character=1.25)
    values, texts = tables_of({"no adapter": [SCORE], "adapter": [better]})
    assert values.rows == (("swh_Latn", "no adapter", "9.0", "8.0", "1.500"), ("", "adapter", "7.0", "6.0", "1.250"))
    assert texts.rows == (("swh_Latn", "no adapter", "2", "10", "10.0%"), ("", "adapter", "2", "10", "10.0%"))


def test_tables_fit_a_terminal_and_name_each_column_once():
    large = replace(SCORE, sentences=1012, tokens=1_000_000, unknown_share=1.0, published=1e9, per_token=1e6)
    for table in tables_of({"no adapter": [large], "adapter": [large]}):
        assert len(set(table.header)) == len(table.header)
        console = Console(width=80, file=StringIO())
        console.print(rich_table(table))
        shown = console.file.getvalue()
        assert "…" not in shown
        assert all(f" {word} " in shown for cells in (table.header, *table.rows) for word in cells if word)


def test_a_table_without_a_sentence_and_no_language_are_told(run, sentences, trained, tmp_path):
    (tmp_path / "test.tsv").write_text("text\tiso3\tscript\n")
    for path, options, said in (
        (tmp_path / "test.tsv", [], "has no sentence"),
        (sentences, ["--text.languages", "[]"], "the list of languages is empty"),
    ):
        code, _, error = run("evaluate", "--pppl", path, "--bundle", trained / "bundle", *options)
        assert code == 2
        assert said in one_sentence(error)
