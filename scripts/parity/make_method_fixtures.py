"""Write what AdapterHub and PEFT compute with every other method for the models of `make_adapterhub_fixtures.py`.

Run in the environment of `scripts/parity/requirements.txt`, after that script:

    .venv-adapterhub/bin/python scripts/parity/make_method_fixtures.py

For BERT, XLM-R and LLaMA it reads the model and the batch of ``tests/parity/fixtures/adapterhub_{name}.safetensors``
and writes ``methods_{name}.safetensors``:

    adapter.*      all adapters' and fusions' weights, named as AdapterHub saves them
    peft.*         one LoRA adapter's weights, named as PEFT saves them
    {case}.logits  computed in float64

and ``methods_{name}.json`` with the configurations, the cases (lists of adapters, a list within being fused) and the
versions used. Invertible adapters are measured in AdapterHub's own model classes, whose head calls the inverse;
transformers' classes apply it at the embeddings only.

References:
    Pfeiffer et al. (2020), MAD-X, https://arxiv.org/abs/2005.00052;
    Pfeiffer et al. (2021), AdapterFusion, https://arxiv.org/abs/2005.00247;
    Hu et al. (2022), LoRA, https://arxiv.org/abs/2106.09685.
"""

import argparse
import importlib.metadata
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from adapters import AutoAdapterModel, LoRAConfig, SeqBnConfig, SeqBnInvConfig
from adapters.composition import Fuse, Stack
from make_adapterhub_fixtures import ROOT, randomise
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM

CONFIGS: dict[str, Any] = {
    "a": SeqBnConfig(reduction_factor=4),
    "b": SeqBnConfig(reduction_factor=8, non_linearity="gelu_new"),
    "inv": SeqBnInvConfig(reduction_factor=8),
    "short": SeqBnConfig(reduction_factor=8, leave_out=[1]),
    "lora": LoRAConfig(r=4, alpha=6),
    "lora_rest": LoRAConfig(
        r=2, alpha=8, attn_matrices=["k"], intermediate_lora=True, output_lora=True, leave_out=[0]
    ),
}  # fmt: skip
CASES: dict[str, Any] = {
    "inv": "inv",
    "inv_stack": Stack("inv", "a"),
    "short": "short",
    "lora": "lora",
    "lora_rest": "lora_rest",
    "fuse": Fuse("a", "b"),
    "fuse_stack": Stack(Fuse("a", "b"), "short"),
}
DESCRIBED = {
    "inv": ["inv"], "inv_stack": ["inv", "a"], "short": ["short"], "lora": ["lora"], "lora_rest": ["lora_rest"],
    "fuse": [["a", "b"]], "fuse_stack": [["a", "b"], "short"],
}  # fmt: skip
PEFT_TARGETS = {"bert": ["query", "value", "output.dense"], "llama": ["q_proj", "v_proj", "gate_proj"]}


def model_of(path: Path) -> tuple[nn.Module, dict[str, Tensor]]:
    """The model and the batch of a fixture of `make_adapterhub_fixtures.py`."""
    tensors, described = load_file(path), json.loads(path.with_suffix(".json").read_text())
    config = AutoConfig.for_model(**{k: v for k, v in described["model"].items() if k != "transformers_version"})
    auto = AutoModelForCausalLM if config.model_type == "llama" else AutoModelForMaskedLM
    model = auto.from_config(config).eval()
    model.load_state_dict({n.removeprefix("model."): t for n, t in tensors.items() if n.startswith("model.")})
    return model, {n.removeprefix("batch."): t for n, t in tensors.items() if n.startswith("batch.")}


def flexible(model: nn.Module) -> nn.Module:
    """AdapterHub's class of the model, with its language-model head."""
    with tempfile.TemporaryDirectory() as directory:
        model.save_pretrained(directory)
        found = AutoAdapterModel.from_pretrained(directory).eval()
    bias = model.get_output_embeddings().bias
    if bias is not None:  # AdapterHub forgets it
        found.heads["default"].get_output_embeddings().bias.data.copy_(bias)
    return found


@torch.no_grad()
def adapterhub(model: nn.Module, batch: Mapping[str, Tensor], *, rng: torch.Generator) -> dict[str, Tensor]:
    """All adapters' tensors and the logits of every case."""
    bare = model(**batch).logits
    found = flexible(model)
    if (found(**batch).logits - bare).abs().max() > 1e-5:
        raise RuntimeError("AdapterHub's head is not the model's; its logits differ without any adapter.")
    for name, config in CONFIGS.items():
        found.add_adapter(name, config=config)
    found.add_adapter_fusion(Fuse("a", "b"))
    kinds = (".adapters.", "invertible_adapters.", ".loras.", ".adapter_fusion_layer.")
    added = {name: value for name, value in found.state_dict().items() if any(kind in name for kind in kinds)}
    randomise(added, std=0.2, rng=rng)
    tensors = {f"adapter.{name}": value.clone() for name, value in added.items()}
    found.double()
    for case, active in CASES.items():
        found.set_active_adapters(active)
        tensors[f"{case}.logits"] = found(**batch).logits.clone()
        if (tensors[f"{case}.logits"] - bare).abs().max() < 0.05:
            raise RuntimeError(f"{case} changes nothing; the adapter is not active.")
    return tensors


@torch.no_grad()
def peft(
    model: nn.Module, batch: Mapping[str, Tensor], *, targets: list[str], rng: torch.Generator
) -> dict[str, Tensor]:
    """One LoRA adapter's tensors and the logits with it."""
    found = get_peft_model(model, LoraConfig(r=3, lora_alpha=5, target_modules=targets)).eval()
    randomise({name: tensor for name, tensor in found.named_parameters() if "lora_" in name}, std=0.2, rng=rng)
    tensors = {f"peft.{name}": tensor.clone() for name, tensor in get_peft_model_state_dict(found).items()}
    return {**tensors, "peft.logits": found.double()(**batch).logits}


def main() -> None:
    """Write all fixtures into the directory of the first argument, or into the repository's own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output_dir", type=Path, default=ROOT / "tests/parity/fixtures")
    output_dir: Path = parser.parse_args().output_dir
    torch.set_num_threads(1)
    for seed, name in enumerate(("bert", "xlmr", "llama")):
        torch.manual_seed(seed)
        rng = torch.Generator().manual_seed(100 + seed)
        model, batch = model_of(ROOT / f"tests/parity/fixtures/adapterhub_{name}.safetensors")
        targets = PEFT_TARGETS["llama" if name == "llama" else "bert"]
        tensors = adapterhub(model, batch, rng=rng)
        tensors |= peft(model, batch, targets=targets, rng=rng)
        described = {
            "adapters": {key: config.to_dict() for key, config in CONFIGS.items()},
            "cases": DESCRIBED,
            "peft": {"r": 3, "lora_alpha": 5, "target_modules": targets},
            "seed": seed,
            "versions": {n: importlib.metadata.version(n) for n in ("adapters", "peft", "transformers", "torch")},
        }
        path = output_dir / f"methods_{name}.safetensors"
        save_file({key: value.contiguous() for key, value in tensors.items()}, path)
        path.with_suffix(".json").write_text(json.dumps(described, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
