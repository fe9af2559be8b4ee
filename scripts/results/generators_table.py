"""One file and one table of all variants of the generator that are finished."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from variants import PUBLISHED, REFERENCE, REMOVED, VARIANTS

from hypergen.errors import HypergenError
from hypergen.evaluation.groups import Group
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.evaluation.results import Results, Row, read_results
from hypergen.evaluation.statistics import paired_difference
from hypergen.evaluation.tables import markdown_table
from hypergen.generators.building import RETIRED
from hypergen.recipes.arguments import GeneratorArgs

CONTROLS: Final = ("none", "mean", "nearest", PUBLISHED, REFERENCE, "own mean")
"""What each variant is compared with: the backbone, the reference's mean and nearest language, MAD-G as published and
as in the main experiment, its own mean."""
READING: Final = """\
Losses are nats per masked position over development languages: seeds averaged first, domains of text weighted by their
masked positions, languages count the same. Differences are paired by language, below zero the variant is better, with
95 % intervals, genera resampled with all their languages; nothing is corrected for the number of variants, so the best
of them is partly luck, and is judged on report languages once. *mean* and *nearest* give the generator of the row
`mad-g` another vector; *own mean* gives the variant's own generator the mean vector. Parameters are those that were
trained; seconds are of training, those of the adapters that `reconstruction` needs included. *Harm* is the difference
to no adapter on nine of the backbone's own languages, those that no comparison reports; it was not measured with the
first variants."""
BACKBONE: Final = Group.BACKBONE_SEEN


def assemble(out: Path, results: Path) -> None:
    """Write the file of all finished variants, and its table beside it; what RESULTS has of others stays in it.

    Raises:
        SystemExit: if the variants were not made for the same steps on the same backbone.
    """
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(out.glob("*/scores.json"))]
    there = {(each["variant"], each["seed"]) for each in found}
    found += [each for each in earlier(results) if (each["variant"], each["seed"]) not in there]
    order = [variant.name for variant in (*VARIANTS, *REMOVED)]
    found.sort(key=lambda each: (order.index(each["variant"]), each["seed"]))
    if not found:
        return
    told = [(each["backbone"], each["metrics"]) for each in found]
    made = {(backbone, run["steps"], run["rows"], run.get("lr", 1e-3)) for backbone, run in told}
    if len(made) > 1:
        raise SystemExit(f"{out} and {results} have variants of {len(made)} settings ({made}); give each its own.")
    backbone, steps, batch, _ = made.pop()
    seeds = sorted({each["seed"] for each in found})
    write_json_atomically(
        results,
        {
            "title": f"Generators over {backbone.split()[0]} on real text, development languages",
            "backbone": backbone,
            "notes": f"{steps} steps of {batch} blocks each, seeds {', '.join(map(str, seeds))}.",
            **provenance(seeds=seeds, command="python " + " ".join(sys.argv)),
            "variants": list(summaries(found)),
            "runs": [{key: value for key, value in each.items() if key != "rows"} for each in found],
            "rows": [row for each in found for row in each["rows"]],
        },
    )
    write_table(results)


def earlier(results: Path) -> list[dict[str, Any]]:
    """The runs that a result file already holds, with their rows."""
    if not results.exists():
        return []
    told = json.loads(results.read_text(encoding="utf-8"))
    return [
        {**run, "rows": [row for row in told["rows"]
                         if row["seed"] == run["seed"] and row["method"] in methods_of(run["variant"])]}
        for run in told["runs"]
    ]  # fmt: skip


def methods_of(variant: str) -> set[str]:
    """The methods that are scored with a variant."""
    return {variant, f"own mean of {variant}", *(("none", "nearest") if variant == REFERENCE else ())}


def summaries(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each variant: what it is, what it cost, and its loss against every control and in every group."""
    every = Results(tuple(Row(**row) for each in found for row in each["rows"]))
    unseen = Results(tuple(row for row in every.rows if row.group != BACKBONE))
    default = {**RETIRED, **json.loads(json.dumps(asdict(GeneratorArgs()), default=str))}
    several = []
    for variant in (*VARIANTS, *REMOVED):
        runs = [each for each in found if each["variant"] == variant.name]
        if not runs:
            continue
        (losses,) = unseen.losses(variant.name)
        against = {name: difference(unseen, variant.name, control_of(name, variant.name)) for name in CONTROLS}
        groups = {
            str(group): {name: difference(unseen.only(group=group), variant.name, control_of(name, variant.name))
                         for name in ("none", "mean")}
            for group in unseen.groups
        }  # fmt: skip
        several.append({
            "variant": variant.name, "idea": variant.idea,
            "options": {name: value for name, value in runs[0]["options"].items()
                        if default.get(name) not in (value, ...)},
            "seeds": [each["seed"] for each in runs], "languages": len(losses),
            "loss": round(sum(losses.values()) / len(losses), 4), "minus": against, "groups": groups,
            "harm": difference(every.only(group=BACKBONE), variant.name, "none") if BACKBONE in every.groups else None,
            "steps": runs[0]["metrics"]["steps"], "parameters": runs[0]["metrics"]["parameters"],
            "seconds": round(sum(each["metrics"]["seconds"] for each in runs) / len(runs)) if variant.of is None else 0,
        })  # fmt: skip
    return several


