from pathlib import Path
from typing import Any

import pytest
from transformers import BertConfig

from hypergen.adapters import BottleneckSpec, ChainSpec, InvertibleSpec, LoraSpec, Site
from hypergen.errors import ExportError
from hypergen.export.adapterhub_configs import config_of, is_at, spec_of

MBERT = BertConfig()
NORMS = [Site(f"bert.encoder.layer.{i}.output.LayerNorm", "norm", 768, 768) for i in range(12)]
EMBEDDING = Site("bert.embeddings", "embedding", 768, 768)


def linear(layer: int, place: str) -> Site:
    return Site(f"bert.encoder.layer.{layer}.{place}", "linear", 768, 768)


def read(config: dict[str, Any], *, version: str | None = "adapters.1.3.0", has_invertible: bool = False) -> Any:
    told = {"config": config} | ({} if version is None else {"version": version})
    return spec_of(told, path=Path("it.json"), backbone=MBERT, has_invertible=has_invertible)


def seq_bn(**changes: Any) -> dict[str, Any]:
    return {**config_of(BottleneckSpec(size=48), NORMS, config=MBERT), **changes}


@pytest.mark.parametrize("size", [1, 5, 47, 48, 50, 100, 384, 500, 767, 768])
def test_a_reduction_factor_gives_back_the_size(size):
    """With the rounding that AdapterHub does: ``int(width // factor)``."""
    config = config_of(BottleneckSpec(size=size), NORMS, config=MBERT)
    assert int(768 // config["reduction_factor"]) == size
    assert read(config) == (BottleneckSpec(size=size), [])


def test_mad_x_is_seq_bn_inv_with_the_published_factors():
    spec = ChainSpec((InvertibleSpec(size=192), BottleneckSpec(size=384)))
    config = config_of(spec, [EMBEDDING, *NORMS], config=MBERT)
    expected = {"reduction_factor": 2, "inv_adapter": "nice", "inv_adapter_reduction_factor": 2, "leave_out": []}
    assert expected.items() <= config.items()
    assert read(config, has_invertible=True) == (spec, [])


def test_layers_that_have_no_adapter_are_left_out():
    config = config_of(BottleneckSpec(size=48), NORMS[1:-1], config=MBERT)
    assert config["leave_out"] == [0, 11]
    assert read(config)[1] == [0, 11]


def test_lora_is_said_by_its_places():
    places = ("attention.self.query", "attention.self.key", "output.dense")
    sites = [linear(i, place) for i in range(12) for place in places]
    config = config_of(LoraSpec(rank=4, alpha=6.0), sites, config=MBERT)
    expected = {"architecture": "lora", "r": 4, "alpha": 6.0, "attn_matrices": ["k", "q"], "selfattn_lora": True,
                "intermediate_lora": False, "output_lora": True}  # fmt: skip
    assert expected.items() <= config.items()
    spec, _ = read(config)
    everywhere = [linear(0, place) for place in (*places, "attention.self.value", "attention.output.dense")]
    assert [is_at(site, spec, config) for site in everywhere] == [True, True, True, False, False]


def test_lora_where_adapterhub_has_none_is_refused_with_what_has():
    with pytest.raises(ExportError, match=r"no LoRA at .*attention\.output\.dense; export to PEFT"):
        config_of(LoraSpec(targets=()), [linear(0, "attention.output.dense")], config=MBERT)


def test_lora_that_differs_between_layers_is_refused():
    with pytest.raises(ExportError, match="at the same places of every layer"):
        config_of(LoraSpec(), [linear(0, "attention.self.query"), linear(1, "attention.self.value")], config=MBERT)


def test_lora_of_the_versions_that_did_not_scale_is_read_as_it_was_trained():
    config = config_of(LoraSpec(rank=4, alpha=16.0), [linear(0, "attention.self.query")], config=MBERT)
    assert read(config, version="adapters.1.0.1")[0].alpha == 4.0
    assert read(config, version="adapters.1.1.0")[0].alpha == 16.0


@pytest.mark.parametrize(("version", "activation"), [(None, "gelu_new"), ("adapters.1.3.0", "gelu")])
def test_gelu_has_meant_two_things(version, activation):
    assert read(seq_bn(non_linearity="gelu"), version=version)[0].activation == activation


def test_an_invertible_adapter_that_a_task_adapter_only_speaks_of_is_left_out():
    config = seq_bn(invertible_adapter={"block_type": "nice", "non_linearity": "relu", "reduction_factor": 2})
    assert read(config, has_invertible=False)[0] == BottleneckSpec(size=48)
    assert read(config, has_invertible=True)[0].parts[0] == InvertibleSpec(size=192)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"mh_adapter": True}, "mh_adapter = True"),
        ({"ln_after": True}, "ln_after = True"),
        ({"scaling": 4.0}, "scaling = 4.0"),
        ({"residual_before_ln": "post_add"}, "residual_before_ln = 'post_add'"),
        ({"phm_layer": True}, "phm_layer = True"),
        ({"reduction_factor": {"default": 16, "11": 2}}, "another width in every layer"),
        ({"architecture": "prefix_tuning"}, "architecture 'prefix_tuning' has no counterpart"),
    ],
)
def test_what_computes_something_else_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        read(seq_bn(**changes))


