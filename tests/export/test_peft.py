import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from hypergen.adapters import BottleneckSpec, LoraSpec
from hypergen.errors import ExportError
from hypergen.export import from_peft, to_peft

FAMILIES = pytest.mark.parametrize("family", ["bert", "xlmr", "llama"])


@pytest.fixture
def written(bert, made, tmp_path):
    """A directory with a LoRA adapter of a BERT, and the adapter."""
    adapter = made(LoraSpec(rank=2, alpha=3.0), bert)
    to_peft(adapter, tmp_path / "it", config=bert.config, model_name="tiny")
    return tmp_path / "it", adapter


def changed(path, **keys):
    told = json.loads((path / "adapter_config.json").read_text())
    (path / "adapter_config.json").write_text(json.dumps({**told, **keys}))
    return path


@FAMILIES
@pytest.mark.parametrize("targets", [(), ("query", "q_proj"), ("output.dense", "gate_proj")])
@pytest.mark.parametrize("leave_out", [(), (0,)])
def test_reading_undoes_writing(family, targets, leave_out, request, made, tmp_path):
    backbone = request.getfixturevalue(family)
    adapter = made(LoraSpec(rank=2, alpha=3.0, targets=targets), backbone, leave_out=leave_out)
    to_peft(adapter, tmp_path / "it", config=backbone.config)
    read = from_peft(tmp_path / "it", backbone=backbone)
    assert read.layout == adapter.layout
    assert torch.equal(read.vector(), adapter.vector())
    assert (read.spec.rank, read.spec.alpha) == (2, 3.0)  # type: ignore[attr-defined]


def test_the_files_are_pefts(written):
    path, _ = written
    told = json.loads((path / "adapter_config.json").read_text())
    expected = {"peft_type": "LORA", "r": 2, "lora_alpha": 3.0, "base_model_name_or_path": "tiny"}
    assert expected.items() <= told.items()
    keys = load_file(path / "adapter_model.safetensors").keys()
    assert {key.rpartition(".lora_")[0].removeprefix("base_model.model.") for key in keys} == set(
        told["target_modules"]
    )
    assert "base_model.model.bert.encoder.layer.1.attention.self.query.lora_A.weight" in keys


def test_the_targets_of_what_was_read_choose_its_sites(written, bert):
    path, _ = written
    read = from_peft(path, backbone=bert)
    assert read.spec.layout(read.layout.sites) == read.layout
    assert read.spec.targets == ("attention.self.query", "attention.self.value")  # type: ignore[attr-defined]


def test_a_linear_layer_outside_the_layers_is_read_too(written, bert):
    """``all-linear`` of PEFT's takes the one in the head."""
    path, adapter = written
    weights = load_file(path / "adapter_model.safetensors")
    name = "base_model.model.cls.predictions.transform.dense.lora_{}.weight"
    more = {name.format("A"): torch.ones(2, 16), name.format("B"): torch.ones(16, 2)}
    save_file({**weights, **more}, path / "adapter_model.safetensors")
    sites = from_peft(path, backbone=bert).layout.sites
    assert [site.path for site in sites] == [*(s.path for s in adapter.layout.sites), "cls.predictions.transform.dense"]


def test_a_rank_stabilised_scale_is_read_as_the_alpha_that_gives_it(written, bert):
    """``alpha / sqrt(r) = alpha' / r``."""
    path, _ = written
    read = from_peft(changed(path, use_rslora=True, lora_alpha=5), backbone=bert)
    assert read.spec.alpha / 2 == pytest.approx(5 / 2**0.5)  # type: ignore[attr-defined]


def test_a_bottleneck_is_refused_with_who_has_them(bert, made, tmp_path):
    with pytest.raises(
        ExportError, match=r"PEFT has no bottleneck adapters, and only LoRA .*AdapterHub.*--to adapterhub"
    ):
        to_peft(made(BottleneckSpec(size=2), bert), tmp_path / "it", config=bert.config)


