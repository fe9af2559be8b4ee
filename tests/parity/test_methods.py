"""Invertible, LoRA and fused adapters, and those without some layers, against AdapterHub's and PEFT's own code.

The fixtures hold what `adapters` 1.3.0 and `peft` 0.21.2 computed; `scripts/parity/make_method_fixtures.py` makes them.
The adapters are read from directories as those libraries write them. All in float64, as in `test_adapterhub.py`.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM

from hypergen.adapters import Adapter, fuse, fusion_of
from hypergen.export import from_adapterhub, from_peft
from hypergen.model import AdaptedModel

FIXTURES = Path(__file__).parent / "fixtures"
CASES = ["inv", "inv_stack", "short", "lora", "lora_rest", "fuse", "fuse_stack"]


@dataclass(frozen=True)
class Fixture:
    """One architecture: the backbone with its batch, what the adapters are and what came out."""

    backbone: Any
    described: dict[str, Any]
    tensors: dict[str, Tensor]
    batch: dict[str, Tensor]
    directory: Path

    def part(self, prefix: str) -> dict[str, Tensor]:
        return {n.removeprefix(prefix): t for n, t in self.tensors.items() if n.startswith(prefix)}

    def adapter(self, name: str) -> Adapter:
        """AdapterHub's adapter of that name, read from a directory as its library writes it."""
        path = self.directory / name
        path.mkdir(exist_ok=True)
        weights = {key: tensor for key, tensor in self.part("adapter.").items() if f".{name}." in key}
        save_file(weights, path / "adapter.safetensors")
        told = {"config": self.described["adapters"][name], "name": name, "version": "adapters.1.3.0"}
        (path / "adapter_config.json").write_text(json.dumps(told))
        return from_adapterhub(path, backbone=self.backbone)

    def fused(self, names: list[str]) -> Adapter:
        """These adapters and AdapterHub's fusion of them."""
        adapters = [self.adapter(name) for name in names]
        spec = fusion_of(adapters[0].spec)
        layout = adapters[0].layout
        layout = spec.layout(layout.sites)
        tensors: dict[str, dict[str, Tensor]] = {}
        for slot in layout.slots:
            is_norm = slot.site.endswith(".LayerNorm")
            parent = slot.site.removesuffix(".LayerNorm") if is_norm else f"{slot.site}.output_adapters"
            saved = self.tensors[f"adapter.{parent}.adapter_fusion_layer.{','.join(names)}.{slot.name}"]
            tensors.setdefault(slot.site, {})[slot.name] = saved
        return fuse(adapters, Adapter(spec, layout, tensors))

    @torch.no_grad()
    def difference(self, adapters: list[Adapter], *, case: str) -> float:
        """The largest absolute difference of logits from those of ``case``."""
        exact = [adapter.map(Tensor.double) for adapter in adapters]
        model = AdaptedModel(self.backbone, [adapter.layout for adapter in adapters])
        logits = model(adapters=exact, **self.batch).logits
        return float((logits - self.tensors[f"{case}.logits"]).abs().max())


@pytest.fixture(params=["bert", "xlmr", "llama"], scope="module")
def fixture(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fixture:
    name = request.param
    model = load_file(FIXTURES / f"adapterhub_{name}.safetensors")
    told = json.loads((FIXTURES / f"adapterhub_{name}.json").read_text())["model"]
    config = AutoConfig.for_model(**{key: value for key, value in told.items() if key != "transformers_version"})
    backbone = (AutoModelForCausalLM if name == "llama" else AutoModelForMaskedLM).from_config(config)
    backbone.load_state_dict({n.removeprefix("model."): t for n, t in model.items() if n.startswith("model.")})
    return Fixture(
        backbone.double().eval(),
        json.loads((FIXTURES / f"methods_{name}.json").read_text()),
        load_file(FIXTURES / f"methods_{name}.safetensors"),
        {n.removeprefix("batch."): t for n, t in model.items() if n.startswith("batch.")},
        tmp_path_factory.mktemp(name),
    )


@pytest.mark.parametrize("case", CASES)
def test_methods_compute_what_they_do_in_adapterhub(fixture, case):
    active = fixture.described["cases"][case]
    adapters = [fixture.adapter(one) if isinstance(one, str) else fixture.fused(one) for one in active]
    assert fixture.difference(adapters, case=case) < 1e-6


def test_every_case_is_compared(fixture):
    assert sorted(fixture.described["cases"]) == sorted(CASES)


def test_without_its_inverse_the_invertible_adapter_would_not(fixture):
    """What transformers' own classes compute, whose head knows no adapter."""
    adapter = fixture.adapter("inv").map(Tensor.double)
    model = AdaptedModel(fixture.backbone, [adapter.layout])
    model.embeddings = set()
    logits = model(adapters=[adapter], **fixture.batch).logits
    assert (logits - fixture.tensors["inv.logits"]).abs().max() > 0.01


def test_lora_computes_what_it_does_in_peft(fixture, tmp_path):
    weights = {name: tensor for name, tensor in fixture.part("peft.").items() if name != "logits"}
    save_file(weights, tmp_path / "adapter_model.safetensors")
    (tmp_path / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", **fixture.described["peft"]}))
    assert fixture.difference([from_peft(tmp_path, backbone=fixture.backbone)], case="peft") < 1e-6
