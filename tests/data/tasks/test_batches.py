from dataclasses import replace

import pytest
import torch

from hypergen.data.tasks.batches import FixedBatches, TaskBatch, fixed_batches
from hypergen.data.tasks.encoding import Encoder
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import PARSING, POS
from hypergen.errors import TaskError
from hypergen.heads import NO_LABEL


@pytest.fixture
def encoder(tokenizer):
    return Encoder(POS, tokenizer)


def nouns(*lengths):
    return [Sentence(("a",) * length, ("NOUN",) * length) for length in lengths]


def test_rows_are_padded_and_masked(encoder):
    batch = TaskBatch.of(encoder(nouns(2, 1)), languages=("swh",), pad_id=0)
    assert batch.input_ids.tolist() == [[2, 14, 14, 3], [2, 14, 3, 0]]
    assert batch.attention_mask.tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert batch.places.tolist() == [[1, 2], [1, -1]]
    noun = POS.labels.index("NOUN")
    assert batch.labels.tolist() == [[[noun], [noun]], [[noun], [NO_LABEL]]]


def test_a_tree_has_two_columns(tokenizer):
    tree = Sentence(("a", "b"), ("obj", "root"), (2, 0))
    batch = TaskBatch.of(Encoder(PARSING, tokenizer)([tree]), languages=("swh",), pad_id=0)
    assert batch.labels.tolist() == [[[2, PARSING.labels.index("obj")], [0, PARSING.labels.index("root")]]]


def test_every_sentence_comes_once_in_batches_of_one_language_short_ones_first(encoder):
    sentences = {"swh": nouns(3, 1, 2), "ewe": nouns(1)}
    batches = list(fixed_batches(sentences, encoder=encoder, batch_size=2))
    assert [batch.languages for batch in batches] == [("swh",), ("swh",), ("ewe",)]
    assert [[len(s.words) for s in batch.sentences] for batch in batches] == [[1, 2], [3], [1]]


def test_languages_of_equal_lengths_share_a_batch_and_the_rest_have_their_own(encoder):
    sentences = {"swh": nouns(4, 1, 4, 1, 2), "ewe": nouns(1, 4, 1, 4)}
    batches = FixedBatches(sentences, encoder=encoder, batch_size=4, languages_per_batch=2)
    rows = [
        [(language, len(s.words)) for language, s in zip(b.row_languages, b.sentences, strict=True)] for b in batches
    ]
    assert rows == [
        [("swh", 1), ("swh", 1), ("ewe", 1), ("ewe", 1)],
        [("swh", 2), ("swh", 4), ("ewe", 4), ("ewe", 4)],
        [("swh", 4)],
    ]
    assert batches.sentences == sentences


def test_a_limit_takes_sentences_from_all_over(encoder):
    batches = FixedBatches({"swh": nouns(*range(1, 13))}, encoder=encoder, max_sentences=3)
    assert [len(s.words) for s in batches[0].sentences] == [1, 5, 9]
    assert batches.sizes == {"swh": 3}


def test_what_is_too_long_is_left_out_and_counted_but_not_what_a_limit_leaves(encoder):
    batches = FixedBatches({"swh": nouns(*range(10, 20))}, encoder=replace(encoder, on_long="skip"), max_sentences=5)
    assert (batches.sizes, batches.too_long) == ({"swh": 3}, 2)


@pytest.mark.parametrize("sentences", [{}, {"swh": []}])
def test_nothing_to_score_is_refused(encoder, sentences):
    with pytest.raises(TaskError, match=r"no language was given|no sentence of swh is left"):
        FixedBatches(sentences, encoder=encoder)


def test_moving_a_batch_gives_a_new_one(encoder):
    batch = TaskBatch.of(encoder(nouns(2)), languages=("swh",), pad_id=0)
    moved = batch.to("meta")
    assert {t.device.type for t in (moved.input_ids, moved.attention_mask, moved.places, moved.labels)} == {"meta"}
    assert moved.sentences == batch.sentences
    assert batch.places.device == torch.device("cpu")
