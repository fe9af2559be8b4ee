import re
from dataclasses import FrozenInstanceError, replace

import pytest
import torch
from torch import Tensor

from hypergen.adapters.core import Adapter, Layout, Site, Slot, affine, stack
from hypergen.errors import HypergenError

SITES = (Site("a", "norm", 3, 3), Site("b", "norm", 5, 5))
SLOTS = (Slot("a", "w", (2, 3)), Slot("a", "b", (2,)), Slot("b", "w", (2, 5)))
LAYOUT = Layout(SITES, SLOTS)
AXES = pytest.mark.parametrize("axis", [(), (1,), (3,)], ids=["no axis", "one language", "three languages"])


def test_a_slot_counts_its_entries_and_a_layout_all_of_them():
    assert [slot.size for slot in SLOTS] == [6, 2, 10]
    assert LAYOUT.num_parameters == 18


def test_a_layout_knows_the_slots_of_each_site():
    assert LAYOUT.slots_of == {"a": SLOTS[:2], "b": SLOTS[2:]}


def test_layouts_of_equal_slots_are_equal_whether_used_or_not():
    LAYOUT.split(torch.zeros(18))
    fresh = Layout(SITES, SLOTS)
    assert fresh == LAYOUT
    assert hash(fresh) == hash(LAYOUT)


@pytest.mark.parametrize(
    "slots",
    [(), SLOTS[::-1], (SLOTS[0], SLOTS[2], SLOTS[1]), (*SLOTS, Slot("elsewhere", "w", (2,)))],
    ids=["no slots", "backwards", "mixed", "of no site"],
)
def test_a_layout_that_is_empty_or_out_of_order_is_refused(slots):
    with pytest.raises(HypergenError, match="grouped by site in the order of the sites"):
        Layout(SITES, slots)


@AXES
def test_join_undoes_split(axis):
    flat = torch.randn(*axis, 18)
    assert torch.equal(LAYOUT.join(LAYOUT.split(flat)), flat)


@AXES
def test_split_undoes_join(axis):
    tensors: dict[str, dict[str, Tensor]] = {"a": {}, "b": {}}
    for slot in SLOTS:
        tensors[slot.site][slot.name] = torch.randn(*axis, *slot.shape)
    split = LAYOUT.split(LAYOUT.join(tensors))
    assert {site: list(weights) for site, weights in split.items()} == {"a": ["w", "b"], "b": ["w"]}
    assert all(torch.equal(split[slot.site][slot.name], tensors[slot.site][slot.name]) for slot in SLOTS)


