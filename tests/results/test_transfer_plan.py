"""The languages of `scripts/results/transfer.py`."""

import runpy
from pathlib import Path

import pytest

from hypergen.evaluation.groups import Group, group_of, read_splits
from hypergen.languages import Language

ROOT = Path(__file__).parents[2]
PLAN = runpy.run_path(str(ROOT / "scripts" / "results" / "transfer_plan.py"))
PLANS, cells, language_of = PLAN["PLANS"], PLAN["cells"], PLAN["language_of"]


@pytest.fixture(scope="module")
def splits():
    return read_splits(ROOT / "configs" / "languages" / "splits_all.yaml")


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_no_target_is_a_source_and_no_source_a_report_language(plan, splits):
    sources, targets = (set(map(language_of, names)) for names in (plan.sources, plan.targets))
    assert not sources & targets
    assert not sources & set(splits.report)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_there_are_enough_targets_and_half_of_them_are_unseen_by_the_generator(plan, splits):
    groups = [group_of(language_of(name), splits=splits, genus_of=lambda code: Language.parse(code).genus)
              for name in plan.targets]  # fmt: skip
    unseen = [group for group in groups if group not in (Group.BACKBONE_SEEN, Group.GENERATOR_SEEN)]
    assert len(groups) >= (9 if plan.task == "ner" else 12)
    assert 2 * len(unseen) >= len(groups)
    assert Group.GENERATOR_SEEN in groups


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_first_source_is_english_and_there_are_as_many_as_the_largest_number(plan):
    assert language_of(plan.sources[0]) == "eng"
    assert len(plan.sources) == max(plan.sizes)


def test_every_cell_has_a_file_of_its_own_and_english_alone_is_not_trained_twice():
    found = cells(PLANS["pos"], seeds=[0, 1], sizes=[1, 2, 5], supervised=["zul", "xho"], leaking=["zul"])
    names = [cell.name for cell in found]
    assert len(set(names)) == len(names)
    assert "english-5-1" in names
    assert not {"english-1-1", "full-2-0", "mad-g-2-0"} & set(names)
    assert {"full-5-1", "mad-g-1-0"} <= set(names)
    assert {"supervised-zul-0", "supervised-zul-overlaps-0", "generated-5-overlaps-1"} <= set(names)
    assert "supervised-xho-overlaps-0" not in names


def test_what_leaks_is_read_from_the_table_of_overlaps(tmp_path):
    rows = ["ner/ibo/train\tner/ibo/test", "ner/sna/train\tner/sna/dev", "ner/xho/train\tpos/xho/test"]
    (tmp_path / "overlaps.tsv").write_text("\n".join(["seen_in\talso_in", *rows]), encoding="utf-8")
    assert PLAN["leaking"](PLANS["ner"], overlaps=tmp_path / "overlaps.tsv") == ["ibo"]


def test_several_directories_are_read_as_one(tmp_path):
    for folder in ("ud/eng_LinES", "pos/ewe"):
        (tmp_path / "data" / folder).mkdir(parents=True)
    for _ in range(2):
        found = PLAN["joined"](PLANS["pos"], data=tmp_path / "data", out=tmp_path / "out")
    assert sorted(path.name for path in found.iterdir() if path.is_dir()) == ["eng_LinES", "ewe"]
