from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from hypergen.adapters import SPECS
from hypergen.adapters.bottleneck import BottleneckSpec
from hypergen.adapters.core import Adapter, AdapterSpec, Layout, Site
from hypergen.errors import HypergenError

SPEC = BottleneckSpec(size=3)
SITE = Site("site", "norm", 5, 5)
MBERT = [Site(f"bert.encoder.layer.{i}.output.LayerNorm", "norm", 768, 768) for i in range(12)]


@pytest.fixture
def norm() -> nn.LayerNorm:
    module = nn.LayerNorm(5)
    nn.init.normal_(module.weight)
    nn.init.normal_(module.bias)
    return module.requires_grad_(False)


def weights_of(adapter: Adapter) -> dict[str, Tensor]:
    return dict(adapter.tensors["site"])


def drawn(*axis: int) -> dict[str, Tensor]:
    layout = SPEC.layout([SITE])
    return weights_of(Adapter.from_vector(SPEC, layout, torch.randn(*axis, layout.num_parameters)))


def test_it_is_a_method_under_its_name():
    assert isinstance(SPEC, AdapterSpec)
    assert SPECS["bottleneck"](size=3) == SPEC


def test_at_a_norm_it_computes_the_published_equation(norm):
    """``LN(up(relu(down(LN(h + r)))) + h + r)``, row by row, token by token, in numpy."""
    h, r, w = torch.randn(2, 4, 5), torch.randn(2, 4, 5), drawn()
    down, down_bias, up, up_bias = (w[n].numpy() for n in ("down.weight", "down.bias", "up.weight", "up.bias"))

    def layer_norm(v: Any) -> Any:
        centred = v - v.mean()
        return centred / np.sqrt((centred**2).mean() + norm.eps) * norm.weight.numpy() + norm.bias.numpy()

    expected = np.zeros((2, 4, 5))
    for row in range(2):
        for token in range(4):
            s = (h + r)[row, token].numpy().astype(float)
            hidden = np.maximum(down @ layer_norm(s) + down_bias, 0)
            expected[row, token] = layer_norm(up @ hidden + up_bias + s)

    x = h + r
    adapted, y = SPEC.apply(w, x, norm(x), norm)
    torch.testing.assert_close(y, torch.from_numpy(expected).float())
    torch.testing.assert_close(norm(adapted), y)


def test_at_a_block_it_adds_to_the_output():
    s, w = torch.randn(2, 4, 5), drawn()
    expected = s + torch.relu(s @ w["down.weight"].mT + w["down.bias"]) @ w["up.weight"].mT + w["up.bias"]
    x, y = SPEC.apply(w, s, s, lambda tensor: tensor)
    assert torch.equal(x, y)
    torch.testing.assert_close(y, expected)


def test_it_changes_nothing_where_its_identity_slots_are_zero(norm):
    x = torch.randn(2, 4, 5)
    w = {name: torch.zeros_like(t) if name in SPEC.identity_slots else t for name, t in drawn().items()}
    adapted, y = SPEC.apply(w, x, norm(x), norm)
    assert torch.equal(adapted, x)
    assert torch.equal(y, norm(x))


def test_it_does_not_write_to_what_it_is_given(norm):
    x = torch.randn(2, 4, 5)
    y, w = norm(x), drawn()
    before = [tensor.clone() for tensor in (x, y, *w.values())]
    SPEC.apply(w, x, y, norm)
    assert all(torch.equal(was, tensor) for was, tensor in zip(before, (x, y, *w.values()), strict=True))


def test_a_mixed_batch_equals_its_parts(norm):
    x, w = torch.randn(6, 4, 5), drawn(3)
    _, together = SPEC.apply(w, x, norm(x), norm)
    for i, rows in enumerate(x.chunk(3)):
        _, alone = SPEC.apply({name: tensor[i] for name, tensor in w.items()}, rows, norm(rows), norm)
        torch.testing.assert_close(together.chunk(3)[i], alone)


def test_its_slots_are_down_and_up_with_their_biases():
    layout = SPEC.layout([SITE])
    expected = {"down.weight": (3, 5), "down.bias": (3,), "up.weight": (5, 3), "up.bias": (5,)}
    assert {slot.name: slot.shape for slot in layout.slots} == expected
    assert set(SPEC.identity_slots) <= set(expected)


def test_it_acts_at_norms_and_blocks_only():
    others = [Site("linear", "linear", 5, 5), Site("embedding", "embedding", 5, 5)]
    block = Site("block", "block", 5, 5)
    assert SPEC.layout([others[0], SITE, others[1], block]).sites == (SITE, block)


def test_a_backbone_without_a_fitting_site_is_refused():
    with pytest.raises(HypergenError, match="0 sites"):
        SPEC.layout([Site("linear", "linear", 5, 5)])


def test_seq_bn_16_in_mbert_has_894528_parameters():
    assert BottleneckSpec(size=768 // 16).layout(MBERT).num_parameters == 894_528


def test_it_starts_as_adapterhub_does():
    spec = replace(SPEC, size=48)
    adapter = spec.initial(spec.layout(MBERT[:1]), rng=torch.Generator().manual_seed(0))
    w = adapter.tensors[MBERT[0].path]
    # 36,864 draws: the sample's standard deviation is within 1.5 % (4 standard errors) of the true one.
    assert w["down.weight"].std().item() == pytest.approx(0.02, rel=0.015)
    assert w["up.weight"].std().item() == pytest.approx(0.02, rel=0.015)
    assert not w["down.bias"].any()
    assert not w["up.bias"].any()


def test_the_same_generator_of_random_numbers_gives_the_same_start():
    layout: Layout = SPEC.layout([SITE])
    first, again, other = (SPEC.initial(layout, rng=torch.Generator().manual_seed(s)).vector() for s in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_its_activation_can_be_another():
    s, w = torch.randn(2, 4, 5), drawn()
    hidden = nn.functional.leaky_relu(s @ w["down.weight"].mT + w["down.bias"])
    _, y = replace(SPEC, activation="leakyrelu").apply(w, s, s, lambda v: v)
    torch.testing.assert_close(y, s + hidden @ w["up.weight"].mT + w["up.bias"])


@pytest.mark.parametrize("size", [0, -1])
def test_a_bottleneck_without_units_is_refused(size):
    with pytest.raises(HypergenError, match=f"bottleneck size is {size}; it needs at least 1 unit"):
        BottleneckSpec(size=size)
