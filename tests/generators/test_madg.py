from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from hypergen.adapters import BottleneckSpec, ChainSpec, InvertibleSpec, LoraSpec
from hypergen.adapters.core import Layout, Site, Slot
from hypergen.errors import HypergenError
from hypergen.generators import GENERATORS
from hypergen.generators.madg import Generator, MadG, MadGLS
from hypergen.model import AdaptedModel

SPEC = BottleneckSpec(size=4)
D, R, E, S, FEATURES = 6, 4, 3, 5, 7
LAYOUT = SPEC.layout([Site(f"layer.{i}", "norm", D, D) for i in range(3)])
# What one layer's adapter is made of, in the order of Theta's rows.
NAMES = {"down.weight": (R, D), "down.bias": (R,), "up.weight": (D, R), "up.bias": (D,)}
BOTH = pytest.mark.parametrize("kind", [MadG, MadGLS])


def made(kind: type[MadG] | type[MadGLS], **options: Any) -> Any:
    return kind(SPEC, LAYOUT, num_features=FEATURES, embedding_size=E, **options)


def array(tensor: Tensor) -> Any:
    return tensor.detach().double().numpy()


def embedded(generator: Any, t: Tensor) -> Any:
    """``lambda = V t + b`` of one language."""
    return np.einsum("ef,f->e", array(generator.encode.linear.weight), array(t)) + array(generator.encode.linear.bias)


def test_mad_g_equals_the_papers_equation_written_out():
    """``theta^(i) = Theta_i lambda``, every tensor of every layer of every language by itself."""
    generator = made(MadG)
    typology = torch.randint(0, 2, (4, FEATURES)).float()
    adapter = generator(typology)
    for language, t in enumerate(typology):
        row = 0
        for layer in range(3):
            for name, shape in NAMES.items():
                size = int(np.prod(shape))
                theta = array(generator.theta)[row : row + size].reshape(*shape, E)
                expected = np.einsum("...e,e->...", theta, embedded(generator, t))
                np.testing.assert_allclose(
                    array(adapter.tensors[f"layer.{layer}"][name][language]), expected, rtol=1e-5, atol=1e-6
                )
                row += size
        assert row == generator.theta.shape[0]


def test_mad_g_ls_equals_the_papers_equation_written_out():
    """``theta^(i) = Theta [lambda; mu_i]``, the same Theta in every layer."""
    generator = made(MadGLS, site_size=S)
    typology = torch.randint(0, 2, (4, FEATURES)).float()
    adapter = generator(typology)
    for language, t in enumerate(typology):
        for layer in range(3):
            context = np.concatenate([embedded(generator, t), array(generator.mu[layer])])
            row = 0
            for name, shape in NAMES.items():
                size = int(np.prod(shape))
                theta = array(generator.theta)[row : row + size].reshape(*shape, E + S)
                expected = np.einsum("...c,c->...", theta, context)
                np.testing.assert_allclose(
                    array(adapter.tensors[f"layer.{layer}"][name][language]), expected, rtol=1e-5, atol=1e-6
                )
                row += size
            assert row == generator.theta.shape[0]


@BOTH
def test_it_is_a_generator_under_its_name(kind):
    assert isinstance(made(kind), Generator)
    assert kind in GENERATORS.values()


@pytest.mark.parametrize(
    ("kind", "parameters"), [(MadG, 28_634_176), (MadGLS, 4_780_480)], ids=["MAD-G 28.63 M", "MAD-G-LS 4.78 M"]
)
def test_it_has_the_published_size_on_mbert(kind, parameters):
    spec = BottleneckSpec(size=48)
    sites = [Site(f"bert.encoder.layer.{i}.output.LayerNorm", "norm", 768, 768) for i in range(12)]
    with torch.device("meta"):
        generator = kind(spec, spec.layout(sites))
    assert sum(parameter.numel() for parameter in generator.parameters()) == parameters


# A sample of N normal numbers has a relative standard error of 1 / sqrt(2 N) in its standard deviation: with the sizes
# below, 5 % is more than four of them for every tensor.
WIDE = BottleneckSpec(size=16)
WIDE_LAYOUT = WIDE.layout([Site(f"layer.{i}", "norm", 24, 24) for i in range(64)])


def test_mad_g_starts_as_published():
    generator = MadG(WIDE, WIDE_LAYOUT)
    assert generator.theta.std().item() == pytest.approx(1 / 32, rel=0.05)
    assert generator.theta.all()
    bound = 289**-0.5  # torch's Linear
    assert generator.encode.linear.weight.abs().max().item() == pytest.approx(bound, rel=0.05)


def test_mad_g_ls_starts_as_published():
    generator = MadGLS(WIDE, WIDE_LAYOUT)
    assert generator.theta.std().item() == pytest.approx(1 / 64, rel=0.05)
    assert generator.mu.std().item() == pytest.approx(1 / 32, rel=0.06)
    assert generator.theta.all()


