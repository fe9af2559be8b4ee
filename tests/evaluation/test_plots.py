"""The pictures of a demo show every language where its numbers put it."""

import pytest

from hypergen.evaluation.drawing import PAPER, styled
from hypergen.evaluation.plots import PLOTS


@pytest.fixture(autouse=True)
def style():
    with styled():
        yield


def markers(axes, marker):
    return [line for line in axes.lines if line.get_marker() == marker]


def words(axes):
    return [text.get_text() for text in (*axes.get_yticklabels(), *axes.texts)]


def test_there_is_a_point_for_each_language_and_method(told):
    (axes,) = PLOTS["loss_by_method"](told).axes
    assert [len(line.get_xdata()) for line in markers(axes, "o")] == [4, 4, 4, 4, 4, 4, 2]


def test_a_mean_over_fewer_languages_says_over_how_many(told):
    (axes,) = PLOTS["loss_by_method"](told).axes
    assert "its own text: oracle\nmean 1.10, 2 languages" in words(axes)


def test_what_generated_adapters_gain_stands_beside_each_control(told):
    (axes,) = PLOTS["loss_by_method"](told).axes
    assert words(axes).count("−0.30 [−0.40, −0.20]") == 4


def test_a_language_without_an_oracle_of_its_own_is_hollow(told):
    (axes,) = PLOTS["gap_by_distance"](told).axes
    hollow = {round(float(line.get_xdata()[0])) for line in markers(axes, "o") if line.get_markerfacecolor() == PAPER}
    assert hollow == {20, 30}


def test_languages_of_one_distance_stand_side_by_side_in_its_middle(told):
    (axes,) = PLOTS["gap_by_distance"](told).axes
    first, second, *_ = sorted(float(line.get_xdata()[0]) for line in markers(axes, "o"))
    assert first < 10 < second
    assert first + second == pytest.approx(20)


def test_training_from_scratch_begins_at_no_adapter(told):
    (axes,) = PLOTS["loss_by_sentences"](told).axes
    (scratch,) = markers(axes, "s")
    assert list(scratch.get_xdata()) == [0, 10, 50]
    assert list(scratch.get_ydata()) == pytest.approx([2.1, 1.8, 1.45])  # no adapter, where there is an oracle


def test_no_adapter_and_oracle_are_lines_over_the_same_languages(told):
    (axes,) = PLOTS["loss_by_sentences"](told).axes
    assert {"no adapter\n2.10", "oracle\n1.10"} <= set(words(axes))


def test_accuracies_are_bars_from_zero(told):
    (axes,) = PLOTS["pos"](told).axes
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([30, 70, 75, 80])
    assert axes.get_xlim() == (0, 100)


@pytest.mark.parametrize(
    ("key", "nothing", "names"),
    [
        ("sentences", [], {"loss_by_sentences"}),
        ("embeddings", [], {"embeddings"}),
        ("features", [], {"features"}),
        ("pos", {}, {"pos"}),
        ("gap_closed", {}, {"gap_by_distance"}),
    ],
)
def test_what_was_not_measured_is_not_drawn(told, key, nothing, names):
    told[key] = nothing
    assert {name for name in names if PLOTS[name](told) is not None} == set()


def test_without_an_oracle_there_is_no_gap_to_draw(told):
    for row in told["rows"]:
        row["losses"].pop("oracle", None)
    assert PLOTS["gap_by_distance"](told) is None
    assert PLOTS["loss_by_sentences"](told) is None


@pytest.mark.parametrize("name", PLOTS)
def test_a_demo_of_one_language_is_drawn_without_complaint(told, name):
    for key in ("rows", "sentences", "embeddings", "features"):
        told[key] = told[key][:1]
    told["features"][0]["share"] = 0.0
    PLOTS[name](told).draw_without_rendering()
