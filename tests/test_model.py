import copy
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import jaxtyping
import pytest
import torch
from torch import Tensor, nn

from hypergen.adapters import Adapter, BottleneckSpec, Layout, Slot
from hypergen.backbones import sites_of
from hypergen.errors import HypergenError
from hypergen.generators import MadG, MadGLS
from hypergen.model import AdaptedModel
from hypergen.sources import GeneratedAdapters, StoredAdapter


@pytest.fixture(params=["bert", "xlmr", "llama"])
def backbone(request) -> Any:
    """Here the backbone matters: every test runs on all three."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def pristine(backbone) -> Any:
    """The backbone as it was before anything was installed."""
    return copy.deepcopy(backbone)


@pytest.fixture
def model(pristine, backbone, layout) -> AdaptedModel:
    return AdaptedModel(backbone, [layout])


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Types are not checked, as where hypergen is used."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture
def generated(generator, typology) -> GeneratedAdapters:
    return GeneratedAdapters(generator, typology)


def traces(model: AdaptedModel) -> dict[str, Any]:
    """All that a call could leave behind: attributes, hooks and values, module by module."""
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return {
        "attributes": {name: (type(module), sorted(vars(module))) for name, module in model.named_modules()},
        "hooks": {name: [len(getattr(module, h)) for h in hooks] for name, module in model.named_modules()},
        "armed": (model._adapters, model._positions, model._owner),
        "tensors": {name: tensor.clone() for name, tensor in (*model.named_parameters(), *model.named_buffers())},
        "trains": model.training,
    }


def assert_same_traces(first: dict[str, Any], second: dict[str, Any]) -> None:
    tensors, again = first.pop("tensors"), second.pop("tensors")
    assert first == second
    assert tensors.keys() == again.keys()
    assert all(torch.equal(tensors[name], again[name]) for name in tensors)


# -------------------------------------------------------------------------------------------------- what a call returns


def test_no_adapters_is_the_backbone_bit_for_bit(model, pristine, batch):
    assert torch.equal(model(**batch).logits, pristine(**batch).logits)


def test_a_zero_adapter_changes_nothing(model, pristine, adapter, batch):
    zero = adapter.map(torch.zeros_like)
    assert torch.equal(model(adapters=[zero], **batch).logits, pristine(**batch).logits)


def test_hidden_states_are_those_the_output_embedding_reads(model, pristine, adapter, batch):
    states = model.hidden(adapters=[adapter], **batch)
    assert states.shape == (4, 6, 16)
    expected = model(adapters=[adapter], output_hidden_states=True, **batch).hidden_states[-1]
    torch.testing.assert_close(states, expected)
    plain = pristine(output_hidden_states=True, **batch).hidden_states[-1]
    torch.testing.assert_close(model.hidden(**batch), plain)
    assert (states - plain).abs().max() > 0.01


def test_an_adapter_changes_something(model, adapter, batch):
    assert (model(adapters=[adapter], **batch).logits - model(**batch).logits).abs().max() > 0.01


def test_a_stack_of_two_adapters_is_a_left_fold(model, pristine, layout, drawn, batch):
    """Against hooks of the test's own, with the equation written out; and the order matters."""

    def up_and_down(w: Any, v: Tensor) -> Any:
        return torch.relu(v @ w["down.weight"].mT + w["down.bias"]) @ w["up.weight"].mT + w["up.bias"]

    def fold(site: Any, adapters: list[Adapter]) -> Callable[..., Any]:
        def hook(module: Any, args: tuple[Any, ...], output: Any) -> Any:
            y = output[0] if isinstance(output, tuple) else output
            is_block = site.kind == "block"
            x = y if is_block else args[0]
            for one in adapters:
                x = x + up_and_down(one.tensors[site.path], y)
                y = x if is_block else nn.functional.layer_norm(x, x.shape[-1:], module.weight, module.bias, module.eps)
            return (y, *output[1:]) if isinstance(output, tuple) else y

        return hook

    language, task = drawn(), drawn()
    for site in layout.sites:
        pristine.get_submodule(site.path).register_forward_hook(fold(site, [language, task]))
    folded = model(adapters=[language, task], **batch).logits
    torch.testing.assert_close(folded, pristine(**batch).logits)
    assert (folded - model(adapters=[task, language], **batch).logits).abs().max() > 0.01


