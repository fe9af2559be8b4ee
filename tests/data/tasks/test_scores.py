import random

import pytest

from hypergen.data.tasks.scores import METRICS
from hypergen.data.tasks.sentences import Sentence


def labelled(*several):
    return [Sentence(("w",) * len(labels.split()), tuple(labels.split())) for labels in several]


def test_accuracy_is_over_words_not_sentences():
    gold, predicted = labelled("A A A", "B"), labelled("A A B", "B")
    assert METRICS["accuracy"](gold, predicted)["accuracy"] == pytest.approx(3 / 4)


def test_macro_f1_is_that_of_scikit_learn():
    from sklearn.metrics import f1_score

    rng = random.Random(0)
    gold, found = (rng.choices("abcd"[: 3 + k], k=40) for k in range(2))
    score = METRICS["macro_f1"](labelled(*gold), labelled(*found))
    assert score["macro_f1"] == pytest.approx(f1_score(gold, found, average="macro"))


def test_an_entity_is_right_if_type_and_both_ends_are():
    gold = labelled("B-PER I-PER O B-LOC", "B-ORG O O O")
    found = labelled("B-PER I-PER O B-PER", "B-ORG I-ORG O O")
    assert METRICS["span_f1"](gold, found) == pytest.approx({"span_f1": 1 / 3, "precision": 1 / 3, "recall": 1 / 3})


@pytest.mark.parametrize(
    ("loose", "repaired"), [("O I-PER I-PER", "O B-PER I-PER"), ("B-LOC I-PER O", "B-LOC B-PER O")]
)
def test_an_i_that_goes_on_with_nothing_begins_an_entity(loose, repaired):
    assert METRICS["span_f1"](labelled(repaired), labelled(loose))["span_f1"] == 1


def test_where_nothing_is_an_entity_the_score_is_zero():
    assert METRICS["span_f1"](labelled("O O"), labelled("O O"))["span_f1"] == 0


def test_attachment_counts_words_and_a_wrong_head_makes_a_wrong_relation():
    gold = [Sentence(("a", "b", "c"), ("root", "obj", "punct"), (0, 1, 1)), Sentence(("d",), ("root",), (0,))]
    found = [Sentence(("a", "b", "c"), ("root", "nsubj", "punct"), (0, 1, 2)), Sentence(("d",), ("root",), (0,))]
    assert METRICS["las"](gold, found) == {"las": 2 / 4, "uas": 3 / 4}
