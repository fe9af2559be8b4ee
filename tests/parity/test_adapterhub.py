"""hypergen's bottleneck against AdapterHub's own code, on tiny random BERT, XLM-R and LLaMA models.

The fixtures hold what `adapters` 1.3.0 computed; `scripts/parity/make_adapterhub_fixtures.py` makes them. The
comparison is in float64: in float32 the order of summation alone makes the *bare* XLM-R of two transformers versions
differ by 1.4e-6.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM

from hypergen.adapters import Adapter, BottleneckSpec
from hypergen.backbones import sites_of
from hypergen.model import AdaptedModel

FIXTURES = Path(__file__).parent / "fixtures"
ADAPTERHUB_NAMES = {
    "down.weight": "adapter_down.0.weight",
    "down.bias": "adapter_down.0.bias",
    "up.weight": "adapter_up.weight",
    "up.bias": "adapter_up.bias",
}


@dataclass(frozen=True)
class Fixture:
    """One architecture: its description and its tensors."""

    described: dict[str, Any]
    tensors: dict[str, Tensor]

    def part(self, prefix: str) -> dict[str, Tensor]:
        return {n.removeprefix(prefix): t for n, t in self.tensors.items() if n.startswith(prefix)}


@pytest.fixture(params=["bert", "xlmr", "llama"], scope="module")
def fixture(request: pytest.FixtureRequest) -> Fixture:
    path = FIXTURES / f"adapterhub_{request.param}.safetensors"
    return Fixture(json.loads(path.with_suffix(".json").read_text()), load_file(path))


@pytest.fixture
def backbone(fixture: Fixture) -> nn.Module:
    """The fixture's model in the present transformers, with the fixture's weights."""
    described = {name: value for name, value in fixture.described["model"].items() if name != "transformers_version"}
    config = AutoConfig.for_model(**described)
    auto = AutoModelForCausalLM if config.model_type == "llama" else AutoModelForMaskedLM
    model = auto.from_config(config)
    model.load_state_dict(fixture.part("model."))
    return model.eval()


def adapter_of(fixture: Fixture, name: str, backbone: nn.Module) -> Adapter:
    """AdapterHub's adapter of that name as hypergen's."""
    hidden_size = fixture.described["model"]["hidden_size"]
    reduction_factor = fixture.described["adapters"][name]["reduction_factor"]
    spec = BottleneckSpec(size=hidden_size // reduction_factor)
    layout = spec.layout(sites_of(backbone))
    saved = fixture.part("adapter.")
    tensors: dict[str, dict[str, Tensor]] = {}
    for slot in layout.slots:
        is_norm = slot.site.endswith(".LayerNorm")
        parent = slot.site.removesuffix(".LayerNorm") if is_norm else f"{slot.site}.output_adapters"
        tensors.setdefault(slot.site, {})[slot.name] = saved[f"{parent}.adapters.{name}.{ADAPTERHUB_NAMES[slot.name]}"]
    return Adapter(spec, layout, tensors)


@torch.no_grad()
def difference(fixture: Fixture, backbone: nn.Module, *, case: str, names: list[str], dtype: torch.dtype) -> float:
    """How far hypergen with the adapters ``names`` is from AdapterHub's ``case``: the largest absolute difference."""
    adapters = [adapter_of(fixture, name, backbone).map(lambda tensor: tensor.to(dtype)) for name in names]
    model = AdaptedModel(backbone.to(dtype), [adapter.layout for adapter in adapters])
    output = model(adapters=adapters, output_hidden_states=True, **fixture.part("batch."))
    expected = fixture.part(f"{case}.")
    found = {"last_hidden_state": output.hidden_states[-1], "logits": output.logits}
    return max((found[name].double() - expected[name]).abs().max().item() for name in expected)


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-6), (torch.float32, 1e-5)], ids=["float64", "float32"]
)
@pytest.mark.parametrize("case", ["none", "lang", "task", "stack"])
def test_adapters_compute_what_they_do_in_adapterhub(fixture, backbone, case, dtype, tolerance):
    names = fixture.described["cases"][case]
    assert difference(fixture, backbone, case=case, names=names, dtype=dtype) < tolerance


def test_a_stack_applies_its_adapters_in_order(fixture, backbone):
    assert difference(fixture, backbone, case="stack", names=["task", "lang"], dtype=torch.float64) > 0.01
