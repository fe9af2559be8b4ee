"""Adapter methods as plain values, for files: names, numbers and lists, methods within methods included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from hypergen.adapters.core import AdapterSpec
from hypergen.errors import BundleError


def plain(spec: AdapterSpec, *, methods: Mapping[str, type[Any]]) -> dict[str, Any]:
    """``{"method": its name, "spec": its values}``.

    Args:
        spec: What to describe.
        methods: The methods by name, such as :data:`hypergen.adapters.SPECS`.

    Raises:
        BundleError: If the method is not among them.

    Example:
        >>> from hypergen.adapters import SPECS, LoraSpec
        >>> plain(LoraSpec(rank=4, targets=("query",)), methods=SPECS)
        {'method': 'lora', 'spec': {'rank': 4, 'alpha': 8.0, 'targets': ['query']}}
    """
    name = next((name for name, kind in methods.items() if type(spec) is kind), None)
    if name is None:
        raise BundleError(
            f"{type(spec).__name__} has no name that a file could know it by, only {', '.join(methods)} have one; "
            "add it to hypergen.adapters.SPECS."
        )

    def value(given: Any) -> Any:
        if isinstance(given, tuple | list):
            return [value(each) for each in given]
        return plain(given, methods=methods) if isinstance(given, AdapterSpec) else given

    return {"method": name, "spec": {f.name: value(getattr(spec, f.name)) for f in fields(spec)}}  # type: ignore[arg-type]


def spec_of(told: Mapping[str, Any], *, methods: Mapping[str, type[Any]]) -> AdapterSpec:
    """The spec that :func:`plain` described.

    Raises:
        BundleError: If the method is not known here.
        TypeError: If its values are not those of the method.
    """
    if told["method"] not in methods:
        raise BundleError(
            f"the adapter method {told['method']!r} is not known here, only {', '.join(methods)}; a later hypergen may "
            "have written it: update hypergen."
        )

    def value(given: Any) -> Any:
        if isinstance(given, list):
            return tuple(value(each) for each in given)
        return spec_of(given, methods=methods) if isinstance(given, Mapping) else given

    spec: AdapterSpec = methods[told["method"]](**{name: value(given) for name, given in told["spec"].items()})
    return spec
