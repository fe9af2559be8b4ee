"""The tables of a result file of tasks as markdown: what it says, methods by group, differences, every language."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from statistics import fmean
from typing import Any, Final

from hypergen.evaluation.findings import TransferRows
from hypergen.evaluation.groups import Group
from hypergen.evaluation.statistics import Interval
from hypergen.evaluation.tables import ABSENT, format_interval, format_p, markdown_table

READING: Final = """\
Scores are the task's own metric, times 100: seeds are averaged for each language first, languages count the same.
Differences are paired by language; intervals are 95 %, genera resampled with all their languages; p is a two-sided
sign-flip test over genera. *nearest*, *mean* and *tipa* average MAD-X adapters of the generator's languages without the
targets; *mad-x* and *few sentences* have read the target's text, the others have not, but the generator has read that
of generator-seen languages. *generated* is by the generator that development languages chose, *mad-g* by the published
one; *english* is the generator's adapter of English everywhere, as in MAD-G-en. Language adapters do not act in the
last layer (MAD-X 2.0). Methods that share the source languages' adapters share the task adapter."""
READING_TUNED: Final = """\
*tuned*: the generator is tuned with the task in the source languages, English's adapter alike. *mean vector*, *nearest
vector* and *swapped vector*: the generator reads another vector than the language's own: the mean of its training
languages', that of the nearest of them, that of another target. *full fine-tuning, generated*: the whole backbone is
tuned with the generator, without a task adapter."""
FEW: Final = 20
"""Sources to name."""
OURS: Final = ("generated", "generated, tuned")
"""Over a frozen backbone."""
WHOLE: Final = "full fine-tuning"
"""It is no adapter, and the backbone that it leaves does one task alone."""
BOTH: Final = f"{WHOLE}, generated"
"""Generated adapters that are tuned with the whole backbone."""
METHODS: Final = (
    "none", "english", "nearest", "mean", "tipa", "mad-g", "generated", "generated + few sentences", "mad-x",
    "english, tuned", "generated, tuned", WHOLE, BOTH,
)  # fmt: skip
"""In the order of every table; methods of another name come after them."""


def transfer_document(told: Mapping[str, Any]) -> str:
    """The whole document of the JSON that ``transfer.py summary`` or ``transfer_artificial.py`` wrote."""
    return "\n\n".join(_blocks(told)) + "\n"


def _blocks(told: Mapping[str, Any]) -> Iterator[str]:
    rows = TransferRows([row for row in told["rows"] if not row.get("keep_overlaps")])
    methods = ordered(rows)
    yield f"# {told['title']}"
    facts = {"Command": f"`{told['command']}`", "Date": told["date"], "Backbone": told.get("backbone"),
             "Seeds": ", ".join(map(str, told["seeds"])), "Sources": _sources(told["sources"]),
             "Hardware": ", ".join(f"{key} {value}" for key, value in told["hardware"].items()),
             "Versions": ", ".join(f"{key} {value}" for key, value in told["versions"].items()),
             "Missing": _missing(told)}  # fmt: skip
    yield "\n".join(f"- {name}: {value}" for name, value in facts.items() if value)
    yield READING
    if OURS[1] in methods:
        yield READING_TUNED
    if told.get("findings"):
        yield "## What it says\n\n" + "\n".join(
            f"- {each['claim']}: **{each['verdict']}**. {each['numbers']}" for each in told["findings"]
        )
    yield "## Table 1. Means by number of source languages"
    for group in (None, *(group for group in Group if str(group) in set(rows.groups.values()))):
        yield f"**{group or 'all targets'}**"
        yield _means(rows, methods, group)
    yield "## Table 2. Generated minus the others"
    for ours in (*OURS, BOTH):
        if ours in methods:
            yield f"**{ours}**"
            yield _differences(rows, methods, ours=ours)
    yield f"## Table 3. Every language, with {max(rows.sizes)} source languages"
    yield _by_language(rows, methods, told)
    if effect := _overlaps(told):
        yield "## Table 4. Known leakage, kept or removed"
        yield effect


def _sources(codes: list[str]) -> str:
    return ", ".join(codes) if len(codes) <= FEW else f"{len(codes)} languages, which the JSON names"


def _missing(told: Mapping[str, Any]) -> str:
    lacking = told.get("missing_cells")
    return "" if lacking is None else f"{len(lacking)} cells of the plan were not run"


