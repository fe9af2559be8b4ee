"""ConceptNet's edges, streamed from its file of assertions: one at a time, with weight, source and licence."""

import gzip
import json
import lzma
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO, Literal
from urllib.request import urlopen

from hypergen.data.text_files import DAMAGE
from hypergen.errors import CorpusError

__all__ = ["Edge", "language_of", "last_part", "read_edges", "word"]


@dataclass(frozen=True)
class Edge:
    """One line of the assertions: what it says, how far it is to be trusted, who said it and under which licence."""

    line: int
    """Counted from 1."""
    relation: str
    """Without its ``/r/``."""
    start: str
    """A URI ``/c/<language>/<word>/...``."""
    end: str
    """The same, or an address on the web."""
    weight: float
    dataset: str
    license: str
    contributors: tuple[str, ...]


def read_edges(
    source: Path | str,
    *,
    languages: Collection[str],
    triples: Literal["start", "either"] = "start",
    on_line: Callable[[int], None] | None = None,
    on_malformed: Callable[[int], None] | None = None,
) -> Iterator[Edge]:
    """The edges of some languages, in the order of the file, which is never in memory as a whole.

    The file is ConceptNet 5.7's: five columns between tabs (uri, relation, start, end, JSON), no header. The JSON
    of an edge of another language is not looked at: 34 million lines take minutes instead of an hour.

    Args:
        source: ``.csv``, ``.csv.gz`` or ``.csv.xz``: a path, or an address that starts with ``http``, ``https`` or
            ``file``.
        languages: ConceptNet's own codes (``"ug"``, ``"ms"``).
        triples: edges that start in one of the languages, or those with either end there.
        on_line: called every 100,000 lines with their number so far, and at the end.
        on_malformed: called with the number of each line that is no edge; it is left out.

    Raises:
        CorpusError: a file that is cut short or damaged, or an address that does not answer.

    References:
        Speer et al. (2017), ConceptNet 5.5, https://arxiv.org/abs/1612.03975.
    """
    wanted = {code.encode() for code in languages}
    number = 0
    try:
        with _opened(str(source)) as stream:
            for number, line in enumerate(stream, 1):
                if on_line is not None and number % 100_000 == 0:
                    on_line(number)
                columns = line.rstrip(b"\r\n").split(b"\t")
                if len(columns) != 5 or not columns[1].startswith(b"/r/") or not columns[2].startswith(b"/c/"):
                    edge: Edge | None = None
                elif columns[2].split(b"/", 3)[2] in wanted or (
                    triples == "either" and columns[3].startswith(b"/c/") and columns[3].split(b"/", 3)[2] in wanted
                ):
                    edge = _edge(number, columns)
                else:
                    continue
                if edge is not None:
                    yield edge
                elif on_malformed is not None:
                    on_malformed(number)
    except (*DAMAGE, HTTPException, ConnectionError, TimeoutError) as error:
        raise CorpusError(
            f"{source} is cut short or damaged after line {number} ({error}); expected the whole file: fetch it again."
        ) from error
    if on_line is not None:
        on_line(number)


def language_of(uri: str) -> str:
    """ConceptNet's code of a node's language; empty for an address on the web.

    Example:
        >>> language_of("/c/ug/قىز/n"), language_of("http://dbpedia.org/resource/Girl")
        ('ug', '')
    """
    return uri.split("/", 3)[2] if uri.startswith("/c/") else ""


def word(uri: str) -> str:
    """What a node is called: the part behind the language, ``_`` standing for a space.

    Example:
        >>> word("/c/en/milch_cow/n/wn/animal")
        'milch cow'
    """
    parts = uri.split("/")
    return parts[3].replace("_", " ").strip() if len(parts) > 3 else ""


def last_part(uri: str) -> str:
    """What the original code takes for the word: the last part, a part of speech or sense where there is one.

    Example:
        >>> last_part("/c/en/milch_cow"), last_part("/c/en/milch_cow/n")
        ('milch cow', 'n')
    """
    return uri.rsplit("/", 1)[-1].replace("_", " ").strip()


def _edge(number: int, columns: list[bytes]) -> Edge | None:
    """The edge of a line; None if it is malformed."""
    try:
        _, relation, start, end, info = (column.decode() for column in columns)
        told = json.loads(info)
        contributors = (source["contributor"] for source in told["sources"] if "contributor" in source)
        edge = Edge(
            line=number,
            relation=relation.removeprefix("/r/"),
            start=start,
            end=end,
            weight=float(told["weight"]),
            dataset=str(told["dataset"]),
            license=str(told["license"]),
            contributors=tuple(dict.fromkeys(contributors)),
        )
    except (ValueError, KeyError, TypeError, RecursionError):  # of decoding, of JSON, and of what it should hold
        return None
    is_node = word(start) and (word(end) if end.startswith("/c/") else "://" in end)
    return edge if is_node else None


@contextmanager
def _opened(source: str) -> Iterator[Iterable[bytes]]:
    """The unpacked bytes of a file or an address."""
    remote = source.startswith(("http://", "https://", "file://"))
    try:
        packed: IO[bytes] = urlopen(source, timeout=60) if remote else Path(source).open("rb")  # noqa: SIM115
    except OSError as error:
        if not remote:
            raise
        raise CorpusError(
            f"{source} does not answer ({error}); check address and connection, or give a local copy."
        ) from error
    with packed:
        if source.endswith(".gz"):
            with gzip.GzipFile(fileobj=packed) as stream:
                yield stream
        elif source.endswith(".xz"):
            with lzma.LZMAFile(packed) as stream:
                yield stream
        else:
            yield packed
