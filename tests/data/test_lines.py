import gzip
from pathlib import Path

import pytest
import torch

from hypergen.data.batches import MaskingRule
from hypergen.data.blocks import document_hash
from hypergen.data.lines import LineBatches, Lines, held_back_batches, read_lines
from hypergen.errors import CorpusError

WORDS = [f"wa{n}" for n in range(60)]


RULE = MaskingRule(mask_id=4, vocab_size=65, special_ids=(0, 1, 2, 3, 4))
TEXTS = [" ".join(WORDS[3 * n : 3 * n + 3]) for n in range(20)]


def test_a_line_is_held_back_by_its_hash_whatever_the_other_lines_are(tokenizer):
    every, half = (Lines.of(texts, tokenizer=tokenizer, held_back=0.3) for texts in (TEXTS, TEXTS[::2]))
    away = [text for text in TEXTS if document_hash(text) % 10_000 < 3_000]
    expected = {5 + WORDS.index(text.split()[0]) for text in away}
    assert {int(line[0]) for line in every.held_back} == expected
    assert {int(line[0]) for line in half.held_back} == {5 + 6 * n for n in range(10)} & expected
    assert len(every.train) + len(every.held_back) == len(TEXTS)


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("share", [0.0001, 0.9999])
def test_of_two_or_three_lines_at_least_one_is_on_either_side(tokenizer, count, share):
    lines = Lines.of(TEXTS[:count], tokenizer=tokenizer, held_back=share)
    assert min(len(lines.train), len(lines.held_back)) == 1
    assert len(lines.train) + len(lines.held_back) == count


@pytest.mark.parametrize("texts", [[], TEXTS[:1], [TEXTS[0]] * 5, [TEXTS[0], "12", "maneno mengine"]])
def test_one_line_is_too_few_and_that_is_said(tokenizer, texts):
    with pytest.raises(CorpusError, match=f"of {len(texts)} lines can be learnt from .*, and 2 are the fewest"):
        Lines.of(texts, tokenizer=tokenizer)


def test_lines_without_anything_to_learn_are_counted(tokenizer):
    lines = Lines.of([*TEXTS, TEXTS[3], "", "12 34", "maneno mengine"], tokenizer=tokenizer)
    assert lines.num_dropped == 4


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_that_holds_back_nothing_or_all_is_refused(tokenizer, share):
    with pytest.raises(CorpusError, match=f"held_back is {share}"):
        Lines.of(TEXTS, tokenizer=tokenizer, held_back=share)


def batches(tokenizer, lines, **options):
    unmasked = MaskingRule(mask_id=4, vocab_size=65, special_ids=RULE.special_ids, rate=1e-9)
    return LineBatches(lines, tokenizer=tokenizer, rule=unmasked, num_batches=4, **options)


def original(batch):
    """The ids before masking."""
    ids = batch.input_ids.flatten().clone()
    ids[batch.positions] = batch.labels
    return ids.view_as(batch.input_ids)


def test_a_row_is_whole_lines_in_some_order_and_none_twice(tokenizer):
    lines = [torch.arange(5, 8), torch.arange(8, 10), torch.arange(10, 14)]
    rows = torch.cat([original(batch) for batch in batches(tokenizer, {"swh": lines}, block_size=64)])
    assert rows.shape == (32, 11)  # nine tokens between [CLS] and [SEP]
    for row in rows:
        assert sorted(row[1:-1].tolist()) == list(range(5, 14))
        starts = [row.tolist().index(int(line[0])) for line in lines]
        assert all(torch.equal(row[i : i + len(line)], line) for i, line in zip(starts, lines, strict=True))
    assert len({tuple(row.tolist()) for row in rows}) == 6


def test_rows_of_several_languages_are_grouped_and_as_long_as_the_shortest_text(tokenizer):
    lines = {"swh": [torch.arange(5, 25)], "yua": [torch.arange(30, 34), torch.arange(34, 36)]}
    batch = batches(tokenizer, lines, rows=3)[0]
    assert batch.languages == ("swh", "yua")
    assert batch.input_ids.shape == (6, 8)
    assert (original(batch)[:3, 1:-1] < 25).all()
    assert (original(batch)[3:, 1:-1] >= 30).all()


def test_all_of_a_line_longer_than_a_block_is_read(tokenizer):
    rows = torch.cat([original(batch) for batch in batches(tokenizer, {"swh": [torch.arange(5, 45)]}, block_size=12)])
    assert rows.shape[1] == 12
    assert set(rows.flatten().tolist()) == {2, 3, *range(5, 45)}


def test_batches_depend_on_seed_and_number_alone(tokenizer):
    lines = {"swh": [torch.arange(5, 25), torch.arange(25, 45)]}
    one, again, other = (LineBatches(lines, tokenizer=tokenizer, rule=RULE, num_batches=3, seed=s) for s in (1, 1, 2))
    assert torch.equal(one[2].input_ids, again[2].input_ids)
    assert not torch.equal(one[2].input_ids, other[2].input_ids)
    assert len(list(one)) == 3


def test_every_held_back_line_is_a_batch_masked_several_times_and_always_alike(tokenizer):
    lines = [torch.arange(5, 25), torch.arange(25, 60)]
    one, again = (
        held_back_batches(lines, language="swh", tokenizer=tokenizer, rule=RULE, repeats=3, block_size=24)
        for _ in range(2)
    )
    assert [tuple(batch.input_ids.shape) for batch in one] == [(3, 22), (3, 24)]
    assert all(torch.equal(a.input_ids, b.input_ids) for a, b in zip(one, again, strict=True))
    assert len({tuple(row.tolist()) for row in one[0].input_ids}) == 3
    assert len(held_back_batches(lines, language="swh", tokenizer=tokenizer, rule=RULE, max_lines=1)) == 1


def test_lines_are_read_from_a_file_packed_or_not_and_from_a_directory(tmp_path: Path):
    text = "\n".join(TEXTS)
    (tmp_path / "mine.txt").write_text(text)
    (tmp_path / "mine.txt.gz").write_bytes(gzip.compress(text.encode()))
    many = tmp_path / "many"
    many.mkdir()
    (many / "swh_Latn.txt").write_text(text)
    (many / "swh_Arab.txt").write_text("neno jingine\n")
    assert [line.strip() for line in read_lines(tmp_path / "mine.txt", language="swh")] == TEXTS
    assert [line.strip() for line in read_lines(tmp_path / "mine.txt.gz", language="swh")] == TEXTS
    assert read_lines(many, language="swh_Latn") == TEXTS
    assert sorted(read_lines(many, language="swh")) == sorted([*TEXTS, "neno jingine"])
    with pytest.raises(CorpusError, match="no corpus for yua"):
        read_lines(many, language="yua")
