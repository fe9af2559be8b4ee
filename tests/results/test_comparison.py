"""What `scripts/results/comparison.py` reads off a comparison's rows."""

import runpy
from itertools import product
from pathlib import Path

import pytest

COMPARISON = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "results" / "comparison.py"))
LANGUAGES = {"yua": ("Mayan", "unseen: new genus"), "quy": ("Quechuan", "unseen: new genus"),
             "zul": ("Bantu", "unseen: generator genus"), "swh": ("Bantu", "backbone-seen")}  # fmt: skip
LOSSES = {("none", 0): 3.0, ("tipa", 0): 2.5, ("chosen", 0): 2.0, ("chosen+adapter", 50): 1.5, ("mad-x", 50): 2.4,
          ("chosen+adapter", None): 1.0, ("mad-x", None): 1.25,
          ("chosen+wider", 50): 1.4, ("mad-x-wider", 50): 2.0}  # fmt: skip


@pytest.fixture
def rows():
    """Every language better by one under the same method: differences are those of `LOSSES`, without spread."""
    return [
        {"language": code, "group": group, "genus": genus, "family": None, "coverage": 0.5, "domain": "bible",
         "seed": seed, "positions": 10, "method": method, "amount": amount, "loss": loss + level}
        for (level, (code, (genus, group))), ((method, amount), loss), seed
        in product(enumerate(LANGUAGES.items()), LOSSES.items(), (0, 1))
        if amount == 0 or group.startswith("unseen")
    ]  # fmt: skip


def test_a_table_by_column_gives_back_its_rows(rows):
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    assert COMPARISON["rows_of"]({"rows": columns}) == rows


@pytest.fixture
def tables(rows):
    return list(COMPARISON["tables"](rows))


def test_without_text_every_cell_is_the_chosen_generator_minus_its_row_in_its_group(tables):
    without = tables[0]
    assert without.header == ("method", "backbone-seen", "unseen: generator genus", "unseen: new genus", "unseen: all")
    assert [row[0] for row in without.rows] == ["none", "tipa"]
    assert without.rows[1][-1] == "-0.500 [-0.500, -0.500]"


def test_what_is_tuned_stands_against_its_start(tables):
    assert tables[1].rows == (
        ("chosen+adapter", "-0.500 [-0.500, -0.500]", "-1.000 [-1.000, -1.000]"),
        ("chosen+wider", "-0.600 [-0.600, -0.600]", "–"),
    )


def test_what_sentences_are_worth_is_asked_of_every_two_amounts(tables):
    worth = tables[2]
    assert [row[0] for row in worth.rows] == ["50 sentences", "all sentences"]
    assert worth.rows[0][2] == "0.250 [0.250, 0.250]"
    assert worth.rows[1][1] == "-1.400 [-1.400, -1.400]"


def test_wider_adapters_stand_against_those_that_are_as_wide_from_scratch(tables):
    assert tables[3].title == "What sentences are worth: chosen+wider minus mad-x-wider, unseen languages"
    assert tables[3].rows[0][1] == "-0.600 [-0.600, -0.600]"


def test_a_single_group_of_unseen_languages_is_not_told_twice(rows):
    new = [row for row in rows if row["group"] in ("unseen: new genus", "backbone-seen")]
    assert next(COMPARISON["tables"](new)).header == ("method", "backbone-seen", "unseen: new genus")


def test_without_the_chosen_generator_there_is_nothing_to_show(rows):
    assert not list(COMPARISON["tables"]([row for row in rows if not row["method"].startswith("chosen")]))
