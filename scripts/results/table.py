"""Draw the tables of a result file as markdown.

    python scripts/results/table.py docs/results/RESULTS.json [--out docs/results/RESULTS.md]

`hypergen/evaluation/results.py` describes the file; one of a task (`transfer.py`) has its own tables
(`transfer_table.py`). Methods, groups and domains that it lacks are simply absent.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from transfer_table import transfer_document

from hypergen.evaluation.results import Results, read_results
from hypergen.evaluation.tables import (
    Table,
    by_language,
    differences_by_group,
    gap_closed_by_group,
    markdown_table,
    method_by_group,
)

PRIMARY_COVERAGE = 0.2
"""Below this share of observed features a vector is mostly its neighbours' and says little of the language itself."""
READING = """\
Losses are nats per masked position: seeds are averaged for each language first, domains of text weighted by their
masked positions, languages count the same. Differences are paired by language; below zero, generation is better.
Intervals are 95 %, genera resampled with all their languages; p is a two-sided sign-flip test over genera, not
corrected for the number of comparisons. Below 20 languages read p, not the interval. Shares are ratios of sums, never
means of ratios; an open end (…) is one the data do not bound."""


def document(results: Results, *, resamples: int = 10_000) -> str:
    """The whole markdown document of a result file."""
    return "\n\n".join(_blocks(results, resamples)) + "\n"


def _blocks(results: Results, resamples: int) -> Iterator[str]:
    primary = results.only(coverage=PRIMARY_COVERAGE)
    selections = {f"languages with at least {PRIMARY_COVERAGE:.0%} of features observed (primary)": primary}
    selections["all languages"] = results

    yield f"# {results.title or 'Results'}"
    yield _provenance(results)
    if results.notes:
        yield results.notes
    yield READING
    yield from _section("## Table 1. Loss by group and method", selections, [method_by_group])
    comparisons: list[Callable[[Results], Table]] = [
        lambda some: differences_by_group(some, resamples=resamples),
        lambda some: gap_closed_by_group(some, resamples=resamples),
    ]
    yield from _section("## Table 2. What generation gains", selections, comparisons)
    yield "## Table 3. The same within one domain of text"
    if len(results.domains) == 1:
        yield f"All rows are of one domain, {results.domains[0]}: Tables 1 and 2 are this table."
    else:
        for domain in sorted(results.domains):
            within = {name: some.only(domain=domain) for name, some in selections.items()}
            yield from _section(f"### Domain: {domain}", within, [method_by_group, *comparisons])
    yield "## Table 4. Every language"
    yield _draw(by_language(results))
    incomplete = results.incomplete()
    if incomplete:
        listed = "; ".join(f"{language} ({domain}, {method})" for language, domain, method in incomplete)
        yield f"Left out, because the method was scored there under some of its seeds only: {listed}."


def _section(heading: str, selections: dict[str, Results], tables: list[Callable[[Results], Table]]) -> Iterator[str]:
    yield heading
    for name, results in selections.items():
        drawn = [table for table in (make(results) for make in tables) if table.rows]
        for table in drawn:
            yield f"**{table.title}: {name}**"
            yield _draw(table)
        if not drawn:
            yield f"*Nothing to show for {name}.*"


def _draw(table: Table) -> str:
    return markdown_table(table.header, table.rows)


def _provenance(results: Results) -> str:
    parts = {
        "Command": f"`{results.command}`" if results.command else "",
        "Date": results.date,
        "Backbone": results.backbone,
        "Seeds": ", ".join(map(str, results.seeds)),
        "Hardware": ", ".join(f"{key} {value}" for key, value in results.hardware.items()),
        "Versions": ", ".join(f"{key} {value}" for key, value in results.versions.items()),
    }
    return "\n".join(f"- {name}: {value}" for name, value in parts.items() if value) or "- No provenance was recorded."


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description="Draw the tables of a result file as markdown.")
    parser.add_argument("results", type=Path, help="the JSON file of results")
    parser.add_argument("--out", type=Path, help="the markdown file to write; standard output without it")
    arguments = parser.parse_args()
    told = json.loads(arguments.results.read_text(encoding="utf-8"))
    text = transfer_document(told) if "task" in told else document(read_results(arguments.results))
    if arguments.out is None:
        sys.stdout.write(text)
    else:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
