import torch

from hypergen.adapters import BottleneckSpec, ChainSpec, FusedSpec, FusionSpec, InvertibleSpec, LoraSpec, WeightedSpec
from hypergen.adapters.terms import AdditiveMethod, InvertibleMethod, within

BOTTLENECK = BottleneckSpec(size=4)
ADDING = (BOTTLENECK, LoraSpec(rank=2), InvertibleSpec(size=3))
MIXED = (ChainSpec((BOTTLENECK,)), FusedSpec((BOTTLENECK,), FusionSpec(BOTTLENECK)), WeightedSpec(BOTTLENECK, 2))


def test_methods_that_add_say_their_terms_and_mixtures_do_not():
    assert [isinstance(method, AdditiveMethod) for method in (*ADDING, *MIXED)] == [True] * 3 + [False] * 3


def test_what_may_act_at_embeddings_has_an_inverse():
    methods = (InvertibleSpec(size=3), ChainSpec((BOTTLENECK,)), FusedSpec((BOTTLENECK,), FusionSpec(BOTTLENECK)))
    assert all(isinstance(method, InvertibleMethod) for method in methods)
    assert not isinstance(BOTTLENECK, InvertibleMethod)


def test_tensors_are_found_by_how_their_names_open():
    a, b = torch.zeros(1), torch.ones(1)
    assert within({"F.up": a, "G.up": b, "up": a}, "G.") == {"up": b}
