"""Pictures of what a generator has made of typology: where languages lie, and which features it needs."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from hypergen.evaluation.drawing import COLOURS, INK, MUTED, PAPER, blank_figure, label_points, shortened

__all__ = ["embeddings", "features"]

_NUM_FEATURES: Final = 20
_MARKERS: Final = "os^DvP"
_OTHER: Final = ("X", MUTED)
_KINDS: Final = {
    "S": ("syntax (S)", COLOURS[0]),
    "P": ("phonology (P)", COLOURS[1]),
    "INV": ("inventory (INV)", COLOURS[2]),
}


def embeddings(told: Mapping[str, Any]) -> Figure | None:
    """The map of language embeddings, coloured by family on the left and by word order on the right."""
    rows = sorted(told["embeddings"], key=lambda row: row["seen"])  # unseen ones first: they are named first
    if not rows:
        return None
    figure, panels = blank_figure(height=6.0, panels=2)
    for axes, key, title in zip(panels, ("family", "word_order"), ("by family", "by word order"), strict=True):
        _coloured(axes, rows, key)
        axes.set(xlabel="first principal component", xticks=[], yticks=[])
        axes.set_title(title, fontsize=11)
        axes.margins(0.07)
    panels[0].set_ylabel("second principal component")
    points = [(row["x"], row["y"]) for row in rows]
    names = [(shortened(row["name"], 14), row["language"]) for row in rows if not row["seen"]]
    for axes in panels:
        label_points(axes, points[: len(names)], names, avoid=points[len(names) :], size=7.5)
    return figure


def features(told: Mapping[str, Any]) -> Figure | None:
    """The twenty features whose absence costs most, with what their rules decide."""
    rows = told["features"][:_NUM_FEATURES]
    if not rows:
        return None
    figure, (axes,) = blank_figure(height=0.27 * len(rows) + 1.3)
    digits = 1 if rows[0]["share"] >= 0.02 else 2
    for place, row in enumerate(rows):
        share = 100 * row["share"]
        axes.barh(place, share, color=_kind(row["feature"])[1], height=0.7)
        axes.annotate(f"{share:.{digits}f} %", (max(share, 0), place), xytext=(4, 0), textcoords="offset points",
                      va="center", fontsize=9)  # fmt: skip
        axes.annotate(row["feature"].partition("_")[2].replace("_", " ").lower(), (1.02, place), color=MUTED,
                      xycoords=("axes fraction", "data"), va="center", fontsize=8, annotation_clip=False)  # fmt: skip
    axes.set_yticks(range(len(rows)), [shortened(row["rule"], 52) for row in rows], fontsize=9)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.margins(x=0.2)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(PercentFormatter(symbol=" %"))
    axes.grid(axis="x")
    axes.set_xlabel("share of the oracle's gain lost without the feature")
    kinds = dict.fromkeys(_kind(row["feature"]) for row in rows)
    handles = [
        Line2D([], [], linestyle="", marker="s", markersize=9, color=colour, label=name) for name, colour in kinds
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3, handletextpad=0.1)
    return figure


def _coloured(axes: Axes, rows: list[Mapping[str, Any]], key: str) -> None:
    """A marker for each language, of the colour and form of its class; the smaller classes share one."""
    every = Counter(row[key] for row in rows)
    classes = {
        name: (marker, colour)
        for (name, _), marker, colour in zip(every.most_common(), _MARKERS, COLOURS, strict=False)
    }
    drawn: dict[tuple[str, str, bool], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        drawn[*classes.get(row[key], _OTHER), row["seen"]].append(row)
    for (marker, colour, seen), several in drawn.items():
        size, edge, alpha, order = (5.5, PAPER, 0.65, 2) if seen else (8, INK, 1, 3)
        axes.plot([row["x"] for row in several], [row["y"] for row in several], marker, color=colour,
                  markeredgecolor=edge, alpha=alpha, markersize=size, zorder=order)  # fmt: skip
    shown = {**classes, **({"others": _OTHER} if len(every) > len(classes) else {})}
    handles = [
        Line2D([], [], linestyle="", marker=marker, color=colour, label=shortened(name or "unknown", 16))
        for name, (marker, colour) in shown.items()
    ]
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.06), ncols=3, fontsize=9,
                handletextpad=0.1, columnspacing=1)  # fmt: skip


def _kind(feature: str) -> tuple[str, str]:
    return _KINDS.get(feature.partition("_")[0], ("other", MUTED))
