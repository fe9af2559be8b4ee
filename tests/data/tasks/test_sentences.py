import subprocess
import sys

import pytest

from hypergen.data.tasks.sentences import Sentence
from hypergen.errors import TaskError


@pytest.mark.parametrize(
    "given",
    [
        {"words": ()},
        {"words": ("a", "")},
        {"words": ("a", "b"), "labels": ("X",)},
        {"words": ("a", "b"), "labels": ("X", "X"), "heads": (0,)},
    ],
)
def test_what_does_not_fit_together_is_refused(given):
    with pytest.raises(TaskError, match=r"words.*labels.*heads; expected"):
        Sentence(**given)


def test_a_message_names_the_file_or_the_first_words():
    assert Sentence(("a",), place="x.conll, line 3").where == "x.conll, line 3"
    assert Sentence(("a", "b", "c", "d")).where == "the sentence that opens with 'a b c'"


def test_a_message_on_a_word_names_its_line_or_that_of_the_sentence():
    words, place = ("a", "b"), "x.conll, line 3"
    assert Sentence(words, place=place, lines=(4, 5)).where_of(1) == "x.conll, line 5"
    assert Sentence(words, place=place).where_of(1) == place


PROBE = """
from hypergen.data.tasks.sentences import Sentence
from hypergen.errors import TaskError
for given in (("hello there",), (("a", "b"), "XY"), ((1, 2),), (("a",), (1,), (), "x.conll, line 3"), (None,)):
    try:
        Sentence(*given)
    except TaskError as error:
        print(error)
"""


def test_words_and_labels_are_tuples_of_strings():
    """Asked in a process of its own: the checker that tests run with would be the first to speak."""
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    expected = "; expected a tuple of strings, such as "
    assert [line.partition(expected)[0] for line in done.stdout.splitlines()] == [
        "a sentence has the words 'hello there'",
        "a sentence has the labels 'XY'",
        "a sentence has the words (1, 2)",
        "x.conll, line 3 has the labels (1,)",
        "a sentence has the words None",
    ]
