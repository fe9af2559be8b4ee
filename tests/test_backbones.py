import copy
import json
import re
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from hypergen.adapters.core import Site
from hypergen.backbones import (
    FAMILIES,
    attention_for,
    fingerprint_of,
    load_backbone,
    load_config,
    load_tokenizer,
    sites_of,
)
from hypergen.errors import BackboneError
from hypergen.linear import OneDnnLinear

ALL = pytest.mark.parametrize("family", ["bert", "xlmr", "llama"])


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """No test asks the network, whatever name it tries."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture
def saved(bert, tmp_path) -> Any:
    bert.save_pretrained(tmp_path / "saved")
    return tmp_path / "saved"


def sentence_of(call, name) -> str:
    """What a person reads instead of a model: one line, naming what was given and the next step."""
    with pytest.raises(BackboneError) as raised:
        call(name)
    sentence = str(raised.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert "; " in sentence
    return sentence


# --------------------------------------------------------------------------------------------------------------- sites


@pytest.mark.parametrize(
    ("family", "paths", "kind"),
    [
        ("bert", "bert.encoder.layer.{}.output.LayerNorm", "norm"),
        ("xlmr", "roberta.encoder.layer.{}.output.LayerNorm", "norm"),
        ("llama", "model.layers.{}", "block"),
    ],
)
def test_bottlenecks_act_once_in_every_layer_after_the_feed_forward_block(family, paths, kind, request):
    backbone = request.getfixturevalue(family)
    assert sites_of(backbone) == tuple(Site(paths.format(i), kind, 16, 16) for i in range(2))


@ALL
def test_a_site_names_a_module_of_the_sizes_it_says(family, request):
    backbone = request.getfixturevalue(family)
    for site in sites_of(backbone, kinds=["linear"]):
        module = backbone.get_submodule(site.path)
        assert isinstance(module, nn.Linear)
        assert (module.in_features, module.out_features) == (site.in_size, site.out_size)


@pytest.mark.parametrize(("family", "per_layer"), [("bert", 6), ("xlmr", 6), ("llama", 7)])
def test_every_linear_layer_within_the_layers_is_a_site(family, per_layer, request):
    backbone = request.getfixturevalue(family)
    assert len(sites_of(backbone, kinds=["linear"])) == 2 * per_layer


@ALL
def test_the_embedding_is_one_site_before_all_others(family, request):
    sites = sites_of(request.getfixturevalue(family), kinds=["linear", "norm", "block", "embedding"])
    assert [site.kind for site in sites].count("embedding") == 1
    assert sites[0].kind == "embedding"


@ALL
def test_a_model_without_its_head_has_the_same_sites(family, request):
    backbone = request.getfixturevalue(family)
    prefix = backbone.base_model_prefix + "."
    assert [prefix + site.path for site in sites_of(backbone.base_model)] == [site.path for site in sites_of(backbone)]


def test_sites_stand_in_the_order_of_the_layers_also_beyond_the_tenth():
    from transformers import BertConfig, BertForMaskedLM

    with torch.device("meta"):
        model = BertForMaskedLM(BertConfig(num_hidden_layers=12, hidden_size=12, vocab_size=8))
    assert [site.path.split(".")[3] for site in sites_of(model)] == [str(i) for i in range(12)]


@ALL
def test_layers_can_be_left_out(family, request):
    backbone = request.getfixturevalue(family)
    first, last = sites_of(backbone)
    assert sites_of(backbone, leave_out=[1]) == (first,)
    assert sites_of(backbone, leave_out=[0]) == (last,)


def test_the_embeddings_of_an_electra_may_be_narrower_than_its_layers():
    from transformers import ElectraConfig, ElectraForMaskedLM

    with torch.device("meta"):
        model = ElectraForMaskedLM(ElectraConfig(num_hidden_layers=1, hidden_size=12, embedding_size=8, vocab_size=8))
    assert [(site.in_size, site.out_size) for site in sites_of(model, kinds=["embedding", "norm"])] == [
        (8, 8),
        (12, 12),
    ]


@pytest.mark.parametrize("layer", [2, -1])
def test_a_layer_that_is_not_there_cannot_be_left_out(bert, layer):
    with pytest.raises(BackboneError, match=f"has no layer {layer} to leave out; its layers are counted from 0"):
        sites_of(bert, leave_out=[layer])


def test_leaving_out_every_layer_is_refused(bert):
    with pytest.raises(BackboneError, match="BertForMaskedLM has no sites"):
        sites_of(bert, leave_out=[0, 1])


def test_an_unknown_architecture_is_refused_with_those_there_are():
    from transformers import GPT2Config, GPT2LMHeadModel

    with torch.device("meta"):
        model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_embd=12, n_head=2, vocab_size=8))
    with pytest.raises(BackboneError, match=r"the architecture 'gpt2' is not known; hypergen adapts bert, .*llama"):
        sites_of(model)


@pytest.mark.parametrize("model_type", sorted(FAMILIES))
def test_every_architecture_that_is_named_has_a_site_in_every_layer(model_type):
    """The table against the architectures as they are now, made without weights."""
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.for_model(
        model_type, vocab_size=8, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, head_dim=8, pad_token_id=0, bos_token_id=1, eos_token_id=2, max_position_embeddings=16,
    )  # fmt: skip
    with torch.device("meta"):
        model = AutoModel.from_config(config)
    assert len(sites_of(model)) == 2
    assert len(sites_of(model, kinds=["linear"])) >= 2 * 6
    assert len(sites_of(model, kinds=["embedding"])) == 1


# ------------------------------------------------------------------------------------------------------------- loading


@ALL
def test_a_saved_backbone_is_read_back_ready_for_evaluation(family, request, tmp_path, batch):
    backbone = request.getfixturevalue(family)
    backbone.save_pretrained(tmp_path)
    loaded = load_backbone(tmp_path)
    assert type(loaded) is type(backbone)
    assert not loaded.training
    assert all(torch.equal(p, q) for p, q in zip(loaded.parameters(), backbone.parameters(), strict=True))
    torch.testing.assert_close(loaded(**batch).logits, backbone(**batch).logits)


@pytest.mark.parametrize("stored", [torch.float32, torch.bfloat16, torch.float16])
def test_a_backbone_is_float32_unless_asked_for_otherwise_however_it_was_stored(bert, tmp_path, stored):
    bert.to(stored).save_pretrained(tmp_path)
    assert {p.dtype for p in load_backbone(tmp_path).parameters()} == {torch.float32}
    assert {p.dtype for p in load_backbone(tmp_path, dtype=torch.bfloat16).parameters()} == {torch.bfloat16}


def test_on_a_cpu_attention_in_less_than_float32_is_eager(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert {dtype: attention_for(dtype) for dtype in (torch.float32, torch.bfloat16)} == {
        torch.float32: "sdpa",
        torch.bfloat16: "eager",
    }


@pytest.mark.parametrize("on_gpu", [True, False])
def test_linear_layers_are_onednns_where_there_is_no_gpu(bert, tmp_path, monkeypatch, on_gpu):
    bert.save_pretrained(tmp_path)
    monkeypatch.setattr("torch.cuda.is_available", lambda: on_gpu)
    assert any(isinstance(module, OneDnnLinear) for module in load_backbone(tmp_path).modules()) is not on_gpu


def test_the_angles_of_rotary_positions_stay_exact_in_bfloat16(llama, tmp_path):
    llama.save_pretrained(tmp_path)
    exact, half = load_backbone(tmp_path), load_backbone(tmp_path, dtype=torch.bfloat16)
    assert torch.equal(half.model.rotary_emb.inv_freq, exact.model.rotary_emb.inv_freq)


def test_the_shipped_backbone_comes_with_the_package():
    backbone = load_backbone("hypergen-mini")
    assert len(sites_of(backbone)) == backbone.config.num_hidden_layers
    assert len(load_tokenizer("hypergen-mini")) == backbone.config.vocab_size


@pytest.mark.parametrize("load", [load_backbone, load_tokenizer])
def test_a_missing_directory_is_one_sentence(load, tmp_path):
    missing = tmp_path / "nothing"
    assert sentence_of(load, missing).startswith(
        f"no backbone could be loaded from {str(missing)!r} (there is no such directory); give hypergen-mini"
    )


@pytest.mark.parametrize("load", [load_backbone, load_tokenizer])
def test_a_name_that_the_hub_does_not_give_is_one_sentence(load):
    assert "hypergen-mini, a directory" in sentence_of(load, "nobody/has-this")


def test_a_directory_without_a_configuration_is_one_sentence(tmp_path):
    assert str(tmp_path) in sentence_of(load_backbone, tmp_path)


def test_a_configuration_that_is_no_json_is_one_sentence(saved):
    (saved / "config.json").write_text("{")
    assert str(saved) in sentence_of(load_backbone, saved)


def test_an_unknown_architecture_is_one_sentence_before_its_weights_are_read(saved):
    config = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps({**config, "model_type": "gpt2"}))
    (saved / "model.safetensors").unlink()
    assert sentence_of(load_backbone, saved).startswith("the architecture 'gpt2' is not known; hypergen adapts bert")


def test_an_architecture_that_nobody_knows_is_one_sentence(saved):
    (saved / "config.json").write_text(json.dumps({"model_type": "perceptron"}))
    assert "perceptron" in sentence_of(load_backbone, saved)


@pytest.mark.parametrize("kept", [0, 4, 1000, -8], ids=["empty", "no header", "half a header", "8 bytes short"])
def test_truncated_weights_are_one_sentence(saved, kept):
    weights = saved / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    assert sentence_of(load_backbone, saved).startswith(f"no backbone could be loaded from {str(saved)!r} (")


def test_missing_weights_are_one_sentence(saved):
    (saved / "model.safetensors").unlink()
    assert str(saved) in sentence_of(load_backbone, saved)


def test_weights_of_another_size_are_one_sentence(saved):
    config = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps({**config, "hidden_size": 32}))
    assert str(saved) in sentence_of(load_backbone, saved)


def test_a_model_with_tensors_missing_is_refused_instead_of_filled_with_random_numbers(saved):
    tensors = load_file(saved / "model.safetensors")
    lost = "bert.encoder.layer.1.output.dense.weight"
    save_file({n: t for n, t in tensors.items() if n != lost}, saved / "model.safetensors", metadata={"format": "pt"})
    assert f"lack 1 of BertForMaskedLM's tensors, {lost} first" in sentence_of(load_backbone, saved)


def test_a_model_without_its_language_model_head_is_refused(bert, tmp_path):
    bert.base_model.save_pretrained(tmp_path)
    assert "with its language-model head" in sentence_of(load_backbone, tmp_path)


def test_tensors_that_are_not_needed_do_no_harm(saved):
    """The published mBERT brings a pooler and a next-sentence head along."""
    tensors = load_file(saved / "model.safetensors")
    tensors["cls.seq_relationship.weight"] = torch.zeros(2, 16)
    save_file(tensors, saved / "model.safetensors", metadata={"format": "pt"})
    assert len(sites_of(load_backbone(saved))) == 2


def test_a_configuration_is_read_without_weights(saved):
    (saved / "model.safetensors").unlink()
    assert load_config(saved).hidden_size == 16
    assert load_config("hypergen-mini").model_type == "bert"


def test_a_configuration_that_is_not_there_is_one_sentence(tmp_path):
    assert str(tmp_path) in sentence_of(load_config, tmp_path)


# --------------------------------------------------------------------------------------------------------- fingerprint


@pytest.mark.parametrize("stored", [torch.float32, torch.bfloat16, torch.float16])
def test_a_fingerprint_does_not_depend_on_the_precision_a_backbone_is_held_in(bert, tmp_path, stored):
    bert.to(stored).save_pretrained(tmp_path)
    held = [load_backbone(tmp_path, dtype=dtype) for dtype in (torch.float32, torch.bfloat16, stored)]
    assert {fingerprint_of(model) for model in (*held, bert)} == {fingerprint_of(bert)}


def test_a_fingerprint_survives_storing_in_bfloat16(bert, tmp_path):
    before = fingerprint_of(bert)
    bert.to(torch.bfloat16).save_pretrained(tmp_path)
    assert fingerprint_of(load_backbone(tmp_path)) == before


def test_a_fingerprint_is_twelve_hexadecimal_digits_and_the_same_every_time(bert):
    assert re.fullmatch("[0-9a-f]{12}", fingerprint_of(bert))
    assert fingerprint_of(bert) == fingerprint_of(copy.deepcopy(bert))


def test_reading_a_fingerprint_changes_nothing(bert):
    before = copy.deepcopy(bert.state_dict())
    fingerprint_of(bert)
    assert all(torch.equal(tensor, before[name]) for name, tensor in bert.state_dict().items())


@ALL
def test_one_other_weight_is_another_fingerprint(family, request):
    backbone = request.getfixturevalue(family)
    before = fingerprint_of(backbone)
    with torch.no_grad():
        list(backbone.parameters())[-1].view(-1)[-1] += 1
    assert fingerprint_of(backbone) != before


def test_the_same_numbers_in_another_shape_or_under_another_name_are_another_fingerprint():
    def of(name: str, *shape: int) -> str:
        module = nn.Module()
        module.register_parameter(name, nn.Parameter(torch.zeros(shape)))
        return fingerprint_of(module)

    assert len({of("a", 2, 3), of("a", 3, 2), of("b", 2, 3)}) == 3
