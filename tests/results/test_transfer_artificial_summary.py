"""Runs of tasks among artificial languages, and the result file that is made of them."""

import importlib
import json
from pathlib import Path

import pytest

from hypergen.evaluation.findings import TransferRows

ROOT = Path(__file__).parents[2]
METHODS = ("none", "full fine-tuning", "english", "generated", "swapped vector", "english, tuned", "generated, tuned",
           "full fine-tuning, generated", "full fine-tuning, swapped vector")  # fmt: skip


@pytest.fixture
def summary(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "results"))
    return importlib.import_module("transfer_artificial_summary")


def rows(**scores: float) -> TransferRows:
    """Each method's score in four languages of a genus each, a little more in one than in another."""
    return TransferRows([
        {"method": method, "num_sources": 320, "language": language, "seed": 0, "genus": language, "group": "unseen",
         "majority": 0.0, "score": scores.get(method, 0.5) + 0.01 * place}
        for method in METHODS for place, language in enumerate(("yua", "eus", "kat", "quy"))
    ])  # fmt: skip


@pytest.mark.parametrize("task", ["pos", "parsing", "ner", "ner_known"])
def test_runs_written_back_from_a_result_file_sum_up_to_it(summary, task):
    told = json.loads((ROOT / "docs" / "results" / f"transfer_artificial_{task}.json").read_text(encoding="utf-8"))
    again = summary.summed_up(task, list(summary.restored(told)), command=told["command"])
    for key in ("title", "options", "seeds", "runs", "findings", "rows"):
        assert again[key] == told[key]


def test_an_adapter_is_compared_with_adapters_that_are_tuned_no_more_than_it_and_with_none(summary):
    assert summary.rivals(rows(), "generated") == ["none", "english", "swapped vector"]
    assert summary.rivals(rows(), "generated, tuned") == [
        "none", "english", "generated", "swapped vector", "english, tuned",
    ]  # fmt: skip


def test_better_than_all_is_reproduced_only_where_no_interval_reaches_zero(summary):
    def told(table):
        return summary.verdict(table, "pos", "generated", num_sources=320, others=["none", "english"], than="others")

    assert told(rows(generated=0.6))["verdict"] == "reproduced"
    assert told(rows(generated=0.6, english=0.6))["verdict"] == "not reproduced"
    assert told(rows(generated=0.4))["verdict"] == "not reproduced"


def test_what_was_not_run_is_not_measured(summary):
    lacking = summary.verdict(rows(), "pos", "generated", num_sources=320, others=["bank"], than="others")
    assert lacking["verdict"] == "not measured"
