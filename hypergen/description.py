"""What a bundle says of itself: what its weights belong to, as plain values, and the card that people read."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from hypergen.errors import BundleError

__all__ = ["BackboneInfo", "GeneratorInfo", "TypologyInfo", "card_of", "checked", "made", "named"]

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


def made(kind: type[T], told: Any, *, what: str) -> T:
    """The frozen value of a class with these fields, each of the type that the class says.

    Raises:
        ValueError: If one is of another type.
        TypeError: If one is missing or not known.
    """
    return kind(**checked(told, get_type_hints(kind), what=what))


def checked(told: Any, types: Mapping[str, Any], *, what: str) -> Mapping[str, Any]:
    """An object read from a file, if those of its values whose types are known are of them.

    Raises:
        ValueError: If it is no object, or one is not; it says what was expected.

    Example:
        >>> checked({"rank": 4, "alpha": "x"}, {"rank": int, "alpha": float}, what="method lora")
        Traceback (most recent call last):
        ...
        ValueError: alpha of its method lora is 'x'; expected a number
    """
    if not isinstance(told, Mapping):
        raise ValueError(f"its {what} is {reprlib.repr(told)}; expected an object")
    for name, value in told.items():
        if name in types and not _fits(value, types[name]):
            raise ValueError(f"{name} of its {what} is {reprlib.repr(value)}; expected {_words(types[name])}")
    return told


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value read from JSON is of a type; truth values are no numbers, and numbers are finite."""
    if kind is Any:
        return True
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    origin, among = get_origin(kind), get_args(kind)
    if origin is Literal:
        return value in among
    if origin is UnionType:
        return any(_fits(value, each) for each in among)
    if origin in (tuple, Sequence):
        return isinstance(value, list | tuple) and all(_fits(each, among[0]) for each in value)
    return isinstance(value, origin or kind)


def _words(kind: Any) -> str:
    """What a type is for a person who reads JSON."""
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(repr, get_args(kind)))}"
    if get_origin(kind) in (tuple, Sequence):
        return f"a list, each {_words(get_args(kind)[0])}"
    if get_origin(kind) is UnionType:
        return " or ".join(_words(each) for each in get_args(kind))
    known = {float: "a number", int: "a whole number", str: "a text", bool: "true or false", type(None): "null"}
    return known.get(kind, "an object")


def card_of(told: Mapping[str, Any]) -> str:
    """The model card, in markdown, of a bundle that is described so."""
    languages, generator, typology = ", ".join(told["languages"]), told["generator"], told["typology"]
    kind = f"generator ({generator['name']})" if generator else f"adapter for {languages}"
    spec = ", ".join(f"{name} {value}" for name, value in told["spec"].items())
    parameters = sum(math.prod(shape) for _, _, shape in told["slots"])
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
