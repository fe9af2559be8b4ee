"""What a comparison had to show, beside its tables: for docs/results.

    hypergen compare --config configs/compare/real_text.yaml
    python scripts/results/comparison.py --config configs/compare/real_text.yaml

Reads OUT/results.json of the config and writes docs/results/compare_NAME.json, .md and .png, NAME being the config's.
The JSON holds the rows by column: ``rows_of`` gives them back. ``--table`` only makes the .md and .png again.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import yaml

from hypergen.comparison.amounts import Amount, amount_name, said_amount
from hypergen.comparison.curves import curves_png
from hypergen.comparison.rows import amounts_of, measured, rows_of
from hypergen.comparison.tables import document
from hypergen.evaluation.report import write_json_atomically
from hypergen.evaluation.results import Results
from hypergen.evaluation.statistics import paired_difference
from hypergen.evaluation.tables import ABSENT, Table, format_interval, markdown_table

CHOSEN: Final = ("known", "chosen")
"""The generators that development languages chose, by their names in the configs, the last choice first."""
FROM_SCRATCH: Final = {f"{name}+{tuned}": scratch for name in CHOSEN
                       for tuned, scratch in (("adapter", "mad-x"), ("wider", "mad-x-wider"))}  # fmt: skip
"""What is tuned from the generated start, and the same from scratch: as many units."""
READING: Final = """\
Each cell is a difference of mean losses in nats, below zero the first is better, with its 95 % interval (genera
resampled with all their languages). Nothing here is corrected for the number of comparisons; p-values of each answer,
further down, are. The methods to beat were named before, and the generator was chosen on development languages."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the three files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True, help="what hypergen compare was run with")
    parser.add_argument("--results", type=Path, default=Path("docs/results"), help="the directory to write to")
    parser.add_argument("--table", action="store_true", help="only make the table and the picture again")
    args = parser.parse_args(arguments)
    try:
        write(args, parser)
    except (OSError, ValueError, yaml.YAMLError) as error:  # JSON's errors are ValueErrors
        parser.error(f"a file is missing or damaged ({error}); run hypergen compare --config {args.config} again")


def write(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Read the finished comparison, or what was written of it before, and write."""
    target: Path = args.results / f"compare_{args.config.stem}.json"
    if not args.table:
        asked = yaml.safe_load(args.config.read_text(encoding="utf-8"))
        out = Path(asked["out"])
        if not (out / "results.json").exists():
            parser.error(f"{out} holds no finished comparison; run hypergen compare --config {args.config} first")
        told = json.loads((out / "results.json").read_text(encoding="utf-8"))
        columns = {key: [row[key] for row in told["rows"]] for key in told["rows"][0]}
        fewer = [f" --{name} '[{', '.join(map(str, told['settings'][name]))}]'"
                 for name in ("seeds", "methods") if told["settings"][name] != asked[name]]  # fmt: skip
        command = f"hypergen compare --config {args.config}{''.join(fewer)}"
        write_json_atomically(target, {**told, "command": command, "rows": columns})
    told = json.loads(target.read_text(encoding="utf-8"))
    told = {**told, "rows": rows_of(told)}
    title, rest = document(told).split("\n", maxsplit=1)
    shown = [f"## {table.title}\n\n{markdown_table(table.header, table.rows)}" for table in tables(told["rows"])]
    text = "\n\n".join([title, *([READING] if shown else []), *shown]) + "\n" + rest
    target.with_suffix(".md").write_text(text, encoding="utf-8")
    if (picture := curves_png(told)) is not None:
        target.with_suffix(".png").write_bytes(picture)
    else:
        target.with_suffix(".png").unlink(missing_ok=True)


def tables(rows: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    """What had to be shown: unseen languages without text, harm, and what a few sentences are worth."""
    results = Results(tuple(replace(measured(row), method=_at(row["method"], row["amount"])) for row in rows))
    there = [name for name in CHOSEN if f"{name}@0" in results.methods]
    if there:
        yield without_text(results, chosen=there[0])
    amounts = [amount for amount in amounts_of(rows) if amount != 0]
    if amounts and there:
        yield few_sentences(results, amounts)
        for tuned, scratch in FROM_SCRATCH.items():
            if any(_at(tuned, amount) in results.methods for amount in amounts):
                yield worth(results, amounts, tuned=tuned, scratch=scratch)


def without_text(results: Results, *, chosen: str) -> Table:
    """The chosen generator minus every other method without text of the language, by group."""
    others = [name for name in results.methods if name.endswith("@0") and name != f"{chosen}@0"]
    groups = _groups(results)
    rows = [
        (name.removesuffix("@0"), *(_difference(some, f"{chosen}@0", name) for some in groups.values()))
        for name in others
    ]
    title = f"Without text of the language: the chosen generator ({chosen}) minus"
    return Table(title, ("method", *groups), tuple(rows))


def few_sentences(results: Results, amounts: Sequence[Amount]) -> Table:
    """What is tuned minus where it starts, by amount."""
    unseen = _unseen(results)
    names = dict.fromkeys(name.rpartition("@")[0] for name in results.methods)
    rows = [
        (name, *(_difference(unseen, _at(name, amount), f"{start}@0") for amount in amounts))
        for name in names
        if (start := name.rpartition("+")[0]) and f"{start}@0" in results.methods
    ]
    header = ("tuned", *(said_amount(amount_name(amount)) for amount in amounts))
    return Table("A few sentences: minus the start, unseen languages", header, tuple(rows))


def worth(results: Results, amounts: Sequence[Amount], *, tuned: str, scratch: str) -> Table:
    """Weights tuned from the generated start minus the same from scratch, every amount against every one."""
    unseen = _unseen(results)
    rows = [
        (said_amount(amount_name(own)),
         *(_difference(unseen, _at(tuned, own), _at(scratch, other)) for other in amounts))
        for own in amounts
    ]  # fmt: skip
    header = (f"{tuned} with", *(f"{scratch} with {said_amount(amount_name(each))}" for each in amounts))
    return Table(f"What sentences are worth: {tuned} minus {scratch}, unseen languages", header, tuple(rows))


def _at(method: str, amount: Amount) -> str:
    return f"{method}@{amount_name(amount)}"


def _groups(results: Results) -> dict[str, Results]:
    groups = {str(group): results.only(group=group) for group in results.groups}
    if sum(group.startswith("unseen") for group in groups) > 1:
        groups["unseen: all"] = _unseen(results)
    return groups


def _unseen(results: Results) -> Results:
    return Results(tuple(row for row in results.rows if row.group.startswith("unseen")))


def _difference(results: Results, first: str, second: str) -> str:
    if not {first, second} <= set(results.methods):
        return ABSENT
    a, b = results.losses(first, second)
    return format_interval(paired_difference(a, b, genus=results.genus), digits=3) if a else ABSENT


if __name__ == "__main__":
    main()
