import pytest

from hypergen.comparison.answer import answers
from hypergen.comparison.tables import cost_table, differences_table, document, group_tables, harm_table

COST = {"trials": 3, "parameters": 1000, "steps": 20, "tokens": 5000, "seconds": 1.5, "peak_gb": 0.5, "capped": False,
        "parameters_before": 0, "tokens_before": 0, "seconds_before": 0.0, "peak_gb_before": 0.0}  # fmt: skip
LOSSES = {("none", 0): 3.0, ("mad-g", 0): 2.5, ("mad-x", 50): 2.0, ("mad-x", None): 1.5}


def tell():
    rows = [
        {"language": code, "group": "unseen: new genus", "genus": code, "family": None, "coverage": 0.5,
         "domain": "bible",
         "method": method, "amount": amount, "seed": 0, "loss": loss + 0.1 * n, "positions": 10, **COST,
         "capped": amount is None}
        for n, code in enumerate(("yor", "eus", "quy")) for (method, amount), loss in LOSSES.items()
    ]  # fmt: skip
    about = dict.fromkeys(("command", "date", "seeds", "hardware", "versions"), "known")
    return {"title": "A comparison", **about, "rows": rows, "answers": answers(rows, chosen={}, resamples=50)}


@pytest.fixture
def told():
    return tell()


def test_a_group_has_methods_in_lines_and_amounts_in_columns(told):
    (table,) = group_tables(told)
    assert table.header == ("method", "0", "50", "all")
    assert table.rows == (
        ("mad-x", "–", "2.100 *", "1.600 *"),
        ("mad-g", "2.600 *", "2.600", "2.600"),
        ("none", "3.100", "3.100", "3.100"),
    )
    assert "3 languages of 3 genera" in table.title


def test_the_best_stands_beside_every_other(told):
    rows = [row[:4] for row in differences_table(told).rows if row[1] == "50"]
    assert rows == [("unseen: new genus", "50", "mad-x", other) for other in ("mad-g", "none")]


def test_harm_is_against_no_adapter_and_each_method_once(told):
    assert [row[1:3] for row in harm_table(told).rows] == [("0", "mad-g"), ("50", "mad-x"), ("all", "mad-x")]


def test_costs_stand_in_every_line(told):
    lines = {row[:2]: row[2:] for row in cost_table(told).rows}
    assert lines["mad-x", "50"] == ("3", "1,000", "20", "5,000", "1.5", "0.50", "0", "0", "0", "no")
    assert lines["mad-x", "all"][-1] == "yes"  # it ran into its cap


def test_the_document_begins_with_the_answers(told):
    text = document(told)
    assert text.index(told["answers"][0]["sentence"]) < text.index("## ")
    assert "## What it costs" in text
