"""The table of languages can be sorted by every column."""

import re

import pytest

from hypergen.evaluation.language_table import SORTING, language_table


def order(page, key):
    """The languages from top to bottom where the heading of that key is chosen."""
    rows = re.findall(r'<tr style="([^"]*)"><td>(\w+) ', page)
    ranks = [(dict(part.split(":") for part in style.split(";"))[f"--{key}"], name) for style, name in rows]
    return [name for _, name in sorted(ranks, key=lambda ranked: int(ranked[0]))]


def test_the_rows_stand_by_the_share_closed_before_anyone_chooses(told):
    told["rows"][3]["losses"]["generated"] = 1.0
    page = language_table(told)
    assert re.findall(r'<tr style="[^"]*"><td>(\w+) ', page)[0] == "Zande"
    assert 'id="by-gap" checked' in page


@pytest.mark.parametrize(
    ("key", "first"),
    [("language", "Hawaiian"), ("word_order", "Tlingit"), ("coverage", "Hawaiian"), ("family", "Tlingit")],
)
def test_a_heading_sorts_words_by_the_alphabet_and_what_is_known_from_the_top(told, key, first):
    assert order(language_table(told), key)[0] == first


def test_a_language_without_a_loss_comes_last(told):
    told["rows"][0]["losses"]["oracle"] = 1.9
    assert order(language_table(told), "oracle") == ["Mam", "Hawaiian", "Tlingit", "Zande"]


def test_every_heading_that_can_be_chosen_has_its_style(told):
    chosen = re.findall(r'id="(by-\w+)"', language_table(told))
    assert len(chosen) == 14
    assert all(f"#{heading}:checked" in SORTING for heading in chosen)


def test_a_method_has_a_column_only_where_somebody_was_scored_with_it(told):
    assert "by-shuffled" not in language_table(told)
    told["rows"][0]["losses"]["shuffled"] = 1.8
    assert "by-shuffled" in language_table(told)


def test_a_language_of_no_known_family_is_among_the_others(told):
    told["rows"][0] |= {"family": None, "genus": None}
    assert order(language_table(told), "family")[0] == "Hawaiian"


def test_a_share_without_an_oracle_of_its_own_is_marked(told):
    page = language_table(told)
    assert {"≈ 46 %", "≈ 40 %"} <= set(re.findall("≈ [0-9]+ %", page))
    assert page.count('<td class="number">60 %</td>') == 2  # the two with an oracle


def test_where_no_oracle_was_trained_no_share_is_shown(told):
    for row in told["rows"]:
        row["losses"].pop("oracle", None)
    assert "≈" not in language_table(told)
