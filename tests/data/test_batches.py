from dataclasses import replace

import pytest
import torch
from datasets import Dataset

from hypergen.data.batches import MaskingRule, ValidationBatches, generator_for, masking_rules
from hypergen.errors import CorpusError

from .conftest import tiny_tokenizer

RULE = MaskingRule(mask_id=4, vocab_size=100, special_ids=(0, 1, 2, 3, 4))


def dataset_of(count, first):
    return Dataset.from_dict({"input_ids": [[2, first, 10 + i % 90, 10, 11, 3] for i in range(count)]})


def restored(batch):
    ids = batch.input_ids.flatten().index_put((batch.positions,), batch.labels)
    return ids.view_as(batch.input_ids)


def test_validation_sees_the_same_batches_every_time():
    blocks = {"swh": dataset_of(9, 50), "yua": dataset_of(3, 60)}
    first, again = (ValidationBatches(blocks, rule=RULE, batch_size=4) for _ in range(2))
    assert len(first) == 4
    for i in range(4):
        assert torch.equal(first[i].input_ids, again[i].input_ids)
        assert torch.equal(first[i].labels, first[i].labels)
    assert not torch.equal(first[0].input_ids, ValidationBatches(blocks, rule=RULE, batch_size=4, seed=1)[0].input_ids)


def test_a_validation_batch_has_one_language_and_all_blocks_are_in_one():
    blocks = {"swh": dataset_of(9, 50), "yua": dataset_of(3, 60)}
    batches = ValidationBatches(blocks, rule=RULE, batch_size=4)
    assert [batches[i].languages for i in range(4)] == [("swh",), ("swh",), ("swh",), ("yua",)]
    rows = torch.cat([restored(batches[i]) for i in range(4)])
    assert rows[:, 1].tolist() == [50] * 9 + [60] * 3
    assert rows[:9, 2].tolist() == list(range(10, 19))


def test_a_limit_takes_blocks_from_all_over_the_text():
    batches = ValidationBatches({"swh": dataset_of(90, 50)}, rule=RULE, batch_size=4, max_blocks=3)
    assert len(batches) == 1
    assert restored(batches[0])[:, 2].tolist() == [10, 40, 70]


@pytest.mark.parametrize("num_ranks", [2, 3, 5])
def test_processes_take_turns_and_no_block_is_predicted_twice(num_ranks):
    blocks = {"swh": dataset_of(9, 50), "yua": dataset_of(3, 60)}
    options = {"rule": RULE, "batch_size": 4}
    whole = list(ValidationBatches(blocks, **options))
    ranks = [list(ValidationBatches(blocks, rank=rank, num_ranks=num_ranks, **options)) for rank in range(num_ranks)]
    assert len({len(batches) for batches in ranks}) == 1
    in_turn = [batch for several in zip(*ranks, strict=True) for batch in several]
    assert all(torch.equal(a.labels, b.labels) for a, b in zip(whole, in_turn, strict=False))
    assert [len(batch.labels) for batch in in_turn[len(whole) :]] == [0] * (len(in_turn) - len(whole))


def test_moving_a_batch_gives_a_new_one():
    batch = ValidationBatches({"swh": dataset_of(2, 50)}, rule=RULE)[0]
    moved = batch.to("meta")
    assert moved.input_ids.device.type == moved.positions.device.type == moved.labels.device.type == "meta"
    assert batch.input_ids.device.type == "cpu"
    assert moved.languages == ("swh",)


def test_a_generator_depends_on_its_seed_alone():
    assert torch.rand(1, generator=generator_for(1, "a")) == torch.rand(1, generator=generator_for(1, "a"))
    assert torch.rand(1, generator=generator_for(1, "a")) != torch.rand(1, generator=generator_for(1, "b"))


IDS = torch.randint(5, 100, (6, 40), generator=torch.Generator().manual_seed(0))
MARKS = torch.tensor([[1, 2, 2, 3, 4] * 8] * 6)


def facts(rule, ids, **options):
    batch = rule.batch(ids, languages=("swh",), **options)
    return batch.input_ids.tolist(), batch.positions.tolist(), batch.labels.tolist()


@pytest.mark.parametrize("objective", ["mlm", "flm", "tlm-side", "tlm-token50"])
def test_static_masks_are_of_the_block_whatever_the_step_and_its_neighbours(objective):
    rule = replace(RULE, objective=objective, masks="static")
    batch = rule.batch(IDS, languages=("swh",), seed=1, marks=MARKS)
    assert facts(rule, IDS, seed=1, marks=MARKS) == facts(rule, IDS, seed=2, marks=MARKS)
    turned = rule.batch(IDS.flip(0), languages=("swh",), seed=1, marks=MARKS)
    assert torch.equal(turned.input_ids, batch.input_ids.flip(0))
    assert torch.equal(restored(turned), IDS.flip(0))
    dynamic = replace(rule, masks="dynamic")
    assert facts(dynamic, IDS, seed=1, marks=MARKS) != facts(dynamic, IDS, seed=2, marks=MARKS)


def test_a_rule_masks_by_its_objective():
    rules = {
        name: replace(RULE, objective=name, continuing=tuple(range(50, 100)))
        for name in ("mlm", "flm", "tlm-side", "tlm-token50", "clm")
    }
    found = {name: set(facts(rule, IDS, seed=0, marks=MARKS)[1]) for name, rule in rules.items()}
    predicates = {i for i, mark in enumerate(MARKS.flatten().tolist()) if mark in (2, 4)}
    assert found["mlm"] & predicates
    assert not (found["tlm-side"] | found["tlm-token50"]) & predicates
    assert len(found["clm"]) == 6 * 39
    assert len({frozenset(positions) for positions in found.values()}) == 5


def test_what_a_rule_lacks_is_said_before_anything_is_masked():
    with pytest.raises(CorpusError, match="no mask token, which flm needs"):
        replace(RULE, mask_id=None, objective="flm")
    with pytest.raises(CorpusError, match="needs blocks with marks"):
        replace(RULE, objective="tlm-side").batch(IDS, languages=("swh",), seed=0)


def test_every_group_has_a_rule_and_an_objective_needs_a_group():
    tokenizer = tiny_tokenizer()
    rules = masking_rules(tokenizer, groups=["web", "graph"], objectives={"graph": "tlm-side"}, rate=0.2)
    assert {group: rule.objective for group, rule in rules.items()} == {"web": "mlm", "graph": "tlm-side"}
    assert {rule.rate for rule in rules.values()} == {0.2}
    with pytest.raises(CorpusError, match="objective is given for grph, and there is text of web, graph"):
        masking_rules(tokenizer, groups=["web", "graph"], objectives={"grph": "mlm"})
