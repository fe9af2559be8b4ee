"""Numbers carry where they come from, and a file is never half written."""

import json
import math

import pytest

from hypergen.evaluation.report import provenance, write_json_atomically


def test_provenance_says_when_with_what_and_on_what():
    said = provenance(seeds=[0, 1], command="python scripts/measure.py", date="2026-01-31")
    assert (said["date"], said["seeds"], said["command"]) == ("2026-01-31", [0, 1], "python scripts/measure.py")
    assert said["hardware"]["threads"] >= 1
    assert said["hardware"]["cpu"]
    assert {"python", "torch", "lightning", "transformers", "git"} <= set(said["versions"])
    assert json.loads(json.dumps(said)) == said


def test_what_is_written_reads_back_with_one_row_a_line(tmp_path):
    obj = {"title": "Yucatec ‘maya’", "rows": [{"a": 1}, {"a": 2}], "seeds": [0, 1], "empty": []}
    write_json_atomically(tmp_path / "new" / "results.json", obj)
    text = (tmp_path / "new" / "results.json").read_text(encoding="utf-8")
    assert json.loads(text) == obj
    assert '    {"a": 2}\n' in text


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "results.json"
    write_json_atomically(path, {"loss": 1.0})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json_atomically(path, {"loss": math.nan})
    assert json.loads(path.read_text()) == {"loss": 1.0}
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize("name", ["folder", "file/results.json", "file/below/results.json", "x" * 300])
def test_a_path_that_cannot_be_written_is_the_one_that_the_error_names(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=name) as caught:
        write_json_atomically(tmp_path / name, {"loss": 1.0})
    assert caught.value.filename == str(tmp_path / name)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "folder"]
