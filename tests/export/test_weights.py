from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from hypergen.adapters import LoraSpec, Site
from hypergen.errors import ExportError
from hypergen.export.weights import (
    FACTOR,
    NUMBER,
    TEXT,
    WHOLE,
    adapter_of,
    places_of,
    prefixed,
    read_json,
    read_weights,
    required,
)


def test_the_first_file_that_is_there_is_read(tmp_path):
    torch.save({"a": torch.ones(1)}, tmp_path / "b.bin")
    assert read_weights(tmp_path, names=("a.safetensors", "b.bin")).keys() == {"a"}
    save_file({"c": torch.ones(1)}, tmp_path / "a.safetensors")
    assert read_weights(tmp_path, names=("a.safetensors", "b.bin")).keys() == {"c"}


def test_a_directory_without_weights_is_one_sentence(tmp_path):
    with pytest.raises(ExportError, match=r"holds no weights; expected a\.safetensors or b\.bin in it"):
        read_weights(tmp_path, names=("a.safetensors", "b.bin"))


@pytest.mark.parametrize("name", ["a.safetensors", "b.bin"])
def test_damaged_weights_are_one_sentence(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x00" * 40)
    with pytest.raises(ExportError, match=rf"{name} cannot be read \(.*\); fetch it again") as raised:
        read_weights(tmp_path, names=(name,))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("found", [{"a": 3}, {3: torch.zeros(1)}, [torch.zeros(1)]])
def test_something_else_than_tensors_by_name_is_refused(tmp_path, found):
    torch.save(found, tmp_path / "b.bin")
    with pytest.raises(ExportError, match="something else than tensors by name"):
        read_weights(tmp_path, names=("b.bin",))


def test_a_missing_description_is_one_sentence(tmp_path):
    with pytest.raises(ExportError, match=r"holds no adapter: it has no told\.json"):
        read_json(tmp_path / "told.json")


@pytest.mark.parametrize("text", ["{", "[1]", "[" * 100_000])
def test_a_damaged_description_is_one_sentence(tmp_path, text):
    (tmp_path / "told.json").write_text(text)
    with pytest.raises(ExportError, match=r"told\.json is damaged"):
        read_json(tmp_path / "told.json")


def test_a_prefix_is_added_where_no_name_has_it():
    tensor = torch.zeros(1)
    assert prefixed({"a": tensor, "b": tensor}, prefix="x.").keys() == {"x.a", "x.b"}
    assert prefixed({"x.a": tensor, "b": tensor}, prefix="x.").keys() == {"x.a", "b"}


def test_places_are_what_follows_the_number_of_the_layer():
    paths = ["bert.encoder.layer.0.output.dense", "bert.encoder.layer.11.output.dense", "model.layers.3.mlp.up_proj"]
    assert places_of([Site(path, "linear", 2, 2) for path in paths]) == ("output.dense", "mlp.up_proj")


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({}, r"it\.json is damaged \(it does not say r\); fetch it again"),
        ({"r": "4"}, r"it\.json says r = '4'; expected a whole number from 1; correct or fetch it again"),
        ({"r": 4, "name": 4}, r"it\.json says name = 4; expected a text; correct or fetch it again"),
    ],
)
def test_what_a_description_must_say_is_asked_for_with_its_kind(told, sentence):
    with pytest.raises(ExportError, match=sentence):
        required(told, {"r": WHOLE}, path=Path("it.json"), optional={"name": TEXT})
    required({"r": 4, "name": None}, {"r": WHOLE}, path=Path("it.json"), optional={"name": TEXT})


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (WHOLE, [1, 2**20], [0, -1, 1.0, True, None, 10**400]),
        (NUMBER, [0, 1, 0.5], [-0.1, float("nan"), float("inf"), True, None, 10**400]),
        (FACTOR, [1, 0.5], [0, -1, 0.0, 1e-300, float("nan"), float("inf"), False, "2"]),
    ],
)
def test_numbers_are_of_use_or_refused(kind, good, bad):
    assert all(kind.fits(value) for value in good)
    assert not any(kind.fits(value) for value in bad)


def test_numbers_that_are_too_large_for_float32_are_refused():
    site = Site("query", "linear", 1, 1)
    weights = {"A": torch.tensor([[1e300]], dtype=torch.float64), "B": torch.ones(1, 1)}
    with pytest.raises(ExportError, match="A in it has numbers that are not finite"):
        adapter_of(LoraSpec(rank=1, targets=()), [site], weights, key=lambda _, slot: slot, path=Path("it"))
