import pytest

from hypergen.data.tasks.entities import repaired, without_types
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import NER


def labelled(labels):
    return Sentence(("w",) * len(labels.split()), tuple(labels.split()))


def test_entities_of_a_type_that_is_left_out_are_none():
    found = without_types({"swh": [labelled("B-DATE I-DATE B-PER O")]}, ["DATE"])
    assert found == {"swh": [labelled("O O B-PER O")]}


@pytest.mark.parametrize(
    ("loose", "strict"),
    [
        ("O I-PER I-PER", "O B-PER I-PER"),
        ("B-LOC I-PER O", "B-LOC B-PER O"),
        ("B-PER B-PER I-PER", "B-PER B-PER I-PER"),
    ],
)
def test_every_entity_opens_with_b_and_scores_as_before(loose, strict):
    assert repaired(labelled(loose)) == labelled(strict)
    assert NER.scores([labelled(strict)], [labelled(loose)])["span_f1"] == 1
