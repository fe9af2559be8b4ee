"""Going on from the result file of an earlier run, which may have been on another machine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hypergen.comparison.amounts import Amount, amount_name
from hypergen.comparison.bench import Bench
from hypergen.comparison.cells import versions
from hypergen.comparison.methods import Method, parse_method
from hypergen.comparison.rows import rows_of
from hypergen.comparison.running import Comparison
from hypergen.comparison.tuning import Choice
from hypergen.errors import HypergenError

__all__ = ["Earlier", "adopt", "read_earlier"]

MAY_DIFFER: Final = ("out", "methods", "amounts", "seeds", "generators", "accelerator", "cache_dir", "earlier")
"""Settings that say what is run, or where; generators are compared one by one."""
COSTS: Final = ("trials", "steps", "parameters", "tokens", "seconds", "peak_gb", "capped",
                "parameters_before", "tokens_before", "seconds_before", "peak_gb_before")  # fmt: skip
Cell = tuple[str, Amount, int, str]
"""Method, amount, seed, language."""


@dataclass(frozen=True)
class Earlier:
    """What an earlier run says."""

    path: Path
    told: Mapping[str, Any]
    cells: Mapping[Cell, Sequence[Mapping[str, Any]]]
    """The rows of each cell, one for each domain of text."""

    @property
    def provenance(self) -> list[dict[str, Any]]:
        """Where it is from, and what it took over itself."""
        own = {name: self.told[name] for name in ("command", "date", "seeds", "hardware", "versions")}
        return [*self.told.get("earlier", []), own]

    def same_generator(self, method: Method, settings: Mapping[str, Any]) -> bool:
        """Whether a method starts from what it started from then."""
        then, now = self.told["settings"]["generators"], settings["generators"]
        if method.start not in {*then, *now}:
            return True
        return method.start in then and all(now[method.start].get(k) == v for k, v in then[method.start].items())


def read_earlier(path: Path) -> Earlier:
    """Read OUT/results.json of `hypergen compare`, or the file of docs/results that was made of it.

    Raises:
        HypergenError: The file is missing or is none of these.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        cells: dict[Cell, list[Mapping[str, Any]]] = {}
        for row in rows_of(told):
            cells.setdefault((row["method"], row["amount"], row["seed"], row["language"]), []).append(row)
        told["settings"]["generators"], told["choices"]  # is there what is asked later?
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise HypergenError(
            f"{path} is no result file of hypergen compare ({type(error).__name__}); give OUT/results.json of an "
            "earlier run, or leave out --earlier."
        ) from error
    return Earlier(path, told, cells)


def adopt(earlier: Earlier, comparison: Comparison, *, settings: Mapping[str, Any]) -> tuple[int, int]:
    """Keep an earlier run's choices and cells as if they had been run here, so that they are not run again.

    Methods whose generator has other options now are left to be run.

    Args:
        earlier: The earlier run.
        comparison: This one; what is adopted goes to its store.
        settings: Its settings, as plain values.

    Returns:
        How many choices and how many cells were adopted.

    Raises:
        HypergenError: It was another comparison: other settings, seed of the trials, torch, or held-back text.
    """
    _check_settings(earlier, settings, comparison)
    choices = _choices(earlier, comparison, settings)
    tuner, adopted = comparison.tuner, {"choices": 0, "cells": 0}
    for method, amount in comparison.trial_questions:
        choice = choices.get(_question(method, amount))
        if choice is not None and tuner.known(method, amount) is None and tuner.keep(method, amount, choice):
            adopted["choices"] += 1
    for seed in comparison.seeds:
        bench = comparison.bench_of(seed)
        positions: dict[str, dict[str, int]] = {}
        for method, amount in comparison.questions:
            if tuner.known(method, amount) is None or not earlier.same_generator(method, settings):
                continue
            cells = {}
            for code in bench.scored:
                if rows := earlier.cells.get((method.name, amount, seed, code)):
                    positions = positions or _positions(bench)
                    _check_text(earlier, rows, positions[code])
                    scores = {row["domain"]: {"loss": row["loss"], "positions": row["positions"]} for row in rows}
                    cells[code] = {"scores": scores, "cost": {name: rows[0][name] for name in COSTS}}
            adopted["cells"] += comparison.keep(bench, method, amount, cells)
    return adopted["choices"], adopted["cells"]


def _check_settings(earlier: Earlier, settings: Mapping[str, Any], comparison: Comparison) -> None:
    then = earlier.told["settings"]
    for name, value in settings.items():
        if name not in MAY_DIFFER and name in then and then[name] != value:
            raise HypergenError(
                f"{earlier.path} is of another comparison: its {name} is {then[name]}, here it is {value}; give the "
                "same, or leave out --earlier."
            )
    seeds = {row["trials_seed"] for rows in earlier.cells.values() for row in rows}
    if seeds - {comparison.seeds[0]}:
        raise HypergenError(
            f"{earlier.path} has its trials from seed {min(seeds)}, here they are from {comparison.seeds[0]}; put that "
            "seed first."
        )
    torch_then, torch_now = earlier.told["versions"]["torch"].split(".")[:2], versions()["torch"].split(".")
    if torch_then != torch_now:
        raise HypergenError(
            f"{earlier.path} is of torch {'.'.join(torch_then)}, here it is {'.'.join(torch_now)}, which computes "
            "other numbers; run everything again, without --earlier."
        )


def _choices(
    earlier: Earlier, comparison: Comparison, settings: Mapping[str, Any]
) -> dict[tuple[str, tuple[str, ...], str], Choice]:
    """What was chosen, by question, for methods that still start where they started."""
    specs, lessons = comparison.bench_of(comparison.seeds[0]).specs, (settings["text"] or {}).get("lessons") or {}
    found = {}
    for each in earlier.told["choices"]:
        if each["method"].partition("+")[0].partition("/")[0].partition(":")[0] in {
            *earlier.told["settings"]["generators"]
        } - {*settings["generators"]}:
            continue
        method = parse_method(
            each["method"], generators=settings["generators"], specs=specs, spec=settings["spec"], lessons=lessons
        )
        method = method if each["tuned"] else method.untuned
        if earlier.same_generator(method, settings):
            chosen = {name: each[name] for name in ("settings", "steps", "loss", "trials", "flat")}
            found[_question(method, each["amount"])] = Choice(**chosen)
    return found


def _question(method: Method, amount: Amount) -> tuple[str, tuple[str, ...], str]:
    return str(method.told()), method.lessons, amount if isinstance(amount, str) else amount_name(amount)


def _positions(bench: Bench) -> dict[str, dict[str, int]]:
    """How many masked positions of held-back text each language has in each domain."""
    found: dict[str, dict[str, int]] = {code: {} for code in bench.scored}
    for domain, batches in bench.report.items():
        for batch in batches:
            of_language = found[batch.languages[0]]
            of_language[domain] = of_language.get(domain, 0) + len(batch.labels)
    return found


def _check_text(earlier: Earlier, rows: Sequence[Mapping[str, Any]], positions: Mapping[str, int]) -> None:
    then = {row["domain"]: row["positions"] for row in rows}
    if then != dict(positions):
        raise HypergenError(
            f"{earlier.path} was scored on other text of {rows[0]['language']}: {then} masked positions, here "
            f"{dict(positions)}; prepare the same text, or leave out --earlier."
        )
