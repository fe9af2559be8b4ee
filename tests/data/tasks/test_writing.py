from dataclasses import replace

import pytest

from hypergen.data.tasks.files import read_labelled
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import NER, PARSING, POS, SENTIMENT
from hypergen.data.tasks.writing import suffix_for, write_labelled
from hypergen.errors import TaskError


@pytest.mark.parametrize(
    ("name", "task", "sentences"),
    [
        ("a.conll", NER, [Sentence(("Juma", "Hà Nội"), ("B-PER", "O")), Sentence(("#",), ("O",))]),
        ("a.conllu", POS, [Sentence(("Juma", "alikuja"), ("PROPN", "VERB")), Sentence(("Ndiyo",), ("INTJ",))]),
        ("a.conllu", PARSING, [Sentence(("Juma", "alikuja"), ("nsubj", "root"), (2, 0))]),
        ("a.tsv", SENTIMENT, [Sentence(('"Safi',), ("positive",)), Sentence(("Mbaya",), ("negative",))]),
    ],
)
def test_what_is_written_is_read_again(tmp_path, name, task, sentences):
    path = tmp_path / "new" / name
    write_labelled(path, sentences, task=task)
    assert [replace(sentence, place="") for sentence in read_labelled(path, task=task)] == sentences


def test_a_text_keeps_to_its_line(tmp_path):
    write_labelled(tmp_path / "a.tsv", [Sentence(("Safi\tsana\n",), ("positive",))], task=SENTIMENT)
    assert read_labelled(tmp_path / "a.tsv", task=SENTIMENT)[0].words == ("Safi sana",)


@pytest.mark.parametrize(
    ("task", "places", "suffix"),
    [
        (POS, ["a.conllu, line 1", "b.conllu.xz, line 7"], ".conllu"),
        (POS, ["a.conllu, line 1", "a.conll, line 1"], ".conll"),
        (POS, [""], ".conll"),
        (PARSING, ["commul/universal_dependencies/sw test, row 0"], ".conllu"),
        (SENTIMENT, ["a.tsv, line 2"], ".tsv"),
    ],
)
def test_words_from_conllu_are_written_as_conllu(task, places, suffix):
    assert suffix_for([Sentence(("a",), place=place) for place in places], task=task) == suffix


def test_a_tagger_writes_no_trees(tmp_path):
    write_labelled(tmp_path / "a.conllu", [Sentence(("Juma", "alikuja"), ("PROPN", "VERB"))], task=POS)
    _, *rows = (tmp_path / "a.conllu").read_text().split("\n")
    assert [row.split("\t")[6:8] for row in rows if row] == [["_", "_"], ["_", "_"]]
    with pytest.raises(TaskError, match="has the heads _, _"):
        read_labelled(tmp_path / "a.conllu", task=PARSING)
