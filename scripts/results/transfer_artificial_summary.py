"""What the transfer of tasks among artificial languages says, over all seeds."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from artificial import FULL

from hypergen.evaluation.findings import TransferRows
from hypergen.evaluation.groups import Splits, group_of
from hypergen.evaluation.report import provenance
from hypergen.languages import Language
from hypergen.recipes.demo import DemoArgs
from hypergen.recipes.world import choose_languages

SIZES: Final = {"full": FULL, "demo": DemoArgs()}


def summed_up(name: str, runs: Sequence[Mapping[str, Any]], *, num_sources: int, command: str) -> dict[str, Any]:
    """The JSON of one task."""
    size = SIZES[runs[0].get("size", "full")]
    from hypergen.typology import TypologyTable

    languages = choose_languages(
        TypologyTable.from_uriel(),
        num_generator=size.generator_languages,
        num_unseen=size.unseen_languages,
        num_oracle=1,
    )
    splits = Splits(backbone=languages.backbone, generator=languages.generator)

    def genus_of(code: str) -> str | None:
        return Language.parse(code).genus

    rows = [
        {**row, "num_sources": num_sources, "seed": run["seed"], "genus": genus_of(row["language"]),
         "group": str(group_of(row["language"], splits=splits, genus_of=genus_of))}
        for run in runs for row in run["rows"]
    ]  # fmt: skip
    return {
        "title": f"{name} in artificial languages that nothing was trained on",
        "task": name,
        "backbone": "of hypergen demo",
        **provenance(seeds=[run["seed"] for run in runs], command=command),
        "sources": runs[0]["sources"],
        "findings": [verdict(TransferRows(rows), name, num_sources=num_sources)],
        "rows": rows,
    }


def verdict(rows: TransferRows, task: str, *, num_sources: int) -> dict[str, str]:
    """Whether generated adapters are above each of the others, intervals excluding zero."""
    found = {
        method: rows.difference(("generated", num_sources), (method, num_sources))
        for method in rows.methods
        if method != "generated"
    }
    told = {method: interval for method, interval in found.items() if interval is not None}
    numbers = "; ".join(
        f"− {method} {100 * i.mean:+.1f} points [{100 * i.low:.1f}, {100 * i.high:.1f}]" for method, i in told.items()
    )
    holds = all(interval.low > 0 for interval in told.values())
    claim = f"Generated adapters do {task} better than every adapter that has not read the language"
    return {"claim": claim, "verdict": "reproduced" if holds else "not reproduced", "numbers": f"{numbers}."}