def test_a_mixed_batch_equals_its_parts(model, generated, batch):
    together = model(adapters=[generated(["swh", "yua"])], **batch).logits
    for language, rows in (("swh", slice(0, 2)), ("yua", slice(2, 4))):
        alone = model(adapters=[generated(language)], **{n: t[rows] for n, t in batch.items()}).logits
        torch.testing.assert_close(together[rows], alone, atol=1e-5, rtol=1e-5)


def test_a_mixed_batch_equals_its_parts_under_a_task_adapter_for_all(model, generated, drawn, batch):
    task = StoredAdapter(drawn())
    together = model(adapters=[generated(["swh", "yua", "quy", "swh"]), task()], **batch).logits
    for row, language in enumerate(["swh", "yua", "quy", "swh"]):
        one = {name: tensor[row : row + 1] for name, tensor in batch.items()}
        alone = model(adapters=[generated(language), task()], **one).logits
        torch.testing.assert_close(together[row : row + 1], alone, atol=1e-5, rtol=1e-5)


def test_rows_that_do_not_divide_evenly_are_refused_with_a_sentence(model, generated, batch):
    with pytest.raises(HypergenError, match="a batch of 4 rows cannot be shared evenly among 3 languages"):
        model(adapters=[generated(["swh", "yua", "quy"])], **batch)


def test_leaving_out_the_last_layer_leaves_its_site_alone(model, backbone, spec, drawn, batch):
    short = spec.layout(sites_of(backbone, leave_out=[1]))
    whole = drawn()
    cut = Adapter(spec, short, {site.path: whole.tensors[site.path] for site in short.sites})
    last = whole.layout.sites[-1].path
    zeroed = Adapter(
        spec, whole.layout, {**whole.tensors, last: {n: torch.zeros_like(t) for n, t in whole.tensors[last].items()}}
    )
    assert len(short.sites) == 1
    assert torch.equal(model(adapters=[cut], **batch).logits, model(adapters=[zeroed], **batch).logits)


def test_two_methods_of_different_size_act_in_one_call(backbone, adapter, batch):
    other = BottleneckSpec(size=2)
    layout = other.layout(sites_of(backbone))
    small = Adapter.from_vector(other, layout, 0.3 * torch.randn(layout.num_parameters))
    model = AdaptedModel(backbone, [adapter.layout, layout])
    both = model(adapters=[adapter, small], **batch).logits
    assert (both - model(adapters=[adapter], **batch).logits).abs().max() > 0.01


def test_logits_at_positions_equal_the_full_logits_there(model, adapter, batch):
    positions = torch.tensor([0, 3, 7, 23, 3])
    full = model(adapters=[adapter], **batch).logits
    some = model(adapters=[adapter], positions=positions, **batch).logits
    assert some.shape == (5, 50)
    torch.testing.assert_close(some, full.flatten(0, 1)[positions])
    assert torch.equal(model(adapters=[adapter], **batch).logits, full)


def test_logits_at_no_position_are_empty(model, adapter, batch):
    assert model(adapters=[adapter], positions=torch.tensor([], dtype=torch.long), **batch).logits.shape == (0, 50)


# -------------------------------------------------------------------------------------------- what a call leaves behind


def test_installing_leaves_weights_keys_and_class_of_the_backbone_untouched(model, backbone, pristine):
    assert type(backbone) is type(pristine)
    assert model.backbone is backbone
    state, was = backbone.state_dict(), pristine.state_dict()
    assert list(state) == list(was)
    assert all(torch.equal(state[name], was[name]) for name in was)
    assert [name.removeprefix("backbone.") for name in model.state_dict()] == list(was)


def test_a_call_leaves_nothing_behind(model, pristine, generated, batch):
    before = traces(model)
    loss = model(adapters=[generated(["swh", "yua"])], positions=torch.tensor([1]), **batch).logits.sum()
    loss.backward()
    assert_same_traces(traces(model), before)
    assert torch.equal(model(**batch).logits, pristine(**batch).logits)


def test_a_call_leaves_nothing_behind_even_when_it_fails(model, pristine, generated, adapter, batch):
    before = traces(model)
    with pytest.raises(HypergenError):
        model(adapters=[generated(["swh", "yua", "quy"])], positions=torch.tensor([1]), **batch)
    with pytest.raises(IndexError):
        model(adapters=[adapter], input_ids=torch.full((1, 3), 99))
    with pytest.raises(IndexError):
        model(adapters=[adapter], positions=torch.tensor([99]), **batch)
    assert_same_traces(traces(model), before)
    assert torch.equal(model(**batch).logits, pristine(**batch).logits)


