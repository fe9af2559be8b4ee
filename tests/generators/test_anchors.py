import pytest
import torch

from hypergen.errors import HypergenError
from hypergen.generators.anchors import Anchors

VECTORS = torch.tensor([[0.0, 1.0], [1.0, 1.0], [0.0, 1.0]])


@pytest.fixture
def anchors():
    anchors = Anchors(3, 2)
    anchors.remember(VECTORS)
    return anchors


def test_a_training_language_is_known_by_its_vector_and_no_other_language_is(anchors):
    own = anchors.own(torch.tensor([[1.0, 1.0], [0.0, 0.9999]]))
    assert own.tolist() == [[0, 1, 0], [0, 0, 0]]


def test_languages_of_equal_vectors_are_one(anchors):
    assert anchors.own(VECTORS).tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0]]


def test_before_it_is_told_of_languages_it_recognises_none():
    assert not Anchors(3, 2).own(VECTORS).any()


def test_another_number_of_languages_is_refused(anchors):
    with pytest.raises(HypergenError, match="2 training languages of 2 features"):
        anchors.remember(VECTORS[:2])
