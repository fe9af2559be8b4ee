"""Cells of the transfer of tasks, and the result file that is made of them."""

import importlib
import json
from pathlib import Path

import pytest

from hypergen.evaluation.groups import read_splits

ROOT = Path(__file__).parents[2]


@pytest.fixture
def summary(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "results"))
    return importlib.import_module("transfer_summary")


@pytest.fixture
def told():
    return json.loads((ROOT / "docs" / "results" / "transfer_sentiment.json").read_text(encoding="utf-8"))


def test_cells_written_back_from_a_result_file_sum_up_to_it(summary, told):
    cells = [cell for _, cell in summary.restored(told)]
    again = summary.summed_up(cells, splits=read_splits(ROOT / "configs" / "languages" / "splits_all.yaml"))
    assert again == {key: told[key] for key in again}


def test_every_row_of_a_result_file_is_in_the_cell_that_its_method_shares(summary, told):
    cells = dict(summary.restored(told))
    assert sum(len(cell["rows"]) for cell in cells.values()) == len(told["rows"])
    methods = {cell.family: {row["method"] for row in values["rows"]} for cell, values in cells.items()}
    assert methods["none"] == {"none"}
    assert methods["bank"] == {"mad-x", "nearest", "mean", "tipa"}


def test_cells_that_do_not_say_how_they_were_run_are_refused(summary, told):
    del told["cells"][0]["options"]
    with pytest.raises(SystemExit, match="run them again"):
        list(summary.restored(told))
