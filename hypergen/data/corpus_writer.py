"""Writing a cleaned corpus of millions of documents so that it can be stopped at any moment and gone on with.

What is written is a function of the files read and of the options: document after document, in their order. Now and
then the place reached is saved, with how long each file was then. Going on cuts the files back to that length and reads
on from that place, so a corpus that was killed many times is, byte for byte, the one that never was. A text file gets
its name when it is whole; until then it is ``.<name>.txt.part``.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from hypergen.data.blocks import BUCKETS, document_hash
from hypergen.data.cleaning import clean_document
from hypergen.data.document_rules import Rules
from hypergen.data.near_duplicates import NearDuplicates
from hypergen.errors import CorpusError

__all__ = ["SIDES", "Shards", "replace_json", "write_corpus"]

SIDES = ("train", "validation")
_SAVE_EVERY = 1000


@dataclass(frozen=True)
class Shards:
    """What one corpus is written from: its name, its files, and how to read on in one of them."""

    name: str
    """Language and script, such as ``swh_Latn``."""
    files: Mapping[str, str]
    """Files in the order they are read, with what tells whether one has changed: its hash or its size."""
    text_column: str
    rows: Callable[[str, int], Iterator[dict[str, Any]]] = field(repr=False, compare=False)
    """The rows of a file from a row on."""


@dataclass
class _Place:
    """How far a corpus is, saved as JSON."""

    files: dict[str, str]
    """Those it is made of, to notice if they change."""
    file: int = 0
    row: int = 0
    bytes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SIDES, 0))
    documents: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SIDES, 0))
    full: list[str] = field(default_factory=list)
    """Sides that have reached their cap."""
    dropped: dict[str, int] = field(default_factory=dict)
    done: bool = False


def write_corpus(
    shards: Shards,
    *,
    out: Path,
    rules: Rules,
    max_bytes: Mapping[str, int],
    on_row: Callable[[], None] | None = None,
) -> dict[str, Any]:
    r"""Write ``OUT/train/<name>.txt`` and ``OUT/validation/<name>.txt``, or go on writing them, to the end.

    A document ``x`` is for validation if ``blake2b("side", x) mod 10000`` is below its part of both caps; a side is
    full at the first document within the rules that would take it above its cap. Documents are cleaned by
    `clean_document`, and a blank line follows each, as `text_corpora` reads them.

    Args:
        shards: what to read.
        out: the directory; ``OUT/progress/<name>.json`` in it is the place reached.
        rules: which documents are kept.
        max_bytes: cap of each side, in UTF-8 bytes without the blank lines; 0 leaves the side out.
        on_row: called for each row read.

    Returns:
        what was read, kept and dropped, the same however often it was interrupted.

    Raises:
        CorpusError: the files to read, or those written, are others than when it was begun.
    """
    progress = out / "progress" / f"{shards.name}.json"
    place = _read_place(progress, shards, full=[side for side in SIDES if not max_bytes[side]])
    if not place.done:
        with ExitStack() as stack:
            files = {side: stack.enter_context(_reopened(out, shards.name, side, place)) for side in SIDES}
            seen = _seen_before(files, place, rules)
            rows = _rows(shards, place) if len(place.full) < len(SIDES) else iter(())  # stopped when all was full
            for count, row in enumerate(rows, 1):
                _take(row, shards, place, files, rules=rules, max_bytes=max_bytes, seen=seen)
                if on_row is not None:
                    on_row()
                if count % _SAVE_EVERY == 0:
                    _save(progress, place, files)
                if len(place.full) == len(SIDES):
                    break
            place.done = True
            _save(progress, place, files)
    for side in SIDES:
        part, whole = _paths(out, shards.name, side)
        if not place.documents[side]:
            part.unlink(missing_ok=True)
        elif part.exists():
            part.replace(whole)
    kept = {side: {"documents": place.documents[side], "bytes": place.bytes[side]} for side in SIDES}
    dropped = dict(sorted(place.dropped.items(), key=lambda item: (-item[1], item[0])))
    read = sum(place.documents.values()) + sum(dropped.values())
    return {"read": read, "kept": kept, "dropped": dropped, "full": place.full}


def replace_json(path: Path, value: object) -> None:
    """Write JSON so that a reader finds the old file or the new one, whenever this is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _read_place(path: Path, shards: Shards, *, full: list[str]) -> _Place:
    """The place saved, or the beginning."""
    if not path.is_file():
        return _Place(files=dict(shards.files), full=full)
    place = _Place(**json.loads(path.read_text(encoding="utf-8")))
    num_read = len(place.files) if place.done else place.file + (place.row > 0)
    before, now = list(place.files.items()), list(shards.files.items())
    if before[:num_read] != now[:num_read]:
        raise CorpusError(
            f"the files of {shards.name} are others than those that {path} has read; give the same, or another --out."
        )
    place.files = dict(now)
    return place


