import json

import pytest

from hypergen.adapters import (
    SPECS,
    BottleneckSpec,
    ChainSpec,
    FusedSpec,
    FusionSpec,
    InvertibleSpec,
    LoraSpec,
    WeightedSpec,
    ZgulSpec,
)
from hypergen.adapters.plain import plain, spec_of
from hypergen.errors import BundleError

BOTTLENECK, LORA = BottleneckSpec(size=4, activation="gelu"), LoraSpec(rank=2, alpha=3.0, targets=("a", "b.c"))
ALL = [
    BOTTLENECK,
    LORA,
    InvertibleSpec(size=3),
    ChainSpec((ChainSpec((BOTTLENECK,)), LORA)),
    FusionSpec(LORA, value=False),
    WeightedSpec(LORA, num_parts=2),
    ZgulSpec(LORA, num_parts=2),
    FusedSpec((BOTTLENECK, BottleneckSpec(size=2)), FusionSpec(BOTTLENECK)),
]


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: type(spec).__name__)
def test_a_spec_is_read_back_from_a_file_as_it_was_written(spec):
    assert spec_of(json.loads(json.dumps(plain(spec, methods=SPECS))), methods=SPECS) == spec


def test_every_method_is_among_those_that_were_read_back():
    assert {type(spec) for spec in ALL} == set(SPECS.values())


def test_a_simple_spec_is_written_as_it_always_was():
    assert spec_of({"method": "bottleneck", "spec": {"size": 48}}, methods=SPECS) == BottleneckSpec(size=48)


def test_a_method_of_a_later_version_is_refused_with_those_there_are():
    with pytest.raises(BundleError, match=r"'prefix' is not known here, only bottleneck, .*lora, .*; a later hypergen"):
        spec_of({"method": "prefix", "spec": {}}, methods=SPECS)


def test_a_method_without_a_name_is_refused():
    with pytest.raises(
        BundleError, match="LoraSpec has no name that a file could know it by, only bottleneck have one"
    ):
        plain(LORA, methods={"bottleneck": BottleneckSpec})
