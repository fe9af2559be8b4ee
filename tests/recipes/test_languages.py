import time

import pytest

from hypergen.errors import HypergenError, TypologyError, UnknownLanguageError
from hypergen.recipes.languages import list_languages, show_language

from .conftest import one_sentence


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")


def test_a_language_is_shown_with_its_names_coverage_and_neighbours(capsys):
    show_language("yucatec maya", neighbours=3)
    shown = capsys.readouterr().out
    for fact in (
        "Yucatec Maya (yua, yuca1254)",
        "Mayan",
        "68% of 289",
        "inventory 158/158",
        "92 features (S_GENDER_MARK",
    ):
        assert fact in shown
    assert "shared with no other language" in shown
    assert [line.split()[0] for line in shown.splitlines()[-3:]] == ["hus", "hsf", "lac"]


def test_another_row_than_the_languages_own_is_explained(capsys):
    show_language("lvs_Latn")
    shown = capsys.readouterr().out
    assert "Latn" in shown
    assert "lav (Latvian), which has 104 features observed; lvs has 0" in shown


def test_a_shared_vector_is_pointed_out(capsys):
    show_language("qbb")
    assert "exactly this vector stands for 1 more (xum)" in capsys.readouterr().out


def test_other_feature_sets_can_be_shown(capsys):
    show_language("yua", feature_sets="syntax_wals+geo", neighbours=1)
    shown = capsys.readouterr().out
    assert "geography 299/299" in shown
    assert "0 where no source has a value" in shown


def test_the_languages_of_a_family_are_listed(capsys):
    list_languages(family="mayan", min_coverage=0.6)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["chf", "Tabasco", "Chontal", "Mayan", "Mayan", "chf", "80%", "0"]
    assert lines[-1].startswith(f"{len(lines) - 2} languages")


def test_the_languages_of_a_genus_are_listed(capsys):
    list_languages(genus="Celtic", min_coverage=0.5)
    assert "gle" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "meant"),
    [({"family": "Myan"}, "Mayan"), ({"genus": "Bantoo"}, "Bantu"), ({"family": "?"}, "languages list")],
)
def test_a_misspelt_family_or_genus_suggests_near_ones(given, meant):
    with pytest.raises(HypergenError, match=meant):
        list_languages(**given)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["show", "yua", "--neighbours", "0"],
            "neighbours is 0; it is how many of the nearest languages to print, from 1",
        ),
        (["show", "yua", "--neighbours", "-2"], "neighbours is -2"),
        (["list", "--min_coverage", "50"], "min_coverage is 50; it is a share from 0 to 1: give 0.5 for 50 %"),
        (["list", "--min_coverage", "-0.1"], "min_coverage is -0.1"),
    ],
)
def test_a_count_or_share_out_of_range_is_said_in_one_sentence(run, words, sentence):
    code, out, error = run("languages", *words)
    assert (code, out) == (2, "")
    assert sentence in one_sentence(error)


def test_a_misspelt_language_or_feature_set_is_refused():
    with pytest.raises(UnknownLanguageError):
        show_language("yuka")
    with pytest.raises(TypologyError):
        show_language("yua", feature_sets="knn")


def test_showing_and_listing_take_less_than_three_seconds_each(capsys):
    start = time.process_time()
    show_language("swh")
    shown = time.process_time()
    list_languages()
    assert max(shown - start, time.process_time() - shown) < 3
