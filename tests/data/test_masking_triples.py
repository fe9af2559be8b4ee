import pytest
import torch

from hypergen.data.masking_triples import mask_outside_predicate, mask_sides

from .test_masking import SPECIAL, VOCAB, rows, within

SENTENCE = [1, 1, 2, 2, 2, 3, 3, 3, 4]
NUM = 14  # whole sentences a row of 128


def marks_of(ids):
    row = [0, *SENTENCE * NUM, 0]
    return torch.tensor([row] * len(ids), dtype=ids.dtype)


def masked(ids, marks=None, *, seed=0, mask=mask_sides):
    marks = marks_of(ids) if marks is None else marks
    options = {"mask_id": 4, "vocab_size": VOCAB, "special_ids": SPECIAL}
    return mask(ids, marks=marks, rng=torch.Generator().manual_seed(seed), **options)


def chosen(ids, result):
    return torch.zeros(ids.numel(), dtype=torch.bool).index_fill(0, result.positions, True).view_as(ids)


def test_of_each_sentence_one_whole_side_is_masked_and_nothing_else():
    ids = rows(100)
    for row in chosen(ids, masked(ids)):
        for sentence in row[1:-1].view(NUM, len(SENTENCE)).tolist():
            assert sentence in ([True, True] + [False] * 7, [False] * 5 + [True] * 3 + [False])


def test_subject_and_object_are_masked_equally_often_and_independently():
    ids = rows(500)
    subject = chosen(ids, masked(ids))[:, 1:-1].view(500, NUM, len(SENTENCE))[:, :, 0]
    assert within(subject.sum().item(), 500 * NUM, 0.5)
    assert within((subject[:, 1:] == subject[:, :-1]).sum().item(), 500 * (NUM - 1), 0.5)


def test_half_of_the_tokens_outside_the_predicate_are_masked_each_for_itself():
    ids = rows(500)
    found = chosen(ids, masked(ids, mask=mask_outside_predicate))[:, 1:-1].view(500, NUM, len(SENTENCE))
    rates = found.flatten(0, 1).sum(dim=0).tolist()
    for mark, count in zip(SENTENCE, rates, strict=True):
        assert within(count, 500 * NUM, 0.5) if mark in (1, 3) else count == 0
    assert within((found[:, :, 0] == found[:, :, 1]).sum().item(), 500 * NUM, 0.5)


@pytest.mark.parametrize("mask", [mask_sides, mask_outside_predicate])
def test_all_that_is_predicted_is_hidden_by_the_mask(mask):
    ids = rows(20)
    result = masked(ids, mask=mask)
    assert (result.input_ids.flatten()[result.positions] == 4).all()
    assert torch.equal(result.labels, ids.flatten()[result.positions])
    assert torch.equal(torch.where(chosen(ids, result), ids, result.input_ids), ids)


def test_a_sentence_that_lost_a_side_at_the_edge_stays_visible():
    ids = rows(50, tokens=14)
    marks = torch.tensor([[0, 2, 3, 3, 4, 1, 2, 3, 4, 1, 1, 2, 2, 0]] * 50)
    found = chosen(ids, masked(ids, marks)).any(dim=0).nonzero().flatten().tolist()
    assert found == [5, 7]


@pytest.mark.parametrize("mask", [mask_sides, mask_outside_predicate])
def test_a_row_without_a_triple_has_one_token_to_predict(mask):
    ids = rows(50, tokens=6)
    assert masked(ids, torch.full_like(ids, 2), mask=mask).positions.tolist() != []
    assert torch.equal(masked(ids, torch.full_like(ids, 2), mask=mask).positions // 6, torch.arange(50))


def test_unknown_words_are_not_asked_for():
    ids = torch.tensor([[2, 0, 9, 10, 8, 3]])  # an unknown subject: 0 is special
    marks = torch.tensor([[0, 1, 1, 2, 3, 0]])
    found = {tuple(masked(ids, marks, seed=seed).positions.tolist()) for seed in range(20)}
    assert found == {(2,), (4,)}


def test_the_same_generator_gives_the_same_masks():
    ids = rows(4)
    assert torch.equal(masked(ids, seed=3).input_ids, masked(ids, seed=3).input_ids)
    assert not torch.equal(masked(ids, seed=3).input_ids, masked(ids, seed=4).input_ids)
