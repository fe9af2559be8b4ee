"""Sentences to score, by language and script, from the layouts of FLORES and SIB-200."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from hypergen.data.corpora import corpus_name, selected
from hypergen.data.tables import read_delimited
from hypergen.data.text_files import text_lines
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
        CorpusError: there is none of the layouts, a file is damaged, lacks a column or has a line with another number
            of columns than its first, there is no sentence, or ``only`` is empty or has an entry that is not there.
    """
    path = Path(path)
    if only is not None and not only:
        raise CorpusError(
            f"no language of {path} was asked for, as the list of languages is empty; name one, or leave the list out "
            "to take all (--text.languages)."
        )
    if path.is_file():
        found = _table(path)
        if not found:
            raise CorpusError(f"{path} has no sentence; expected lines with one below the header: fetch it again.")
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
    return [line.strip() for line in text_lines(path) if line.strip()]


def _folder(directory: Path) -> list[str]:
    tables = sorted(directory.glob("test.tsv*"))
    if not tables:
        raise CorpusError(f"{directory} has no test.tsv; expected SIB-200's layout: fetch it again.")
    return [row["text"] for _, row in _rows(tables[0], columns=("text",))]


def _table(path: Path) -> dict[str, list[str]]:
    sentences: dict[str, list[str]] = {}
    for number, row in _rows(path, columns=("text", "iso3", "script")):
        name = f"{row['iso3']}_{row['script']}"
        if name not in sentences:
            corpus_name(name, place=f"the language of {path}, line {number}")
        sentences.setdefault(name, []).append(row["text"])
    return sentences


def _rows(path: Path, *, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of each line with a text, and what it has in these columns."""
    header, rows = read_delimited(path)
    if missing := [column for column in columns if column not in header]:
        raise CorpusError(f"{path} has no column {missing[0]}; expected {', '.join(columns)}, with a header.")
    for number, row in rows:
        if row["text"].strip():
            yield number, {column: row[column].strip() for column in columns}
