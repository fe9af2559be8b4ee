import numpy as np
import pytest

from hypergen.errors import TypologyError
from hypergen.typology import TypologyTable
from hypergen.typology.diversity import farthest_points

CODES = ("swh", "zul", "xho", "fin", "est")


@pytest.fixture
def table():
    values = np.array([[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1], [1, 1, 1, 0]], dtype=np.float32)
    return TypologyTable(CODES, ("a", "b", "c", "d"), values, np.ones_like(values, dtype=bool), "made up", "none")


def test_the_next_is_always_the_farthest_from_its_nearest(table):
    assert farthest_points(CODES, start=["swh"], count=3, table=table) == ["fin", "xho", "est"]


def test_each_is_what_comparing_all_with_all_would_choose():
    values = np.random.default_rng(0).integers(0, 2, (20, 8)).astype(np.float32)
    codes = tuple(f"x-{n:02}" for n in range(20))
    features = tuple("abcdefgh")
    several = TypologyTable(codes, features, values, np.ones_like(values, dtype=bool), "made up", "none")
    distance = (values[:, None] != values[None]).sum(-1)
    taken = [0]
    for chosen in farthest_points(codes[1:], start=codes[:1], count=10, table=several):
        nearest = {n: distance[n, taken].min() for n in range(20) if n not in taken}
        taken.append(min(n for n in nearest if nearest[n] == max(nearest.values())))
        assert chosen == codes[taken[-1]]


def test_languages_to_start_from_are_not_chosen_again(table):
    assert sorted(farthest_points(CODES, start=["fin", "swh"], count=3, table=table)) == ["est", "xho", "zul"]


def test_ties_go_to_the_first_code_whatever_the_order_of_the_pool(table):
    assert farthest_points(["xho", "fin"], start=["zul"], count=1, table=table, features=["c"]) == ["fin"]
    assert farthest_points(["fin", "xho"], start=["zul"], count=1, table=table, features=["c"]) == ["fin"]


def test_a_language_that_is_like_one_chosen_comes_last_but_comes(table):
    assert farthest_points(["zul", "fin"], start=["swh"], count=2, table=table, features=["a", "b"]) == ["fin", "zul"]


def test_only_the_features_given_count(table):
    assert farthest_points(CODES, start=["swh"], count=1, table=table, features=["d"]) == ["fin"]
    assert farthest_points(["zul", "est"], start=["swh"], count=1, table=table, features=["d"]) == ["zul"]


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"count": 5}, "5 languages are wanted of 4, apart from 1 to start from; give a larger pool"),
        ({"start": []}, "at least one language to start from"),
        ({"features": ["a", "z"]}, "the table of made up has no feature z to compare languages by"),
    ],
)
def test_what_cannot_be_chosen_is_said(table, wanted, sentence):
    with pytest.raises(TypologyError, match=sentence):
        farthest_points(CODES, **{"start": ["swh"], "count": 1, "table": table, **wanted})