def test_an_adapter_of_several_languages_is_refused(bert, made, tmp_path):
    both = made(LoraSpec(rank=2), bert).map(lambda tensor: torch.stack([tensor, tensor]))
    with pytest.raises(ExportError, match="of 2 languages"):
        to_peft(both, tmp_path / "it", config=bert.config)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"peft_type": "IA3"}, "PEFT's IA3, which has no counterpart"),
        ({"use_dora": True}, "use_dora = True"),
        ({"bias": "all"}, "bias = 'all'"),
        ({"modules_to_save": ["classifier"]}, "modules_to_save"),
        ({"rank_pattern": {"query": 4}}, "rank_pattern"),
        ({"init_lora_weights": "pissa_niter_4"}, "started by pissa_niter_4, which changes the backbone too"),
    ],
)
def test_what_is_more_than_plain_lora_is_refused(written, bert, keys, sentence):
    with pytest.raises(ExportError, match=sentence):
        from_peft(changed(written[0], **keys), backbone=bert)


@pytest.mark.parametrize("key", ["r", "lora_alpha"])
def test_a_description_without_a_number_that_it_needs_is_refused(written, bert, key):
    path, _ = written
    told = json.loads((path / "adapter_config.json").read_text())
    del told[key]
    (path / "adapter_config.json").write_text(json.dumps(told))
    with pytest.raises(ExportError, match=f"is damaged .it does not say {key}.; fetch it again"):
        from_peft(path, backbone=bert)


def test_a_half_that_is_missing_is_refused(written, bert):
    path, _ = written
    weights = load_file(path / "adapter_model.safetensors")
    lost = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_B.weight"
    save_file({key: t for key, t in weights.items() if key != lost}, path / "adapter_model.safetensors")
    with pytest.raises(ExportError, match=f"lacks {lost}"):
        from_peft(path, backbone=bert)


def test_a_tensor_that_is_not_loras_is_refused(written, bert):
    path, _ = written
    weights = load_file(path / "adapter_model.safetensors")
    save_file({**weights, "base_model.model.classifier.weight": torch.zeros(2)}, path / "adapter_model.safetensors")
    with pytest.raises(
        ExportError, match=r"1 tensors that are not LoRA's, base_model\.model\.classifier\.weight first"
    ):
        from_peft(path, backbone=bert)


def test_an_adapter_of_another_architecture_is_refused(written, llama):
    with pytest.raises(ExportError, match="which is no linear layer of LlamaForCausalLM"):
        from_peft(written[0], backbone=llama)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"r": None}, "r = None; expected a whole number from 1"),
        ({"r": "4"}, "r = '4'; expected a whole number from 1"),
        ({"r": [4]}, r"r = \[4\]; expected a whole number from 1"),
        ({"r": 0.5, "use_rslora": True}, "r = 0.5; expected a whole number from 1"),
        ({"r": -4, "use_rslora": True}, "r = -4; expected a whole number from 1"),
        ({"lora_alpha": None}, "lora_alpha = None; expected a number from 0"),
        ({"lora_alpha": "x"}, "lora_alpha = 'x'; expected a number from 0"),
        ({"lora_alpha": [1]}, r"lora_alpha = \[1\]; expected a number from 0"),
        ({"lora_alpha": {}}, r"lora_alpha = \{\}; expected a number from 0"),
        ({"lora_alpha": float("nan")}, "lora_alpha = nan; expected a number from 0"),
        ({"lora_alpha": -1}, "lora_alpha = -1; expected a number from 0"),
        ({"use_rslora": "yes"}, "use_rslora = 'yes'; expected true or false"),
    ],
)
def test_what_lora_cannot_be_read_from_is_one_sentence(written, bert, keys, sentence):
    with pytest.raises(ExportError, match=rf"adapter_config\.json says {sentence}; correct or fetch it again"):
        from_peft(changed(written[0], **keys), backbone=bert)


@pytest.mark.parametrize("spoil", [lambda t: t.fill_(torch.nan), torch.Tensor.int, torch.Tensor.cfloat])
def test_tensors_without_plain_numbers_are_refused(written, bert, spoil):
    path, _ = written
    weights = load_file(path / "adapter_model.safetensors")
    (path / "adapter_model.safetensors").unlink()
    key = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_B.weight"
    torch.save({**weights, key: spoil(weights[key])}, path / "adapter_model.bin")
    with pytest.raises(ExportError, match=f"{key} in .*(not finite|int32|complex64)"):
        from_peft(path, backbone=bert)
