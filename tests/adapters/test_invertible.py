import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from hypergen.adapters import SPECS, Adapter, AdapterSpec, InvertibleSpec, Site
from hypergen.adapters.terms import InvertibleMethod
from hypergen.backbones import sites_of
from hypergen.errors import HypergenError
from hypergen.model import AdaptedModel

SPEC = InvertibleSpec(size=3)
FAMILIES = pytest.mark.parametrize("family", ["bert", "xlmr", "llama"])


def drawn(*axis: int, d: int = 6) -> dict[str, Tensor]:
    layout = SPEC.layout([Site("site", "embedding", d, d)])
    return dict(Adapter.from_vector(SPEC, layout, torch.randn(*axis, layout.num_parameters)).tensors["site"])


def applied(w: Any, y: Tensor) -> Tensor:
    return SPEC.apply(w, y, y, nn.Identity())[1]


def adapter_of(backbone: nn.Module, *axis: int, leave_out: Any = ()) -> Adapter:
    layout = SPEC.layout(sites_of(backbone, kinds=["embedding"], leave_out=leave_out))
    return Adapter.from_vector(SPEC, layout, 0.3 * torch.randn(*axis, layout.num_parameters))


def test_it_is_a_method_under_its_name():
    assert isinstance(SPEC, AdapterSpec)
    assert isinstance(SPEC, InvertibleMethod)
    assert SPECS["invertible"](size=3) == SPEC


def test_it_computes_the_published_equation():
    """Dinh et al.: ``y1 = x1 + F(x2)``, ``y2 = x2 + G(y1)``, with F and G of two layers."""
    y, w = torch.randn(2, 4, 6), drawn()

    def net(name: str, v: Tensor) -> Tensor:
        hidden = (v @ w[f"{name}.down.weight"].T + w[f"{name}.down.bias"]).clamp(min=0)
        return hidden @ w[f"{name}.up.weight"].T + w[f"{name}.up.bias"]

    y1 = y[..., :3] + net("F", y[..., 3:])
    y2 = y[..., 3:] + net("G", y1)
    torch.testing.assert_close(applied(w, y), torch.cat([y1, y2], dim=-1))


@pytest.mark.parametrize("d", [6, 7])
def test_its_inverse_undoes_it(d):
    y, w = torch.randn(2, 4, d).double(), {name: t.double() for name, t in drawn(d=d).items()}
    torch.testing.assert_close(SPEC.invert(w, applied(w, y)), y)
    torch.testing.assert_close(applied(w, SPEC.invert(w, y)), y)


def test_it_changes_nothing_where_its_identity_slots_are_zero():
    y = torch.randn(2, 4, 6)
    w = {name: torch.zeros_like(t) if name in SPEC.identity_slots else t for name, t in drawn().items()}
    assert torch.equal(applied(w, y), y)
    assert torch.equal(SPEC.invert(w, y), y)


def test_a_mixed_batch_equals_its_parts():
    y, w = torch.randn(6, 4, 6), drawn(3)
    for i, rows in enumerate(y.chunk(3)):
        own = {name: tensor[i] for name, tensor in w.items()}
        torch.testing.assert_close(applied(w, y).chunk(3)[i], applied(own, rows))
        torch.testing.assert_close(SPEC.invert(w, y).chunk(3)[i], SPEC.invert(own, rows))


def test_in_mbert_it_has_296064_parameters():
    spec = InvertibleSpec(size=768 // 4)
    assert spec.layout([Site("bert.embeddings", "embedding", 768, 768)]).num_parameters == 296_064


def test_it_starts_as_adapterhub_does():
    spec = InvertibleSpec(size=192)
    layout = spec.layout([Site("site", "embedding", 768, 768)])
    w = spec.initial(layout, rng=torch.Generator().manual_seed(0)).tensors["site"]
    # 73,728 draws: the sample's standard deviation is within 1 % (4 standard errors) of the true one.
    assert all(t.std().item() == pytest.approx(0.02, rel=0.011) for n, t in w.items() if n.endswith("weight"))
    assert not any(t.any() for n, t in w.items() if n.endswith("bias"))


def test_a_coupling_without_units_is_refused():
    with pytest.raises(HypergenError, match="at least 1 unit"):
        InvertibleSpec(size=0)


# ------------------------------------------------------------------------------------------------------ in a backbone


def by_hooks(backbone: nn.Module, adapters: list[Adapter], batch: dict[str, Tensor]) -> Tensor:
    """Logits of a backbone with hooks of the test's own, at the embeddings and at the output embedding."""
    path = adapters[0].layout.sites[0].path

    def forward(_module: Any, _args: Any, output: Tensor) -> Tensor:
        for one in adapters:
            output = applied(one.tensors[path], output)
        return output

    def before(_module: Any, args: Any) -> Any:
        h = args[0]
        for one in reversed(adapters):
            h = SPEC.invert(one.tensors[path], h)
        return (h,)

    other: Any = copy.deepcopy(backbone)
    other.get_submodule(path).register_forward_hook(forward)
    other.get_output_embeddings().register_forward_pre_hook(before)
    logits: Tensor = other(**batch).logits
    return logits


@FAMILIES
def test_the_embeddings_are_restored_before_the_output_embedding_the_last_first(family, request, batch):
    backbone = request.getfixturevalue(family)
    adapters = [adapter_of(backbone), adapter_of(backbone)]
    expected = by_hooks(backbone, adapters, batch)
    model = AdaptedModel(backbone, [adapters[0].layout])
    torch.testing.assert_close(model(adapters=adapters, **batch).logits, expected)
    assert (expected - model(**batch).logits).abs().max() > 0.01


@FAMILIES
def test_a_mixed_batch_equals_its_parts_also_where_logits_are_computed_at_positions(family, request, batch):
    backbone = request.getfixturevalue(family)
    adapter = adapter_of(backbone, 2)
    model = AdaptedModel(backbone, [adapter.layout])
    positions = torch.tensor([0, 3, 7])  # all of the first language's rows
    together = model(adapters=[adapter], positions=positions, **batch).logits
    rows = {name: tensor[:2] for name, tensor in batch.items()}
    alone = model(adapters=[adapter[0]], **rows).logits.flatten(0, 1)[positions]
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


def test_a_backbone_without_output_embedding_only_has_its_embeddings_changed(bert, batch):
    body = bert.base_model
    adapter = adapter_of(body)
    path = adapter.layout.sites[0].path
    other = copy.deepcopy(body)
    other.get_submodule(path).register_forward_hook(lambda _m, _a, y: applied(adapter.tensors[path], y))
    found = AdaptedModel(body, [adapter.layout])(adapters=[adapter], **batch).last_hidden_state
    torch.testing.assert_close(found, other(**batch).last_hidden_state)


def test_leaving_out_layers_leaves_the_embeddings_in(bert):
    assert adapter_of(bert, leave_out=[0, 1]).layout == adapter_of(bert).layout
