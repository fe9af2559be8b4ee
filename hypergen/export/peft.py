"""PEFT: LoRA adapters as its directories, written and read. PEFT has no bottlenecks and no invertible adapters.

Its library is not needed here. A directory holds ``adapter_config.json``, ``adapter_model.safetensors`` and a model
card.

References:
    Mangrulkar et al., PEFT, https://github.com/huggingface/peft (format: version 0.21).
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from hypergen.adapters import SPECS, Adapter, LoraSpec
from hypergen.adapters.core import Site
from hypergen.errors import ExportError
from hypergen.export.weights import FLAG, NUMBER, WHOLE, adapter_of, places_of, read_json, read_weights, required
from hypergen.storage import write_directory

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["from_peft", "to_peft"]

_PREFIX = "base_model.model."
_NAMES = {"A": "lora_A.weight", "B": "lora_B.weight"}
_PLAIN: dict[str, Any] = {
    "use_dora": False, "bias": "none", "lora_bias": False, "modules_to_save": None, "fan_in_fan_out": False,
    "rank_pattern": {}, "alpha_pattern": {}, "target_parameters": None, "trainable_token_indices": None,
    "megatron_config": None, "use_qalora": False, "alora_invocation_tokens": None, "arrow_config": None,
}  # fmt: skip
"""What makes an adapter of PEFT's nothing but LoRA; of what a file does not say, this is the default there too."""
_MOVES_BACKBONE = ("pissa", "olora", "corda", "loftq", "lora_ga")
"""Starts of LoRA that change the backbone's weights too."""


def to_peft(adapter: Adapter, directory: str | Path, *, config: Any, model_name: str = "", card: str = "") -> None:
    """Write a LoRA adapter as ``PeftModel.from_pretrained(backbone, directory)`` loads it.

    Args:
        adapter: Of one language.
        directory: To write; it appears whole or not at all.
        config: The backbone's configuration (``backbone.config``).
        model_name: The backbone's name on the hub; by default the one in ``config``.
        card: The text of its README.md; empty for none.

    Raises:
        ExportError: If it is no LoRA adapter.
        BundleError: If the directory exists already.
    """
    if not isinstance(adapter.spec, LoraSpec):
        name = next((name for name, kind in SPECS.items() if type(adapter.spec) is kind), type(adapter.spec).__name__)
        raise ExportError(
            f"PEFT has no {name} adapters, and only LoRA can be exported to it; export to AdapterHub, which has "
            "bottlenecks ('--to adapterhub')."
        )
    if adapter.num_languages is not None:
        raise ExportError(
            f"the adapter is of {adapter.num_languages} languages; export adapter[0], or another of them."
        )
    from safetensors.torch import save

    told = {
        "peft_type": "LORA",
        "base_model_name_or_path": model_name or getattr(config, "name_or_path", ""),
        "r": adapter.spec.rank,
        "lora_alpha": adapter.spec.alpha,
        "lora_dropout": 0.0,
        "target_modules": [site.path for site in adapter.layout.sites],  # whole paths: 'dense' alone is five modules
        "task_type": None,
        "bias": "none",
        "inference_mode": True,
    }
    weights = {
        _key(site, slot): tensor.detach().float().cpu().contiguous()
        for site in adapter.layout.sites
        for slot, tensor in adapter.tensors[site.path].items()
    }
    files = {
        "adapter_model.safetensors": save(weights, metadata={"format": "pt"}),
        "adapter_config.json": (json.dumps(told, indent=2, sort_keys=True) + "\n").encode(),
        **({"README.md": card.encode()} if card else {}),
    }
    write_directory(Path(directory), files)


def from_peft(directory: str | Path, *, backbone: PreTrainedModel) -> Adapter:
    """The LoRA adapter in a directory that PEFT wrote.

    Args:
        directory: With ``adapter_config.json`` and ``adapter_model.safetensors`` or ``adapter_model.bin``.
        backbone: The backbone it was trained for; only its architecture is looked at.

    Raises:
        ExportError: If it is missing or damaged, something else than plain LoRA on linear layers, or if a tensor is
            missing in it or left over.
    """
    path = Path(directory)
    told = read_json(path / "adapter_config.json")
    if told.get("peft_type") != "LORA":
        raise ExportError(f"{path} holds PEFT's {told.get('peft_type')}, which has no counterpart here; LORA has.")
    numbers, optional = {"r": WHOLE, "lora_alpha": NUMBER}, {"use_rslora": FLAG}
    required(told, numbers, path=path / "adapter_config.json", optional=optional)
    for key, plain in _PLAIN.items():
        if (told.get(key) or plain) != plain:
            raise ExportError(
                f"{path} has {key} = {told[key]!r}, which plain LoRA has not; there is no counterpart here."
            )
    if str(told.get("init_lora_weights", "")).startswith(_MOVES_BACKBONE):
        raise ExportError(
            f"{path} started by {told['init_lora_weights']}, which changes the backbone too; convert it to plain LoRA "
            "by PEFT's path_initial_model_for_weight_conversion."
        )
    weights = read_weights(path, names=("adapter_model.safetensors", "adapter_model.bin"))
    linear = {path: module for path, module in backbone.named_modules() if isinstance(module, nn.Linear)}
    named = {k.removeprefix(_PREFIX).removesuffix(".lora_A.weight") for k in weights if k.endswith(".lora_A.weight")}
    if strangers := sorted(named - linear.keys()):
        raise ExportError(f"{path} adapts {strangers[0]}, which is no linear layer of {type(backbone).__name__}.")
    sites = [Site(p, "linear", m.in_features, m.out_features) for p, m in linear.items() if p in named]
    alpha = told["lora_alpha"] * (math.sqrt(told["r"]) if told.get("use_rslora") else 1)
    spec = LoraSpec(rank=told["r"], alpha=float(alpha), targets=places_of(sites))
    adapter = adapter_of(spec, sites, weights, key=_key, path=path)
    if weights:
        raise ExportError(f"{path} holds {len(weights)} tensors that are not LoRA's, {min(weights)} first.")
    return adapter


def _key(site: Site, slot: str) -> str:
    return f"{_PREFIX}{site.path}.{_NAMES[slot]}"
