import pytest

from hypergen.description import card_of, named
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
