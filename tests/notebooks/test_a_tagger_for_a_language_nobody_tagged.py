"""Notebook 02, run from top to bottom at a scale too small to learn anything: what it says of languages holds."""

import ast
import json
import runpy
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "02_a_tagger_for_a_language_nobody_tagged.ipynb"


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPERGEN_NOTEBOOK_SMALL", "1")
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("notebook")))
        return runpy.run_path(str(ROOT / "scripts" / "run_notebook.py"))["run"](NOTEBOOK)


def test_the_language_that_is_followed_was_neither_read_nor_tagged(small):
    _, names = small
    assert names["code"] not in names["languages"].trained
    assert names["task"].languages == tuple(sorted(names["tagged"]))


def test_every_word_of_the_sentence_gets_a_tag(small):
    _, names = small
    assert names["found"].words == tuple(token.form for token in names["tokens"])
    assert set(names["found"].labels) <= set(names["POS"].labels)


def test_a_task_bundle_predicts_in_five_lines(small):
    notebook, _ = small
    (cell,) = [cell for cell in code_cells(notebook) if "TaskBundle.load" in "".join(cell["source"])]
    lines = "".join(cell["source"]).split("\n\n")[0].splitlines()
    assert len(lines) == 5


def test_every_language_adapter_is_scored_in_every_unseen_language(small):
    _, names = small
    assert list(names["accuracy"]) == ["most frequent tag", "none", "mean", "nearest", "swapped", "generated"]
    assert {tuple(each) for each in names["accuracy"].values()} == {names["languages"].unseen}


def test_the_last_code_cell_draws_the_picture(small):
    notebook, _ = small
    assert [*code_cells(notebook)[-1]["outputs"][0]["data"]] == ["image/png"]


def test_the_notebook_only_puts_parts_together():
    trees = [
        ast.parse("".join(cell["source"])) for cell in code_cells(json.loads(NOTEBOOK.read_text(encoding="utf-8")))
    ]
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Lambda)
    assert [node for tree in trees for node in ast.walk(tree) if isinstance(node, kinds)] == []