def _save(path: Path, place: _Place, files: Mapping[str, IO[bytes]]) -> None:
    """First the documents, then the place behind them."""
    for file in files.values():
        file.flush()
        os.fsync(file.fileno())
    replace_json(path, asdict(place))


def _paths(out: Path, name: str, side: str) -> tuple[Path, Path]:
    """Where a side is while it is written, and when it is whole."""
    return out / side / f".{name}.txt.part", out / side / f"{name}.txt"


def _reopened(out: Path, name: str, side: str, place: _Place) -> IO[bytes]:
    """The file of one side, cut back to the place saved."""
    path, length = _paths(out, name, side)[0], place.bytes[side] + 2 * place.documents[side]
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab+")
    if file.seek(0, os.SEEK_END) < length:
        file.close()
        raise CorpusError(f"{path} is shorter than when it was saved; put it back, or begin anew with another --out.")
    file.truncate(length)
    return file


def _seen_before(files: Mapping[str, IO[bytes]], place: _Place, rules: Rules) -> NearDuplicates | None:
    """The index of near-duplicates, with all documents written so far in it."""
    if rules.near_duplicates is None:
        return None
    seen = NearDuplicates(threshold=rules.near_duplicates)
    for side, file in files.items():
        file.seek(0)
        for document in _documents(file, num=place.documents[side]):
            seen.add(document)
    return seen


def _documents(lines: Iterable[bytes], *, num: int) -> Iterator[str]:
    """Documents between blank lines."""
    document: list[str] = []
    for line in lines:
        if line == b"\n":
            yield "\n".join(document)
            document = []
            num -= 1
        else:
            document.append(line.decode().removesuffix("\n"))
    if num or document:
        raise CorpusError(f"a file has {num} documents fewer than were saved; begin anew with another --out.")


def _rows(shards: Shards, place: _Place) -> Iterator[dict[str, Any]]:
    """Rows from the place on, which is moved behind each."""
    files = list(shards.files)
    while place.file < len(files):
        for row in shards.rows(files[place.file], place.row):
            place.row += 1
            yield row
        place.file, place.row = place.file + 1, 0


def _take(
    row: Mapping[str, Any],
    shards: Shards,
    place: _Place,
    files: Mapping[str, IO[bytes]],
    *,
    rules: Rules,
    max_bytes: Mapping[str, int],
    seen: NearDuplicates | None,
) -> None:
    """Write the document of a row, or count why not."""
    document = clean_document((row[shards.text_column] or "").split("\n"))
    bucket = document_hash(f"side\n{document}") % BUCKETS
    side = "validation" if bucket * sum(max_bytes.values()) < BUCKETS * max_bytes["validation"] else "train"
    size = len(document.encode())
    reason = rules.why_not(document, row, script=shards.name.split("_")[1])
    if reason is None and side not in place.full and place.bytes[side] + size > max_bytes[side]:
        place.full.append(side)
    if reason is None and side in place.full:
        reason = f"{side} is full"
    if reason is None and seen is not None and not seen.add(document):  # last: what is in the index is in the files
        reason = "near-duplicate"
    if reason is not None:
        place.dropped[reason] = place.dropped.get(reason, 0) + 1
        return
    files[side].write(f"{document}\n\n".encode())
    place.bytes[side] += size
    place.documents[side] += 1
