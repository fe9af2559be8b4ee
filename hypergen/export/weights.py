"""Tensors in other libraries' files: read without executing anything, and sorted into slots."""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hypergen.adapters.core import Adapter, AdapterSpec, Site
from hypergen.errors import ExportError

__all__ = [
    "FACTOR", "FLAG", "LAYERS", "NUMBER", "OBJECT", "TEXT", "TEXTS", "WHOLE",
    "Kind", "adapter_of", "places_of", "prefixed", "read_json", "read_weights", "required",
]  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """What a value in a description must be: in words, and whether one is."""

    words: str
    fits: Callable[[Any], bool]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_whole(value) or isinstance(value, float)


WHOLE = Kind("a whole number from 1", lambda value: _is_whole(value) and 1 <= value < 2**31)
NUMBER = Kind("a number from 0", lambda value: _is_number(value) and 0 <= value < 1e300)
FACTOR = Kind("a number above 0", lambda value: _is_number(value) and 1e-9 < value < 1e300)
LAYERS = Kind("a list of whole numbers", lambda value: isinstance(value, list) and all(map(_is_whole, value)))
TEXT = Kind("a text", lambda value: isinstance(value, str))
TEXTS = Kind("a list of texts", lambda value: isinstance(value, list) and all(map(TEXT.fits, value)))
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
OBJECT = Kind("an object", lambda value: isinstance(value, dict))


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        ExportError: If there is none.
    """
    if not path.is_file():
        raise ExportError(f"{path.parent} holds no adapter: it has no {path.name}; give a directory that has one.")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ExportError(f"{path} is damaged ({error}); fetch it again.") from error
    if not isinstance(told, dict):
        raise ExportError(f"{path} is damaged (it holds no object); fetch it again.")
    return told


def required(
    told: Mapping[str, Any], kinds: Mapping[str, Kind], *, path: Path, optional: Mapping[str, Kind] | None = None
) -> None:
    """Check that a file says what nothing can be read without, and that it is of the right kind.

    Args:
        told: An object of the file.
        kinds: What it must say.
        path: The file.
        optional: What it may say; null is as good as nothing.

    Raises:
        ExportError: If something is missing or of another kind.
    """
    if missing := [name for name in kinds if name not in told]:
        raise ExportError(f"{path} is damaged (it does not say {missing[0]}); fetch it again.")
    said = {name: kind for name, kind in (optional or {}).items() if told.get(name) is not None}
    for name, kind in {**kinds, **said}.items():
        if not kind.fits(told[name]):
            raise ExportError(
                f"{path} says {name} = {reprlib.repr(told[name])}; expected {kind.words}; correct or fetch it again."
            )


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
            if not isinstance(found, dict) or not all(
                isinstance(key, str) and isinstance(tensor, Tensor) for key, tensor in found.items()
            ):
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
        ExportError: If one is missing, of another shape, or holds something else than finite real numbers.
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
        if not tensor.is_floating_point() or tensor.layout != torch.strided:
            raise ExportError(f"{name} in {path} is of {tensor.dtype}, not of plain real numbers; fetch it again.")
        tensors[slot.site][slot.name] = tensor.float()
        if not tensors[slot.site][slot.name].isfinite().all():
            raise ExportError(f"{name} in {path} has numbers that are not finite; give another adapter.")
    return Adapter(spec, layout, tensors)


def places_of(sites: Sequence[Site]) -> tuple[str, ...]:
    """Where in their layers these sites are, such as ``attention.self.query``: the targets of LoRA there."""
    return tuple(dict.fromkeys(re.sub(r"^.*?\blayers?\.\d+\.", "", site.path) for site in sites))
