"""Sentences to score, by language and script, from the layouts of FLORES and SIB-200."""

import csv
import gzip
import lzma
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from hypergen.data.corpora import corpus_name, selected
from hypergen.data.text_files import DAMAGE
from hypergen.errors import CorpusError

__all__ = ["read_sentences"]

_NAME = re.compile(r"(?P<name>[A-Za-z]+_[A-Z][a-z]{3})(\.[a-z]+)?(\.xz|\.gz)?")


def read_sentences(path: Path | str, *, only: Collection[str] | None = None) -> dict[str, list[str]]:
    """The sentences of each language and script, by a name such as ``"swh_Latn"``, in order of name.

    Three layouts, each also packed as ``.xz`` or ``.gz``: a directory of files ``swh_Latn.devtest``, a sentence a line
    (FLORES-200; ``.txt`` is as good); a directory of directories ``swh_Latn/test.tsv`` with a column ``text``
    (SIB-200); one table ``test.tsv`` of all languages with the columns ``text``, ``iso3`` and ``script``. Empty lines
    are dropped.

    Args:
        path: of one of them.
        only: languages (``"swh"``) or languages in a script (``"swh_Latn"``) to take; all by default.

    Raises:
        CorpusError: there is none of the layouts, a file is damaged or lacks a column, or an entry of ``only`` is not
            there.
    """
    path = Path(path)
    if path.is_file():
        found = _table(path)
        chosen = selected({name: name for name in found}, only=only, root=str(path))
        return {name: found[name] for name in sorted(chosen)}
    files = {str(file): match["name"] for file in sorted(path.glob("*")) if (match := _NAME.fullmatch(file.name))}
    if not files:
        raise CorpusError(
            f"{path} has no sentences; expected files such as swh_Latn.devtest (FLORES), directories such as swh_Latn "
            f"with a test.tsv (SIB-200), or one table test.tsv with the columns text, iso3 and script."
        )
    sentences: dict[str, list[str]] = {}
    for place, name in selected(files, only=only, root=str(path)).items():
        corpus_name(name, place=place)
        if name in sentences:
            raise CorpusError(f"{path} holds {name} twice; keep one of the two.")
        sentences[name] = _folder(Path(place)) if Path(place).is_dir() else _lines(Path(place))
        if not sentences[name]:
            raise CorpusError(f"{place} has no sentence; expected one a line: remove it or fetch it again.")
    return sentences


def _lines(path: Path) -> list[str]:
    with _opened(path) as file:
        return [line.strip() for line in file if line.strip()]


def _folder(directory: Path) -> list[str]:
    tables = sorted(directory.glob("test.tsv*"))
    if not tables:
        raise CorpusError(f"{directory} has no test.tsv; expected SIB-200's layout: fetch it again.")
    return [row["text"] for row in _rows(tables[0], columns=("text",))]


def _table(path: Path) -> dict[str, list[str]]:
    sentences: dict[str, list[str]] = defaultdict(list)
    for row in _rows(path, columns=("text", "iso3", "script")):
        sentences[f"{row['iso3']}_{row['script']}"].append(row["text"])
    return sentences


def _rows(path: Path, *, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    with _opened(path) as file:
        table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if missing := [column for column in columns if column not in (table.fieldnames or ())]:
            raise CorpusError(f"{path} has no column {missing[0]}; expected {', '.join(columns)}, with a header.")
        for row in table:
            if (row["text"] or "").strip():
                yield {column: row[column].strip() for column in columns}


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    """The text of a file, plain or packed; damage is a sentence."""
    try:
        opener: Any = {".xz": lzma.open, ".gz": gzip.open}.get(path.suffix, open)
        with opener(path, "rt", encoding="utf-8", newline="\n") as file:
            yield file
    except (*DAMAGE, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} is damaged or not UTF-8 ({error}); fetch it again.") from error
