import pytest
import torch

from hypergen.adapters import BottleneckSpec, ChainSpec, InvertibleSpec, LoraSpec
from hypergen.bundle import BackboneInfo
from hypergen.errors import HypergenError
from hypergen.recipes.arguments import GeneratorArgs, OptimizerArgs
from hypergen.recipes.modules import method_of, only_language, static_bundle, static_module, training_module
from hypergen.sources import StoredAdapter


@pytest.mark.parametrize("method", ["seq_bn", "seq_bn_inv", "lora"])
def test_a_static_adapter_starts_as_its_method_starts_it_and_is_kept_as_it_is_then(llama, method):
    module = static_module(
        llama, generator=GeneratorArgs(method=method, reduction=4), optimizer=OptimizerArgs(), seed=3
    )
    source = module.source
    assert isinstance(source, StoredAdapter)
    start = source.spec.initial(source.layout, rng=torch.Generator().manual_seed(3))
    assert torch.equal(source.parameters_vector, start.vector())
    torch.nn.init.normal_(source.parameters_vector)
    bundle = static_bundle(module, backbone=BackboneInfo("llama", "x"), language="mlt", metrics={})
    assert bundle.languages == ("mlt",)
    assert torch.equal(bundle.adapter().vector(), source.parameters_vector)


def test_a_static_adapter_is_of_one_language():
    assert only_language(["mlt"]) == "mlt"
    with pytest.raises(HypergenError, match=r"text of 2 languages \(mlt, sin...\), and a static adapter is of one"):
        only_language(["mlt", "sin"])


@pytest.mark.parametrize("part", ["train_lm_head", "train_embeddings"])
def test_no_part_of_a_coarse_backbone_is_trained(llama, part):
    module = static_module(llama, generator=GeneratorArgs(reduction=4), optimizer=OptimizerArgs(**{part: True}))
    assert module.backbone_patch()
    with pytest.raises(HypergenError, match="too coarse to train its head or embeddings"):
        training_module(
            llama.bfloat16(), module.source, layout=module.source.layout, optimizer=OptimizerArgs(**{part: True})
        )


@pytest.mark.parametrize(
    ("arguments", "spec"),
    [
        (GeneratorArgs(), BottleneckSpec(size=2)),
        (GeneratorArgs(method="seq_bn_inv", reduction=2), ChainSpec((InvertibleSpec(size=8), BottleneckSpec(size=16)))),
        (GeneratorArgs(method="lora", rank=4), LoraSpec(rank=4, alpha=4.0)),
    ],
)
def test_a_method_goes_by_its_published_name(arguments, spec):
    assert method_of(arguments, hidden_size=32) == spec


def test_a_reduction_that_leaves_nothing_is_refused():
    with pytest.raises(HypergenError, match=r"generator\.reduction is 64; expected 1 to 32"):
        method_of(GeneratorArgs(reduction=64), hidden_size=32)
