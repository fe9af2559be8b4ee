import random

import pytest

from hypergen.data.artificial import READ_FEATURES, ArtificialLanguage
from hypergen.data.artificial.letters import LETTERS, letter_tokenizer

from .conftest import language, spoken

TOKENIZER = letter_tokenizer()


def at_random(seed: int) -> ArtificialLanguage:
    rng = random.Random(seed)
    return language(*(name for name in READ_FEATURES if rng.random() < 0.7), code=f"q{seed}a")


@pytest.mark.parametrize("spoken_by", [spoken(), language(), language(*READ_FEATURES), *map(at_random, range(4))])
def test_text_of_any_language_is_one_piece_a_letter_and_comes_back_whole(spoken_by):
    text = "\n".join(sentence.text for sentence in spoken_by.sentences(60))
    ids = TOKENIZER(text, add_special_tokens=False)["input_ids"]
    assert TOKENIZER.unk_token_id not in ids
    assert len(ids) == len("".join(text.split()))
    assert TOKENIZER.decode(ids).replace(" .", ".").replace(" ?", "?") == " ".join(text.split())


def test_every_letter_is_known_at_the_beginning_of_a_word_and_within():
    pieces = TOKENIZER.get_vocab()
    assert all(letter in pieces and f"##{letter}" in pieces for letter in LETTERS)
    assert len(pieces) == len(TOKENIZER) == 2 * len(LETTERS) + 7


def test_a_block_begins_and_ends_as_berts_do():
    assert TOKENIZER.convert_ids_to_tokens(TOKENIZER("ta.")["input_ids"]) == ["[CLS]", "t", "##a", ".", "[SEP]"]
    assert {TOKENIZER.mask_token, TOKENIZER.pad_token, TOKENIZER.unk_token} == {"[MASK]", "[PAD]", "[UNK]"}


def test_another_script_is_unknown():
    assert TOKENIZER.tokenize("ta кот") == ["t", "##a", "[UNK]"]
