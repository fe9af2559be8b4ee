"""Controls: which vector stands for which language."""

import random

import pytest
import torch

from hypergen.errors import HypergenError
from hypergen.evaluation.controls import (
    MeanTypology,
    RandomTypology,
    SubstitutedTypology,
    nearest_of,
    shuffled_of,
    swapped_of,
)
from hypergen.typology import TypologyTable

LANGUAGES = ["swh", "zul", "spa", "fra", "yua"]
GENUS = {"swh": "Bantu", "zul": "Bantu", "spa": "Romance", "fra": "Romance", "yua": "Mayan"}


@pytest.fixture(scope="module")
def table():
    return TypologyTable.from_uriel()


def test_a_substitute_lends_its_vector_and_others_keep_theirs(table):
    substituted = SubstitutedTypology(table, {"yua": "spa"})
    assert torch.equal(substituted.vectors(["yua", "swh"]), table.vectors(["spa", "swh"]))


def test_the_mean_typology_gives_every_language_the_same_mean(table):
    vectors = MeanTypology(table, LANGUAGES).vectors(["yua", "eus"])
    torch.testing.assert_close(vectors, table.vectors(LANGUAGES).mean(0).expand(2, -1))


def test_the_nearest_is_another_language_and_the_nearest(table):
    nearest = nearest_of(LANGUAGES, among=LANGUAGES, table=table)
    assert nearest["swh"] == "zul"
    assert all(language != other for language, other in nearest.items())


def test_swapping_gives_a_language_of_another_genus():
    for seed in range(20):
        swapped = swapped_of(LANGUAGES, genus=GENUS, rng=random.Random(seed))
        assert all(GENUS[language] != GENUS[other] for language, other in swapped.items())


def test_a_language_is_not_nearest_to_itself_under_another_code(table):
    assert nearest_of(["arz"], among=["ary", "arz", "heb"], table=table) == {"arz": "heb"}


@pytest.mark.parametrize("among", [[], ["arz"], ["ary", "arb"]])
def test_a_language_without_another_to_be_nearest_is_named(table, among):
    with pytest.raises(HypergenError, match=f"none of the {len(among)} languages given can be nearest to arz: .* ara;"):
        nearest_of(["arz"], among=among, table=table)


def test_a_mean_over_no_language_is_refused(table):
    with pytest.raises(HypergenError, match="mean vector of no language"):
        MeanTypology(table, [])


def test_languages_of_unknown_genus_are_swapped_with_each_other():
    swapped = swapped_of(["aaa", "bbb"], genus={"aaa": None, "bbb": None}, rng=random.Random(0))
    assert swapped == {"aaa": "bbb", "bbb": "aaa"}


@pytest.mark.parametrize(("languages", "genus"), [(["swh", "zul"], "Bantu"), (["eus"], "unknown")])
def test_languages_that_cannot_be_swapped_are_named(languages, genus):
    with pytest.raises(HypergenError, match=f"another genus than {languages[0]}'s \\({genus}\\) is among the"):
        swapped_of(languages, genus={**GENUS, "eus": None}, rng=random.Random(0))


@pytest.mark.parametrize("languages", [[], ["swh"]])
def test_fewer_than_two_languages_cannot_be_shuffled(languages):
    with pytest.raises(HypergenError, match=f"{len(languages)} language"):
        shuffled_of(languages, rng=torch.Generator())


def test_shuffling_is_a_permutation_that_moves_every_language():
    for seed in range(20):
        shuffled = shuffled_of(LANGUAGES, rng=torch.Generator().manual_seed(seed))
        assert sorted(shuffled) == sorted(shuffled.values()) == sorted(LANGUAGES)
        assert all(language != other for language, other in shuffled.items())


def test_a_random_vector_is_always_the_same_and_made_of_what_languages_have(table):
    over = ["swh", "eus", "deu", "yua"]
    random_one = RandomTypology(table, over, seed=1)
    one = random_one.vectors(["swh", "zul"])
    assert torch.equal(one[0], RandomTypology(table, over, seed=1).vectors(["swh"])[0])
    assert not torch.equal(one[0], RandomTypology(table, over, seed=2).vectors(["swh"])[0])
    assert not torch.equal(one[0], one[1])
    given = table.vectors(over)
    agreed = (given == given[:1]).all(0)
    assert torch.equal(one[:, agreed], given[:2, agreed])
    assert (one[:, ~agreed].unsqueeze(0) == given[:, ~agreed].unsqueeze(1)).any(0).all()


def test_random_vectors_need_languages_to_take_features_from(table):
    with pytest.raises(HypergenError, match="random vectors of no language's features"):
        RandomTypology(table, [])
