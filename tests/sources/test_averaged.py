import math

import pytest
import torch

from hypergen.errors import HypergenError, UnknownLanguageError
from hypergen.sources import AdapterBank, AdapterSource, AveragedAdapters, mean_weights, nearest_weights, tipa_weights
from hypergen.typology import TypologyTable

LANGUAGES = ("swh", "quy", "eus")


@pytest.fixture
def bank(drawn):
    return AdapterBank({language: drawn() for language in LANGUAGES})


@pytest.fixture
def table(tmp_path):
    """From yua, swh differs in one feature of four, quy in two, eus in all."""
    rows = ["language,a,b,c,d", "yua,1,1,1,1", "swh,1,1,1,0", "quy,1,1,0,0", "eus,0,0,0,0"]
    (tmp_path / "mine.csv").write_text("\n".join(rows))
    return TypologyTable.from_csv(tmp_path / "mine.csv")


def test_an_average_is_the_weighted_sum_of_what_the_bank_holds(bank):
    average = AveragedAdapters(bank, lambda _language, _among: {"quy": 0.75, "swh": 0.5})
    expected = 0.75 * bank("quy").vector() + 0.5 * bank("swh").vector()
    torch.testing.assert_close(average("yua").vector(), expected)
    assert isinstance(average, AdapterSource)


def test_several_languages_have_their_averages_along_an_axis(bank, table):
    average = AveragedAdapters(bank, tipa_weights(table))
    together = average(["yua", "swh"])
    assert together.num_languages == 2
    torch.testing.assert_close(together[1].vector(), average("swh").vector())


def test_the_mean_counts_every_language_the_same(bank):
    torch.testing.assert_close(AveragedAdapters(bank, mean_weights)("yua").vector(), bank.vectors.mean(0))


def test_the_nearest_has_all_the_weight(bank, table):
    nearest = AveragedAdapters(bank, nearest_weights(table))
    torch.testing.assert_close(nearest("yua").vector(), bank("swh").vector())
    torch.testing.assert_close(nearest("eus").vector(), bank("quy").vector())


def test_a_language_is_not_its_own_nearest(bank, table):
    assert nearest_weights(table)("swh", LANGUAGES) == {"quy": 1.0}


def test_tipa_is_the_softmax_of_similarities(table):
    """``exp(1 - d)`` with d the share of features that differ, divided by their sum."""
    similar = {"swh": 3 / 4, "quy": 2 / 4, "eus": 0.0}
    total = sum(math.exp(s) for s in similar.values())
    expected = {language: math.exp(s) / total for language, s in similar.items()}
    assert tipa_weights(table)("yua", LANGUAGES) == pytest.approx(expected)


def test_a_low_temperature_is_the_nearest_and_a_high_one_the_mean(table):
    assert tipa_weights(table, temperature=0.01)("yua", LANGUAGES)["swh"] == pytest.approx(1)
    assert tipa_weights(table, temperature=1e6)("yua", LANGUAGES) == pytest.approx(dict.fromkeys(LANGUAGES, 1 / 3))


def test_tipa_can_be_of_the_nearest_few(table):
    assert tipa_weights(table, k=2)("yua", LANGUAGES).keys() == {"swh", "quy"}


@pytest.mark.parametrize(("metric", "distance"), [("cosine", 1 - 3 / math.sqrt(4 * 3)), ("euclidean", 1 / 2)])
def test_tipa_takes_other_distances_from_0_to_1(table, metric, distance):
    weights = tipa_weights(table, metric=metric)("yua", ["swh", "eus"])
    assert weights["swh"] / weights["eus"] == pytest.approx(math.exp(1 - distance), rel=1e-5)


@pytest.mark.parametrize(("temperature", "k"), [(0.0, None), (-1.0, None), (1.0, 0)])
def test_settings_without_sense_are_refused(table, temperature, k):
    with pytest.raises(HypergenError, match="expected above 0, and 1 or more languages"):
        tipa_weights(table, temperature=temperature, k=k)


def test_a_bank_without_another_language_is_refused(table):
    with pytest.raises(HypergenError, match=r"no other language than swh \(swh\)"):
        nearest_weights(table)("swh", ["swh"])


def test_weights_of_a_language_that_the_bank_has_not_are_refused(bank):
    with pytest.raises(UnknownLanguageError, match="no adapter of yua is stored"):
        AveragedAdapters(bank, lambda _language, _among: {"yua": 1.0})("swh")


def test_weights_of_no_language_are_refused(bank):
    with pytest.raises(HypergenError, match="the weights for swh are of no language"):
        AveragedAdapters(bank, lambda _language, _among: {})("swh")
