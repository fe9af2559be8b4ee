import pytest
import torch
from safetensors.torch import save_file

from hypergen.adapters import Site
from hypergen.errors import ExportError
from hypergen.export.weights import places_of, prefixed, read_json, read_weights


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


def test_something_else_than_tensors_by_name_is_refused(tmp_path):
    torch.save({"a": 3}, tmp_path / "b.bin")
    with pytest.raises(ExportError, match="something else than tensors by name"):
        read_weights(tmp_path, names=("b.bin",))


def test_a_missing_description_is_one_sentence(tmp_path):
    with pytest.raises(ExportError, match=r"holds no adapter: it has no told\.json"):
        read_json(tmp_path / "told.json")


@pytest.mark.parametrize("text", ["{", "[1]"])
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
