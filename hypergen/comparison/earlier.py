"""Going on from the result file of an earlier run, which may have been on another machine."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hypergen.comparison.amounts import Amount, amount_name
from hypergen.comparison.arguments import LESSONS
from hypergen.comparison.bench import Bench, languages_of
from hypergen.comparison.cells import versions
from hypergen.comparison.methods import Method, parse_method
from hypergen.comparison.rows import rows_of
from hypergen.comparison.running import Comparison
from hypergen.comparison.scoring import only, scores_of
from hypergen.comparison.tuning import Choice
from hypergen.errors import BundleError, HypergenError
from hypergen.evaluation.report import write_json_atomically
from hypergen.generators import current

__all__ = ["Earlier", "adopt", "check_bench", "provenance_in", "read_earlier"]

MAY_DIFFER: Final = ("out", "methods", "amounts", "seeds", "generators", "accelerator", "cache_dir", "earlier")
"""Settings that say what is run, or where; generators are compared one by one."""
COSTS: Final = ("trials", "steps", "parameters", "tokens", "seconds", "peak_gb", "capped",
                "parameters_before", "tokens_before", "seconds_before", "peak_gb_before")  # fmt: skip
PROVENANCE: Final = ("command", "date", "seeds", "hardware", "versions")
SAME: Final = 1e-3
"""Nats that a loss may differ by where the same backbone reads the same text on another machine."""
Cell = tuple[str, Amount, int, str]
"""Method, amount, seed, language."""
Question = tuple[str, tuple[str, ...], str]
"""What a method is, what it learns, and of how much text."""


@dataclass(frozen=True)
class Earlier:
    """What an earlier run says."""

    path: Path
    told: Mapping[str, Any]
    cells: Mapping[Cell, Sequence[Mapping[str, Any]]]
    """The rows of each cell, one for each domain of text."""

    def same_generator(self, method: Method, settings: Mapping[str, Any]) -> bool:
        """Whether a method starts from what it started from then."""
        then, now = self.told["settings"]["generators"], settings["generators"]
        try:
            return bool(current(then.get(method.start, {})) == now.get(method.start, {}))
        except BundleError:  # it had what there is no more
            return False


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
            if missing := {"domain", "loss", "positions", "trials_seed", *COSTS} - row.keys():
                raise KeyError(missing)
        if missing := {"settings", "choices", *PROVENANCE} - told.keys():
            raise KeyError(missing)
        told["settings"]["generators"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise HypergenError(
            f"{path} is no result file of hypergen compare ({type(error).__name__}); give OUT/results.json of an "
            "earlier run, or leave out --earlier."
        ) from error
    return Earlier(path, told, cells)


def adopt(earlier: Earlier, comparison: Comparison, *, settings: Mapping[str, Any]) -> tuple[int, int]:
    """Keep an earlier run's choices and cells as if they had been run here, so that they are not run again.

    Methods whose generator has other options now, or that have other settings here, are left to be run. Nothing is kept
    before everything is checked.

    Args:
        earlier: The earlier run.
        comparison: This one; what is adopted goes to its store.
        settings: Its settings, as plain values.

    Returns:
        How many choices and how many cells were adopted.

    Raises:
        HypergenError: It was another comparison: other settings, languages, seed of the trials, software, or text.
    """
    _check_settings(earlier, settings, comparison)
    _check_languages(earlier, comparison)
    for seed in comparison.seeds:
        _check_text(earlier, comparison.bench_of(seed))
    choices, tuner = _choices(earlier, comparison, settings), comparison.tuner
    num_choices, num_cells = 0, 0
    for method, amount in comparison.trial_questions:
        choice = choices.get(_question(method, amount))
        if choice is not None and tuner.known(method, amount) is None:
            num_choices += tuner.keep(method, amount, choice)
    for method, amount in comparison.questions:
        choice, known = choices.get(_question(method, amount)), tuner.known(method, amount)
        if choice is None or known is None or (choice.settings, choice.steps) != (known.settings, known.steps):
            continue
        for seed in comparison.seeds:
            bench = comparison.bench_of(seed)
            found = {code: earlier.cells.get((method.name, amount, seed, code), ()) for code in bench.scored}
            cells = {code: _cell(rows) for code, rows in found.items() if rows}
            num_cells += comparison.keep(bench, method, amount, cells)
    kept = provenance_in(comparison.store.root)
    own = {name: earlier.told[name] for name in PROVENANCE}
    if new := [each for each in (*earlier.told.get("earlier", []), own) if each not in kept]:
        write_json_atomically(_provenance_file(comparison.store.root), {"earlier": [*kept, *new]})
    return num_choices, num_cells


def check_bench(earlier: Earlier, bench: Bench) -> None:
    """Check that a seed's backbone reads held-back text as it did then: whatever is run here is compared with that.

    Raises:
        HypergenError: Without adapters a language's loss is another one.
    """
    for code in bench.scored:
        for row in earlier.cells.get(("none", 0, bench.seed, code), ()):
            scores = scores_of(bench.scorer.to(bench.device), None, only(bench.report, [code]))
            loss = scores[row["domain"]][code].loss
            if abs(loss - row["loss"]) > SAME:
                raise HypergenError(
                    f"without adapters {code} has {loss:.4f} nats here and {row['loss']:.4f} in {earlier.path}: the "
                    "backbone or the text is another; run everything here, without --earlier, in a new directory."
                )
            return


def provenance_in(root: Path) -> list[dict[str, Any]]:
    """Where what a comparison's directory has taken over is from."""
    path = _provenance_file(root)
    if not path.exists():
        return []
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["earlier"]
    return found


