"""The pictures of a demo's report, each drawn from what ``demo.json`` says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from hypergen.evaluation.drawing import (
    COLOURS,
    INK,
    LINE,
    MUTED,
    PAPER,
    as_png,
    as_svg,
    blank_figure,
    label_points,
    shortened,
    styled,
)
from hypergen.evaluation.maps import embeddings, features
from hypergen.evaluation.summary import METHODS, format_told, losses_of, shares_closed

__all__ = ["PLOTS", "Picture", "pictures"]

_BLUE, _ORANGE, _GREEN, _, _PURPLE, _SKY = COLOURS
_OF_METHOD: Final = {
    "none": MUTED,
    "majority": MUTED,
    "mean": _ORANGE,
    "nearest": _SKY,
    "swapped": _PURPLE,
    "generated": _BLUE,
    "fifty": _GREEN,
    "oracle": INK,
}


@dataclass(frozen=True)
class Picture:
    """A drawn figure: an SVG element for a page, and a file of its own."""

    name: str
    svg: str
    png: bytes


def pictures(told: Mapping[str, Any]) -> Iterator[Picture]:
    """Every picture of `PLOTS` that there is something to draw of."""
    with styled():
        for name, draw in PLOTS.items():
            figure = draw(told)
            if figure is not None:
                yield Picture(name, as_svg(figure, name=name), as_png(figure))


def loss_by_method(told: Mapping[str, Any]) -> Figure:
    """Every language's loss under each method, with the means, and what generated adapters gain over each control."""
    methods = [method for method in METHODS if losses_of(told, method)]
    figure, (axes,) = blank_figure(height=0.55 * len(methods) + 1)
    for place, method in enumerate(methods):
        losses = losses_of(told, method)
        _strip(axes, losses, place, colour=_OF_METHOD[method])
        axes.plot(fmean(losses), place, "|", color=INK, markersize=26, markeredgewidth=2.5)
        if method in told["differences"]:
            _beside(axes, place, format_told(told["differences"][method]))
    _beside(axes, -0.8, "generated minus it, nats\nmean [95 %]")
    _rows_of_methods(axes, [_mean_of(told, method) for method in methods])
    axes.set_xlabel(
        "masked-LM loss on held-back text (nats a masked letter); a point is a language, the line their mean"
    )
    return figure


def gap_by_distance(told: Mapping[str, Any]) -> Figure | None:
    """The share of the gap to the oracle that is closed, by how far a language is from those of training."""
    zero_shot, fifty = shares_closed(told, "generated"), shares_closed(told, "fifty")
    rows = sorted(
        (row for row in told["rows"] if row["language"] in zero_shot), key=lambda row: "oracle" not in row["losses"]
    )
    if not rows:
        return None
    figure, (axes,) = blank_figure(height=5.6)
    points, ends = [], []
    for row in rows:
        x, y = 100 * row["distance"], 100 * zero_shot[row["language"]]
        face = _BLUE if "oracle" in row["losses"] else PAPER
        if row["language"] in fifty:
            end = 100 * fifty[row["language"]]
            axes.plot([x, x], [y, end], color=LINE, linewidth=1.5, zorder=1)
            face_of_end = _GREEN if "oracle" in row["losses"] else PAPER
            axes.plot(x, end, "^", color=_GREEN, markerfacecolor=face_of_end, markersize=5.5)
            ends += [(x, y + part * (end - y)) for part in (0.25, 0.5, 0.75, 1)]
        axes.plot(x, y, "o", color=_BLUE, markerfacecolor=face, markersize=7)
        points.append((x, y))
    axes.axhline(100, color=INK, linewidth=1, linestyle="--")
    axes.axhline(0, color=MUTED, linewidth=1)
    axes.grid(axis="y")
    axes.margins(x=0.06)
    axes.set_ylim(min(-4, *(y - 6 for _, y in points)), max(108, *(y + 6 for _, y in [*points, *ends])))
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0, symbol=" %"))
    axes.yaxis.set_major_formatter(PercentFormatter(decimals=0, symbol=" %"))
    axes.set_xlabel("distance: share of the features read by rules that differ from the nearest training language")
    axes.set_ylabel("gap closed (0 %: no adapter, 100 %: oracle)")
    kinds = [
        ("o", _BLUE, _BLUE, "from typology alone"),
        ("^", _GREEN, _GREEN, "with 50 sentences"),
        ("o", _BLUE, PAPER, "hollow: no oracle of its own, mean gap of the others"),
    ]
    handles = [
        Line2D([], [], linestyle="", marker=marker, color=edge, markerfacecolor=face, label=text)
        for marker, edge, face, text in kinds
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3, handletextpad=0.1)
    label_points(axes, points, [shortened(row["name"], 18) for row in rows], avoid=ends)
    return figure


