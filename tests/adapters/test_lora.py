from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from hypergen.adapters import SPECS, Adapter, AdapterSpec, LoraSpec, Site
from hypergen.backbones import sites_of
from hypergen.errors import HypergenError

SPEC = LoraSpec(rank=2, alpha=3.0, targets=())
SITE = Site("site", "linear", 5, 4)
LAYER = [
    Site(f"encoder.layer.0.{name}", "linear", 5, 5)
    for name in ("attention.self.query", "attention.self.value", "attention.output.dense", "output.dense")
]


@pytest.fixture
def linear() -> nn.Linear:
    return nn.Linear(5, 4).requires_grad_(False)


def drawn(*axis: int) -> Any:
    layout = SPEC.layout([SITE])
    return Adapter.from_vector(SPEC, layout, torch.randn(*axis, layout.num_parameters)).tensors["site"]


def test_it_is_a_method_under_its_name():
    assert isinstance(SPEC, AdapterSpec)
    assert SPECS["lora"](rank=2, alpha=3.0, targets=()) == SPEC


def test_it_computes_the_published_equation(linear):
    """``h = W x + b + alpha / r B A x``, row by row, token by token, in numpy."""
    x, w = torch.randn(2, 3, 5), drawn()
    a, b, weight, bias = (t.double().numpy() for t in (w["A"], w["B"], linear.weight, linear.bias))
    expected = np.zeros((2, 3, 4))
    for row in range(2):
        for token in range(3):
            v = x[row, token].double().numpy()
            expected[row, token] = weight @ v + bias + 3.0 / 2 * (b @ (a @ v))
    same, y = SPEC.apply(w, x, linear(x), linear)
    assert same is x
    torch.testing.assert_close(y, torch.from_numpy(expected).float())


def test_it_changes_nothing_where_its_identity_slots_are_zero(linear):
    x, w = torch.randn(2, 3, 5), drawn()
    zeroed = {name: torch.zeros_like(t) if name in SPEC.identity_slots else t for name, t in w.items()}
    assert torch.equal(SPEC.apply(zeroed, x, linear(x), linear)[1], linear(x))


def test_it_does_not_write_to_what_it_is_given(linear):
    x = torch.randn(2, 3, 5)
    y, w = linear(x), drawn()
    before = [tensor.clone() for tensor in (x, y, *w.values())]
    SPEC.apply(w, x, y, linear)
    assert all(torch.equal(was, tensor) for was, tensor in zip(before, (x, y, *w.values()), strict=True))


def test_a_mixed_batch_equals_its_parts(linear):
    x, w = torch.randn(6, 3, 5), drawn(3)
    _, together = SPEC.apply(w, x, linear(x), linear)
    for i, rows in enumerate(x.chunk(3)):
        _, alone = SPEC.apply({name: tensor[i] for name, tensor in w.items()}, rows, linear(rows), linear)
        torch.testing.assert_close(together.chunk(3)[i], alone)


@pytest.mark.parametrize(
    ("targets", "chosen"),
    [
        (("query", "value"), [0, 1]),
        (("attention.output.dense",), [2]),
        (("output.dense",), [2, 3]),
        (("uery",), []),
        ((), [0, 1, 2, 3]),
    ],
)
def test_targets_are_the_ends_of_paths(targets, chosen):
    spec = LoraSpec(targets=targets)
    if not chosen:
        with pytest.raises(HypergenError, match="0 sites"):
            spec.layout(LAYER)
        return
    assert spec.layout(LAYER).sites == tuple(LAYER[i] for i in chosen)


@pytest.mark.parametrize(
    ("family", "ends"), [("bert", ("query", "value")), ("xlmr", ("query", "value")), ("llama", ("q_proj", "v_proj"))]
)
def test_queries_and_values_are_the_targets_by_default(family, ends, request):
    sites = LoraSpec().layout(sites_of(request.getfixturevalue(family), kinds=["linear"])).sites
    assert [site.path.rpartition(".")[2] for site in sites] == [*ends, *ends]


def test_rank_8_in_mbert_has_294912_parameters():
    sites = [Site(f"bert.encoder.layer.{i}.attention.self.{name}", "linear", 768, 768)
             for i in range(12) for name in ("query", "key", "value")]  # fmt: skip
    assert LoraSpec(rank=8).layout(sites).num_parameters == 294_912


def test_it_starts_as_published():
    spec = LoraSpec(rank=64, targets=())
    w = spec.initial(spec.layout([Site("site", "linear", 400, 100)]), rng=torch.Generator().manual_seed(0)).tensors
    a: Tensor = w["site"]["A"]
    # uniform within b = 1 / sqrt(400): standard deviation b / sqrt(3); 25,600 draws are within 2 % of it (5 errors).
    assert a.abs().max().item() <= 0.05
    assert a.std().item() == pytest.approx(0.05 / 3**0.5, rel=0.02)
    assert not w["site"]["B"].any()


def test_a_rank_of_nothing_is_refused():
    with pytest.raises(HypergenError, match="rank is 0; a low-rank adapter needs at least 1"):
        LoraSpec(rank=0)
