import pytest
import torch

from hypergen.data.masking import mask_tokens

SPECIAL = [0, 1, 2, 3, 4, 500]
VOCAB = 1000


def rows(count, tokens=128, seed=0):
    ids = torch.randint(5, VOCAB, (count, tokens), generator=torch.Generator().manual_seed(seed))
    ids[ids == 500] = 501
    ids[:, 0], ids[:, -1] = 2, 3
    return ids


def masked(ids, seed=0, **options):
    arguments = {"mask_id": 4, "vocab_size": VOCAB, "special_ids": SPECIAL} | options
    return mask_tokens(ids, rng=torch.Generator().manual_seed(seed), **arguments)


def within(count, total, share, sigmas=5):
    return abs(count - total * share) < sigmas * (total * share * (1 - share)) ** 0.5


def test_the_mask_rate_is_the_rate():
    ids = rows(1000)
    for rate in (0.05, 0.15, 0.4):
        result = masked(ids, rate=rate)
        assert within(len(result.positions), 1000 * 126, rate)


def test_eighty_ten_ten():
    result = masked(rows(1000))
    seen, total = result.input_ids.flatten()[result.positions], len(result.positions)
    assert within((seen == 4).sum().item(), total, 0.8)
    assert within((seen == result.labels).sum().item(), total, 0.1 + 0.1 / 994)
    assert within(((seen != result.labels) & (seen != 4)).sum().item(), total, 0.1 - 0.1 / 994)


def test_replacements_are_ordinary_tokens_all_alike():
    result = masked(rows(2000), rate=1.0)
    seen = result.input_ids.flatten()[result.positions]
    random = seen[(seen != 4) & (seen != result.labels)]
    counts = torch.bincount(random, minlength=VOCAB)
    ordinary = torch.ones(VOCAB, dtype=torch.bool)
    ordinary[SPECIAL] = False
    assert not counts[~ordinary].any()
    assert counts[ordinary].min() > 0
    statistic = ((counts[ordinary] - counts[ordinary].float().mean()) ** 2 / counts[ordinary].float().mean()).sum()
    assert statistic < 993 + 5 * (2 * 993) ** 0.5  # chi-squared with 993 degrees of freedom


def test_nothing_changes_outside_the_positions_and_the_input_stays_as_it_was():
    ids = rows(8)
    before = ids.clone()
    result = masked(ids)
    assert torch.equal(ids, before)
    restored = result.input_ids.flatten().index_put((result.positions,), result.labels).view_as(ids)
    assert torch.equal(restored, ids)
    assert (result.positions.diff() > 0).all()
    assert not torch.isin(result.labels, torch.tensor(SPECIAL)).any()


def test_every_row_has_something_to_predict():
    result = masked(rows(64, tokens=8), rate=1e-6)
    assert torch.equal(result.positions // 8, torch.arange(64))


def test_the_same_generator_gives_the_same_masks():
    ids = rows(4)
    assert torch.equal(masked(ids, seed=3).input_ids, masked(ids, seed=3).input_ids)
    assert not torch.equal(masked(ids, seed=3).input_ids, masked(ids, seed=4).input_ids)


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
def test_integers_keep_their_type(dtype):
    result = masked(rows(2).to(dtype))
    assert result.input_ids.dtype == result.labels.dtype == dtype


def test_what_cannot_be_masked_is_refused():
    with pytest.raises(ValueError, match="mask rate is 0"):
        masked(rows(1), rate=0.0)
    with pytest.raises(ValueError, match="special tokens only"):
        masked(torch.tensor([[2, 9, 3], [2, 0, 3]]))
    with pytest.raises(ValueError, match="All 3 tokens are special"):
        masked(rows(1), vocab_size=3)
