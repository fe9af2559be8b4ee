import unicodedata

from hypergen.data.tasks.overlaps import overlaps, without_overlaps
from hypergen.data.tasks.sentences import Sentence


def texts(*several):
    return [Sentence(tuple(text.split())) for text in several]


def test_two_sentences_are_the_same_if_their_letters_and_digits_are():
    assert overlaps(texts("Habari yako ?", "Moja 1"), texts("habari yako!", "Moja 2", "habari  yako")) == 1


def test_sentences_of_punctuation_alone_are_no_overlap():
    assert overlaps(texts(". . ."), texts("?")) == 0


def test_what_any_language_holds_back_is_taken_out_of_training():
    training = {"swh": texts("a b", "c d"), "ewe": texts("e f")}
    kept = without_overlaps(training, {"swh": texts("E F")}, {"twi": texts("c d .")})
    assert kept == {"swh": texts("a b"), "ewe": []}


def test_words_that_differ_in_a_vowel_sign_are_different():
    assert overlaps(texts("राम की"), texts("राम का")) == 0


def test_the_same_letters_are_the_same_however_they_are_encoded():
    composed, apart = "Ẹ̀kọ́ Ọjọ́", unicodedata.normalize("NFD", "ẹ̀kọ́ ọjọ́")
    assert overlaps(texts(composed), texts(apart)) == 1
    assert overlaps(texts("İyi ﬁn １"), texts("I\u0307yi fin 1")) == 1


def test_a_sentence_with_other_tones_is_the_same_one():
    assert overlaps(texts("ẹ̀kọ́ ọjọ́"), texts("ẹkọ ọjọ")) == 1
