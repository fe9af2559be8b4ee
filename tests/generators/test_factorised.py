import pytest
import torch

from hypergen.adapters import BottleneckSpec, ChainSpec, InvertibleSpec
from hypergen.adapters.core import Site
from hypergen.errors import HypergenError
from hypergen.generators import Factorised, Generator, MadG

SPEC = BottleneckSpec(size=4)
LAYOUT = SPEC.layout([Site(f"layer.{i}", "norm", 6, 6) for i in range(3)])
FEATURES, E, RANK = 7, 5, 2


def made(**options):
    return Factorised(SPEC, LAYOUT, num_features=FEATURES, embedding_size=E, rank=RANK, **options)


def test_it_is_a_generator_and_equals_its_equation_written_out():
    generator, t = made(output_scale=2.0), torch.rand(2, FEATURES)
    assert isinstance(generator, Generator)
    adapter, embedding = generator(t), generator.encode(t)
    weight, bias = generator.heads["down_weightx4x6"], generator.heads["down_biasx4"]
    for language in range(2):
        for site in range(3):
            got = {name: tensor[language] for name, tensor in adapter.tensors[f"layer.{site}"].items()}
            c = weight.weights @ (embedding[language] * weight.slots[site])
            expected = weight.shared[site] + sum(
                c[k] * torch.outer(weight.left[k], weight.right[k]) for k in range(RANK)
            )
            torch.testing.assert_close(adapter.tensors[f"layer.{site}"]["down.weight"][language], 2 * expected)
            c = bias.weights @ (embedding[language] * bias.slots[site])
            torch.testing.assert_close(got["down.bias"], 2 * (bias.shared[site] + c @ bias.left))


def test_what_differs_between_languages_has_the_rank():
    adapter = made()(torch.rand(2, FEATURES))
    for weights in adapter.tensors.values():
        assert torch.linalg.matrix_rank(weights["down.weight"][0] - weights["down.weight"][1], rtol=1e-4) == RANK


def test_near_identity_starts_at_the_identity_and_can_leave():
    generator = made(init="near_identity")
    adapter = generator(torch.rand(2, FEATURES))
    for weights in adapter.tensors.values():
        assert not weights["up.weight"].any()
        assert not weights["up.bias"].any()
        assert weights["down.weight"].all()
    adapter.vector().sum().backward()
    head = generator.heads["up_weightx6x4"]
    assert head.shared.grad.any()
    assert head.weights.grad.any()


def test_it_serves_a_method_with_sites_that_differ():
    method = ChainSpec((InvertibleSpec(size=2), BottleneckSpec(size=2)))
    sites = [Site("embeddings", "embedding", 6, 6), Site("layer", "norm", 6, 6)]
    layout = method.layout(sites)
    adapter = Factorised(method, layout, num_features=FEATURES)(torch.rand(2, FEATURES))
    assert adapter.vector().shape == (2, layout.num_parameters)


def test_at_mberts_size_it_has_a_thirtieth_of_mad_gs_parameters():
    spec = BottleneckSpec(size=48)
    layout = spec.layout([Site(f"bert.encoder.layer.{i}.output.LayerNorm", "norm", 768, 768) for i in range(12)])
    with torch.device("meta"):
        few, many = (sum(p.numel() for p in kind(spec, layout).parameters()) for kind in (Factorised, MadG))
    assert few == pytest.approx(many / 30, rel=0.1)


def test_a_rank_below_one_is_refused():
    with pytest.raises(HypergenError, match="rank is 0"):
        Factorised(SPEC, LAYOUT, rank=0)
