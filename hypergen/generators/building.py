"""Generators from names and plain values: how configurations and bundles build them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from torch import nn

from hypergen.adapters.core import AdapterSpec, Layout
from hypergen.errors import BundleError
from hypergen.generators.composed import ComposedEncoder

RETIRED: Final[Mapping[str, Any]] = {
    "missing": "imputed", "groups": ..., "hidden_size": 0, "residual": "none", "residual_dropout": ..., "mixing": 0.0,
    "l2": 0.0, "lasso": 0.0, "reconstruction": 0.0, "trained_adapters": ...,
}  # fmt: skip
"""Options of generators that there once were, and the values at which they did nothing (``...`` is any)."""

RETIRED_STATE: Final = ("encode.anchors.kin",)
"""What was kept in a generator's state and is not any more."""


def current(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options that were written at some time, without those that are gone and did nothing.

    Raises:
        BundleError: If one that is gone did something.

    Example:
        >>> current({"vector_dropout": 0.5, "hidden_size": 0})
        {'vector_dropout': 0.5}
    """
    for name, neutral in RETIRED.items():
        if options.get(name, neutral) != neutral and neutral is not ...:
            raise BundleError(
                f"{name} is {options[name]!r}, an option of generators that helped nothing and is gone; train again "
                "without it, or use the hypergen that wrote this."
            )
    return {name: value for name, value in options.items() if name not in RETIRED}


def build(kind: type[nn.Module], spec: AdapterSpec, layout: Layout, *, arguments: Mapping[str, Any]) -> Any:
    """The generator of a class, with a composed encoder in place of the published one if ``arguments`` has ``encoder``.

    Whatever the decoder, the encoder is the same choice: a generator is ``decode(encode(t))``, and ``encode`` any
    module that gives embeddings.

    Args:
        kind: The generator's class.
        spec: The adapter method.
        layout: Its slots.
        arguments: What the class takes; ``encoder`` holds what :class:`ComposedEncoder` takes beside these.
    """
    plain = {name: value for name, value in arguments.items() if name != "encoder"}
    generator = kind(spec, layout, **plain)
    if "encoder" in arguments:
        shared = {name: plain[name] for name in ("activation", "feature_dropout") if name in plain}
        generator.encode = ComposedEncoder(
            plain["num_features"], plain["embedding_size"], **shared, **arguments["encoder"]
        )
    return generator
