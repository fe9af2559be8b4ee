import pytest

from hypergen.comparison.amounts import amount_name
from hypergen.comparison.rows import about_language, amounts_of, results_at, row_of
from hypergen.evaluation.groups import Group, Splits
from hypergen.evaluation.perplexity import Score
from hypergen.evaluation.results import ResultsError, Row
from hypergen.typology import TypologyTable

SPLITS = Splits(backbone=("eng",), generator=("swh",), report=("zul", "yua"))


@pytest.fixture(scope="module")
def table():
    return TypologyTable.from_uriel()


def row(method, amount, loss, *, seed=0, language="zul"):
    about = {"group": "unseen: new genus", "genus": "Bantu", "family": "Atlantic-Congo", "coverage": 0.5}
    return {"language": language, **about, "domain": "bible", "method": method, "seed": seed, "loss": loss,
            "positions": 10, "amount": amount}  # fmt: skip


def test_a_language_is_told_with_its_group(table):
    told = about_language("zul", splits=SPLITS, table=table)
    assert (told["group"], told["genus"], told["family"]) == ("unseen: generator genus", "Bantu", "Atlantic-Congo")
    assert 0 < told["coverage"] < 1
    assert about_language("yua", splits=SPLITS, table=table)["group"] == "unseen: new genus"


def test_a_row_of_a_result_file_has_exactly_its_keys(table):
    told = row_of(Score("zul", 2.5, 40), method="mean", seed=1, domain="bible", splits=SPLITS, table=table)
    assert Row(**{**told, "group": Group(told["group"])}).loss == 2.5


def test_amounts_are_in_order_and_all_is_last():
    rows = [{"amount": amount} for amount in (None, 50, 0, 10, 50)]
    assert amounts_of(rows) == [0, 10, 50, None]
    assert [amount_name(amount) for amount in amounts_of(rows)] == ["0", "10", "50", "all"]


def test_with_text_one_can_still_do_without():
    rows = [row("none", 0, 3.0), row("mad-x", 10, 2.0), row("mad-x", None, 1.0)]
    assert results_at(rows, amount=10).methods == ["none", "mad-x"]
    assert [each.loss for each in results_at(rows, amount=None).rows] == [3.0, 1.0]
    assert results_at(rows, amount=0).methods == ["none"]


def test_rows_that_contradict_each_other_are_refused():
    with pytest.raises(ResultsError, match="is there twice"):
        results_at([row("none", 0, 3.0), row("none", 0, 2.0)], amount=0)
