"""Load hypergen's exports with AdapterHub's library and with PEFT, and write adapters of theirs; the second step.

    .venv-adapterhub/bin/python scripts/parity/load_exports.py DIRECTORY

Of every directory in ``exports.json`` it asks that nothing is missing and nothing unexpected, and that logits in
float64 are within 1e-5 of hypergen's: in AdapterHub's model classes, in transformers' with adapters added (which have
no inverse), with both files of weights, and in transformers' own loader of PEFT's. Differences go to
``exports.out.json``. Adapters that the libraries made themselves go to ``{family}/theirs``, with their logits in
``{family}.theirs.safetensors`` and a list in ``imports.json``.
"""

import argparse
import copy
import importlib.metadata
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import adapters
import torch
from adapters import AutoAdapterModel, LoRAConfig, SeqBnConfig, SeqBnInvConfig
from make_adapterhub_fixtures import randomise
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM

TOLERANCE = 1e-5
ADAPTERHUB: dict[str, Any] = {
    "Seq_bn": SeqBnConfig(reduction_factor=4),
    "Seq_bn, leakyrelu, reduction 3": SeqBnConfig(reduction_factor=3, non_linearity="leakyrelu"),
    "Seq_bn without layers 0 and 2": SeqBnConfig(reduction_factor=8, leave_out=[0, 2]),
    "Seq_bn_inv": SeqBnInvConfig(reduction_factor=2),
    "Seq_bn_inv, gelu, reductions 16 and 4": SeqBnInvConfig(
        reduction_factor=16, inv_adapter_reduction_factor=4, non_linearity="gelu"
    ),
    "LoRA": LoRAConfig(r=4, alpha=8),
    "LoRA everywhere": LoRAConfig(
        r=2, alpha=3, attn_matrices=["q", "k", "v"], intermediate_lora=True, output_lora=True, leave_out=[1]
    ),
}
PEFT: dict[str, Any] = {
    "LoRA": {"r": 4, "lora_alpha": 8, "target_modules": {"bert": ["query", "value"], "llama": ["q_proj", "v_proj"]}},
    "LoRA everywhere": {"r": 3, "lora_alpha": 2, "target_modules": "all-linear"},
    "LoRA, rank-stabilised": {
        "r": 4, "lora_alpha": 2, "use_rslora": True,
        "target_modules": {"bert": ["output.dense"], "llama": ["down_proj"]},
    },
}  # fmt: skip


def static(path: str) -> nn.Module:
    """Transformers' class of the model."""
    is_llama = AutoConfig.from_pretrained(path).model_type == "llama"
    model: nn.Module = (AutoModelForCausalLM if is_llama else AutoModelForMaskedLM).from_pretrained(path)
    return model.double().eval()


def flexible(path: str) -> nn.Module:
    """AdapterHub's class of the model, with the whole language-model head."""
    model, whole = AutoAdapterModel.from_pretrained(path).double().eval(), static(path)
    bias = whole.get_output_embeddings().bias
    if bias is not None:  # AdapterHub forgets it
        model.heads["default"].get_output_embeddings().bias.data.copy_(bias)
    return model


