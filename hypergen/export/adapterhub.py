"""AdapterHub's `adapters`: bottleneck, invertible and LoRA adapters as its directories, written and read.

Its library is not needed here. A directory holds ``adapter_config.json``, the weights twice (``pytorch_adapter.bin``,
which loading needs, and ``adapter.safetensors``) and a model card; never a language-model head.

References:
    Poth et al. (2023), Adapters: A Unified Library, https://arxiv.org/abs/2311.11077 (format: version 1.3.0).
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from hypergen.adapters import Adapter, ChainSpec, LoraSpec, Site, chain, unchain
from hypergen.backbones import sites_of
from hypergen.errors import ExportError
from hypergen.export.adapterhub_configs import config_of, is_at, spec_of
from hypergen.export.weights import OBJECT, TEXT, adapter_of, places_of, prefixed, read_json, read_weights, required
from hypergen.storage import write_directory

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["from_adapterhub", "key_of", "to_adapterhub"]

VERSION = "adapters.1.3.0"
SUPPORTED = ("bert", "electra", "llama", "mistral", "roberta", "xlm-roberta")
"""The architectures of hypergen's that AdapterHub's library knows."""
_NAMES = {
    "down.weight": "adapter_down.0.weight", "down.bias": "adapter_down.0.bias",
    "up.weight": "adapter_up.weight", "up.bias": "adapter_up.bias",
    "F.down.weight": "F.0.weight", "F.down.bias": "F.0.bias", "F.up.weight": "F.2.weight", "F.up.bias": "F.2.bias",
    "G.down.weight": "G.0.weight", "G.down.bias": "G.0.bias", "G.up.weight": "G.2.weight", "G.up.bias": "G.2.bias",
    "A": "lora_A", "B": "lora_B",
}  # fmt: skip
"""AdapterHub's names of our slots."""
_FORMER = {
    "layer_text_task_adapters": "adapters", "layer_text_lang_adapters": "adapters",
    "invertible_lang_adapters": "invertible_adapters",
}  # fmt: skip
"""What the first published adapters have in their names, and what it became."""


def to_adapterhub(
    adapter: Adapter,
    directory: str | Path,
    *,
    config: Any,
    name: str = "hypergen",
    model_name: str = "",
    card: str = "",
    others: Mapping[str, bytes] | None = None,
) -> None:
    """Write an adapter as ``AutoAdapterModel.load_adapter(directory)`` and ``adapters.init`` models load it.

    Args:
        adapter: Of one language; a bottleneck, an invertible adapter, both in a chain, or LoRA.
        directory: To write; it appears whole or not at all.
        config: The backbone's configuration (``backbone.config``).
        name: The adapter's name in the library.
        model_name: The backbone's name on the hub; by default the one in ``config``.
        card: The text of its README.md; empty for none.
        others: More files by name, such as those of its head (:func:`hypergen.export.head_files`).

    Raises:
        ExportError: If AdapterHub has no such method, architecture or site.
        BundleError: If the directory exists already.
    """
    if config.model_type not in SUPPORTED:
        raise ExportError(
            f"AdapterHub's library has no {config.model_type} models, only {', '.join(SUPPORTED)}; "
            "LoRA adapters can be exported to PEFT."
        )
    if adapter.num_languages is not None:
        raise ExportError(
            f"the adapter is of {adapter.num_languages} languages; export adapter[0], or another of them."
        )
    if "." in name or not name:
        raise ExportError(f"the adapter's name is {name!r}; AdapterHub's are words without a full stop.")
    told = {
        "config": config_of(adapter.spec, adapter.layout.sites, config=config),
        "hidden_size": config.hidden_size,
        "model_class": next(iter(getattr(config, "architectures", None) or []), ""),
        "model_name": model_name or getattr(config, "name_or_path", ""),
        "model_type": config.model_type,
        "name": name,
        "version": VERSION,
    }
    weights = {
        key_of(site, slot, name=name): tensor.detach().float().cpu().contiguous().clone()
        for part in _parts(adapter)
        for site in part.layout.sites
        for slot, tensor in part.tensors[site.path].items()
    }
    from safetensors.torch import save

    pickled = io.BytesIO()
    torch.save(weights, pickled)
    files = {"adapter.safetensors": save(weights), "pytorch_adapter.bin": pickled.getvalue()}
    described = json.dumps(told, indent=2, sort_keys=True) + "\n"
    texts = {"adapter_config.json": described.encode()} | ({"README.md": card.encode()} if card else {})
    write_directory(Path(directory), {**files, **texts, **(others or {})})


def from_adapterhub(directory: str | Path, *, backbone: PreTrainedModel) -> Adapter:
    """The adapter in a directory that AdapterHub's library wrote, also in the first published format.

    Args:
        directory: With ``adapter_config.json`` and ``pytorch_adapter.bin`` or ``adapter.safetensors``.
        backbone: The backbone it was trained for; only its architecture is looked at.

    Raises:
        ExportError: If it is missing or damaged, of a method that computes something else than hypergen's, or if a
            tensor is missing in it or left over.
    """
    path = Path(directory)
    file = path / "adapter_config.json"
    told = read_json(file)
    if isinstance(told.get("config"), str):
        raise ExportError(f"{path} names its configuration ({told['config']!r}) and does not give it; fetch another.")
    required(told, {"config": OBJECT, "name": TEXT}, path=file, optional={"version": TEXT})
    weights = read_weights(path, names=("adapter.safetensors", "pytorch_adapter.bin"))
    for before, after in _FORMER.items():
        weights = {key.replace(f".{before}.", f".{after}."): tensor for key, tensor in weights.items()}
    if getattr(backbone, backbone.base_model_prefix, None) is not None:  # names of a model without its head lack it
        weights = prefixed(weights, prefix=f"{backbone.base_model_prefix}.")
    has_invertible = any(".invertible_adapters." in key for key in weights)
    spec, leave_out = spec_of(told, path=file, backbone=backbone.config, has_invertible=has_invertible)
    sites = [
        s for s in sites_of(backbone, kinds=spec.site_kinds, leave_out=leave_out) if is_at(s, spec, told["config"])
    ]
    spec = replace(spec, targets=places_of(sites)) if isinstance(spec, LoraSpec) else spec
    parts = spec.parts if isinstance(spec, ChainSpec) else (spec,)
    left = dict(weights)
    found = [
        adapter_of(part, sites, left, key=lambda site, slot: key_of(site, slot, name=told["name"]), path=path)
        for part in parts
    ]
    if left:
        raise ExportError(
            f"{path} holds {len(left)} tensors that are not of the adapter it describes, {min(left)} first; "
            "give a directory of one adapter."
        )
    return chain(found) if isinstance(spec, ChainSpec) else found[0]


def key_of(site: Site, slot: str, *, name: str) -> str:
    """AdapterHub's name of the tensor in a slot, of the adapter ``name``."""
    match site.kind:
        case "norm":
            place = f"{site.path.removesuffix('.LayerNorm')}.adapters"
        case "block":
            place = f"{site.path}.output_adapters.adapters"
        case "linear":
            place = f"{site.path}.loras"
        case "embedding":
            place = f"{site.path.removesuffix('embeddings').removesuffix('embed_tokens')}invertible_adapters"
    return f"{place}.{name}.{_NAMES[slot]}"


def _parts(adapter: Adapter) -> list[Adapter]:
    return unchain(adapter) if isinstance(adapter.spec, ChainSpec) else [adapter]
