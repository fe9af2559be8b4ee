from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from hypergen.data.batches import MaskingRule
from hypergen.training.backbone import BackboneModule, has_fast_bfloat16, small_bert, start_at_neighbours
from hypergen.training.fitting import fit


def bert(seed=0):
    return small_bert(40, hidden_size=64, num_layers=2, num_positions=16, head_size=32, seed=seed)


def test_heads_look_at_their_offsets_from_the_start():
    model = small_bert(40, hidden_size=128, num_layers=2, num_positions=16, head_size=32, seed=0)
    with torch.no_grad():
        attention = model.bert(input_ids=torch.full((1, 16), 7), output_attentions=True).attentions[0][0]
    for head, offset in enumerate((-1, 1, -2, 2)):
        assert attention[head, 8].argmax() == 8 + offset


def queries(model, layer):
    return model.bert.encoder.layer[layer].attention.self.query.weight.detach().clone()


def test_heads_and_layers_without_an_offset_stay_as_they_were():
    model = bert()
    before = [queries(model, layer) for layer in (0, 1)]
    start_at_neighbours(model, offsets={0: (-1,)})
    changed = queries(model, 0) != before[0]
    assert changed[:32, -32:].any()  # of the first head, in the dimensions of positions
    assert not changed[32:].any()
    assert not changed[:, :-32].any()
    assert torch.equal(queries(model, 1), before[1])


def test_offsets_beyond_the_last_head_are_left_out():
    one, two = bert(), bert()
    start_at_neighbours(one, offsets={0: (-3, 3)})
    start_at_neighbours(two, offsets={0: (-3, 3, -4, 4)})
    assert torch.equal(queries(one, 0), queries(two, 0))


def test_positions_are_sines_and_cosines_of_slow_to_fast_waves():
    positions = bert().bert.embeddings.position_embeddings.weight
    sine, cosine = (positions[:, -32:] / (0.04 * 2**0.5)).chunk(2, dim=1)
    assert not positions[:, :-32].any()
    torch.testing.assert_close(sine**2 + cosine**2, torch.ones_like(sine))
    torch.testing.assert_close(torch.atan2(sine[1], cosine[1])[[0, -1]], torch.tensor([0.1, 2.5]))


def test_the_same_seed_gives_the_same_model_and_leaves_the_global_one_alone():
    state = torch.random.get_rng_state()
    one, two, other = bert(), bert(), bert(seed=1)
    assert torch.equal(state, torch.random.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert not torch.equal(one.cls.predictions.transform.dense.weight, other.cls.predictions.transform.dense.weight)


def test_all_of_it_learns():
    model = bert()
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    rule = MaskingRule(mask_id=4, vocab_size=40, special_ids=(0, 1, 2, 3, 4), rate=0.5)
    ids = torch.arange(5, 37).reshape(2, 16)
    batches = [rule.batch(ids, languages=("swh",), seed=step) for step in range(3)]
    fit(BackboneModule(model), DataLoader(batches, batch_size=None), steps=3, title="backbone")
    assert all(
        not torch.equal(before[name], parameter)
        for name, parameter in model.named_parameters()
        if "token_type" not in name
    )


@pytest.mark.filterwarnings("ignore:You are trying to `self.log")  # a step without a trainer
def test_the_loss_of_a_batch_is_the_mean_cross_entropy_over_its_masked_positions():
    model = bert()
    rule = MaskingRule(mask_id=4, vocab_size=40, special_ids=(0, 1, 2, 3, 4), rate=0.5)
    batch = rule.batch(torch.arange(5, 37).reshape(2, 16), languages=("swh",), seed=0)
    logits = model(input_ids=batch.input_ids).logits.flatten(0, 1)[batch.positions]
    expected = nn.functional.cross_entropy(logits, batch.labels)
    loss = BackboneModule(model).training_step(batch, 0)
    torch.testing.assert_close(loss, expected, atol=0.05, rtol=0)  # in bfloat16 where that is fast


def test_the_learning_rate_rises_over_the_warm_up_and_falls_to_zero(monkeypatch):
    monkeypatch.setattr(BackboneModule, "trainer", SimpleNamespace(estimated_stepping_batches=6))
    module = BackboneModule(bert(), lr=1.0, warmup_steps=2)
    (factor,) = module.configure_optimizers()["lr_scheduler"]["scheduler"].lr_lambdas
    assert [factor(step) for step in range(7)] == [0.5, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0]


@pytest.mark.parametrize(
    ("flags", "is_fast"), [("flags: fma avx512_bf16 amx_bf16", True), ("flags: fma avx2", False), ("", False)]
)
def test_bfloat16_is_fast_on_every_gpu_and_on_processors_that_say_so(monkeypatch, flags, is_fast):
    monkeypatch.setattr("hypergen.training.backbone._cpu_flags", lambda: flags)
    assert has_fast_bfloat16(torch.device("cpu")) is is_fast
    assert has_fast_bfloat16(torch.device("cuda"))
