"""A result file is checked once, and averaged over seeds and domains before anything is compared."""

import json

import pytest

from hypergen.evaluation.groups import Group
from hypergen.evaluation.report import write_json_atomically
from hypergen.evaluation.results import Results, ResultsError, read_results

ROW = {
    "language": "zul",
    "group": "unseen: generator genus",
    "genus": "Bantu",
    "family": "Atlantic-Congo",
    "coverage": 0.5,
    "domain": "bible",
    "method": "none",
    "seed": 0,
    "loss": 3.0,
    "positions": 100,
}


def results(tmp_path, *rows) -> Results:
    write_json_atomically(tmp_path / "results.json", {"title": "Made up", "rows": [ROW | row for row in rows]})
    return read_results(tmp_path / "results.json")


def test_a_file_reads_back_as_typed_rows(tmp_path):
    read = results(tmp_path, {}, {"language": "yua", "group": "unseen: new genus", "genus": None, "loss": 4})
    assert read.title == "Made up"
    assert read.groups == [Group.UNSEEN_GENERATOR_GENUS, Group.UNSEEN_NEW_GENUS]


def test_seeds_are_averaged_before_domains_are_weighted_by_their_positions(tmp_path):
    read = results(
        tmp_path,
        {"seed": 0, "loss": 2.0},
        {"seed": 1, "loss": 4.0},
        {"seed": 0, "domain": "news", "loss": 6.0, "positions": 300},
        {"seed": 1, "domain": "news", "loss": 8.0, "positions": 300},
    )
    assert read.losses("none") == [{"zul": pytest.approx((100 * 3 + 300 * 7) / 400)}]


def test_methods_are_compared_on_the_text_they_share(tmp_path):
    read = results(
        tmp_path,
        {"loss": 3.0},
        {"domain": "news", "loss": 9.0},
        {"method": "mad-x", "loss": 2.0},
        {"language": "xho", "loss": 5.0},
    )
    assert read.losses("none", "mad-x") == [{"zul": 3.0}, {"zul": 2.0}]
    assert read.losses("none", "absent") == [{}, {}]


def test_what_some_seeds_lack_is_left_out_and_listed(tmp_path):
    read = results(tmp_path, {"seed": 0}, {"seed": 1}, {"seed": 0, "language": "xho"})
    assert read.losses("none") == [{"zul": 3.0}]
    assert read.incomplete() == [("xho", "bible", "none")]


def test_an_unknown_genus_falls_back_to_the_wider_family_then_to_the_language(tmp_path):
    read = results(tmp_path, {"genus": None}, {"language": "eus", "genus": None, "family": None})
    assert read.genus == {"zul": "Atlantic-Congo", "eus": "eus"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"group": "unseen"}], "the groups are"),
        ([{"loss": -1.0}], "zero or more"),
        ([{"loss": "3.0"}], "wrong type"),
        ([{"coverage": 41}], "from 0 to 1"),
        ([{"positions": 0}], "at least one"),
        ([{"note": "hello"}], "exactly the keys"),
        ([{}, {}], "twice"),
        ([{}, {"method": "mean", "genus": "Germanic"}], "Make them agree"),
        ([{}, {"method": "mean", "positions": 99}], "cannot be paired"),
    ],
)
def test_rows_that_are_wrong_or_contradict_each_other_are_refused(tmp_path, rows, message):
    with pytest.raises(ResultsError, match=message):
        results(tmp_path, *rows)


@pytest.mark.parametrize(("text", "message"), [("{", "not JSON"), (json.dumps({"title": "x"}), "no list of 'rows'")])
def test_a_file_that_is_no_result_file_is_refused(tmp_path, text, message):
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(ResultsError, match=message):
        read_results(tmp_path / "results.json")
