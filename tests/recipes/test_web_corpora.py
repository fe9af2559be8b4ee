import json
import random

import pyarrow as pa
import pytest
from pyarrow import parquet

from .conftest import one_sentence

RNG = random.Random(0)
GOOD = [" ".join("".join(RNG.choices("abdeghiklmnostuwyz", k=6)) for _ in range(20)) for _ in range(40)]


@pytest.fixture(scope="module")
def glotcc(tmp_path_factory):
    root = tmp_path_factory.mktemp("glotcc")
    rows = [{"content": text, "quality-warnings": [], "identification-prob": 0.9} for text in GOOD]
    rows[3]["quality-warnings"] = ["lorem_ipsum"]
    rows[5]["identification-prob"] = 0.1
    rows[7]["content"] = GOOD[6].upper()
    for folder, some in {"swh-Latn": rows, "uig-Arab": rows[:3]}.items():
        (root / "v1.0" / folder).mkdir(parents=True)
        parquet.write_table(pa.Table.from_pylist(some), root / f"v1.0/{folder}/{folder}_0.parquet")
    return root


@pytest.fixture(scope="module")
def wikipedia(tmp_path_factory):
    root = tmp_path_factory.mktemp("wikipedia")
    (root / "20231101.sw").mkdir()
    parquet.write_table(pa.table({"text": GOOD, "title": GOOD}), root / "20231101.sw/train-00000-of-00001.parquet")
    return root


def test_web_text_is_cleaned_into_files_that_training_reads_and_a_report_says_what_was_dropped(run, glotcc, tmp_path):
    words = ["corpus", "glotcc", "--root", glotcc, "--languages", "[swh]", "--out", tmp_path / "out"]
    code, said, error = run(*words)
    assert (code, error) == (0, "")
    told = json.loads((tmp_path / "out/report.json").read_text())["swh_Latn"]
    assert told["dropped"] == {"language uncertain": 1, "near-duplicate": 1, "quality warning lorem_ipsum": 1}
    assert sum(side["documents"] for side in told["kept"].values()) == 37
    assert "1 quality warning lorem_ipsum" in said
    assert (tmp_path / "out/train/swh_Latn.txt").is_file()
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert run(*words)[0] == 0
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before


def test_a_corpus_of_which_nothing_is_left_has_no_file(run, glotcc, tmp_path):
    code, said, _ = run("corpus", "glotcc", "--root", glotcc, "--languages", "[uig]", "--out", tmp_path / "out")
    assert code == 0
    assert "dropped: 3 other script" in said
    assert not list((tmp_path / "out").rglob("*.txt*"))


def test_articles_are_cleaned_like_web_text(run, wikipedia, tmp_path):
    words = ["corpus", "wikipedia", "--root", wikipedia, "--out", tmp_path / "out", "--max_validation_bytes", 0]
    assert run(*words)[0] == 0
    assert run(*words)[0] == 0
    assert (tmp_path / "out/train/swh_Latn.txt").read_text().count("\n\n") == 40
    assert not list((tmp_path / "out/validation").glob("*.txt"))


def test_other_settings_and_other_directories_are_refused(run, glotcc, tmp_path):
    words = ["corpus", "glotcc", "--root", glotcc, "--languages", "[swh]", "--out", tmp_path / "out"]
    assert run(*words)[0] == 0
    code, _, error = run(*words, "--rules.min_characters", 5, "--max_bytes", 9)
    assert code == 2
    assert "was begun with another value of max_bytes, rules" in one_sentence(error)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("precious")
    code, _, error = run(*words[:-1], tmp_path / "mine")
    assert code == 2
    assert "is not empty and was not begun by this command" in one_sentence(error)
    code, _, error = run(*words[:-1], tmp_path / "new", "--max_bytes", 0)
    assert code == 2
    assert "expected at least 1 and 0" in one_sentence(error)
    assert not (tmp_path / "new").exists()
