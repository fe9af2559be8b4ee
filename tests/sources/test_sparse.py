import pytest
import torch

from hypergen.adapters import Adapter, BottleneckSpec, ChainSpec, InvertibleSpec, LoraSpec
from hypergen.backbones import sites_of
from hypergen.errors import HypergenError
from hypergen.sources import AdapterSource, SparseAdapter, SparseBank


def drawn_of(spec, backbone):
    layout = spec.layout(sites_of(backbone, kinds=spec.site_kinds))
    return Adapter.from_vector(spec, layout, 1 + torch.rand(layout.num_parameters))


@pytest.fixture
def adapter(bert):
    """Nothing in it is zero."""
    return drawn_of(BottleneckSpec(size=4), bert)


def sparse(adapter, **options):
    return SparseAdapter(adapter, rng=torch.Generator().manual_seed(0), **options)


def share_of(adapter, slot):
    return (adapter.tensors[slot.site][slot.name] != 0).float().mean().item()


def test_merged_it_is_the_adapter_it_started_as(adapter):
    source = sparse(adapter).eval()
    assert isinstance(source, AdapterSource)
    assert torch.equal(source().vector(), adapter.vector())
    assert source().layout == adapter.layout


def test_in_training_one_part_of_every_matrix_is_active_and_biases_are_whole(adapter):
    source = sparse(adapter, num_experts=4)
    active = source()
    for slot in adapter.layout.slots:
        assert share_of(active, slot) == (0.25 if slot.name.endswith("weight") else 1.0)
    kept = active.vector() != 0
    assert torch.equal(active.vector()[kept], adapter.vector()[kept])


def test_the_parts_are_disjoint_and_make_up_the_whole(adapter):
    source = sparse(adapter, num_experts=3)
    seen = {tuple((source().vector() != 0).tolist()) for _ in range(200)}
    slot = adapter.layout.slots[0]
    masks = {mask[: slot.size] for mask in seen}
    assert len(masks) == 3
    assert torch.tensor(sorted(masks)).sum(0).tolist() == [1] * slot.size


def test_down_and_up_draw_independently_in_every_layer(adapter):
    source = sparse(adapter, num_experts=2)
    matrices = [slot for slot in adapter.layout.slots if slot.name.endswith("weight")]
    patterns = set()
    for _ in range(200):
        active = source()
        patterns.add(tuple(bool(active.tensors[s.site][s.name].flatten()[0] != 0) for s in matrices))
    assert len(patterns) == 2 ** len(matrices)  # 16 patterns; one is missed in 200 draws with probability 4e-5


def test_a_step_updates_only_what_was_active(adapter):
    """Also where the optimizer has momentum from steps before."""
    source = sparse(adapter, num_experts=4)
    optimizer = torch.optim.AdamW(source.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(5):
        before = source.eval()().vector().detach().clone()
        active = source.train()()
        optimizer.zero_grad()
        active.vector().square().sum().backward()
        optimizer.step()
        changed = source.eval()().vector() != before
        assert torch.equal(changed, active.vector() != 0)


@pytest.mark.parametrize(("share", "whole"), [("down", "down.weight"), ("up", "up.weight")])
def test_one_side_can_be_shared(adapter, share, whole):
    active = sparse(adapter, num_experts=4, share=share)()
    for slot in adapter.layout.slots:
        is_split = slot.name.endswith("weight") and slot.name != whole
        assert share_of(active, slot) == (0.25 if is_split else 1.0)


@pytest.mark.parametrize(
    "spec", [LoraSpec(rank=4), ChainSpec((InvertibleSpec(size=4), BottleneckSpec(size=4)))], ids=["lora", "chain"]
)
def test_matrices_of_other_methods_are_split_too(spec, bert):
    active = sparse(drawn_of(spec, bert), num_experts=2)()
    shares = {slot.name: share_of(active, slot) for slot in active.layout.slots}
    assert all(share == (1.0 if name.endswith("bias") else 0.5) for name, share in shares.items())


def test_of_the_scale_of_its_experts_a_matrix_is_on_average_the_merged_one(adapter):
    source = sparse(adapter, num_experts=2, scale=2.0)
    mean = torch.stack([source().vector().detach() for _ in range(400)]).mean(0)
    torch.testing.assert_close(mean, adapter.vector(), rtol=0.3, atol=0.0)  # six standard deviations


def test_one_expert_is_an_ordinary_adapter(adapter):
    assert torch.equal(sparse(adapter, num_experts=1)().vector(), adapter.vector())


def test_it_is_read_back_with_its_masks(adapter):
    source = sparse(adapter)
    other = SparseAdapter(adapter.map(torch.zeros_like), rng=torch.Generator().manual_seed(1))
    other.load_state_dict(source.state_dict())
    torch.manual_seed(3)
    active = source().vector()
    torch.manual_seed(3)
    assert torch.equal(other().vector(), active)
    assert torch.equal(other.eval()().vector(), adapter.vector())


def test_no_expert_is_refused(adapter):
    with pytest.raises(HypergenError, match="0 experts for an adapter of one language"):
        sparse(adapter, num_experts=0)


def test_an_adapter_of_several_languages_is_refused(drawn):
    with pytest.raises(HypergenError, match=r"of 2 language\(s\)"):
        sparse(drawn(2))


def test_a_bank_has_an_adapter_for_each_language_with_masks_and_experts_of_its_own(adapter):
    other = adapter.map(lambda tensor: 2 * tensor)
    bank = SparseBank({"swh": adapter, "fin": other}, rng=torch.Generator().manual_seed(0))
    bank.eval()
    assert torch.equal(bank("fin").vector(), other.vector())
    assert torch.equal(bank(["fin", "swh"]).vector(), torch.stack([other.vector(), adapter.vector()]))
    bank.train()
    drawn = bank(["swh", "fin"]).vector() != 0
    assert not torch.equal(drawn[0], drawn[1])
    assert 0 < drawn.float().mean() < 0.5