@torch.no_grad()
def through_adapterhub(backbone: str, directory: str, batch: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Logits in every way of loading a directory that must give the same."""
    config = json.loads((Path(directory) / "adapter_config.json").read_text())["config"]
    models = {"AutoAdapterModel": flexible(backbone)}
    if not config.get("inv_adapter"):
        models["transformers' class"] = static(backbone)
        adapters.init(models["transformers' class"])
    for way, model in models.items():
        for use_safetensors in (False, True):
            info: dict[str, Any] = {}
            name = model.load_adapter(
                directory, load_as=f"it{use_safetensors}", loading_info=info, use_safetensors=use_safetensors
            )
            if info.get("missing_keys") or info.get("unexpected_keys"):
                raise SystemExit(f"{directory}: {info}")
            model.double().set_active_adapters(name)
            yield f"{way}, {'safetensors' if use_safetensors else 'bin'}", model(**batch).logits


@torch.no_grad()
def through_peft(backbone: str, directory: str, batch: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Logits by PEFT and by transformers."""
    model = PeftModel.from_pretrained(static(backbone), directory).eval()
    there = set(load_file(Path(directory) / "adapter_model.safetensors"))
    if there != set(get_peft_model_state_dict(model)):
        raise SystemExit(f"{directory}: {there ^ set(get_peft_model_state_dict(model))} missing or unexpected")
    yield "PEFT", model.double()(**batch).logits
    own = static(backbone)
    own.load_adapter(directory)
    yield "transformers", own.double()(**batch).logits


@torch.no_grad()
def theirs(family: str, directory: Path, batch: Mapping[str, Tensor]) -> Iterator[tuple[dict[str, str], Tensor]]:
    """Adapters that the libraries make and write, and their logits."""
    backbone = str(directory / family / "backbone")
    rng = torch.Generator().manual_seed(1)
    for number, (case, config) in enumerate(ADAPTERHUB.items()):
        model, name, out = (
            flexible(backbone),
            f"theirs_{number}",
            directory / family / "theirs" / f"{number}.adapterhub",
        )
        model.add_adapter(name, config=config)
        randomise({n: t for n, t in model.state_dict().items() if f".{name}." in n}, std=0.2, rng=rng)
        model.double().set_active_adapters(name)
        out.parent.mkdir(exist_ok=True)
        model.float().save_adapter(str(out), name)
        yield {"case": case, "library": "adapterhub", "directory": str(out)}, model.double()(**batch).logits
    for number, (case, settings) in enumerate(PEFT.items()):
        out = directory / family / "theirs" / f"{number}.peft"
        targets = copy.deepcopy(settings["target_modules"])
        if isinstance(targets, dict):
            targets = targets["llama" if family == "llama" else "bert"]
        model = get_peft_model(static(backbone), LoraConfig(**{**settings, "target_modules": targets})).eval()
        drawn = {n: t for n, t in model.named_parameters() if "lora_" in n}
        randomise(drawn, std=0.2, rng=rng)
        model.float().save_pretrained(str(out))
        yield {"case": case, "library": "peft", "directory": str(out)}, model.double()(**batch).logits


def main() -> None:
    """Load every export, write every adapter of theirs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    directory: Path = parser.parse_args().directory
    torch.set_num_threads(1)
    rows = json.loads((directory / "exports.json").read_text())
    expected = {family: load_file(directory / f"{family}.safetensors") for family in {row["family"] for row in rows}}
    batches = {f: {"input_ids": t["input_ids"], "attention_mask": t["attention_mask"]} for f, t in expected.items()}
    through = {"adapterhub": through_adapterhub, "peft": through_peft}
    out: list[dict[str, Any]] = []
    for row in rows:
        family, backbone = row["family"], str(directory / row["family"] / "backbone")
        for way, logits in through[row["library"]](backbone, row["directory"], batches[family]):
            difference = (logits - expected[family][row["case"]]).abs().max().item()
            changes = (logits - expected[family]["none"]).abs().max().item()
            out.append({**row, "way": way, "difference": difference, "changes": changes})
            print(f"{family:6}{row['library']:11}{row['case']:45}{way:35}{difference:9.1e}{changes:8.2f}", flush=True)
    versions = {name: importlib.metadata.version(name) for name in ("adapters", "peft", "transformers")}
    (directory / "exports.out.json").write_text(json.dumps({"versions": versions, "rows": out}))
    made: list[dict[str, str]] = []
    for family in ("bert", "xlmr", "llama"):
        outputs: dict[str, Tensor] = {}
        for described, logits in theirs(family, directory, batches[family]):
            outputs[str(len(made))] = logits.contiguous()
            made.append({"family": family, **described})
        save_file(outputs, directory / f"{family}.theirs.safetensors")
    (directory / "imports.json").write_text(json.dumps(made))
    if bad := [row for row in out if not row["difference"] < TOLERANCE or row["changes"] < 0.01]:
        sys.exit(f"{len(bad)} exports compute something else, {bad[0]} first.")


if __name__ == "__main__":
    main()
