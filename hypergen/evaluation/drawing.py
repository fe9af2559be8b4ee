"""How figures look: colours that differ without red and green too, quiet axes, labels only where they fit.

Figures are drawn with matplotlib's objects, never with pyplot. What a figure needs of matplotlib's settings is set
while it is drawn and saved (`styled`); then they are as they were.
"""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from io import BytesIO, StringIO
from itertools import product
from typing import Any, Final

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

__all__ = [
    "COLOURS",
    "INK",
    "LINE",
    "MUTED",
    "PAPER",
    "as_png",
    "as_svg",
    "blank_figure",
    "label_points",
    "shortened",
    "styled",
]

COLOURS: Final = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9")
"""Colours for classes: those of Okabe and Ito that stand out on white and on black, https://jfly.uni-koeln.de/color."""
INK: Final = "#1f2429"
PAPER: Final = "#fefefe"
MUTED: Final = "#7b828a"
LINE: Final = "#d9dde2"
_VARIABLES: Final = {INK: "var(--ink)", PAPER: "var(--paper)", MUTED: "var(--muted)", LINE: "var(--line)"}
_STYLE: Final[Any] = {
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 10,
    "svg.fonttype": "path",  # looks alike wherever it is read
    "svg.hashsalt": "hypergen",  # and is the same file every time
}
_GAP: Final = 6
"""Points between the centre of a marker and its label."""
_SIDES: Final = (
    (_GAP, 0, "left", "center"),
    (-_GAP, 0, "right", "center"),
    (0, _GAP, "center", "bottom"),
    (0, -_GAP, "center", "top"),
    (_GAP, _GAP, "left", "bottom"),
    (_GAP, -_GAP, "left", "top"),
    (-_GAP, _GAP, "right", "bottom"),
    (-_GAP, -_GAP, "right", "top"),
)


def styled() -> AbstractContextManager[None]:
    """The settings of matplotlib that figures are made and saved under."""
    return matplotlib.rc_context(_STYLE)


def blank_figure(*, height: float, panels: int = 1) -> tuple[Figure, Sequence[Axes]]:
    """A figure of 900 pixels' width with panels side by side; ``height`` in hundreds of pixels."""
    figure = Figure(figsize=(9, height), dpi=100, layout="constrained")
    return figure, [figure.add_subplot(1, panels, number) for number in range(1, panels + 1)]


def label_points(
    axes: Axes,
    points: Sequence[tuple[float, float]],
    labels: Sequence[Sequence[str]],
    *,
    avoid: Sequence[tuple[float, float]] = (),
    size: float = 8.0,
) -> list[str]:
    """Write each label beside its point where it covers no point and no other label, else not at all.

    Args:
        axes: where; all else must have been drawn there.
        points: in the units of the data.
        labels: of each point, the first form of it that fits; the most important point first.
        avoid: further points that stay uncovered.
        size: of the letters, in points.

    Returns:
        what was written.
    """
    figure: Any = axes.figure
    figure.draw_without_rendering()  # now the layout is known
    taken = [_box(axes, point, 4) for point in points] + [_box(axes, point, 3) for point in avoid]
    written = []
    for point, forms in zip(points, labels, strict=True):
        note = axes.annotate("", point, xytext=(0, 0), textcoords="offset points", fontsize=size)
        note.set_in_layout(False)
        for text, (dx, dy, horizontal, vertical) in product(forms, _SIDES):
            note.set(text=text, position=(dx, dy), horizontalalignment=horizontal, verticalalignment=vertical)
            box = note.get_window_extent()
            inside = (
                axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1 and axes.bbox.y0 <= box.y0 and box.y1 <= axes.bbox.y1
            )
            if inside and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                written.append(text)
                break
        else:
            note.remove()
    return written


def shortened(text: str, width: int) -> str:
    """The text, cut with an ellipsis where it is wider than so many letters.

    Example:
        >>> shortened("Northern Pastaza Quichua", 12)
        'Northern Pa…'
    """
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def as_svg(figure: Figure, *, name: str) -> str:
    """The figure as an element to stand in a page: its ids begin with ``name``, ink and paper are the page's.

    The page says what ``--ink``, ``--paper``, ``--muted`` and ``--line`` are, so a figure is dark where the page is.
    """
    file = StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    svg = file.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r'^<svg [^>]*?(viewBox="[^"]*")[^>]*>', r'<svg \1 aria-hidden="true">', svg)
    svg = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, variable)
    return svg.strip()


def as_png(figure: Figure) -> bytes:
    """The figure as a picture of 1800 pixels' width, on paper."""
    file = BytesIO()
    figure.savefig(file, format="png", dpi=200, metadata={"Software": None})
    return file.getvalue()


def _box(axes: Axes, point: tuple[float, float], reach: int) -> Bbox:
    """The pixels within so many points of a point of the data."""
    (x, y), away = axes.transData.transform(point), reach * axes.figure.dpi / 72
    return Bbox.from_extents(x - away, y - away, x + away, y + away)
