import json

import pytest

from hypergen.comparison.cells import Store, fingerprint, versions
from hypergen.errors import HypergenError

INPUTS = {"seed": 0, "amount": None, "text": {"swh": "abc"}}


@pytest.mark.parametrize("change", [{"seed": 1}, {"amount": 10}, {"text": {"swh": "abd"}}, {"more": 0}])
def test_whatever_differs_makes_another_fingerprint(change):
    assert fingerprint({**INPUTS, **change}) != fingerprint(INPUTS)


def test_what_was_written_is_read_again(tmp_path):
    store = Store(tmp_path)
    assert store.read("cells", INPUTS) is None
    store.write("cells", INPUTS, {"loss": 2.5})
    assert store.read("cells", INPUTS) == {"loss": 2.5}
    assert store.read("trials", INPUTS) is None
    assert json.loads(store.path("cells", INPUTS).read_text())["inputs"] == INPUTS


def test_a_damaged_file_is_said_by_name(tmp_path):
    store = Store(tmp_path)
    store.write("cells", INPUTS, {"loss": 2.5})
    store.path("cells", INPUTS).write_text('{"inputs": {')
    with pytest.raises(HypergenError, match=r"\.json is damaged .* remove it"):
        store.read("cells", INPUTS)


def test_a_patch_release_of_torch_changes_no_fingerprint(monkeypatch):
    monkeypatch.setattr("hypergen.comparison.cells.version", lambda name: "2.13.1+cu128")
    assert versions()["torch"] == "2.13"
