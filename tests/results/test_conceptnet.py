"""What the scripts on ConceptNet choose and conclude: `scripts/results/conceptnet*.py`."""

import runpy
import sys
from pathlib import Path

import pytest

from hypergen.evaluation.groups import Splits, group_of, read_splits
from hypergen.languages import Language

ROOT = Path(__file__).parents[2]


def names_of(script):
    folder = str(ROOT / "scripts" / "results")
    sys.path.insert(0, folder)
    try:
        return runpy.run_path(f"{folder}/{script}")
    finally:
        sys.path.remove(folder)


@pytest.fixture(scope="module")
def adapters():
    return names_of("conceptnet_adapters.py")


@pytest.fixture(scope="module")
def tasks():
    return names_of("conceptnet_tasks.py")


@pytest.fixture(scope="module")
def generators():
    return names_of("conceptnet_generators.py")


def row(method, seed, **told):
    usual = {"task": "pos", "dev": 0.5, "test": 0.5, "scores": {"accuracy": 0.5}, "majority": 0.2, "sentences": 9,
             "unknown": 0.0, "objective": None, "attention": None}  # fmt: skip
    return {"method": method, "seed": seed, **usual, **told}


def test_training_is_over_after_three_looks_without_a_lower_loss(adapters):
    is_over = adapters["is_over"]
    assert not is_over([3.0])
    assert not is_over([3.0, 2.0, 2.1, 2.1])
    assert is_over([3.0, 2.0, 2.1, 2.1, 2.1])
    assert not is_over([3.0, 2.0, 2.1, 2.1, 1.9])


def test_the_spread_is_the_mean_and_both_ends(adapters):
    assert adapters["spread"]([1.0, 2.0, 6.0], digits=1) == "3.0 [1.0, 6.0]"


def test_the_objective_is_chosen_by_development_scores_of_its_own_task_and_seeds(tasks):
    rows = [row("mlm", 0, dev=0.5), row("flm", 0, dev=0.6), row("tlm-side", 0, dev=0.4, test=0.9)]
    rows += [row("mlm", 1, dev=0.5), row("flm", 1, dev=0.5), row("tlm-side", 1, dev=0.4)]
    rows += [row("mlm", 0, task="topics", dev=0.9), row("tlm-side", 2, dev=1.0), row("text", 0, dev=1.0)]
    assert tasks["best_objective"](rows, task="pos", seeds=[0, 1]) == "flm"


def test_differences_in_the_table_of_tasks_are_paired_by_seed(tasks):
    share = {"0": {"conceptnet": 0.25, "text": 0.75}}
    rows = [row("none", 0, test=0.5), row("none", 1, test=0.7), row("mlm", 0, test=0.6), row("mlm", 1, test=0.7)]
    rows.append(row("fusion", 0, test=0.8, objective="flm", attention=share))
    told = {
        "title": "x",
        "command": "y",
        "date": "z",
        "seeds": [0, 1],
        "commits": [],
        "hardware": {},
        "versions": {},
        "rows": rows,
    }
    drawn = tasks["document"](told)
    assert "| ConceptNet, mlm | 2 | 0.500 [0.500, 0.500] | 0.650 [0.600, 0.700] | 0.050 [0.000, 0.100] |" in drawn
    assert "| pos | fusion (ConceptNet flm, text) | text | 0.75 |" in drawn


def test_a_share_of_nothing_is_text_alone(generators):
    assert generators["groups_of_text"](["a"], ["b"], share=0.0) == ({"text": ["a"]}, None)
    groups, weights = generators["groups_of_text"](["a"], ["b"], share=0.25)
    assert groups == {"text": ["a"], "conceptnet": ["b"]}
    assert weights == {"text": 0.75, "conceptnet": 0.25}


def test_what_conceptnet_is_of_is_not_scored_as_held_out(generators):
    splits = Splits(development=("uig", "fra"), report=("swe",))
    assert generators["scored_languages"](splits, which="development") == ["fra"]


def test_no_report_language_changes_its_group_by_the_languages_of_conceptnet(adapters):
    def groups(splits):
        genus = lambda code: Language.parse(code).genus  # noqa: E731
        return [group_of(language, splits=splits, genus_of=genus) for language in splits.report]

    splits = read_splits(ROOT / "configs" / "languages" / "splits.yaml")
    assert not set(adapters["LANGUAGES"]) & set(splits.report)
    more = Splits(splits.backbone, (*splits.generator, *adapters["LANGUAGES"]), report=splits.report)
    assert groups(more) == groups(splits)