def ordered(rows: TransferRows) -> list[str]:
    """The methods that are no supervised ones, in their order."""
    there = [method for method in rows.methods if method != "supervised"]
    return sorted(there, key=lambda method: METHODS.index(method) if method in METHODS else len(METHODS))


def _means(rows: TransferRows, methods: list[str], group: str | None) -> str:
    drawn = []
    for size in rows.sizes:
        cells = [rows.scores(method, size, groups=None if group is None else [group]) for method in methods]
        majority = _majority(rows, methods, size, groups=None if group is None else [group])
        drawn.append([str(size), *(f"{_mean(each)} ({len(each)})" if each else ABSENT for each in (majority, *cells))])
    return markdown_table(["sources", "majority", *methods], drawn)


def _differences(rows: TransferRows, methods: list[str], *, ours: str) -> str:
    drawn = []
    for size in rows.sizes:
        for method in methods:
            interval = rows.difference((ours, size), (method, size))
            if method != ours and interval is not None:
                drawn.append([str(size), method, str(interval.num_languages), str(interval.num_genera),
                              format_interval(_scaled(interval)), format_p(interval.p)])  # fmt: skip
    return markdown_table(["sources", "minus", "languages", "genera", "points [95 %]", "p"], drawn)


def _majority(rows: TransferRows, methods: list[str], size: int, *, groups: list[str] | None) -> dict[str, float]:
    """Of the first method that was scored with so many source languages."""
    return next(filter(None, (rows.majority(method, size, groups=groups) for method in methods)), {})


def _by_language(rows: TransferRows, methods: list[str], told: Mapping[str, Any]) -> str:
    size = max(rows.sizes)
    scores = {method: found for method in methods if (found := rows.scores(method, size))}
    majority, own = _majority(rows, methods, size, groups=None), rows.scores("supervised", 0)
    unknown = {row["language"]: row["unknown"] for row in told["rows"]}
    drawn = [
        [language, group, f"{100 * unknown[language]:.1f}", _number(majority, language),
         *(_number(found, language) for found in scores.values()), _number(own, language)]
        for language, group in sorted(rows.groups.items(), key=lambda item: (item[1], item[0]))
    ]  # fmt: skip
    return markdown_table(["language", "group", "[UNK] %", "majority", *scores, "in-language"], drawn)


def _overlaps(told: Mapping[str, Any]) -> str:
    """The scores with and without training sentences that are held back elsewhere, by seeds that both were run with."""
    both: dict[tuple[Any, ...], dict[bool, float]] = {}
    for row in told["rows"]:
        key = (row["method"], row["num_sources"], row["language"], row["seed"])
        both.setdefault(key, {})[bool(row.get("keep_overlaps"))] = row["score"]
    pairs: dict[tuple[Any, ...], list[dict[bool, float]]] = {}
    for (method, size, language, seed), found in both.items():
        if len(found) == 2:
            pairs.setdefault((method, size, language, _removed(told, method, size, language, seed)), []).append(found)
    drawn = []
    for (method, size, language, removed), several in pairs.items():
        without, kept = (100 * fmean(found[side] for found in several) for side in (False, True))
        cells = (method, size or "in-language", language, removed, len(several))
        drawn.append([*map(str, cells), f"{without:.1f}", f"{kept:.1f}", f"{kept - without:+.1f}"])
    header = ["method", "sources", "language", "sentences in question", "seeds", "removed", "kept", "difference"]
    return markdown_table(header, drawn) if drawn else ""


def _removed(told: Mapping[str, Any], method: str, size: int, language: str, seed: int) -> int:
    """How many sentences were left out of the training of the cell in question."""
    family = "supervised" if method == "supervised" else "generated"
    for cell in told.get("cells", []):
        if (cell["family"], cell["seed"], cell["keep_overlaps"]) == (family, seed, False) and (
            cell["sources"][0].split("_")[0] == language if family == "supervised" else len(cell["sources"]) == size
        ):
            return int(cell["removed"])
    return 0


def _mean(scores: Mapping[str, float]) -> str:
    return f"{100 * sum(scores.values()) / len(scores):.1f}"


def _number(scores: Mapping[str, float], language: str) -> str:
    return f"{100 * scores[language]:.1f}" if language in scores else ABSENT


def _scaled(interval: Interval) -> Interval:
    """In points."""
    return replace(interval, mean=100 * interval.mean, low=100 * interval.low, high=100 * interval.high)
