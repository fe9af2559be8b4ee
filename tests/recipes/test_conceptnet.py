import json

import pytest

from hypergen.languages import Language
from hypergen.recipes.conceptnet import PUBLISHED, named

from .conftest import one_sentence


@pytest.fixture(scope="module")
def assertions(tmp_path_factory):
    info = {"dataset": "/d/w", "license": "cc:by-sa/4.0", "sources": [{"contributor": "/s/w"}], "weight": 1.0}
    path = tmp_path_factory.mktemp("conceptnet") / "assertions.csv"
    edges = [("Synonym", f"/c/ms/kata{n}", f"/c/en/word{n}") for n in range(80)] + [
        ("HasA", "/c/ms/burung", "/c/ms/sayap")
    ]
    lines = [f"/a/[]\t/r/{relation}\t{start}\t{end}\t{json.dumps(info)}\n" for relation, start, end in edges]
    path.write_text("".join([*lines, "malformed\n"]), encoding="utf-8")
    return path


def test_sentences_are_written_and_accounted_for(run, assertions, tmp_path):
    code, said, error = run("corpus", "conceptnet", assertions, "--out", tmp_path / "out", "--languages", "[zsm_Latn]")
    assert (code, error) == (0, "")
    assert "zsm_Latn" in said
    assert "1 of 82 lines are malformed and left out: 82" in said
    written = [path.read_text().splitlines() for path in (tmp_path / "out").glob("*/zsm_Latn.txt")]
    assert sum(map(len, written)) == 81


def test_sentences_can_be_trained_on(run, assertions, small, tmp_path):
    assert run("corpus", "conceptnet", assertions, "--out", tmp_path / "out", "--languages", "[zsm_Latn]")[0] == 0
    words = [*small, "--text.directory", "null", "--text.conceptnet", tmp_path / "out" / "train"]
    code, _, error = run("train", *words, "--text.validation_share", 0.0, "--out", tmp_path / "run")
    assert (code, error) == (0, "")


def test_relations_can_be_chosen_and_worded_as_published(run, assertions, tmp_path):
    options = [
        "--languages",
        "[zsm_Latn]",
        "--relations",
        "[HasA]",
        "--wording",
        "published",
        "--out",
        tmp_path / "out",
    ]
    assert run("corpus", "conceptnet", assertions, *options)[0] == 0
    (path,) = (tmp_path / "out").glob("*/zsm_Latn.txt")
    assert path.read_text() == "burung belongs to sayap.\n"


def test_the_thirty_published_languages_are_languages():
    assert len(PUBLISHED) == len(set(PUBLISHED.values())) == 30
    for name in PUBLISHED:
        assert Language.parse(name).iso3 == name.split("_")[0]


@pytest.mark.parametrize(
    ("entry", "code"), [("ckb_Arab", "ku"), ("ckb_Arab=ckb", "ckb"), ("cmn_Hans", "zh"), ("ace_Latn", "ace")]
)
def test_conceptnets_code_is_given_or_found(entry, code):
    assert named(entry) == (entry.partition("=")[0], code)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--languages", "[zsm]"], "expected <iso3>_<Script>, such as swh_Latn"),
        (["--languages", "[zsm_Latn]", "--relations", "[Isa]"], "no wording for the relation Isa"),
        (["--languages", "[yor_Latn]"], "has no edge for a sentence in yo"),
        (["--validation_share", "1"], "validation_share is 1.0"),
    ],
)
def test_what_cannot_be_written_is_said_in_one_sentence(run, assertions, tmp_path, words, expected):
    code, _, error = run("corpus", "conceptnet", assertions, "--out", tmp_path / "out", *words)
    assert code == 2
    assert expected in one_sentence(error)
