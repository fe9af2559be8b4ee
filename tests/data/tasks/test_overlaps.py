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
