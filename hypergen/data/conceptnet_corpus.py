"""Corpora of sentences made of ConceptNet's edges: chosen, worded, split, without repetition, each with its origin."""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np

from hypergen.data.blocks import BUCKETS, document_hash
from hypergen.data.conceptnet import Edge, language_of, last_part, read_edges, word
from hypergen.data.conceptnet_wordings import sentence
from hypergen.errors import CorpusError
from hypergen.storage import new_directory

__all__ = ["Selection", "split_of", "write_conceptnet"]

SPLITS = ("train", "validation", "test")
COLUMNS = ("sentence", "split", "relation", "start", "end", "weight", "dataset", "license", "contributors", "line")
_SHOWN = 20
_ENDS = 200  # so many edges back, noise looks for another end


@dataclass(frozen=True)
class Selection:
    """Which edges become sentences, how they are worded, and which split each is in.

    Raises:
        CorpusError: shares that leave no training text.
    """

    languages: Mapping[str, str]
    """ConceptNet's code by name of the corpus: ``{"uig_Arab": "ug"}``."""
    predicates: Mapping[str, str]
    """What stands between start and end, by relation; edges of other relations are dropped."""
    triples: Literal["start", "either"] = "start"
    """Edges that start in the language, or those with either end in it."""
    min_weight: float = 0.0
    """Edges of a lower weight are dropped."""
    validation_share: float = 0.1
    test_share: float = 0.1
    seed: int = 42
    """Of the splits."""
    as_published: bool = False
    """Take the last part of a URI for the word, as the original code does."""
    max_triples: int | None = None
    """Training sentences of each language, drawn by their hash: fewer are among more. All by default."""
    noise: float = 0.0
    """Share of the training sentences that are made false: they end in another edge's end."""

    def __post_init__(self) -> None:
        shares = (self.validation_share, self.test_share)
        if min(shares) < 0 or sum(shares) >= 1:
            raise CorpusError(
                f"validation_share is {shares[0]} and test_share {shares[1]}; expected 0 or more, below 1 together."
            )
        if not 0 <= self.noise <= 1 or (self.max_triples is not None and self.max_triples < 1):
            told = f"noise is {self.noise} and max_triples {self.max_triples}"
            raise CorpusError(f"{told}; expected a share from 0 to 1, and 1 or more.")

    def words(self, edge: Edge) -> tuple[str, str]:
        """What the edge's start and end are called."""
        name = last_part if self.as_published else word
        return name(edge.start), name(edge.end)

    def why_not(self, edge: Edge) -> str | None:
        """Why the edge is dropped; None if it is not."""
        start, end = self.words(edge)
        if not language_of(edge.end):
            return "end is an address"
        if edge.relation not in self.predicates:
            return "relation not chosen"
        if edge.weight < self.min_weight:
            return "weight too low"
        return "start and end alike" if start == end else None


def split_of(start: str, end: str, *, selection: Selection) -> str:
    """The split of an edge: the same for every edge between the same two words, whatever relation and direction.

    ``b = blake2b(seed, words in alphabetical order) mod 10000``: validation if ``b < 10000 * validation_share``, test
    if it is within the next ``10000 * test_share``, training otherwise.

    Example:
        >>> selection = Selection(languages={}, predicates={})
        >>> split_of("big", "small", selection=selection) == split_of("small", "big", selection=selection)
        True
    """
    bucket = document_hash("\n".join((str(selection.seed), *sorted((start, end))))) % BUCKETS
    validation = round(selection.validation_share * BUCKETS)
    if bucket < validation:
        return "validation"
    return "test" if bucket < validation + round(selection.test_share * BUCKETS) else "train"


