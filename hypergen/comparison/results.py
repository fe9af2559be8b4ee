"""The result file of a comparison, and what is drawn from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypergen.comparison.amounts import Amount, amount_name
from hypergen.comparison.answer import answers
from hypergen.comparison.bench import languages_of
from hypergen.comparison.cells import versions
from hypergen.comparison.curves import curves_png
from hypergen.comparison.earlier import provenance_in
from hypergen.comparison.rows import about_language
from hypergen.comparison.running import Comparison
from hypergen.comparison.tables import document
from hypergen.evaluation.report import provenance, write_json_atomically

__all__ = ["choices_of", "results_of", "write_results"]


def results_of(comparison: Comparison, *, title: str, out: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that is known: rows, choices on development languages, answers, and where it is from."""
    bench = comparison.bench_of(comparison.seeds[0])
    about = {code: about_language(code, splits=bench.languages, table=bench.table) for code in bench.scored}
    rows = [{**about[row["language"]], **row} for row in comparison.rows()]
    choices = choices_of(comparison)
    return {
        "title": title,
        **provenance(seeds=comparison.seeds, command=f"hypergen compare --config {out / 'settings.json'}"),
        "format": versions()["format"],
        **({"earlier": earlier} if (earlier := provenance_in(comparison.store.root)) else {}),
        "settings": dict(settings),
        "languages": languages_of(bench),
        "texts": {str(seed): comparison.bench_of(seed).trained_text for seed in comparison.seeds},
        "choices": choices,
        "answers": answers(rows, chosen=_chosen(comparison)),
        "rows": rows,
    }


def choices_of(comparison: Comparison) -> list[dict[str, Any]]:
    """What development languages chose for each method and amount of text."""
    told = []
    for method, amount in comparison.trial_questions:
        if (choice := comparison.tuner.known(method, amount)) is not None:
            named = {"method": method.name, "tuned": method.tuned, "amount": amount_name(amount)}
            told.append({**named, "settings": dict(choice.settings), "steps": choice.steps, "loss": choice.loss,
                         "trials": choice.trials, "flat": choice.flat})  # fmt: skip
    return told


def write_results(told: Mapping[str, Any], *, out: Path) -> None:
    """Write ``results.json``, ``results.md`` and, where there are several amounts of text, ``curves.png``."""
    write_json_atomically(out / "results.json", told)
    files = {"results.md": document(told).encode(), "curves.png": curves_png(told)}
    for name, content in files.items():
        if content is None:
            (out / name).unlink(missing_ok=True)  # of an earlier call
        else:
            beside = out / f".{name}.part"
            beside.write_bytes(content)
            beside.replace(out / name)


def _chosen(comparison: Comparison) -> dict[Amount, str]:
    """By amount of text the method with the lowest loss on development languages, those without text included."""
    found: dict[Amount, str] = {}
    for amount in comparison.amounts:
        losses = {}
        for method, at in comparison.questions:
            choice = comparison.tuner.known(method, at) if at in (0, amount) else None
            if choice is not None:
                losses[method.name] = choice.loss
        if losses:
            found[amount] = min(losses, key=lambda name: losses[name])
    return found