def test_split_cuts_in_the_order_of_the_slots():
    split = LAYOUT.split(torch.arange(18.0))
    assert split["a"]["w"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert split["a"]["b"].tolist() == [6, 7]
    assert split["b"]["w"].tolist() == [[8, 9, 10, 11, 12], [13, 14, 15, 16, 17]]


def test_a_vector_of_another_length_is_refused():
    with pytest.raises(HypergenError, match="17 adapter parameters were given where this layout has 18"):
        LAYOUT.split(torch.zeros(17))


@AXES
def test_from_vector_gives_views(spec, layout, axis):
    flat = torch.zeros(*axis, layout.num_parameters)
    adapter = Adapter.from_vector(spec, layout, flat)
    flat.fill_(1.0)
    assert all(bool((tensor == 1).all()) for weights in adapter.tensors.values() for tensor in weights.values())


def test_an_adapter_is_shown_without_its_numbers(spec):
    vectors = torch.zeros(3, 18)
    assert repr(Adapter.from_vector(spec, LAYOUT, vectors[0])) == f"Adapter({spec}, 2 sites, 18 parameters)"
    assert repr(Adapter.from_vector(spec, LAYOUT, vectors)).endswith("18 parameters, 3 languages)")


def test_an_adapter_cannot_be_changed(adapter):
    with pytest.raises(FrozenInstanceError):
        adapter.tensors = {}


def test_map_gives_a_new_adapter_and_leaves_the_old(adapter):
    before = adapter.vector().clone()
    assert torch.equal(adapter.map(lambda tensor: 2 * tensor).vector(), 2 * before)
    assert torch.equal(adapter.vector(), before)


def test_an_adapter_says_how_many_languages_it_holds(drawn):
    assert drawn().num_languages is None
    assert drawn(1).num_languages == 1
    assert drawn(3).num_languages == 3


def test_indexing_gives_the_adapter_of_one_language(drawn):
    three = drawn(3)
    assert three[1].num_languages is None
    assert torch.equal(three[1].vector(), three.vector()[1])
    assert [torch.equal(one.vector(), row) for one, row in zip(three, three.vector(), strict=True)] == [True] * 3


def test_the_adapter_of_one_language_cannot_be_indexed_or_counted_through(adapter):
    with pytest.raises(HypergenError, match="no axis of languages"):
        adapter[0]
    with pytest.raises(HypergenError, match="no axis of languages"):
        list(adapter)


def test_an_adapter_without_a_site_keeps_the_others_as_they_are(drawn, layout):
    three, (first, last) = drawn(3), layout.sites
    less = three.without([last.path])
    assert less.layout.sites == (first,)
    assert torch.equal(less.vector(), three.vector()[:, : less.layout.num_parameters])
    with pytest.raises(HypergenError, match="at least one slot"):
        less.without([first.path])


def test_stack_undoes_taking_apart(drawn):
    three = drawn(3)
    assert torch.equal(stack(list(three)).vector(), three.vector())


def test_gradients_reach_every_adapter_of_a_stack(drawn):
    leaves = [drawn().map(lambda tensor: tensor.clone().requires_grad_()) for _ in range(2)]
    stack(leaves).vector().sum().backward()
    assert all(tensor.grad is not None for one in leaves for site in one.tensors.values() for tensor in site.values())


def test_adapters_of_different_methods_cannot_be_stacked(spec, layout, adapter):
    other = Adapter(replace(spec, size=8), layout, adapter.tensors)
    with pytest.raises(
        HypergenError, match=r"size=4.* and .*size=8.* differ in method, sites or languages; stack or add equals"
    ):
        stack([adapter, other])


@AXES
def test_sums_differences_and_multiples_are_those_of_the_vectors(spec, layout, axis):
    a, b = (Adapter.from_vector(spec, layout, torch.randn(*axis, layout.num_parameters)) for _ in range(2))
    for found, expected in [
        ((a + b) * 0.5, (a.vector() + b.vector()) * 0.5),
        (2 * a - b / 3, 2 * a.vector() - b.vector() / 3),
        (a - a, torch.zeros_like(a.vector())),
    ]:
        assert (found.spec, found.layout) == (spec, layout)
        torch.testing.assert_close(found.vector(), expected)


def test_gradients_reach_both_adapters_of_a_sum(drawn):
    leaves = [drawn().map(lambda tensor: tensor.clone().requires_grad_()) for _ in range(2)]
    (leaves[0] - leaves[1]).vector().sum().backward()
    assert all(tensor.grad is not None for one in leaves for site in one.tensors.values() for tensor in site.values())


def test_adapters_of_different_methods_or_numbers_of_languages_are_not_added(spec, layout, drawn):
    other = Adapter(replace(spec, size=8), layout, drawn().tensors)
    for unlike in (other, drawn(3)):
        with pytest.raises(HypergenError, match="differ in method, sites or languages; stack or add equals only"):
            drawn() + unlike
        with pytest.raises(HypergenError, match="differ in method, sites or languages"):
            unlike - drawn()


@pytest.mark.parametrize(
    "operate",
    [lambda a: a + 1, lambda a: a - 1, lambda a: a * a, lambda a: "x" * a, lambda a: a / "x", lambda a: 1 / a],
)
def test_other_arithmetic_is_a_type_error(adapter, operate):
    with pytest.raises(TypeError, match=r"unsupported operand|can't multiply"):
        operate(adapter)


def test_a_stack_of_nothing_is_refused():
    with pytest.raises(HypergenError, match="at least one"):
        stack([])


@pytest.mark.parametrize("tokens", [(), (5,), (5, 2)])
def test_affine_of_one_language_is_a_linear_layer(tokens):
    x, weight, bias = torch.randn(4, *tokens, 3), torch.randn(2, 3), torch.randn(2)
    torch.testing.assert_close(affine(x, weight, bias), x @ weight.mT + bias)


@pytest.mark.parametrize("tokens", [(), (5,), (5, 2)])
@pytest.mark.parametrize("languages", [1, 2, 6])
def test_affine_of_several_languages_is_each_on_its_own_rows(tokens, languages):
    x = torch.randn(6, *tokens, 3)
    weight, bias = torch.randn(languages, 2, 3), torch.randn(languages, 2)
    parts = [affine(rows, weight[i], bias[i]) for i, rows in enumerate(x.chunk(languages))]
    torch.testing.assert_close(affine(x, weight, bias), torch.cat(parts))


def test_affine_takes_rows_that_do_not_lie_side_by_side_in_memory():
    x, weight, bias = torch.randn(5, 4, 3).transpose(0, 1), torch.randn(2, 2, 3), torch.randn(2, 2)
    torch.testing.assert_close(affine(x, weight, bias), affine(x.contiguous(), weight, bias))


def test_rows_that_do_not_divide_evenly_are_refused_with_a_sentence():
    sentence = "a batch of 5 rows cannot be shared evenly among 2 languages; give as many rows for each language"
    with pytest.raises(HypergenError, match=re.escape(sentence)):
        affine(torch.zeros(5, 4, 3), torch.zeros(2, 2, 3), torch.zeros(2, 2))