def _provenance_file(root: Path) -> Path:
    return root / "earlier.json"


def _check_settings(earlier: Earlier, settings: Mapping[str, Any], comparison: Comparison) -> None:
    then = earlier.told["settings"]
    for name, value in settings.items():
        if name not in MAY_DIFFER and then.get(name) != value:
            raise HypergenError(
                f"{earlier.path} is of another comparison: its {name} is {then.get(name)}, here it is {value}; give "
                "the same, or leave out --earlier."
            )
    seeds = {row["trials_seed"] for rows in earlier.cells.values() for row in rows}
    if seeds - {comparison.seeds[0]}:
        raise HypergenError(
            f"{earlier.path} has its trials from seed {min(seeds)}, here they are from {comparison.seeds[0]}; put that "
            "seed first."
        )
    now = versions()
    told = {
        "format": earlier.told.get("format", 1),
        "torch": ".".join(earlier.told["versions"]["torch"].split(".")[:2]),
    }
    if told != now:
        raise HypergenError(
            f"{earlier.path} is of torch {told['torch']} and format {told['format']}, here it is {now['torch']} and "
            f"{now['format']}, which compute other numbers; run everything again, without --earlier."
        )


def _check_languages(earlier: Earlier, comparison: Comparison) -> None:
    """Check that languages play the part that they played, and that trained ones have the text that they had."""
    bench, then = comparison.bench_of(comparison.seeds[0]), earlier.told.get("languages")
    now = languages_of(bench)
    if then != now:
        part = next(name for name in {**now, **(then or {})} if not then or then.get(name) != now.get(name))
        raise HypergenError(
            f"{earlier.path} has other {part} languages; it compares something else: give the same splits and text, or "
            "leave out --earlier."
        )
    texts = earlier.told.get("texts", {})  # which older files do not tell
    for seed in comparison.seeds:
        if texts.get(str(seed), found := comparison.bench_of(seed).trained_text) != found:
            raise HypergenError(
                f"{earlier.path} was trained on other text with seed {seed}; prepare the same, or leave out --earlier."
            )


def _check_text(earlier: Earlier, bench: Bench) -> None:
    """Check that held-back text has as many masked positions as it had."""
    positions: dict[tuple[str, str], int] = {}
    for domain, batches in bench.report.items():
        for batch in batches:
            at = (batch.languages[0], domain)
            positions[at] = positions.get(at, 0) + len(batch.labels)
    for (_, _, seed, code), rows in earlier.cells.items():
        for row in rows if seed == bench.seed else ():
            now = positions.get((code, row["domain"]))
            if now != row["positions"]:
                raise HypergenError(
                    f"{earlier.path} was scored on other text of {code}: {row['positions']} masked positions of "
                    f"{row['domain']}, here {now or 'none'}; prepare the same text, or leave out --earlier."
                )


def _choices(earlier: Earlier, comparison: Comparison, settings: Mapping[str, Any]) -> dict[Question, Choice]:
    """What was chosen, by question, for methods that still start where they started."""
    specs, lessons = comparison.bench_of(comparison.seeds[0]).specs, {}
    if settings["text"] is not None:
        lessons = {**LESSONS, **(settings["text"].get("lessons") or {})}
    gone = {*earlier.told["settings"]["generators"]} - {*settings["generators"]}
    found = {}
    for each in earlier.told["choices"]:
        if re.split("[:/@+]", each["method"])[0] in gone:
            continue
        method = parse_method(
            each["method"], generators=settings["generators"], specs=specs, spec=settings["spec"], lessons=lessons
        )
        method = method if each["tuned"] else method.untuned
        if earlier.same_generator(method, settings):
            chosen = {name: each[name] for name in ("settings", "steps", "loss", "trials", "flat")}
            found[_question(method, each["amount"])] = Choice(**chosen)
    return found


def _question(method: Method, amount: Amount) -> Question:
    return str(method.told()), method.lessons, amount if isinstance(amount, str) else amount_name(amount)


def _cell(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    scores = {row["domain"]: {"loss": row["loss"], "positions": row["positions"]} for row in rows}
    return {"scores": scores, "cost": {name: rows[0][name] for name in COSTS}}