def test_an_invertible_adapter_of_another_kind_is_refused():
    with pytest.raises(ExportError, match="kind 'glow'"):
        read(seq_bn(inv_adapter="glow", inv_adapter_reduction_factor=2), has_invertible=True)


def test_a_chain_that_is_no_seq_bn_inv_is_refused():
    spec = ChainSpec((InvertibleSpec(size=2, activation="gelu"), BottleneckSpec(size=2)))
    with pytest.raises(ExportError, match="of the same activation"):
        config_of(spec, [EMBEDDING, *NORMS], config=MBERT)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"leave_out": 5}, "leave_out = 5; expected a list of whole numbers"),
        ({"leave_out": ["1"]}, r"leave_out = \['1'\]; expected a list of whole numbers"),
        ({"non_linearity": None}, "non_linearity = None; expected a text"),
        ({"non_linearity": [1]}, r"non_linearity = \[1\]; expected a text"),
        ({"non_linearity": 3}, "non_linearity = 3; expected a text"),
        ({"non_linearity": {}}, r"non_linearity = \{\}; expected a text"),
        ({"reduction_factor": float("nan")}, "reduction_factor = nan; expected a number above 0"),
        ({"reduction_factor": 0}, "reduction_factor = 0; expected a number above 0"),
        ({"reduction_factor": "16"}, "reduction_factor = '16'; expected a number above 0"),
        ({"invertible_adapter": "nice"}, "invertible_adapter = 'nice'; expected an object"),
        ({"invertible_adapter": [1]}, r"invertible_adapter = \[1\]; expected an object"),
    ],
)
def test_what_a_bottleneck_cannot_be_read_from_is_one_sentence(changes, sentence):
    with pytest.raises(ExportError, match=f"it.json says {sentence}; correct or fetch it again"):
        read(seq_bn(**changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"r": "8"}, "r = '8'; expected a whole number from 1"),
        ({"r": None}, "r = None; expected a whole number from 1"),
        ({"r": True}, "r = True; expected a whole number from 1"),
        ({"alpha": "x"}, "alpha = 'x'; expected a number from 0"),
        ({"alpha": None}, "alpha = None; expected a number from 0"),
        ({"attn_matrices": 5}, "attn_matrices = 5; expected a list of texts"),
    ],
)
def test_what_lora_cannot_be_read_from_is_one_sentence(changes, sentence):
    config = config_of(LoraSpec(rank=4), [linear(0, "attention.self.query")], config=MBERT)
    with pytest.raises(ExportError, match=f"it.json says {sentence}; correct or fetch it again"):
        read({**config, **changes})


@pytest.mark.parametrize("kind", ["x", "nice", [1]])
def test_an_invertible_adapter_whose_tensors_are_lost_is_refused(kind):
    with pytest.raises(ExportError, match="no tensors of an invertible adapter are beside it; give a complete adapter"):
        read(seq_bn(inv_adapter=kind, inv_adapter_reduction_factor=2), has_invertible=False)


@pytest.mark.parametrize("factor", [None, 0, "2"])
def test_an_invertible_adapter_of_no_width_is_refused(factor):
    with pytest.raises(ExportError, match=r"reduction_factor = .*; expected a number above 0"):
        read(seq_bn(inv_adapter="nice", inv_adapter_reduction_factor=factor), has_invertible=True)
    with pytest.raises(ExportError, match=r"reduction_factor = .*; expected a number above 0"):
        read(seq_bn(invertible_adapter={"block_type": "nice", "reduction_factor": factor}), has_invertible=True)
