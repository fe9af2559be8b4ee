"""What `scripts/results/alignment.py` embeds, and its table."""

import runpy
from pathlib import Path

import pytest

from hypergen.recipes.world import BLOCK
from hypergen.typology import TypologyTable

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "results" / "alignment.py"))
CODES = ["eng", "yua", "tur"]


@pytest.fixture(scope="module")
def said():
    return SCRIPT["translations"](CODES, table=TypologyTable.from_uriel(), seed=0, count=60)


def test_every_sentence_is_there_in_every_language_and_fits_into_the_backbone(said):
    assert [len(said[code]) for code in CODES] == [60, 60, 60]
    assert max(len(text) for several in said.values() for text in several) <= BLOCK - 4


def test_another_seed_says_something_else(said):
    assert SCRIPT["translations"](CODES, table=TypologyTable.from_uriel(), seed=1, count=60) != said


def test_a_row_of_the_table_is_a_size_and_a_stage_over_seeds():
    rows = [
        {"size": size, "seed": seed, "stage": stage, "loss": 1.0, "error": 0.2 + seed, "retrieval_before": 0.0,
         "retrieval_after": 0.5}
        for size in (128, 64) for seed in (0, 1) for stage in ("before", "after") for _ in range(3)
    ]  # fmt: skip
    _, found = SCRIPT["table"](rows)
    assert [row[:2] for row in found] == [["64", "before"], ["64", "after"], ["128", "before"], ["128", "after"]]
    assert found[0][3] == "0.700 [0.200, 1.200]"
