import pytest

from hypergen.data.conceptnet_wordings import predicates, sentence
from hypergen.data.triples import OBJECT, PREDICATE, STOP, SUBJECT, marked_spans, token_marks
from hypergen.errors import CorpusError


def parts(document):
    return {mark: document[start:end] for start, end, mark in marked_spans(document)}


@pytest.mark.parametrize("wording", ["published", "corrected"])
@pytest.mark.parametrize("num", [12, 33])
def test_every_wording_is_found_between_its_two_sides(num, wording):
    for predicate in predicates(num, wording=wording).values():
        found = parts(sentence("اسب سیاه", predicate, "U.S. horse"))
        assert found == {SUBJECT: "اسب سیاه", PREDICATE: predicate, OBJECT: "U.S. horse", STOP: "."}


def test_the_first_wording_counts_and_the_longer_of_two():
    assert parts("fire causes what is a part of war.")[SUBJECT] == "fire"
    assert parts("cook has prerequisite of fire.")[PREDICATE] == "has prerequisite of"


def test_lines_are_found_one_after_the_other_where_they_stand():
    document = "kata causes moto.\nmoto is similar to kata."
    assert [document[start:end] for start, end, mark in marked_spans(document) if mark == OBJECT] == ["moto", "kata"]


def test_a_token_has_the_mark_of_its_last_character():
    offsets = [(0, 4), (4, 11), (11, 14), (14, 16), (16, 17)]  # the space counted to the token behind it
    assert token_marks("kata causes moto.", offsets).tolist() == [SUBJECT, PREDICATE, OBJECT, OBJECT, STOP]


@pytest.mark.parametrize("line", ["habari ya asubuhi", "is a type of kata.", "kata is a type of ", ""])
def test_what_is_no_triple_is_refused(line):
    with pytest.raises(CorpusError, match="TLM masks a side of a triple"):
        marked_spans(f"kata causes moto.\n{line}")