def test_a_call_leaves_the_adapter_as_it_was(model, adapter, batch):
    before = adapter.vector().clone()
    model(adapters=[adapter, adapter], **batch)
    assert torch.equal(adapter.vector(), before)


@pytest.mark.parametrize("kind", [MadG, MadGLS])
def test_gradients_reach_the_generator_and_stop_at_the_backbone(model, kind, spec, layout, typology, batch):
    generated = GeneratedAdapters(kind(spec, layout, num_features=7), typology)
    model(adapters=[generated(["swh", "yua"])], **batch).logits.square().mean().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in generated.parameters())
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in model.parameters())


def test_gradients_reach_each_adapter_of_a_stack(model, generated, drawn, batch):
    task = StoredAdapter(drawn())
    model(adapters=[generated(["swh", "yua"]), task()], **batch).logits.square().mean().backward()
    assert all(parameter.grad.any() for parameter in (*generated.parameters(), *task.parameters()))


# ------------------------------------------------------------------------------------------------------ what is refused


def test_a_call_within_a_call_is_refused_and_the_model_works_on(model, pristine, adapter, batch):
    handle = model.backbone.register_forward_pre_hook(lambda module, args: model(**batch))
    with pytest.raises(HypergenError, match="in the middle of a call"):
        model(adapters=[adapter], **batch)
    handle.remove()
    assert torch.equal(model(**batch).logits, pristine(**batch).logits)


def test_an_adapter_of_a_site_without_a_hook_is_refused(backbone, spec, adapter, batch):
    last = AdaptedModel(backbone, [spec.layout(sites_of(backbone, leave_out=[0]))])
    with pytest.raises(HypergenError, match=r"where this model has no hook; name its layout in AdaptedModel\(...\)"):
        last(adapters=[adapter], **batch)


@pytest.mark.parametrize("axis", [(), (3,)], ids=["no axis", "three languages"])
@pytest.mark.usefixtures("unchecked")
def test_one_adapter_in_place_of_a_list_is_refused(model, drawn, batch, axis):
    for call in (model, model.hidden):
        with pytest.raises(HypergenError, match=r"adapters is one adapter; give a list: adapters=\[\.\.\.\]"):
            call(adapters=drawn(*axis), **batch)


def test_a_layout_of_another_backbone_is_refused(layout):
    with pytest.raises(HypergenError, match=r"this backbone \(Linear\) has no module .*Make it with sites_of"):
        AdaptedModel(nn.Linear(2, 2), [layout])


def test_a_layout_of_another_width_is_refused(backbone, spec):
    wide = spec.layout([replace(site, in_size=32, out_size=32) for site in sites_of(backbone)])
    with pytest.raises(HypergenError, match=r"maps 16 to 16 values, and the layout speaks of 32 and 32; .*sites_of"):
        AdaptedModel(backbone, [wide])


def test_the_sizes_of_a_linear_site_are_those_of_its_input_and_output(backbone):
    feed_forward = max(sites_of(backbone, kinds=["linear"]), key=lambda site: site.out_size)
    slots = (Slot(feed_forward.path, "a", (2, 16)),)
    assert AdaptedModel(backbone, [Layout((feed_forward,), slots)]).sites == {feed_forward.path: feed_forward}
    turned = replace(feed_forward, in_size=feed_forward.out_size, out_size=feed_forward.in_size)
    with pytest.raises(HypergenError, match="maps 16 to 24 values, and the layout speaks of 24 and 16"):
        AdaptedModel(backbone, [Layout((turned,), slots)])


def test_an_adapter_of_another_width_is_refused(model, spec, batch):
    wide = spec.layout([replace(site, in_size=32, out_size=32) for site in model.sites.values()])
    with pytest.raises(HypergenError, match="on 32 values, where this model has no hook"):
        model(adapters=[Adapter.from_vector(spec, wide, torch.zeros(wide.num_parameters))], **batch)


def test_positions_without_an_output_embedding_are_refused(backbone, spec, batch):
    body = backbone.base_model
    model = AdaptedModel(body, [spec.layout(sites_of(body))])
    with pytest.raises(HypergenError, match="no output embedding"):
        model(positions=torch.tensor([0]), **batch)
    assert model(**batch).last_hidden_state.shape == (4, 6, 16)


# --------------------------------------------------------------------------------------- copies, neighbours and threads


