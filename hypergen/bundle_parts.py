"""The parts of a bundle as they are stored: a description and one table of tensors, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

from torch import Tensor

from hypergen.adapters import SPECS, Layout, Site, Slot
from hypergen.adapters.plain import spec_of
from hypergen.description import BackboneInfo, GeneratorInfo, TypologyInfo, checked, made, named
from hypergen.generators import GENERATORS, ComposedEncoder, current
from hypergen.generators.building import RETIRED_STATE
from hypergen.typology.stored import is_uriel, read_table
from hypergen.vocabulary import Vocabulary

__all__ = ["all_tensors", "fields_of", "weights_fingerprint"]

_PATCH, _VOCABULARY = "backbone:", "vocabulary:"
_TYPES = {"languages": tuple[str, ...], "metrics": dict, "vocabulary": tuple[str, ...] | None}
_METRICS = {"text": dict, "text_languages": tuple[str, ...], "coverage": float}
"""What is read of numbers and of how weights came about; the rest is only shown."""


def all_tensors(
    weights: Mapping[str, Tensor], *, patch: Mapping[str, Tensor], vocabulary: Vocabulary | None
) -> dict[str, Tensor]:
    """Weights, what is put into the backbone, and the rows of new pieces, under names of their own."""
    new = {} if vocabulary is None else vocabulary.tensors()
    return {
        **weights,
        **{f"{_PATCH}{name}": tensor for name, tensor in patch.items()},
        **{f"{_VOCABULARY}{name}": tensor for name, tensor in new.items()},
    }


def fields_of(told: Mapping[str, Any], *, tensors: Mapping[str, Tensor], path: Path) -> dict[str, Any]:
    """The fields of the bundle of a description and its tensors.

    Raises:
        BundleError: If its adapter method or generator is not known here.
        ValueError, KeyError, TypeError: If anything else in it does not fit; they say what.
    """

    def of_kind(prefix: str) -> dict[str, Tensor]:
        return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}

    checked(told, _TYPES, what="description")
    checked(told["metrics"], _METRICS, what="metrics")
    _check_method(told)
    spec = spec_of(told, methods=SPECS)
    sites = tuple(made(Site, site, what="site") for site in told["sites"])
    slots = tuple(
        made(Slot, {"site": site, "name": name, "shape": tuple(shape)}, what="slot")
        for site, name, shape in told["slots"]
    )
    typology = made(TypologyInfo, told["typology"], what="typology") if told["typology"] else None
    generator = made(GeneratorInfo, _current(told["generator"]), what="generator") if told["generator"] else None
    if generator is not None:
        _check_arguments(generator)
    elif len(told["languages"]) != 1:
        raise ValueError(f"it names {len(told['languages'])} languages; an adapter is of one")
    pieces = told.get("vocabulary")
    return {
        "spec": spec,
        "layout": Layout(sites, slots),
        "backbone": made(BackboneInfo, told["backbone"], what="backbone"),
        "weights": {
            name: tensor
            for name, tensor in tensors.items()
            if not name.startswith((_PATCH, _VOCABULARY)) and name not in RETIRED_STATE
        },
        "generator": generator,
        "typology": typology,
        "table": read_table(path) if generator and typology and not is_uriel(typology.feature_sets) else None,
        "languages": tuple(told["languages"]),
        "patch": of_kind(_PATCH),
        "vocabulary": None if pieces is None else Vocabulary.of_tensors(pieces, of_kind(_VOCABULARY)),
        "metrics": dict(told["metrics"]),
    }


def weights_fingerprint(
    weights: Mapping[str, Tensor], *, patch: Mapping[str, Tensor], vocabulary: Vocabulary | None
) -> str:
    """Twelve hexadecimal digits that tell weights, patch of the backbone and new pieces from others."""
    digest = hashlib.sha256()
    for name, tensor in sorted(all_tensors(weights, patch=patch, vocabulary=vocabulary).items()):
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().float().contiguous().numpy().tobytes())
    if vocabulary is not None:
        digest.update("\n".join(vocabulary.pieces).encode())
    return digest.hexdigest()[:12]


def _check_method(told: Mapping[str, Any]) -> None:
    """Refuse values of an adapter method, or of one within it, that are of another kind than the method's."""
    if told["method"] not in SPECS:
        return  # `spec_of` says which there are
    types = get_type_hints(SPECS[told["method"]])
    for name, value in told["spec"].items():
        within = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, Mapping)]
        for each in within:
            _check_method(each)
        if not within:
            checked({name: value}, types, what=f"method {told['method']}")


def _current(generator: Mapping[str, Any]) -> dict[str, Any]:
    """A generator's description in the words of today."""
    arguments = dict(generator["arguments"])
    if isinstance(arguments.get("encoder"), Mapping):
        arguments["encoder"] = current(arguments["encoder"])
    return {**generator, "arguments": arguments}


def _check_arguments(generator: GeneratorInfo) -> None:
    """Refuse arguments of another kind than the generator's, which would be found when it is used, or never."""
    kind = named(generator.name, GENERATORS, what="generator")
    checked(generator.arguments, get_type_hints(kind.__init__), what="generator")
    checked(generator.arguments.get("encoder", {}), get_type_hints(ComposedEncoder.__init__), what="encoder")
