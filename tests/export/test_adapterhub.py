import json
import os
import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from hypergen.adapters import BottleneckSpec, ChainSpec, FusionSpec, InvertibleSpec, LoraSpec
from hypergen.errors import BundleError, ExportError
from hypergen.export import from_adapterhub, to_adapterhub

FAMILIES = pytest.mark.parametrize("family", ["bert", "xlmr", "llama"])
SEQ_BN_INV = ChainSpec((InvertibleSpec(size=3), BottleneckSpec(size=5)))
METHODS = pytest.mark.parametrize(
    "spec", [BottleneckSpec(size=5), SEQ_BN_INV, LoraSpec(rank=2, alpha=3.0)], ids=["bottleneck", "chain", "lora"]
)


@pytest.fixture
def written(bert, made, tmp_path):
    """A directory with a Seq_bn_inv adapter of a BERT, and the adapter."""
    adapter = made(SEQ_BN_INV, bert)
    to_adapterhub(adapter, tmp_path / "it", config=bert.config, name="swh")
    return tmp_path / "it", adapter


@FAMILIES
@METHODS
@pytest.mark.parametrize("leave_out", [(), (1,)], ids=["all layers", "without the last"])
def test_reading_undoes_writing(family, spec, leave_out, request, made, tmp_path):
    backbone = request.getfixturevalue(family)
    adapter = made(spec, backbone, leave_out=leave_out)
    to_adapterhub(adapter, tmp_path / "it", config=backbone.config)
    read = from_adapterhub(tmp_path / "it", backbone=backbone)
    assert read.layout == adapter.layout
    assert torch.equal(read.vector(), adapter.vector())
    assert read.spec == adapter.spec or isinstance(spec, LoraSpec)  # targets go by longer names


@pytest.mark.parametrize(
    ("family", "spec", "keys"),
    [
        ("bert", BottleneckSpec(size=5), ["bert.encoder.layer.1.output.adapters.swh.adapter_down.0.weight",
                                          "bert.encoder.layer.1.output.adapters.swh.adapter_up.bias"]),
        ("xlmr", SEQ_BN_INV, ["roberta.invertible_adapters.swh.F.0.weight",
                              "roberta.invertible_adapters.swh.G.2.bias"]),
        ("bert", LoraSpec(rank=2), ["bert.encoder.layer.0.attention.self.value.loras.swh.lora_B"]),
        ("llama", BottleneckSpec(size=5), ["model.layers.1.output_adapters.adapters.swh.adapter_up.weight"]),
        ("llama", SEQ_BN_INV, ["model.invertible_adapters.swh.G.0.weight"]),
        ("llama", LoraSpec(rank=2), ["model.layers.0.self_attn.q_proj.loras.swh.lora_A"]),
    ],
)  # fmt: skip
def test_tensors_have_adapterhubs_names(family, spec, keys, request, made, tmp_path):
    backbone = request.getfixturevalue(family)
    to_adapterhub(made(spec, backbone), tmp_path / "it", config=backbone.config, name="swh")
    assert set(keys) <= load_file(tmp_path / "it" / "adapter.safetensors").keys()


def test_both_files_hold_the_same_tensors_and_no_head(written):
    path, adapter = written
    safe = load_file(path / "adapter.safetensors")
    other = torch.load(path / "pytorch_adapter.bin", weights_only=True)
    assert safe.keys() == other.keys()
    assert all(torch.equal(safe[key], other[key]) for key in safe)
    assert sum(tensor.numel() for tensor in safe.values()) == adapter.layout.num_parameters
    assert sorted(file.name for file in path.iterdir()) == [
        "adapter.safetensors", "adapter_config.json", "pytorch_adapter.bin",
    ]  # fmt: skip


def test_the_description_says_what_adapterhub_reads(written):
    told = json.loads((written[0] / "adapter_config.json").read_text())
    assert {key: told[key] for key in ("hidden_size", "model_type", "name", "version")} == {
        "hidden_size": 16, "model_type": "bert", "name": "swh", "version": "adapters.1.3.0",
    }  # fmt: skip
    assert told["config"]["inv_adapter"] == "nice"


def test_either_file_of_weights_will_do(written, bert):
    path, adapter = written
    (path / "adapter.safetensors").unlink()
    assert torch.equal(from_adapterhub(path, backbone=bert).vector(), adapter.vector())


def test_the_first_published_names_are_read(written, bert):
    """As the MAD-X adapters of 2020 have them, with their way of naming gelu's approximation."""
    path, adapter = written
    weights = load_file(path / "adapter.safetensors")
    former = {
        key.replace(".invertible_adapters.", ".invertible_lang_adapters.").replace(
            ".output.adapters.", ".output.layer_text_lang_adapters."
        ): tensor
        for key, tensor in weights.items()
    }
    told = json.loads((path / "adapter_config.json").read_text())
    config = {
        "reduction_factor": 16 / 5.5, "non_linearity": "gelu", "original_ln_before": True, "mh_adapter": False,
        "invertible_adapter": {"block_type": "nice", "non_linearity": "gelu", "reduction_factor": 8 / 3.5},
    }  # fmt: skip
    del told["version"]
    (path / "adapter_config.json").write_text(json.dumps({**told, "type": "text_lang", "config": config}))
    save_file(former, path / "adapter.safetensors")
    read = from_adapterhub(path, backbone=bert)
    assert torch.equal(read.vector(), adapter.vector())
    assert [part.activation for part in read.spec.parts] == ["gelu_new"] * 2  # type: ignore[attr-defined]


