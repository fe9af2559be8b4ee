"""The pictures of a demo's report, each drawn from what ``demo.json`` says."""

from collections import Counter
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

_BLUE, _ORANGE, _GREEN, _VERMILION, _PURPLE, _SKY = COLOURS
_OF_METHOD: Final = {
    "none": MUTED,
    "majority": MUTED,
    "mean": _ORANGE,
    "nearest": _SKY,
    "swapped": _PURPLE,
    "shuffled": _VERMILION,
    "generated": _BLUE,
    "fifty": _GREEN,
    "oracle": INK,
}
_MEAN: Final[Mapping[str, Any]] = {"marker": "|", "color": INK, "markersize": 26, "markeredgewidth": 2.5}
_PERCENT: Final = PercentFormatter(decimals=0, symbol=" %")


@dataclass(frozen=True)
class Picture:
    """A drawn figure: an SVG element for a page, and a file of its own."""

    name: str
    svg: str
    png: bytes


def pictures(told: Mapping[str, Any]) -> list[Picture]:
    """Every picture of `PLOTS` that there is something to draw of."""
    with styled():
        figures = {name: draw(told) for name, draw in PLOTS.items()}
        return [Picture(name, as_svg(drawn, name=name), as_png(drawn)) for name, drawn in figures.items() if drawn]


def loss_by_method(told: Mapping[str, Any]) -> Figure:
    """Every language's loss under each method, with the means, and what generated adapters gain over each control."""
    losses = {method: known for method in METHODS if (known := losses_of(told, method))}
    figure, (axes,) = blank_figure(height=0.55 * len(losses) + 1)
    labels = []
    for place, (method, known) in enumerate(losses.items()):
        _strip(axes, known, place, colour=_OF_METHOD[method])
        axes.plot(fmean(known), place, **_MEAN)
        if method in told["differences"]:
            _beside(axes, place, format_told(told["differences"][method]))
        some = "" if len(known) == len(told["rows"]) else f", {len(known)} languages"
        labels.append(f"{METHODS[method]}\nmean {fmean(known):.2f}{some}")
    _beside(axes, -0.8, "generated minus it, nats\nmean [95 %]")
    _rows_of_methods(axes, labels)
    axes.set_xlabel("masked-LM loss on held-back text (nats a masked letter); a point is a language")
    return figure


def gap_by_distance(told: Mapping[str, Any]) -> Figure | None:
    """The share of the gap to the oracle that is closed, by how far a language is from those of training."""
    alone, fifty = shares_closed(told, "generated"), shares_closed(told, "fifty")
    rows = [row for row in told["rows"] if row["language"] in alone]
    rows.sort(key=lambda row: "oracle" not in row["losses"])  # those that are surer are named first
    if not rows or not told["gap_closed"]:
        return None
    figure, (axes,) = blank_figure(height=5.6)
    points, covered = [], []
    for row, x in zip(rows, _side_by_side([100 * row["distance"] for row in rows]), strict=True):
        y = 100 * alone[row["language"]]
        hollow: Any = {} if "oracle" in row["losses"] else {"markerfacecolor": PAPER}
        if row["language"] in fifty:
            end = 100 * fifty[row["language"]]
            axes.plot([x, x], [y, end], color=LINE, linewidth=1.5, zorder=1)
            axes.plot(x, end, "^", color=_GREEN, markersize=6, **hollow)
            covered += [(x, y + part / 10 * (end - y)) for part in range(1, 11)]
        axes.plot(x, y, "o", color=_BLUE, markersize=7, **hollow)
        points.append((x, y))
    axes.axhline(100, color=INK, linewidth=1, linestyle="--")
    axes.axhline(0, color=MUTED, linewidth=1)
    axes.grid(axis="y")
    axes.margins(x=0.06, y=0.08)
    axes.xaxis.set_major_formatter(_PERCENT)
    axes.yaxis.set_major_formatter(_PERCENT)
    axes.set_xlabel("distance: share of the features read by rules that differ from the nearest training language")
    axes.set_ylabel("gap closed (0 %: no adapter, 100 %: oracle)")
    handles = [
        Line2D([], [], linestyle="", marker="o", color=_BLUE, label="from typology alone"),
        Line2D([], [], linestyle="", marker="^", color=_GREEN, label="with 50 sentences"),
        Line2D([], [], linestyle="", marker="o", color=MUTED, markerfacecolor=PAPER,
               label="hollow: no oracle of its own, by the oracles' mean loss"),
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside upper center", ncols=3, handletextpad=0.1)
    label_points(axes, points, [(shortened(row["name"], 18), row["language"]) for row in rows], avoid=covered)
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
        ([row["generated"] for row in rows], "o", _BLUE, "from the generated adapter", (-3, -13), "right"),
        (scratch, "s", _ORANGE, "from scratch", (3, 6), "left"),
    )
    over: Any = {
        "textcoords": "offset points",
        "fontsize": 9,
        "bbox": {"facecolor": PAPER, "edgecolor": "none", "pad": 0.5},
    }
    for losses, marker, colour, text, away, side in starts:
        known = [(row["sentences"], loss) for row, loss in zip(rows, losses, strict=True) if loss is not None]
        axes.plot(*zip(*known, strict=True), marker=marker, color=colour, linewidth=2, markersize=7, label=text)
        for point in known:
            axes.annotate(f"{point[1]:.2f}", point, xytext=away, ha=side, **over)
    for loss, text, colour in ((none, "no adapter", MUTED), (oracle, "oracle", INK)):
        axes.axhline(loss, color=colour, linewidth=1.2, linestyle="--", zorder=1)
        _beside(axes, loss, f"{text}\n{loss:.2f}")
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
        axes.plot(mean, place, **_MEAN)
        if method in told["pos"]["differences"]:
            _beside(axes, place, format_told(told["pos"]["differences"][method], scale=100.0, digits=1))
    _beside(axes, -0.8, "generated minus it, points\nmean [95 %]")
    labels = [f"{names[method]}\n{100 * told['pos']['accuracy'][method]:.1f} %" for method in methods]
    _rows_of_methods(axes, labels)
    axes.set_xlim(0, 100)
    axes.xaxis.set_major_formatter(_PERCENT)
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
    axes.plot(values, heights, "o", color=colour, alpha=0.9, markersize=5, markeredgecolor="none")


def _side_by_side(distances: Sequence[float]) -> Iterator[float]:
    """The distances, those that are equal moved apart by little."""
    step, placed = 0.012 * (max(distances) - min(distances)), Counter[float]()
    several = Counter(round(distance, 6) for distance in distances)
    for distance in distances:
        key = round(distance, 6)
        yield distance + step * (placed[key] - (several[key] - 1) / 2)
        placed[key] += 1


def _rows_of_methods(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)


def _beside(axes: Axes, place: float | int, text: str) -> None:
    """A text to the right of a row."""
    axes.annotate(
        text, (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=9, annotation_clip=False
    )
