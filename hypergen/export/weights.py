"""Tensors in other libraries' files: read without executing anything, and sorted into slots."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hypergen.adapters.core import Adapter, AdapterSpec, Site
from hypergen.errors import ExportError

__all__ = ["adapter_of", "places_of", "prefixed", "read_json", "read_weights", "required"]


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        ExportError: If there is none.
    """
    if not path.is_file():
        raise ExportError(f"{path.parent} holds no adapter: it has no {path.name}; give a directory that has one.")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ExportError(f"{path} is damaged ({error}); fetch it again.") from error
    if not isinstance(told, dict):
        raise ExportError(f"{path} is damaged (it holds no object); fetch it again.")
    return told


def required(told: Mapping[str, Any], names: Sequence[str], *, path: Path) -> None:
    """Check that a file says what nothing can be read without.

    Raises:
        ExportError: If it does not.
    """
    if missing := [name for name in names if name not in told]:
        raise ExportError(f"{path} is damaged (it does not say {missing[0]}); fetch it again.")


def read_weights(directory: Path, *, names: Sequence[str]) -> dict[str, Tensor]:
    """The tensors in the first of these files that is there; nothing in them is executed.

    Raises:
        ExportError: If none is there, or it is damaged or holds anything but tensors.
    """
    from safetensors.torch import load_file

    for name in names:
        path = directory / name
        if path.is_file():
            try:
                is_safe = path.suffix == ".safetensors"
                found = load_file(path) if is_safe else torch.load(path, map_location="cpu", weights_only=True)
            except Exception as error:
                reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
                raise ExportError(f"{path} cannot be read ({reason}); fetch it again.") from error
            if not isinstance(found, dict) or not all(isinstance(tensor, Tensor) for tensor in found.values()):
                raise ExportError(f"{path} holds something else than tensors by name; fetch it again.")
            return dict(found)
    raise ExportError(f"{directory} holds no weights; expected {' or '.join(names)} in it.")


def prefixed(weights: Mapping[str, Tensor], *, prefix: str) -> dict[str, Tensor]:
    """The tensors under names that open with ``prefix``, which those of a model without a head lack."""
    if any(key.startswith(prefix) for key in weights):
        return dict(weights)
    return {f"{prefix}{key}": tensor for key, tensor in weights.items()}


def adapter_of(
    spec: AdapterSpec, sites: Sequence[Site], weights: dict[str, Tensor], *, key: Callable[[Site, str], str], path: Path
) -> Adapter:
    """The adapter of ``spec`` whose tensors have the names ``key(site, slot)``; they are taken out of ``weights``.

    Raises:
        ExportError: If one is missing, or of another shape.
    """
    layout = spec.layout(sites)
    by_path = {site.path: site for site in layout.sites}
    tensors: dict[str, dict[str, Tensor]] = {site.path: {} for site in layout.sites}
    for slot in layout.slots:
        name = key(by_path[slot.site], slot.name)
        if name not in weights:
            raise ExportError(f"{path} lacks {name}, so it would be random; give a complete adapter for this backbone.")
        tensor = weights.pop(name)
        if tuple(tensor.shape) != slot.shape:
            raise ExportError(
                f"{name} in {path} is of shape {tuple(tensor.shape)}, where {slot.shape} fits; give the backbone that "
                "the adapter was trained for."
            )
        tensors[slot.site][slot.name] = tensor.float()
    return Adapter(spec, layout, tensors)


def places_of(sites: Sequence[Site]) -> tuple[str, ...]:
    """Where in their layers these sites are, such as ``attention.self.query``: the targets of LoRA there."""
    return tuple(dict.fromkeys(re.sub(r"^.*?\blayers?\.\d+\.", "", site.path) for site in sites))
