"""Notebook 01, run from top to bottom at a scale too small to learn anything: what it says of languages holds."""

import ast
import json
import runpy
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "01_an_adapter_for_a_language_without_text.ipynb"


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def printed_by(notebook, *, cell_with):
    (cell,) = [cell for cell in code_cells(notebook) if cell_with in "".join(cell["source"])]
    return ["".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream"]


@pytest.fixture(scope="module")
def kept():
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPERGEN_NOTEBOOK_SMALL", "1")
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("notebook")))
        return runpy.run_path(str(ROOT / "scripts" / "run_notebook.py"))["run"](NOTEBOOK)


def test_the_language_that_is_followed_was_never_trained_on(small):
    _, names = small
    assert names["code"] not in names["languages"].trained


def test_the_adapter_that_fills_in_letters_is_the_one_that_is_measured(small):
    _, names = small
    assert names["bundle"].source(names["code"]).vector().equal(names["source"](names["code"]).vector())


def test_every_method_is_measured_on_every_unseen_language(small):
    _, names = small
    assert list(names["measured"]) == ["none", "mean", "nearest", "swapped", "generated", "50 sentences"]
    assert {tuple(each) for each in names["measured"].values()} == {names["languages"].unseen}


def test_flipping_either_feature_changes_some_sentences_and_leaves_some(small):
    notebook, _ = small
    (printed,) = printed_by(notebook, cell_with="flipped")
    changes = [int(line.split()[3]) for line in printed.splitlines() if "becomes" in line]
    assert len(changes) == 2
    assert all(0 < count < 100 for count in changes)


def test_the_last_code_cell_draws_the_picture(small):
    notebook, _ = small
    assert [*code_cells(notebook)[-1]["outputs"][0]["data"]] == ["image/png"]


def test_the_notebook_only_puts_parts_together(kept):
    trees = [ast.parse("".join(cell["source"])) for cell in code_cells(kept)]
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Lambda)
    assert [node for tree in trees for node in ast.walk(tree) if isinstance(node, kinds)] == []


def test_the_sentences_it_was_committed_with_are_those_of_today(kept, small):
    """If not, `make notebooks` runs it anew."""
    notebook, _ = small
    assert printed_by(kept, cell_with="flipped") == printed_by(notebook, cell_with="flipped")
