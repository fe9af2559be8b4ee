import errno
import json
from pathlib import Path

import pytest
import torch

from hypergen.errors import BundleError
from hypergen.storage import read_parts, write_parts

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.zeros(2, dtype=torch.bfloat16)}


@pytest.fixture
def written(tmp_path):
    write_parts(tmp_path / "it", description={"name": "ace"}, tensors=TENSORS, others={"README.md": b"# It"})
    return tmp_path / "it"


def test_what_was_written_is_read_back(written):
    told, tensors = read_parts(written)
    assert (told["name"], (written / "README.md").read_bytes()) == ("ace", b"# It")
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)


def test_views_of_one_tensor_can_be_written(tmp_path):
    flat = torch.arange(6.0)
    write_parts(tmp_path / "it", description={}, tensors={"a": flat[:2], "b": flat[2:].view(2, 2).T}, others={})
    assert torch.equal(read_parts(tmp_path / "it")[1]["b"], flat[2:].view(2, 2).T)


def test_an_existing_directory_is_not_written_over(written):
    with pytest.raises(BundleError, match="exists already"):
        write_parts(written, description={}, tensors={}, others={})


def test_a_name_that_no_directory_can_have_is_refused(tmp_path):
    with pytest.raises(BundleError, match=r"it\\x00'.* has a NUL character in its name; choose another name"):
        write_parts(tmp_path / "it\0", description={}, tensors={}, others={})


@pytest.mark.parametrize("fails", ["write_bytes", "rename", "chmod"])
def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch, fails):
    def full(self, *args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, fails, full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_parts(tmp_path / "it", description={}, tensors=TENSORS, others={})
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(tmp_path / "it"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "change", "words"),
    [
        ("weights.safetensors", lambda data: data[:-1], "cut short or altered"),
        ("weights.safetensors", lambda data: data[:-1] + b"\1", "cut short or altered"),
        ("bundle.json", lambda data: data[:20], "is damaged"),
        ("bundle.json", lambda data: b"[]", "is damaged"),
        ("bundle.json", lambda data: b"[" * 100_000, "is damaged"),
        ("bundle.json", lambda data: b"\xff" + data, "is damaged"),
        ("bundle.json", lambda data: json.dumps({**json.loads(data), "format": 99}).encode(), "update hypergen"),
        ("bundle.json", lambda data: json.dumps({**json.loads(data), "format": "1"}).encode(), "is damaged"),
    ],
)
def test_damage_is_found(written, file, change, words):
    (written / file).write_bytes(change((written / file).read_bytes()))
    with pytest.raises(BundleError, match=words):
        read_parts(written)


@pytest.mark.parametrize(("file", "words"), [("bundle.json", "is no bundle"), ("weights.safetensors", "is damaged")])
def test_a_missing_file_is_said(written, file, words):
    (written / file).unlink()
    with pytest.raises(BundleError, match=words):
        read_parts(written)


def test_weights_that_are_not_finite_are_refused_by_name(tmp_path):
    write_parts(tmp_path / "it", description={}, tensors={"up": torch.tensor([1.0, float("nan")])}, others={})
    with pytest.raises(BundleError, match=r"up in .* has numbers that are not finite, as when training diverges"):
        read_parts(tmp_path / "it")
