from dataclasses import replace

import pytest

from hypergen.data.tasks.encoding import Encoder
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import PARSING, POS, SENTIMENT
from hypergen.errors import TaskError
from hypergen.heads import NO_LABEL

VERB, NOUN, PUNCT = (POS.labels.index(label) for label in ("VERB", "NOUN", "PUNCT"))


@pytest.fixture
def encoder(tokenizer):
    return Encoder(POS, tokenizer)


@pytest.fixture
def reads(tagged):
    return tagged("anasoma/VERB kitabu/NOUN ./PUNCT")


def pieces(encoded, tokenizer):
    return tokenizer.convert_ids_to_tokens(encoded.ids)


def test_a_label_stands_at_the_first_piece_of_its_word(encoder, reads, tokenizer):
    (found,) = encoder([reads])
    assert pieces(found, tokenizer) == ["[CLS]", "ana", "##soma", "ki", "##tabu", ".", "[SEP]"]
    assert found.places == (1, 3, 5)
    assert found.columns == ((VERB,), (NOUN,), (PUNCT,))


def test_or_at_all_of_its_pieces(encoder, reads):
    (found,) = replace(encoder, pieces="all")([reads])
    assert found.places == (1, 2, 3, 4, 5)
    assert found.columns == ((VERB,), (VERB,), (NOUN,), (NOUN,), (PUNCT,))


def test_scores_are_of_words_whatever_is_learned(encoder):
    assert replace(encoder, pieces="all").first() == encoder


def test_the_same_word_twice_is_two_words(encoder, tagged):
    (found,) = encoder([tagged("a/NOUN a/NOUN a/VERB")])
    assert found.places == (1, 2, 3)


def test_a_word_without_pieces_is_the_unknown_token(encoder, tokenizer, tagged):
    first, second = encoder([tagged("a/NOUN b/VERB"), Sentence(("a", " ", "b"), ("NOUN", "PUNCT", "VERB"))])
    assert pieces(second, tokenizer) == ["[CLS]", "a", "[UNK]", "b", "[SEP]"]
    assert second.places == (1, 2, 3)
    assert first.places == (1, 2)


def test_a_text_has_one_place_its_first_token(tokenizer):
    (found,) = Encoder(SENTIMENT, tokenizer)([Sentence(("anasoma kitabu .",), ("positive",))])
    assert len(found.ids) == 7
    assert (found.places, found.columns) == ((0,), ((2,),))


def test_a_sentence_without_labels_is_encoded_without(encoder):
    (found,) = encoder([Sentence(("a", "b"))])
    assert found.columns == ((NO_LABEL,), (NO_LABEL,))


def test_a_sentence_longer_than_the_model_is_refused_with_its_place_or_left_out(encoder):
    long = Sentence(("a",) * 15, place="x.conll, line 9")
    with pytest.raises(TaskError, match=r"x\.conll, line 9 has 17 tokens, and the model reads 16"):
        encoder([long])
    assert len(replace(encoder, on_long="skip")([long, Sentence(("a",) * 14)])) == 1
    assert len(replace(encoder, max_tokens=17)([long])) == 1


def test_a_word_in_a_tree_has_one_place(tokenizer):
    with pytest.raises(TaskError, match="take 'first'"):
        Encoder(PARSING, tokenizer, pieces="all")