@pytest.mark.parametrize(("kind", "std"), [(MadG, 1 / 32), (MadGLS, 1 / 64)])
def test_near_identity_is_zero_where_the_adapter_is_then_the_identity_and_as_published_elsewhere(kind, std):
    generator = kind(WIDE, WIDE_LAYOUT, init="near_identity")
    adapter = generator(torch.rand(2, 289))
    for weights in adapter.tensors.values():
        assert not weights["up.weight"].any()
        assert not weights["up.bias"].any()
        assert weights["down.weight"].all()
    drawn = generator.theta[generator.theta.any(dim=1)]
    assert drawn.std().item() == pytest.approx(std, rel=0.05)


@BOTH
@pytest.mark.parametrize("family", ["bert", "xlmr", "llama"])
def test_near_identity_starts_at_the_backbone_bit_for_bit(kind, family, request, spec, batch):
    from hypergen.backbones import sites_of

    backbone = request.getfixturevalue(family)
    generator = kind(spec, spec.layout(sites_of(backbone)), num_features=FEATURES, init="near_identity")
    model = AdaptedModel(backbone, [generator.layout])
    adapted = model(adapters=[generator(torch.rand(2, FEATURES))], **batch).logits
    assert torch.equal(adapted, model(**batch).logits)


@pytest.mark.parametrize(
    "method", [LoraSpec(rank=2), ChainSpec((InvertibleSpec(size=2), BottleneckSpec(size=2)))], ids=["lora", "chain"]
)
@pytest.mark.parametrize("family", ["bert", "xlmr", "llama"])
def test_near_identity_starts_at_the_backbone_whatever_the_method(method, family, request, batch):
    from hypergen.backbones import sites_of

    backbone = request.getfixturevalue(family)
    layout = method.layout(sites_of(backbone, kinds=method.site_kinds))
    model, t = AdaptedModel(backbone, [layout]), torch.rand(2, FEATURES)
    near, paper = (MadG(method, layout, num_features=FEATURES, init=init) for init in ("near_identity", "paper"))
    assert torch.equal(model(adapters=[near(t)], **batch).logits, model(**batch).logits)
    assert not torch.equal(model(adapters=[paper(t)], **batch).logits, model(**batch).logits)


@BOTH
def test_near_identity_can_leave_where_it_starts(kind):
    """The zero rows get gradients, so that the first step moves them."""
    generator = made(kind, init="near_identity")
    generator(torch.rand(1, FEATURES)).vector().sum().backward()
    assert generator.theta.grad.any(dim=1).all()


@BOTH
def test_languages_generated_together_equal_each_alone(kind):
    generator, typology = made(kind), torch.rand(3, FEATURES)
    together = generator(typology)
    assert together.num_languages == 3
    for i in range(3):
        torch.testing.assert_close(together[i].vector(), generator(typology[i : i + 1])[0].vector())


@BOTH
def test_gradients_reach_every_parameter(kind):
    generator = made(kind)
    generator(torch.rand(2, FEATURES)).vector().square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in generator.parameters())


@BOTH
def test_an_embedding_can_be_tuned_by_itself(kind):
    generator = made(kind).requires_grad_(False)
    embedding = generator.encode(torch.rand(1, FEATURES)).clone().requires_grad_()
    generator.decode(embedding).vector().square().sum().backward()
    assert embedding.grad is not None
    assert embedding.grad.any()


@BOTH
def test_the_call_is_decoding_what_was_encoded(kind):
    generator, typology = made(kind), torch.rand(2, FEATURES)
    assert torch.equal(generator(typology).vector(), generator.decode(generator.encode(typology)).vector())


@BOTH
def test_output_scale_is_a_factor_on_everything_generated(kind):
    generator, typology = made(kind), torch.rand(2, FEATURES)
    tripled = made(kind, output_scale=3.0)
    tripled.load_state_dict(generator.state_dict())
    torch.testing.assert_close(tripled(typology).vector(), 3 * generator(typology).vector())


@BOTH
def test_the_relu_variant_has_no_negative_embedding(kind):
    generator, typology = made(kind, activation="relu"), torch.randn(20, FEATURES)
    linear = generator.encode.linear(typology)
    assert (linear < 0).any()
    assert torch.equal(generator.encode(typology), linear.clamp(min=0))


@BOTH
def test_vectors_of_another_number_of_features_are_refused(kind):
    with pytest.raises(HypergenError, match="typology vectors of 5 features were given to a generator of 7"):
        made(kind)(torch.rand(1, 5))


def test_mad_g_ls_refuses_sites_that_differ():
    sites = (Site("a", "norm", 3, 3), Site("b", "norm", 5, 5))
    with pytest.raises(HypergenError, match="use MadG"):
        MadGLS(SPEC, SPEC.layout(sites))
    assert MadG(SPEC, SPEC.layout(sites), embedding_size=2)(torch.rand(1, 289)).num_languages == 1


def test_a_generator_serves_a_method_that_it_has_never_heard_of():
    """Slots of any names and shapes: only ``identity_slots`` matters to a generator."""
    layout = Layout((Site("a", "norm", 3, 3),), (Slot("a", "scale", (3,)), Slot("a", "cube", (2, 2, 2))))
    adapter = MadG(SPEC, layout, num_features=FEATURES)(torch.rand(2, FEATURES))
    assert adapter.tensors["a"]["cube"].shape == (2, 2, 2, 2)
