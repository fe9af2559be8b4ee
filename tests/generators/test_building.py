import pytest
import torch

from hypergen.adapters import BottleneckSpec
from hypergen.adapters.core import Site
from hypergen.errors import BundleError
from hypergen.generators import GENERATORS, ComposedEncoder, MadG, build, current

SPEC = BottleneckSpec(size=2)
LAYOUT = SPEC.layout([Site(f"layer.{i}", "norm", 5, 5) for i in range(2)])
PLAIN = {"num_features": 6, "embedding_size": 3, "feature_dropout": 0.5, "activation": "relu"}
ENCODER = {"num_anchors": 4, "vector_dropout": 0.5}


def test_without_an_encoder_it_is_the_class_itself():
    torch.manual_seed(0)
    built = build(MadG, SPEC, LAYOUT, arguments=PLAIN)
    torch.manual_seed(0)
    torch.testing.assert_close(built.state_dict(), MadG(SPEC, LAYOUT, **PLAIN).state_dict())


def test_every_decoder_takes_the_composed_encoder_with_the_options_of_both():
    for kind in GENERATORS.values():
        built = build(kind, SPEC, LAYOUT, arguments={**PLAIN, "encoder": ENCODER})
        assert isinstance(built.encode, ComposedEncoder)
        assert (built.encode.feature_dropout, built.encode.activation, built.encode.vector_dropout) == (
            0.5,
            "relu",
            0.5,
        )
        assert built(torch.rand(3, 6)).num_languages == 3


def test_options_that_are_gone_are_left_out_where_they_did_nothing_and_else_refused():
    assert current({"shrinkage": 0.1, "groups": [4, 2], "hidden_size": 0}) == {"shrinkage": 0.1}
    with pytest.raises(BundleError, match="hidden_size is 64, an option of generators that helped nothing and is gone"):
        current({"hidden_size": 64})