def test_a_deep_copy_works_and_is_independent(model, adapter, batch):
    expected = model(adapters=[adapter], **batch).logits
    twin = copy.deepcopy(model)
    assert torch.equal(twin(adapters=[adapter], **batch).logits, expected)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    assert torch.equal(model(adapters=[adapter], **batch).logits, expected)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(0.5)
    assert not any(parameter.any() for parameter in twin.parameters())


def test_two_models_share_a_backbone_in_turn(model, pristine, layout, drawn, batch):
    other, a, b = AdaptedModel(model.backbone, [layout]), drawn(), drawn()
    alone_a = AdaptedModel(copy.deepcopy(pristine), [layout])(adapters=[a], **batch).logits
    alone_b = AdaptedModel(copy.deepcopy(pristine), [layout])(adapters=[b], **batch).logits
    for _ in range(2):
        assert torch.equal(model(adapters=[a], **batch).logits, alone_a)
        assert torch.equal(other(adapters=[b], **batch).logits, alone_b)
    assert torch.equal(other(**batch).logits, pristine(**batch).logits)


def in_threads(work: Callable[[int], bool], *, count: int = 4) -> list[bool]:
    """``work`` of every number, all at once; what each returned."""
    results, start = [False] * count, threading.Barrier(count)

    def run(index: int) -> None:
        start.wait()
        results[index] = work(index)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def test_threads_wait_for_each_other_and_get_right_answers(model, drawn, batch):
    adapters = [drawn() for _ in range(4)]
    expected = [model(adapters=[adapter], **batch).logits for adapter in adapters]

    def work(index: int) -> bool:
        answers = [model(adapters=[adapters[index]], **batch).logits for _ in range(10)]
        return all(torch.equal(answer, expected[index]) for answer in answers)

    assert in_threads(work) == [True] * 4


def test_a_thread_that_fails_does_not_stop_the_others(model, drawn, batch):
    good, bad = drawn(), drawn(3)
    expected = model(adapters=[good], **batch).logits

    def work(index: int) -> bool:
        if index % 2:
            return all(torch.equal(model(adapters=[good], **batch).logits, expected) for _ in range(5))
        for _ in range(5):
            with pytest.raises(HypergenError):
                model(adapters=[bad], **batch)
        return True

    assert in_threads(work) == [True] * 4


# ------------------------------------------------------------------------------------------------------------ precision


def test_a_bfloat16_backbone_stays_so_and_the_generator_stays_float32(backbone, layout, generated, batch):
    exact = AdaptedModel(copy.deepcopy(backbone), [layout])(adapters=[generated(["swh", "yua"])], **batch).logits
    model = AdaptedModel(backbone.to(torch.bfloat16), [layout])
    logits = model(adapters=[generated(["swh", "yua"])], **batch).logits
    logits.float().square().mean().backward()
    assert logits.dtype == torch.bfloat16
    # bfloat16 keeps 8 bits; two layers of it agree with float32 to some percent of the logits' spread.
    assert (logits.float() - exact).abs().mean() < 0.05 * exact.std()
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    assert {parameter.dtype for parameter in generated.parameters()} == {torch.float32}
    assert all(parameter.grad.dtype == torch.float32 and parameter.grad.any() for parameter in generated.parameters())


def test_no_adapters_is_the_backbone_in_bfloat16_too(backbone, layout, adapter, batch):
    half = copy.deepcopy(backbone).to(torch.bfloat16)
    model = AdaptedModel(backbone.to(torch.bfloat16), [layout])
    assert torch.equal(model(**batch).logits, half(**batch).logits)
    assert torch.equal(model(adapters=[adapter.map(torch.zeros_like)], **batch).logits, half(**batch).logits)


# --------------------------------------------------------------------------------------------- activation checkpointing


def gradient_of(parameter: nn.Parameter) -> Tensor:
    assert parameter.grad is not None
    return parameter.grad.clone()


def gradients(model: AdaptedModel, generated: GeneratedAdapters, batch: dict[str, Tensor]) -> list[Tensor]:
    """Of two languages called one after the other, and one backward."""
    generated.zero_grad()
    losses = [model(adapters=[generated(language)], **batch).logits.square().mean() for language in ("swh", "yua")]
    (losses[0] + 2 * losses[1]).backward()
    return [gradient_of(parameter) for parameter in generated.parameters()]


def test_activation_checkpointing_gives_the_same_gradients(model, generated, batch):
    model.train()
    expected = gradients(model, generated, batch)
    model.enable_activation_checkpointing()
    calls: list[str] = []
    first = next(module for name, module in model.named_modules() if name.endswith((".0.intermediate", ".0.mlp")))
    first.register_forward_pre_hook(lambda *_: calls.append("computed"))
    for gradient, same in zip(gradients(model, generated, batch), expected, strict=True):
        torch.testing.assert_close(gradient, same, atol=1e-7, rtol=1e-5)
    assert len(calls) == 4  # twice forward, and once more each in the backward pass: it was recomputed indeed


