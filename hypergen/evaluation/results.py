"""Result files: what one JSON of measured losses holds, read and checked once, and averaged down to languages.

A file is one JSON object. `Results` names its keys, `Row` exactly the keys of each row::

    {
        "title": "...",
        "command": "...",
        "date": "2026-01-31",
        "hardware": {...},
        "versions": {...},
        "seeds": [0, 1],
        "backbone": "...",
        "notes": "...",
        "rows": [
            {
                "language": "yua",
                "group": "unseen: new genus",
                "genus": "Mayan",
                "family": "Mayan",
                "coverage": 0.41,
                "domain": "bible",
                "method": "generated (MAD-G)",
                "seed": 0,
                "loss": 3.21,
                "positions": 5120,
            },
            ...,
        ],
    }
"""

import json
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import UnionType

from hypergen.errors import HypergenError
from hypergen.evaluation.groups import Group
from hypergen.evaluation.statistics import seed_mean

Cell = tuple[str, str]
"""What is scored under every method alike: a language and a domain of text."""


class ResultsError(HypergenError):
    """A result file that cannot be read, or whose rows contradict each other."""


@dataclass(frozen=True)
class Row:
    """The loss of one method with one seed on one language's text of one domain."""

    language: str
    """ISO 639-3 code."""
    group: Group
    genus: str | None
    """WALS genus; None where none is known."""
    family: str | None
    coverage: float
    """Share of the language's typological features that were observed rather than imputed, 0 to 1."""
    domain: str
    """Of the text, e.g. 'bible'."""
    method: str
    """One of `hypergen.evaluation.tables.METHODS`, or a name of one's own."""
    seed: int
    loss: float
    """Mean masked-LM loss over the masked positions, in nats."""
    positions: int
    """Number of masked positions."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.loss) or self.loss < 0:
            raise ResultsError(f"{self.where}: the loss is {self.loss}, expected nats of zero or more. Score it again.")
        if not 0 <= self.coverage <= 1:
            raise ResultsError(f"{self.where}: coverage is {self.coverage}, expected a share from 0 to 1.")
        if self.positions < 1:
            raise ResultsError(
                f"{self.where}: {self.positions} masked positions. A loss needs at least one; drop the row."
            )

    @property
    def where(self) -> str:
        """The row's name in messages."""
        return f"row {self.language}, {self.domain}, {self.method}, seed {self.seed}"


@dataclass(frozen=True)
class Results:
    """A result file: rows, and what is needed to make them again.

    Raises:
        ResultsError: the same measurement twice; a language that changes its group, genus, family or coverage; or one
            text under one seed with a different number of masked positions, which could not be paired.
    """

    rows: tuple[Row, ...]
    title: str = ""
    command: str = ""
    date: str = ""
    backbone: str = ""
    notes: str = ""
    seeds: tuple[int, ...] = ()
    hardware: Mapping[str, object] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        measured: set[tuple[str, str, str, int]] = set()
        facts: dict[str, tuple[object, ...]] = {}
        positions: dict[tuple[str, str, int], int] = {}
        for row in self.rows:
            key = (row.language, row.domain, row.method, row.seed)
            if key in measured:
                raise ResultsError(f"{row.where} is there twice. Remove one of the two.")
            measured.add(key)
            fact = (row.group, row.genus, row.family, row.coverage)
            if facts.setdefault(row.language, fact) != fact:
                raise ResultsError(f"{row.where} says {fact}, an earlier row {facts[row.language]}. Make them agree.")
            expected = positions.setdefault((row.language, row.domain, row.seed), row.positions)
            if row.positions != expected:
                raise ResultsError(
                    f"{row.where} masks {row.positions} positions, another method {expected}: they cannot be paired. "
                    "Score every method on the same masks."
                )

    def only(self, *, group: Group | None = None, domain: str | None = None, coverage: float = 0.0) -> "Results":
        """The same file with the rows of one group, of one domain, or of at least a coverage; None keeps all."""
        rows = (row for row in self.rows if row.coverage >= coverage)
        rows = (row for row in rows if group is None or row.group == group)
        return replace(self, rows=tuple(row for row in rows if domain is None or row.domain == domain))

    @property
    def methods(self) -> list[str]:
        """Methods in the order of their first row."""
        return list(dict.fromkeys(row.method for row in self.rows))

    @property
    def domains(self) -> list[str]:
        """Domains of the text in the order of their first row."""
        return list(dict.fromkeys(row.domain for row in self.rows))

    @property
    def groups(self) -> list[Group]:
        """Groups that have rows, in the order of `Group`."""
        present = {row.group for row in self.rows}
        return [group for group in Group if group in present]

    @property
    def genus(self) -> dict[str, str]:
        """The cluster of each language: its genus; where unknown its (wider) family; else the language alone."""
        return {row.language: row.genus or row.family or row.language for row in self.rows}

    def losses(self, *methods: str) -> list[dict[str, float]]:
        """Loss per language of each method, over exactly the text that all these methods were scored on.

        Seeds are averaged first, for each language and domain; then domains, weighted by their masked positions:
        ``loss_l = sum_domain n_(l, domain) loss_(l, domain) / sum_domain n_(l, domain)``. A cell that lacks
        one of a method's seeds is left out (`incomplete` lists them); one that another method lacks too.
        """
        means = [self._seed_means(method) for method in methods]
        shared = set.intersection(*map(set, means)) if means else set()
        positions = {(row.language, row.domain): row.positions for row in self.rows}
        return [_over_domains({cell: mean[cell] for cell in sorted(shared)}, positions) for mean in means]

    def incomplete(self) -> list[tuple[str, str, str]]:
        """Language, domain and method of what was scored under some of a method's seeds only."""
        left_out = []
        for method in self.methods:
            by_seed = list(self._by_seed(method).values())
            cells = sorted({cell for seed in by_seed for cell in seed})
            left_out += [(*cell, method) for cell in cells if not all(cell in seed for seed in by_seed)]
        return left_out

    def _by_seed(self, method: str) -> dict[int, dict[Cell, float]]:
        by_seed: dict[int, dict[Cell, float]] = defaultdict(dict)
        for row in self.rows:
            if row.method == method:
                by_seed[row.seed][row.language, row.domain] = row.loss
        return by_seed

    def _seed_means(self, method: str) -> dict[Cell, float]:
        by_seed = list(self._by_seed(method).values())
        complete = [cell for cell in by_seed[0] if all(cell in seed for seed in by_seed)] if by_seed else []
        return seed_mean([{cell: seed[cell] for cell in complete} for seed in by_seed]) if complete else {}


