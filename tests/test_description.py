import pytest

from hypergen.adapters import SPECS, BottleneckSpec
from hypergen.description import card_of, method_of, named
from hypergen.errors import BundleError

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


def test_a_method_is_found_by_its_name_and_named_by_its_class():
    assert all(named(method_of(kind()), SPECS, what="adapter method") is kind for kind in SPECS.values())


def test_an_unknown_name_is_answered_with_those_known_and_with_what_to_do():
    with pytest.raises(BundleError, match=r"the adapter method 'lora' is not known here, only bottleneck; .* update"):
        named("lora", SPECS, what="adapter method")


def test_a_class_without_a_name_is_refused():
    class Wide(BottleneckSpec):
        pass

    with pytest.raises(BundleError, match="cannot name the adapter method Wide, only bottleneck; add the class"):
        method_of(Wide())


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