def write_conceptnet(
    source: Path | str, *, out: Path, selection: Selection, on_line: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Write ``train``, ``validation`` and ``test`` of each language into a new directory, which appears whole or not.

    ``<split>/<name>.txt`` has each sentence once, one a line, as `text_corpora` reads; ``edges/<name>.tsv`` has every
    edge behind them, with the sentence it became, its weight, data set, licence, contributors and line; ``report.json``
    is what is returned. Memory is constant while the source streams; to find repetitions, it is then some 30 bytes
    for each edge of the largest language.

    Raises:
        CorpusError: ``out`` exists, the source is damaged, or it has nothing of any of the languages.
    """
    if out.exists():
        raise CorpusError(f"{out} exists already; choose another directory or remove it first.")
    with new_directory(out) as beside:
        report = _write(source, beside, selection, on_line=on_line)
        if not any(told["edges"] for told in report["languages"].values()):
            malformed = report["malformed"]["lines"]
            raise CorpusError(
                f"{source} has no edge for a sentence in {', '.join(selection.languages.values())} (ConceptNet's "
                f"codes) among {report['lines']:,} lines"
                + (
                    f", of which {malformed:,} are no edges; is it ConceptNet's file of assertions?"
                    if malformed
                    else "."
                )
                + " Choose other languages, or name a code as in uig_Arab=ug."
            )
        (beside / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return report


@dataclass
class _Counts:
    """What became of the lines of the source."""

    lines: int = 0
    malformed: list[int] = field(default_factory=list)
    num_malformed: int = 0
    edges: dict[str, Counter[str]] = field(default_factory=dict)
    dropped: dict[str, Counter[str]] = field(default_factory=dict)

    def malformed_line(self, number: int) -> None:
        self.num_malformed += 1
        if len(self.malformed) < _SHOWN:
            self.malformed.append(number)


def _write(
    source: Path | str, directory: Path, selection: Selection, *, on_line: Callable[[int], None] | None
) -> dict[str, Any]:
    names = tuple(selection.languages)
    counts = _Counts(edges={name: Counter() for name in names}, dropped={name: Counter() for name in names})

    def progress(number: int) -> None:
        counts.lines = number
        if on_line is not None:
            on_line(number)

    for part in (*SPLITS, "edges"):
        (directory / part).mkdir()
    with ExitStack() as stack:
        files: dict[str, IO[str]] = {}
        for name in selection.languages:
            files[name] = stack.enter_context(_edges_file(directory, name).open("w", encoding="utf-8"))
            files[name].write("\t".join(COLUMNS) + "\n")
        ends = {name: deque[str](maxlen=_ENDS) for name in names}
        edges = read_edges(
            source,
            languages=set(selection.languages.values()),
            triples=selection.triples,
            on_line=progress,
            on_malformed=counts.malformed_line,
        )
        for edge in edges:
            reason = selection.why_not(edge)
            for name in _corpora_of(edge, selection):
                if reason is None:
                    files[name].write("\t".join(_row(edge, selection, ends=ends[name])) + "\n")
                    counts.edges[name][edge.license] += 1
                else:
                    counts.dropped[name][reason] += 1
    return {
        "source": str(source),
        "selection": asdict(selection),
        "lines": counts.lines,
        "malformed": {"lines": counts.num_malformed, "first": counts.malformed},
        "languages": {
            name: {
                "edges": counts.edges[name].total(),
                "dropped": dict(counts.dropped[name].most_common()),
                "sentences": _write_sentences(directory, name, max_triples=selection.max_triples),
                "licences": dict(counts.edges[name].most_common()),
            }
            for name in selection.languages
        },
    }


def _corpora_of(edge: Edge, selection: Selection) -> list[str]:
    codes = {language_of(edge.start), language_of(edge.end) if selection.triples == "either" else None}
    return [name for name, code in selection.languages.items() if code in codes]


def _row(edge: Edge, selection: Selection, *, ends: deque[str]) -> tuple[str, ...]:
    """What is kept of an edge; ``ends``, of those just before, gets its own."""
    start, end = selection.words(edge)
    predicate = selection.predicates[edge.relation]
    told = sentence(start, predicate, end)
    split = split_of(start, end, selection=selection)
    draw = document_hash(f"noise {selection.seed} {told}")
    others = [other for other in ends if other not in (start, end)] if selection.noise else []
    if others and split == "train" and draw % BUCKETS < round(selection.noise * BUCKETS):
        told = sentence(start, predicate, others[draw // BUCKETS % len(others)])
    ends.append(end)
    origin = (edge.dataset, edge.license, json.dumps(edge.contributors, ensure_ascii=False), str(edge.line))
    return (told, split, edge.relation, edge.start, edge.end, f"{edge.weight:g}", *origin)


def _write_sentences(directory: Path, name: str, *, max_triples: int | None) -> dict[str, int]:
    """Each sentence of the edges once, the first time it occurs; for training those of the lowest hashes."""
    hashes = np.fromiter((document_hash(told) for told, _ in _sentences(directory, name)), np.uint64)
    first = np.zeros(len(hashes), np.bool_)
    first[np.unique(hashes, return_index=True)[1]] = True
    if max_triples is not None:
        shown = first & np.fromiter((split == "train" for _, split in _sentences(directory, name)), np.bool_)
        first[np.flatnonzero(shown)[np.argsort(hashes[shown], kind="stable")][max_triples:]] = False
    written = dict.fromkeys(SPLITS, 0)
    with ExitStack() as stack:
        files: dict[str, IO[str]] = {}
        for (told, split), is_first in zip(_sentences(directory, name), first.tolist(), strict=True):
            if not is_first:
                continue
            if split not in files:
                files[split] = stack.enter_context((directory / split / f"{name}.txt").open("w", encoding="utf-8"))
            files[split].write(f"{told}\n")
            written[split] += 1
    return written


def _sentences(directory: Path, name: str) -> Iterator[tuple[str, str]]:
    with _edges_file(directory, name).open(encoding="utf-8", newline="\n") as file:
        next(file)
        for line in file:
            told, split, _ = line.split("\t", 2)
            yield told, split


def _edges_file(directory: Path, name: str) -> Path:
    return directory / "edges" / f"{name}.tsv"