def read_results(path: Path) -> Results:
    """Read and check a result file.

    Raises:
        ResultsError: not JSON; no rows; a row with a key missing, unknown or of another type, or in no known group;
            what `Row` and `Results` refuse. The file's own header may hold more keys than `Results` has.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ResultsError(f"{path} is not JSON ({error}). Write it with write_json_atomically.") from error
    if not isinstance(read, dict) or not isinstance(read.get("rows"), list):
        raise ResultsError(f"{path} has no list of 'rows'. See hypergen/evaluation/results.py for the format.")
    known = {item.name for item in fields(Results)}
    header = {key: value for key, value in read.items() if key in known - {"rows", "seeds"}}
    rows = tuple(_read_row(row, path) for row in read["rows"])
    return Results(rows=rows, seeds=tuple(read.get("seeds", ())), **header)


def _read_row(row: object, path: Path) -> Row:
    if not isinstance(row, dict) or set(row) != set(_TYPES):
        given = sorted(row) if isinstance(row, dict) else row
        raise ResultsError(f"a row of {path} has {given}, expected exactly the keys {list(_TYPES)}.")
    wrong = {name: row[name] for name, kind in _TYPES.items() if not isinstance(row[name], kind)}
    if wrong:
        raise ResultsError(f"a row of {path} has values of the wrong type: {wrong}. Row says what each one is.")
    try:
        group = Group(row["group"])
    except ValueError as error:
        groups = [str(group) for group in Group]
        raise ResultsError(f"a row of {path} has the group {row['group']!r}; the groups are {groups}.") from error
    return Row(**(row | {"group": group, "coverage": float(row["coverage"]), "loss": float(row["loss"])}))


_TYPES: dict[str, type | UnionType] = {
    "language": str,
    "group": str,
    "genus": str | None,
    "family": str | None,
    "coverage": float | int,
    "domain": str,
    "method": str,
    "seed": int,
    "loss": float | int,
    "positions": int,
}
"""The keys of a row in JSON, where a whole number may stand for a float."""


def _over_domains(losses: Mapping[Cell, float], positions: Mapping[Cell, int]) -> dict[str, float]:
    """Loss per language, its domains weighted by masked positions."""
    weighted: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for cell, loss in losses.items():
        weighted[cell[0]][0] += positions[cell] * loss
        weighted[cell[0]][1] += positions[cell]
    return {language: total / count for language, (total, count) in weighted.items()}
