import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from hypergen.data.masking_words import continuations, mask_words

from .conftest import SPECIAL as NAMES
from .conftest import tiny_tokenizer
from .test_masking import SPECIAL, VOCAB, rows, within

CONTINUING = range(600, VOCAB)  # 400 of the 994 ordinary ids


def masked(ids, seed=0, **options):
    arguments = {"continuing": CONTINUING, "mask_id": 4, "vocab_size": VOCAB, "special_ids": SPECIAL} | options
    return mask_words(ids, rng=torch.Generator().manual_seed(seed), **arguments)


def words_of(row):
    """Lists of the positions of each word, read from the left."""
    words, before = [], 2
    for position, token in enumerate(row.tolist()):
        if token in SPECIAL:
            before = token
            continue
        if token in CONTINUING and before not in SPECIAL:
            words[-1].append(position)
        else:
            words.append([position])
        before = token
    return words


def test_a_word_is_chosen_whole_or_not_at_all():
    ids = rows(50)
    chosen = torch.zeros(ids.shape, dtype=torch.bool).flatten().index_fill(0, masked(ids).positions, True).view_as(ids)
    for row, marks in zip(ids, chosen, strict=True):
        assert {len({marks[position].item() for position in word}) for word in words_of(row)} == {1}
        assert marks.any()


def test_the_mask_rate_is_the_rate_of_words_and_of_tokens():
    ids = rows(1000)
    words = [[i * 128 + position for position in word] for i, row in enumerate(ids) for word in words_of(row)]
    for rate in (0.05, 0.15, 0.4):
        positions = set(masked(ids, rate=rate).positions.tolist())
        assert within(sum(word[0] in positions for word in words), len(words), rate)
        assert within(len(positions), 1000 * 126, rate, sigmas=8)  # tokens of a word go together, so vary more


def test_eighty_ten_ten_for_each_token():
    result = masked(rows(1000))
    seen, total = result.input_ids.flatten()[result.positions], len(result.positions)
    assert within((seen == 4).sum().item(), total, 0.8)
    assert within((seen == result.labels).sum().item(), total, 0.1 + 0.1 / 994)


def test_without_continuations_words_are_tokens():
    ids = rows(1000)
    assert within(len(masked(ids, continuing=()).positions), 1000 * 126, 0.15)


def test_every_row_has_one_word_to_predict_at_least():
    ids = rows(64, tokens=8)
    result = masked(ids, rate=1e-6)
    for i, row in enumerate(ids):
        own = [position - i * 8 for position in result.positions.tolist() if position // 8 == i]
        assert own in words_of(row)


def test_a_special_token_ends_a_word():
    ids = torch.tensor([[2, 9, 0, 700, 3]])
    assert {tuple(masked(ids, seed=seed, rate=1e-6).positions.tolist()) for seed in range(20)} == {(1,), (3,)}


def tokenizer_of(pieces, pre_tokenizer):
    backend = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate((*NAMES, *pieces))}, unk_token="[UNK]"))
    backend.pre_tokenizer, backend.decoder = pre_tokenizer, decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="[UNK]", mask_token="[MASK]", pad_token="[PAD]")


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["ka", "##ta", "##", "ta"], ["##ta"]),
        (["ka", "##ta", "##ti", "Ġiex", "▁"], ["##ta", "##ti"]),  # Ġ is a letter of Maltese
        (["▁ka", "ta", "▁", ".", "▁ti", "Ġ"], ["ta", ".", "Ġ"]),
        (["Ġka", "ta", "Ċ", "ĠĠ"], ["ta"]),
    ],
)
def test_the_pieces_that_continue_a_word_are_told_by_the_kind_of_vocabulary(pieces, expected):
    tokenizer = tokenizer_of(pieces, pre_tokenizers.WhitespaceSplit())
    found = [tokenizer.convert_ids_to_tokens(token) for token in continuations(tokenizer)]
    assert [piece for piece in found if piece not in NAMES] == expected


def test_a_vocabulary_of_words_has_none_that_continue():
    assert continuations(tiny_tokenizer()) == ()