def loss_by_sentences(told: Mapping[str, Any]) -> Figure | None:
    """Loss after training on so many sentences of a language, from the generated adapter and from scratch."""
    rows = sorted(told["sentences"], key=lambda row: row["sentences"])
    if not rows or not losses_of(told, "oracle"):
        return None
    figure, (axes,) = blank_figure(height=4.6)
    none, oracle = (fmean(losses_of(told, method, beside="oracle")) for method in ("none", "oracle"))
    scratch = [none if row["sentences"] == 0 and row["scratch"] is None else row["scratch"] for row in rows]
    starts = (
        ([row["generated"] for row in rows], "o", _BLUE, "from the generated adapter", -14),
        (scratch, "s", _ORANGE, "from scratch", 8),
    )
    for losses, marker, colour, text, above in starts:
        known = [(row["sentences"], loss) for row, loss in zip(rows, losses, strict=True) if loss is not None]
        axes.plot(*zip(*known, strict=True), marker=marker, color=colour, linewidth=2, markersize=7, label=text)
        for point in known:
            axes.annotate(
                f"{point[1]:.2f}", point, xytext=(0, above), textcoords="offset points", ha="center", fontsize=9
            )
    for loss, text, colour in ((none, "no adapter", MUTED), (oracle, "oracle", INK)):
        axes.axhline(loss, color=colour, linewidth=1.2, linestyle="--", zorder=1)
        axes.annotate(f"{text} {loss:.2f}", (1, loss), xycoords=("axes fraction", "data"), xytext=(0, 4),
                      textcoords="offset points", ha="right", fontsize=9)  # fmt: skip
    axes.set_xscale("symlog", linthresh=10)
    axes.set_xticks([row["sentences"] for row in rows], [str(row["sentences"]) for row in rows])
    axes.set_xticks([], minor=True)
    axes.margins(x=0.08, y=0.12)
    axes.grid(axis="y")
    axes.set_xlabel("sentences of the language that the adapter was trained on")
    axes.set_ylabel("masked-LM loss (nats a masked letter)")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def pos(told: Mapping[str, Any]) -> Figure | None:
    """Accuracy of part-of-speech tags on languages that the task adapter was not trained on."""
    rows = told["pos"].get("rows") if told["pos"] else None
    if not rows:
        return None
    names = {**METHODS, "none": "no language adapter", "majority": "always the most\nfrequent tag"}
    methods = [method for method in ("majority", "none", "nearest", "generated") if method in told["pos"]["accuracy"]]
    figure, (axes,) = blank_figure(height=0.55 * len(methods) + 1)
    for place, method in enumerate(methods):
        mean = 100 * told["pos"]["accuracy"][method]
        axes.barh(place, mean, color=_OF_METHOD[method], height=0.72, alpha=0.35)
        _strip(axes, [100 * row[method] for row in rows], place, colour=_OF_METHOD[method])
        axes.plot(mean, place, "|", color=INK, markersize=26, markeredgewidth=2.5)
        if method in told["pos"]["differences"]:
            _beside(axes, place, format_told(told["pos"]["differences"][method], scale=100, digits=1))
    _beside(axes, -0.8, "generated minus it, points\nmean [95 %]")
    labels = [f"{names[method]}\n{100 * told['pos']['accuracy'][method]:.1f} %" for method in methods]
    _rows_of_methods(axes, labels)
    axes.set_xlim(0, 100)
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0, symbol=" %"))
    axes.set_xlabel("accuracy of part-of-speech tags; a point is a language, the bar their mean")
    return figure


PLOTS: Final[Mapping[str, Callable[[Mapping[str, Any]], Figure | None]]] = {
    "loss_by_method": loss_by_method,
    "gap_by_distance": gap_by_distance,
    "loss_by_sentences": loss_by_sentences,
    "embeddings": embeddings,
    "features": features,
    "pos": pos,
}
"""The pictures by name, in the order of the report; None where there is nothing to draw."""


def _strip(axes: Axes, values: Sequence[float], place: int, *, colour: str) -> None:
    """A point for each value, spread over the height of a row so that none hides another."""
    heights = [place + 0.5 * (number * 0.618 % 1 - 0.5) for number in range(len(values))]
    axes.plot(values, heights, "o", color=colour, alpha=0.75, markersize=5, markeredgecolor="none")


def _rows_of_methods(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)


def _beside(axes: Axes, place: float, text: str) -> None:
    """A text to the right of a row."""
    axes.annotate(
        text, (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=9, annotation_clip=False
    )
