"""Loss against text: a line for each method, a panel for each group."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from typing import Any, Final

from matplotlib.figure import Figure

from hypergen.evaluation.drawing import COLOURS, INK, MUTED, as_png, styled

__all__ = ["curves_png"]

MARKERS: Final = "os^Dv<>p*h"


def curves_png(told: Mapping[str, Any]) -> bytes | None:
    """The picture of a result file; ``None`` where there is one amount of text only."""
    groups = [group for group in dict.fromkeys(a["group"] for a in told["answers"]) if len(_amounts(told, group)) > 1]
    if not groups:
        return None
    with styled():
        return as_png(_drawn(told, groups))


def _amounts(told: Mapping[str, Any], group: str) -> list[str]:
    return [answer["amount"] for answer in told["answers"] if answer["group"] == group]


def _drawn(told: Mapping[str, Any], groups: list[str]) -> Figure:
    figure = Figure(figsize=(9, 3.6 * len(groups) + 1.5), dpi=100, layout="constrained")
    tuned = dict.fromkeys(row["method"] for row in told["rows"] if row["amount"] != 0)
    untuned = dict.fromkeys(row["method"] for row in told["rows"] if row["amount"] == 0)
    styles = dict(zip(tuned, zip(cycle(COLOURS), cycle(MARKERS), strict=False), strict=False))
    for number, group in enumerate(groups, start=1):
        axes = figure.add_subplot(len(groups), 1, number)
        answers = {answer["amount"]: answer for answer in told["answers"] if answer["group"] == group}
        places = {amount: place for place, amount in enumerate(answers)}
        lasting = {m: a["losses"][m] for m in untuned for a in answers.values() if m in a["losses"]}
        for method, (colour, marker) in styles.items():
            line = {places[name]: a["losses"][method] for name, a in answers.items() if method in a["losses"]}
            start = method.rpartition("+")[0]
            if line and start in lasting and "0" in places:
                line = {places["0"]: lasting[start], **line}
            if line:
                axes.plot(list(line), list(line.values()), marker=marker, color=colour, label=method, linewidth=1.6)
        ordered = sorted(lasting, key=lambda method: lasting[method])
        for method in ordered:
            axes.axhline(lasting[method], color=INK if method == "none" else MUTED, linewidth=0.8, linestyle="--")
        for method in {ordered[0], "none"} & set(ordered) if ordered else set():
            axes.annotate(f"{method} {lasting[method]:.2f}", (1.01, lasting[method]), va="center", fontsize=8,
                          xycoords=("axes fraction", "data"), annotation_clip=False)  # fmt: skip
        axes.set_xticks(list(places.values()), list(places))
        axes.grid(axis="y")
        axes.set_title(group, fontsize=10, loc="left")
        axes.set_ylabel("nats a masked position")
    axes.set_xlabel("text of the language, in sentences where no unit is said; dashed: methods that use none of it")
    handles = {label: handle for each in figure.axes
               for handle, label in zip(*each.get_legend_handles_labels(), strict=True)}  # fmt: skip
    figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=3, fontsize=8)
    return figure