def test_names_of_a_model_without_its_head_are_read(written, bert):
    path, adapter = written
    weights = load_file(path / "adapter.safetensors")
    save_file({key.removeprefix("bert."): t for key, t in weights.items()}, path / "adapter.safetensors")
    assert torch.equal(from_adapterhub(path, backbone=bert).vector(), adapter.vector())


def test_a_missing_tensor_is_refused_instead_of_filled_with_random_numbers(written, bert):
    path, _ = written
    weights = load_file(path / "adapter.safetensors")
    lost = "bert.encoder.layer.1.output.adapters.swh.adapter_up.bias"
    save_file({key: t for key, t in weights.items() if key != lost}, path / "adapter.safetensors")
    with pytest.raises(ExportError, match=f"lacks {lost}, so it would be random"):
        from_adapterhub(path, backbone=bert)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda told: told.clear(), "does not say config"),
        (lambda told: told.pop("name"), "does not say name"),
        (lambda told: told.update(config="pfeiffer"), "names its configuration .'pfeiffer'. and does not give it"),
        (lambda told: told["config"].pop("non_linearity"), "does not say non_linearity"),
        (
            lambda told: told["config"].update(reduction_factor=0),
            "says reduction_factor = 0; expected a number above 0",
        ),
        (lambda told: told.update(config=5), "says config = 5; expected an object"),
        (lambda told: told.update(name=5), "says name = 5; expected a text"),
        (lambda told: told.update(version=5), "says version = 5; expected a text"),
    ],
)
def test_a_description_that_lacks_what_is_needed_is_refused(written, bert, change, sentence):
    path, _ = written
    told = json.loads((path / "adapter_config.json").read_text())
    change(told)
    (path / "adapter_config.json").write_text(json.dumps(told))
    with pytest.raises(ExportError, match=sentence):
        from_adapterhub(path, backbone=bert)


def test_without_a_card_there_is_no_empty_readme(bert, made, tmp_path):
    adapter = made(BottleneckSpec(size=4), bert)
    to_adapterhub(adapter, tmp_path / "it", config=bert.config, name="swh")
    assert not (tmp_path / "it" / "README.md").exists()


def test_a_tensor_too_many_is_refused(written, bert):
    path, _ = written
    weights = load_file(path / "adapter.safetensors")
    save_file({**weights, "bert.stranger": torch.zeros(1)}, path / "adapter.safetensors")
    with pytest.raises(ExportError, match=r"1 tensors that are not of the adapter it describes, bert\.stranger first"):
        from_adapterhub(path, backbone=bert)


def test_an_adapter_for_a_backbone_of_another_width_is_refused(written, bert):
    path, _ = written
    weights = load_file(path / "adapter.safetensors")
    key = "bert.encoder.layer.0.output.adapters.swh.adapter_up.weight"
    save_file({**weights, key: torch.zeros(24, 5)}, path / "adapter.safetensors")
    with pytest.raises(ExportError, match=r"of shape \(24, 5\), where \(16, 5\) fits"):
        from_adapterhub(path, backbone=bert)


class Harm:
    """What a malicious file would run."""

    def __reduce__(self):
        return os.mkdir, ("harmed",)


def test_a_file_that_would_execute_something_is_refused_unexecuted(written, bert, tmp_path, monkeypatch):
    path, _ = written
    monkeypatch.chdir(tmp_path)
    (path / "adapter.safetensors").unlink()
    (path / "pytorch_adapter.bin").write_bytes(pickle.dumps({"weight": Harm()}))
    with pytest.raises(ExportError, match="cannot be read"):
        from_adapterhub(path, backbone=bert)
    assert not (tmp_path / "harmed").exists()


def test_an_architecture_that_adapterhub_lacks_is_refused(bert, made, tmp_path):
    adapter = made(BottleneckSpec(size=5), bert)
    bert.config.model_type = "qwen3"
    with pytest.raises(ExportError, match="AdapterHub's library has no qwen3 models, only bert"):
        to_adapterhub(adapter, tmp_path / "it", config=bert.config)


def test_an_adapter_of_several_languages_is_refused(bert, made, tmp_path):
    both = made(BottleneckSpec(size=5), bert).map(lambda tensor: torch.stack([tensor, tensor]))
    with pytest.raises(ExportError, match=r"of 2 languages; export adapter\[0\]"):
        to_adapterhub(both, tmp_path / "it", config=bert.config)


def test_a_method_that_adapterhub_lacks_is_refused(bert, made, tmp_path):
    with pytest.raises(ExportError, match="AdapterHub has no configuration of FusionSpec"):
        to_adapterhub(made(FusionSpec(BottleneckSpec(size=5)), bert), tmp_path / "it", config=bert.config)


@pytest.mark.parametrize("name", ["", "a.b"])
def test_a_name_that_no_module_can_have_is_refused(name, bert, made, tmp_path):
    with pytest.raises(ExportError, match="words without a full stop"):
        to_adapterhub(made(BottleneckSpec(size=5), bert), tmp_path / "it", config=bert.config, name=name)


def test_nothing_is_overwritten(written, bert):
    path, adapter = written
    with pytest.raises(BundleError, match="exists already"):
        to_adapterhub(adapter, path, config=bert.config)


@pytest.mark.parametrize("spoil", [lambda t: t.fill_(torch.nan), lambda t: t.fill_(-torch.inf), Tensor.int])
def test_tensors_without_plain_numbers_are_refused(written, bert, spoil):
    path, _ = written
    weights = load_file(path / "adapter.safetensors")
    key = "bert.encoder.layer.0.output.adapters.swh.adapter_up.weight"
    save_file({**weights, key: spoil(weights[key])}, path / "adapter.safetensors")
    with pytest.raises(ExportError, match=f"{key} in .*(not finite|int32)"):
        from_adapterhub(path, backbone=bert)