def test_activation_checkpointing_leaves_nothing_behind(model, pristine, generated, batch):
    model.train()
    model.enable_activation_checkpointing()
    model(adapters=[generated("swh")], **batch)  # never goes backward
    before = traces(model)
    gradients(model, generated, batch)
    assert_same_traces(traces(model), before)
    assert torch.equal(model.eval()(**batch).logits, pristine(**batch).logits)


def test_a_graph_can_be_recomputed_twice(model, generated, batch):
    model.train()
    model.enable_activation_checkpointing()
    loss = model(adapters=[generated("swh")], **batch).logits.square().mean()
    loss.backward(retain_graph=True)
    once = [gradient_of(parameter) for parameter in generated.parameters()]
    loss.backward()
    for parameter, gradient in zip(generated.parameters(), once, strict=True):
        torch.testing.assert_close(parameter.grad, 2 * gradient)


def test_threads_wait_for_each_others_recomputation(model, drawn, batch):
    model.train()
    model.enable_activation_checkpointing()
    stored = [StoredAdapter(drawn()) for _ in range(4)]

    def gradient(index: int) -> Tensor:
        stored[index].zero_grad()
        model(adapters=[stored[index]()], **batch).logits.square().mean().backward()
        return gradient_of(stored[index].parameters_vector)

    expected = [gradient(index) for index in range(4)]
    assert in_threads(lambda index: all(torch.equal(gradient(index), expected[index]) for _ in range(5))) == [True] * 4


@pytest.mark.parametrize("options", [None, {"use_reentrant": False}, {"use_reentrant": True}])
def test_activation_checkpointing_from_elsewhere_is_refused_with_a_sentence(model, adapter, batch, options):
    new, old = "activation_checkpointing_enable", "gradient_checkpointing_enable"
    getattr(model.backbone, new if hasattr(model.backbone, new) else old)(options)
    model.train()
    with pytest.raises(HypergenError, match=r"switch it on by model\.enable_activation_checkpointing\(\) instead"):
        model(adapters=[adapter], **batch)
    model.eval()(adapters=[adapter], **batch)  # nothing is recomputed in evaluation mode
    model.enable_activation_checkpointing()
    model.train()(adapters=[adapter], **batch)


def test_a_deep_copy_recomputes_with_its_own_adapters(model, generated, batch):
    model.train()
    expected = gradients(model, generated, batch)
    model.enable_activation_checkpointing()
    for gradient, same in zip(gradients(copy.deepcopy(model), generated, batch), expected, strict=True):
        torch.testing.assert_close(gradient, same, atol=1e-7, rtol=1e-5)


# -------------------------------------------------------------------------------------------------------- torch.compile


# torch 2.13: the compiler itself looks for a gradient on generated weights, which are no leaves, and torch warns of it.
QUIETLY = pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")


@pytest.fixture
def fresh_compiler(unchecked) -> Iterator[None]:
    """Nothing compiled before, and no checker in the way, whose own code the compiler cannot read."""
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


@QUIETLY
@pytest.mark.usefixtures("fresh_compiler")
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiling_gives_one_full_graph_for_many_sets_of_weights(model, generated, drawn, batch, backend):
    from torch._dynamo.testing import CompileCounterWithBackend

    task = drawn()
    stacks = [[generated(languages), task] for languages in (["swh", "yua"], ["yua", "quy"], ["quy", "swh"])]
    expected = [model(adapters=stack, **batch).logits for stack in stacks]
    counter = CompileCounterWithBackend(backend)
    model.backbone.compile(backend=counter, fullgraph=True)
    for stack, logits in zip(stacks, expected, strict=True):
        torch.testing.assert_close(model(adapters=stack, **batch).logits, logits)
    assert counter.frame_count == 1


@QUIETLY
@pytest.mark.usefixtures("fresh_compiler")
def test_gradients_through_the_compiled_backbone_are_the_same(model, generated, batch):
    expected = gradients(model, generated, batch)
    model.backbone.compile(backend="aot_eager", fullgraph=True)
    for gradient, same in zip(gradients(model, generated, batch), expected, strict=True):
        torch.testing.assert_close(gradient, same, atol=1e-6, rtol=1e-4)
