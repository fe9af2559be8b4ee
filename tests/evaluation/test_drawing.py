"""Figures are readable by everyone, and leave nothing behind."""

import itertools

import matplotlib
import numpy as np
import pytest

from hypergen.evaluation.drawing import COLOURS, INK, PAPER, as_svg, blank_figure, label_points, styled

# Machado, Oliveira and Fernandes (2009), severity 1, https://doi.org/10.1109/TVCG.2009.113; on linear RGB.
DEUTERANOPIA = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
PROTANOPIA = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]


@pytest.fixture
def axes():
    with styled():
        _, (axes,) = blank_figure(height=3.0)
        axes.set(xlim=(0, 10), ylim=(0, 10))
        yield axes


def seen(colour, eye):
    """A colour in CIELAB as such an eye sees it, where a distance of 10 is plain to see."""
    rgb = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    linear = np.clip(eye @ np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4), 0, 1)
    xyz = np.array([[0.4339, 0.3763, 0.1899], [0.2126, 0.7152, 0.0722], [0.0178, 0.1095, 0.8728]]) @ linear
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eye", [DEUTERANOPIA, PROTANOPIA], ids=["deuteranopia", "protanopia"])
def test_colours_differ_without_red_or_green(eye):
    pairs = itertools.combinations([*COLOURS, INK, PAPER], 2)
    assert min(np.linalg.norm(seen(a, np.array(eye)) - seen(b, np.array(eye))) for a, b in pairs) > 10


def test_labels_cover_neither_each_other_nor_a_point(axes):
    rng = np.random.default_rng(0)
    points = [(float(x), float(y)) for x, y in rng.uniform(0.5, 9.5, size=(60, 2))]
    written = label_points(axes, points, [[f"language {n}"] for n in range(60)])
    boxes = [text.get_window_extent() for text in axes.texts]
    assert 5 < len(written) < 60
    assert len(boxes) == len(written)
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    assert not any(box.contains(*axes.transData.transform(point)) for box in boxes for point in points)


def test_a_label_stays_within_the_axes(axes):
    label_points(axes, [(9.9, 9.9)], [["a name of some length"]])
    (box,) = (text.get_window_extent() for text in axes.texts)
    assert box.x1 <= axes.bbox.x1
    assert box.y1 <= axes.bbox.y1


def test_a_name_that_does_not_fit_gives_way_to_its_short_form(axes):
    wall = [(x / 4, y / 4) for x in range(41) for y in range(41) if abs(x - 20) + abs(y - 20) > 5]
    assert label_points(axes, [(5.0, 5.0)], [["a name of some length", "a"]], avoid=wall) == ["a"]


def test_a_point_with_no_room_around_it_stays_without_a_name(axes):
    wall = [(x / 4, y / 4) for x in range(41) for y in range(41)]
    assert label_points(axes, [(5.0, 5.0)], [["name"]], avoid=wall) == []
    assert list(axes.texts) == []


def test_ink_and_paper_of_a_figure_are_those_of_the_page(axes):
    svg = as_svg(axes.figure, name="here")
    assert svg.startswith("<svg viewBox=")
    assert "var(--ink)" in svg
    assert "var(--paper)" in svg
    assert INK not in svg
    assert PAPER not in svg


def test_the_ids_of_a_figure_begin_with_its_name(axes):
    axes.plot([0, 1], [0, 1])
    svg = as_svg(axes.figure, name="here")
    assert 'id="here-' in svg
    assert svg.count('id="') == svg.count('id="here-')
    assert svg.count("url(#") == svg.count("url(#here-") > 0


def test_a_figure_is_the_same_text_every_time(axes):
    assert as_svg(axes.figure, name="here") == as_svg(axes.figure, name="here")


def test_settings_of_matplotlib_are_afterwards_as_before():
    before = dict(matplotlib.rcParams)
    with styled():
        assert dict(matplotlib.rcParams) != before
    assert dict(matplotlib.rcParams) == before
