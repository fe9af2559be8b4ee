"""Maps show what a generator has made of typology."""

import pytest

from hypergen.evaluation.drawing import COLOURS, INK, MUTED, styled
from hypergen.evaluation.maps import embeddings, features


@pytest.fixture(autouse=True)
def style():
    with styled():
        yield


def test_both_panels_show_every_language(told):
    for axes in embeddings(told).axes:
        assert sum(len(line.get_xdata()) for line in axes.lines) == 6


def test_languages_never_seen_have_an_edge_of_ink_and_a_name(told):
    axes, _ = embeddings(told).axes
    assert sum(len(line.get_xdata()) for line in axes.lines if line.get_markeredgecolor() == INK) == 4
    assert {text.get_text() for text in axes.texts} <= {"Hawaiian", "Mam", "Tlingit", "Zande"} | {
        "haw",
        "mam",
        "tli",
        "zne",
    }


def test_the_largest_families_have_a_colour_and_a_form_and_the_others_are_grey(told):
    (first, *_) = told["embeddings"]
    told["embeddings"] = [{**first, "family": f"F{n}", "x": float(k)} for n in range(8) for k in range(2 - n // 6)]
    axes, _ = embeddings(told).axes
    looks = {(line.get_color(), line.get_marker()) for line in axes.lines}
    assert {colour for colour, _ in looks} == {*COLOURS, MUTED}
    assert len({marker for _, marker in looks}) == len(looks)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [f"F{n}" for n in range(6)] + ["others"]


def test_features_are_bars_with_their_rule_and_their_name(told):
    (axes,) = features(told).axes
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([3, 1, -0.1])
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        "order in main clauses",
        "the letter r",
        "whether there is tone",
    ]
    assert {"3.0 %", "svo", "alveolar tap"} <= {text.get_text() for text in axes.texts}


def test_twenty_features_are_shown(told):
    told["features"] = told["features"][:1] * 30
    (axes,) = features(told).axes
    assert len(axes.patches) == 20
