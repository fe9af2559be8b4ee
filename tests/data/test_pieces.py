import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import BertTokenizer

from hypergen.data.pieces import coverage, initial_rows, new_pieces
from hypergen.errors import CorpusError
from hypergen.vocabulary import extended_tokenizer

LINES = ["ⴰⵣⵓⵍ aa ⴰⵣⵓⵍ", "b ⴰⵣⴰ aa", "ⵎⴰ aa ⴰⵣⵓⵍ b"]


@pytest.fixture(scope="module")
def tokenizer():
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "aa", "b", "##b", "ⵎ"]
    return BertTokenizer(vocab={name: i for i, name in enumerate(names)}, do_lower_case=False)


def test_what_is_unknown_is_counted_by_piece_and_by_character(tokenizer):
    found = coverage(LINES, tokenizer=tokenizer)
    assert (found.pieces, found.unknown_pieces) == (10, 5)
    assert (found.characters, found.unknown_characters) == (25, 17)
    assert found.unknown_share == 0.5
    assert found.lost_share == 17 / 25
    assert coverage([], tokenizer=tokenizer).unknown_share == 0


def test_new_pieces_are_the_letters_of_the_script_twice_then_longer_ones(tokenizer):
    pieces = new_pieces(LINES, tokenizer=tokenizer, script="Tfng", size=12)
    letters = ["ⴰ", "##ⴰ", "ⵍ", "##ⵍ", "##ⵎ", "ⵓ", "##ⵓ", "ⵣ", "##ⵣ"]
    assert list(pieces[:9]) == letters
    assert 9 < len(pieces) <= 12
    assert not set(pieces) & set(tokenizer.get_vocab())
    assert new_pieces(LINES, tokenizer=tokenizer, script="Tfng", size=9) == pieces[:9]
    assert pieces == new_pieces(LINES, tokenizer=tokenizer, script="Tfng", size=12)


PROBE = """
import random
from transformers import BertTokenizer
from hypergen.data.pieces import new_pieces

rng = random.Random(0)
words = ["".join(rng.choices("ⴰⴱⴳⴷⵣⵓⵍⵎⵏⵙ", k=5)) for _ in range(40)]
lines = [" ".join(rng.choices(words, k=12)) for _ in range(60)]
tokenizer = BertTokenizer(vocab={name: i for i, name in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])})
print(*new_pieces(lines, tokenizer=tokenizer, script="Tfng", size=100))
"""


def test_ties_are_broken_alike_in_every_process():
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONIOENCODING": "utf-8"}
    runs = [subprocess.Popen([sys.executable, "-c", PROBE], env=env, stdout=subprocess.PIPE) for _ in range(3)]
    found = {run.communicate()[0] for run in runs}
    assert len(found) == 1
    assert len(found.pop().split()) == 100


def test_with_them_nothing_in_the_script_is_unknown_and_all_else_is_as_before(tokenizer):
    pieces = new_pieces(LINES, tokenizer=tokenizer, script="Tfng", size=9)
    extended = extended_tokenizer(tokenizer, pieces)
    assert coverage([*LINES, "ⵓⵍⵎⵣ ⵍ"], tokenizer=extended).unknown_share == 0
    assert extended("aa b c")["input_ids"] == tokenizer("aa b c")["input_ids"]


def test_signs_of_no_script_are_added_and_letters_of_others_are_not(tokenizer):
    pieces = new_pieces(["ⴰ؟ ⴰ ж"], tokenizer=tokenizer, script="Tfng", size=9)
    assert pieces == ("؟", "##؟", "ⴰ", "##ⴰ")


def test_a_script_that_is_known_and_a_size_that_is_too_small_are_refused(tokenizer):
    with pytest.raises(CorpusError, match="knows every letter of Cher"):
        new_pieces(LINES, tokenizer=tokenizer, script="Cher", size=12)
    with pytest.raises(CorpusError, match="8 pieces are too few for 5 letters; give at least 9"):
        new_pieces(LINES, tokenizer=tokenizer, script="Tfng", size=8)


def test_new_rows_start_at_their_characters_and_neighbours(tokenizer):
    old = torch.zeros(9, 4)
    old[5], old[6], old[8] = torch.tensor([1.0, 0, 0, 0]), torch.tensor([0, 1.0, 0, 0]), torch.tensor([0, 0, 1.0, 0])
    pieces = ("ⴰ", "##ⵎ", "ⴻ")
    extended = extended_tokenizer(tokenizer, pieces)
    rng = torch.Generator().manual_seed(0)
    rows = torch.stack(
        [initial_rows(pieces, old=old, extended=extended, lines=["aa ⴰ b", "aa ⴰ aa"], rng=rng) for _ in range(500)]
    ).mean(0)
    expected = torch.stack([0.75 * old[5] + 0.25 * old[6], old[8], old.mean(0)])  # neighbours; characters; neither
    torch.testing.assert_close(rows, expected, atol=0.06, rtol=0)


def test_new_rows_are_as_long_as_old_ones_and_differ(tokenizer):
    old = torch.randn(9, 64, generator=torch.Generator().manual_seed(1))
    pieces = ("ⴰ", "##ⴰ", "ⵍ", "##ⵍ")
    extended = extended_tokenizer(tokenizer, pieces)
    rows = initial_rows(pieces, old=old, extended=extended, lines=["aa ⴰⵍⴰ"], rng=torch.Generator().manual_seed(2))
    assert rows.square().sum(1).mean() == pytest.approx(float(old.square().sum(1).mean()), rel=0.35)
    assert torch.cdist(rows, rows)[~torch.eye(4, dtype=torch.bool)].min() > 1
