import pytest
import torch
from datasets import Dataset

from hypergen.data.batches import MaskingRule, ValidationBatches, generator_for

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
