from typing import Any, Literal

import pytest

from hypergen.description import BackboneInfo, card_of, checked, made, named
from hypergen.errors import BundleError
from hypergen.generators import GENERATORS

GENERATOR = {
    "method": "bottleneck",
    "spec": {"size": 2},
    "generator": {"name": "mad-g", "arguments": {}},
    "typology": {"feature_sets": "syntax_knn", "fingerprint": "0123456789abcdef"},
    "backbone": {"name": "tiny", "fingerprint": "c6d406f2456c"},
    "languages": ["swh", "zul"],
    "slots": [["a", "down.weight", [2, 600]], ["a", "down.bias", [2]]],
}
ADAPTER = {**GENERATOR, "generator": None, "typology": None, "languages": ["swh"]}


def test_an_unknown_name_is_answered_with_those_known_and_with_what_to_do():
    with pytest.raises(
        BundleError, match=r"the generator 'mad-h' is not known here, only mad-g, mad-g-ls, factorised; .* update"
    ):
        named("mad-h", GENERATORS, what="generator")


@pytest.mark.parametrize(
    ("told", "facts"),
    [
        (GENERATOR, ["# A hypergen generator (mad-g)", "syntax_knn (0123456789ab)", "Trained on: swh, zul", '("yua")']),
        (ADAPTER, ["# A hypergen adapter for swh", "none, it was trained on text", "Language: swh", 'source("swh")']),
    ],
)
def test_the_card_says_what_it_is_and_how_to_use_it(told, facts):
    card = card_of(told)
    for fact in (*facts, "bottleneck (size 2), 1,202 parameters", 'load_backbone("tiny")'):
        assert fact in card


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (None, float, "None; expected a number"),
        ("x", float, "'x'; expected a number"),
        (True, float, "True; expected a number"),
        (float("nan"), float, "nan; expected a number"),
        (2.0, int, "2.0; expected a whole number"),
        (True, int, "True; expected a whole number"),
        (3, str, "3; expected a text"),
        (1, bool, "1; expected true or false"),
        ("b", Literal["a", "c"], "'b'; expected one of 'a', 'c'"),
        (["a", 1], tuple[str, ...], r"\['a', 1\]; expected a list, each a text"),
        ("a", tuple[str, ...] | None, "'a'; expected a list, each a text or null"),
        ([], dict, r"\[\]; expected an object"),
    ],
)
def test_a_value_of_another_type_is_named_with_what_was_expected(value, kind, words):
    with pytest.raises(ValueError, match=f"this of its bundle is {words}"):
        checked({"this": value}, {"this": kind}, what="bundle")


def test_values_of_the_types_expected_are_left_as_they_are():
    types = {"a": float, "b": int, "c": tuple[str, ...] | None, "d": Literal["x"], "e": dict, "f": Any}
    told = {"a": 1, "b": 2, "c": None, "d": "x", "e": {}, "f": [], "unknown": "y"}
    assert checked(told, types, what="bundle") is told
    assert made(BackboneInfo, {"name": "tiny", "fingerprint": "0"}, what="backbone") == BackboneInfo("tiny", "0")
    with pytest.raises(ValueError, match="its bundle is 3; expected an object"):
        checked(3, types, what="bundle")
