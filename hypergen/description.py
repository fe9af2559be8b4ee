"""What a bundle says of itself: what its weights belong to, as plain values, and the card that people read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, TypeVar

from hypergen.errors import BundleError

__all__ = ["BackboneInfo", "GeneratorInfo", "TypologyInfo", "card_of", "named"]

T = TypeVar("T")


@dataclass(frozen=True)
class BackboneInfo:
    """Which backbone the weights belong to: its name or directory, and :func:`hypergen.fingerprint_of` it."""

    name: str
    fingerprint: str


@dataclass(frozen=True)
class TypologyInfo:
    """Which typology a generator reads: the feature sets (or a file's name) and the fingerprint of the table."""

    feature_sets: str
    fingerprint: str


@dataclass(frozen=True)
class GeneratorInfo:
    """How to build the generator again: its name in ``GENERATORS`` and its arguments."""

    name: str
    arguments: Mapping[str, Any]


def named(name: str, among: Mapping[str, T], *, what: str) -> T:
    """The generator (or what else has names in bundles) of this name.

    Raises:
        BundleError: If there is none.
    """
    if name not in among:
        raise BundleError(
            f"the {what} {name!r} is not known here, only {', '.join(among)}; a later hypergen may have written the "
            "bundle: update hypergen."
        )
    return among[name]


def card_of(told: Mapping[str, Any]) -> str:
    """The model card, in markdown, of a bundle that is described so."""
    languages, generator, typology = ", ".join(told["languages"]), told["generator"], told["typology"]
    kind = f"generator ({generator['name']})" if generator else f"adapter for {languages}"
    spec = ", ".join(f"{name} {value}" for name, value in told["spec"].items())
    parameters = sum(prod(shape) for _, _, shape in told["slots"])
    features = (
        f"{typology['feature_sets']} ({typology['fingerprint'][:12]})" if typology else "none, it was trained on text"
    )
    language = "yua" if generator else told["languages"][0]
    return f"""\
# A hypergen {kind}

- Method: {told["method"]} ({spec}), {parameters:,} parameters an adapter
- Backbone: {told["backbone"]["name"]} ({told["backbone"]["fingerprint"]})
- Typology: {features}
- {"Trained on" if generator else "Language"}: {languages}

```python
import hypergen as hg

bundle = hg.Bundle.load("…")
model = bundle.model(hg.load_backbone("{told["backbone"]["name"]}"))
output = model(adapters=[bundle.source("{language}")], **inputs)
```
"""
