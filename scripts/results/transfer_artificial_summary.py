"""What the transfer of tasks among artificial languages says, over all seeds."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from artificial import FULL
from transfer_table import BOTH, OURS, WHOLE

from hypergen.evaluation.findings import TransferRows
from hypergen.evaluation.groups import Splits, group_of
from hypergen.evaluation.report import provenance
from hypergen.languages import Language
from hypergen.recipes.demo import DemoArgs
from hypergen.recipes.world import choose_languages

SIZES: Final = {"full": FULL, "demo": DemoArgs()}
NUM_UNSEEN: Final = 30
"""Languages to report on; as many others are there to choose settings on."""

ADDED: Final = ("over", "num_sources", "seed", "genus", "group")
"""To the rows of runs."""


def summed_up(name: str, runs: Sequence[Mapping[str, Any]], *, command: str) -> dict[str, Any]:
    """The JSON of one task.

    Raises:
        SystemExit: Not all were run with the same options.
    """
    from hypergen.typology import TypologyTable

    options = runs[0]["options"]
    if others := [each for each in runs if each["options"] != options]:
        raise SystemExit(f"{name} over {others[0]['family']}, seed {others[0]['seed']}, was run with other options.")
    size, num_sources = SIZES[options["size"]], len(options["sources"])
    languages = choose_languages(
        TypologyTable.from_uriel(), num_generator=size.generator_languages, num_unseen=2 * NUM_UNSEEN, num_oracle=1
    )
    splits = Splits(backbone=languages.backbone, generator=languages.generator)

    def genus_of(code: str) -> str | None:
        return Language.parse(code).genus

    rows = [
        {**row, "over": run["family"], "num_sources": num_sources, "seed": run["seed"],
         "genus": genus_of(row["language"]),
         "group": str(group_of(row["language"], splits=splits, genus_of=genus_of))}
        for run in runs for row in run["rows"]
    ]  # fmt: skip
    table = TransferRows(rows)
    return {
        "title": f"{name} in artificial languages that nothing was trained on",
        "task": name,
        "backbone": "of hypergen demo",
        **provenance(seeds=sorted({run["seed"] for run in runs}), command=command),
        "options": options,
        "sources": options["sources"],
        "runs": [{"seed": run["seed"], "family": run["family"], "seconds": run["seconds"]} for run in runs],
        "findings": [
            *(
                verdict(
                    table,
                    name,
                    method,
                    num_sources=num_sources,
                    others=rivals(table, method),
                    than="every adapter and none, without a word of the language",
                )
                for method in OURS
            ),
            *(verdict(table, name, method, num_sources=num_sources, others=[WHOLE], than=WHOLE) for method in OURS),
            verdict(
                table,
                name,
                BOTH,
                num_sources=num_sources,
                others=[each for each in table.methods if each.startswith(WHOLE) and each != BOTH],
                than="every other full fine-tuning that was run",
            ),
        ],
        "rows": rows,
    }


def restored(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The runs of a result file, each as it was written."""
    for run in told["runs"]:
        rows = [
            {key: value for key, value in row.items() if key not in ADDED}
            for row in told["rows"]
            if (row["seed"], row["over"]) == (run["seed"], run["family"])
        ]
        yield {**run, "options": told["options"], "rows": rows}


def rivals(rows: TransferRows, method: str) -> list[str]:
    """All other adapters that are tuned no more than a method, and none."""
    return [
        each for each in rows.methods
        if each != method and not each.startswith(WHOLE) and each.endswith(", tuned") <= method.endswith(", tuned")
    ]  # fmt: skip


def verdict(
    rows: TransferRows, task: str, method: str, *, num_sources: int, others: Sequence[str], than: str
) -> dict[str, str]:
    """Whether a method is above each of the others, intervals excluding zero; ``than`` names them all."""
    found = {other: rows.difference((method, num_sources), (other, num_sources)) for other in others}
    told = {other: interval for other, interval in found.items() if interval is not None}
    numbers = "; ".join(
        f"− {other} {100 * i.mean:+.1f} points [{100 * i.low:.1f}, {100 * i.high:.1f}]" for other, i in told.items()
    )
    claim = f"Adapters *{method}* do {task} better than {than}"
    if not told:
        return {"claim": claim, "verdict": "not measured", "numbers": "It was not run."}
    holds = all(interval.low > 0 for interval in told.values())
    return {"claim": claim, "verdict": "reproduced" if holds else "not reproduced", "numbers": f"{numbers}."}