def control_of(name: str, variant: str) -> str:
    """What a control's rows are called."""
    return {"mean": f"own mean of {REFERENCE}", "own mean": f"own mean of {variant}"}.get(name, name)


def difference(results: Results, variant: str, control: str) -> dict[str, Any] | None:
    """The paired difference as plain values; ``None`` where one of the two was not scored, or they are the same."""
    if variant == control or not {variant, control} <= set(results.methods):
        return None
    ours, theirs = results.losses(variant, control)
    try:
        found = paired_difference(ours, theirs, genus=results.genus)
    except HypergenError:  # nothing was scored for both
        return None
    ends = {"low": found.low, "high": found.high}
    bounded = {name: round(value, 4) if abs(value) != float("inf") else None for name, value in ends.items()}
    return {"mean": round(found.mean, 4), **bounded, "p": round(found.p, 4), "languages": found.num_languages,
            "genera": found.num_genera}  # fmt: skip


def write_table(results: Path) -> None:
    """The table of a file, beside it."""
    told = json.loads(results.read_text(encoding="utf-8"))
    read_results(results)  # its rows are what every other table is made of
    header = ["variant", "idea", "loss", *(f"minus {name}" for name in CONTROLS), "harm", "s", "parameters"]
    rows = [
        [each["variant"], each["idea"], f"{each['loss']:.3f}", *(shown(each["minus"][name]) for name in CONTROLS),
         shown(each["harm"]), str(each["seconds"]), f"{each['parameters']:,}"]
        for each in told["variants"]
    ]  # fmt: skip
    names = list(dict.fromkeys(group for each in told["variants"] for group in each["groups"]))
    by_group = [
        [each["variant"], *(shown(each["groups"][group][name]) for group in names for name in ("none", "mean"))]
        for each in told["variants"]
    ]
    columns = [f"{group}, minus {name}" for group in names for name in ("none", "mean")]
    hardware = ", ".join(f"{key} {value}" for key, value in told["hardware"].items())
    versions = ", ".join(f"{key} {value}" for key, value in told["versions"].items())
    parts = [
        f"# {told['title']}",
        f"- Command: `{told['command']}`\n- Date: {told['date']}\n- Backbone: {told['backbone']}\n"
        f"- Hardware: {hardware}\n- Versions: {versions}",
        told["notes"], READING, "## All development languages", markdown_table(header, rows),
        "## By group", markdown_table(["variant", *columns], by_group),
    ]  # fmt: skip
    text = "\n\n".join(parts) + "\n"
    beside = results.with_suffix(".md.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(results.with_suffix(".md"))


def shown(found: Mapping[str, Any] | None) -> str:
    """A difference with its interval."""
    if found is None:
        return "–"
    low, high = ("…" if found[end] is None else f"{found[end]:.3f}" for end in ("low", "high"))
    return f"{found['mean']:.3f} [{low}, {high}]"
