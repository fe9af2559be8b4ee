"""Labelled sentences from one file: CoNLL, CoNLL-U or TSV, plain or packed; errors name file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from hypergen.data.tables import numbered_lines, read_delimited
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import Task
from hypergen.errors import TaskError

__all__ = ["SUFFIXES", "read_conll", "read_conllu", "read_labelled", "read_tsv"]

SUFFIXES = {
    "token": (".conll", ".conllu", ".iob2", ".tsv", ".txt"),
    "arc": (".conllu",),
    "sequence": (".tsv",),
}
"""What files of a kind of task are called, before a suffix of packing such as ``.xz``."""

LABEL_COLUMNS = ("label", "category", "sentiment")

_NUMBER = re.compile("[0-9]{1,6}")


def read_labelled(path: Path, *, task: Task) -> list[Sentence]:
    """The sentences of a file, read by its suffix as the task needs them.

    ``.conllu`` gives universal parts of speech, or trees; ``.iob2`` is UNER's (number, word, label); ``.conll``,
    ``.txt`` and, of words, ``.tsv`` have the word first and the label last; of texts ``.tsv`` has a header that names
    the columns.

    Raises:
        TaskError: another suffix, or what the readers refuse.
    """
    suffix = suffix_of(path)
    if suffix not in SUFFIXES[task.kind]:
        raise TaskError(
            f"{path} ends in {suffix or 'nothing'}; {task.name} is read from {', '.join(SUFFIXES[task.kind])}, also "
            "packed (.xz, .gz, .zst). Rename or convert it."
        )
    match suffix:
        case ".conllu":
            return read_conllu(path, label="deprel" if task.kind == "arc" else "upos")
        case ".iob2":
            return read_conll(path, word=1, label=2)
        case ".tsv" if task.kind == "sequence":
            return read_tsv(path)
        case _:
            return read_conll(path)


def suffix_of(path: Path) -> str:
    """The suffix before that of packing."""
    return (path.with_suffix("") if path.suffix in (".xz", ".gz", ".zst") else path).suffix


def read_conll(path: Path, *, word: int = 0, label: int = -1) -> list[Sentence]:
    """Sentences of a file with a word a line, its columns apart by a tab or, without any, by spaces.

    A blank line ends a sentence. Lines that open with ``# `` before the first word of a sentence and have no tab are
    comments; ``-DOCSTART-`` is left out.

    Args:
        path: The file.
        word: Which column has the word, counted from 0.
        label: Which column has the label; -1 is the last.

    Raises:
        TaskError: a line with another number of columns than the first, or fewer than two; a file without sentences.
        CorpusError: the file is damaged or not UTF-8.
    """
    width = 0
    found: list[Sentence] = []
    for lines in _paragraphs(path):
        rows: list[tuple[str, str, int]] = []
        for number, line in lines:
            if (line.startswith("# ") and "\t" not in line and not rows) or line.startswith("-DOCSTART-"):
                continue
            columns = line.split("\t") if "\t" in line else line.split()
            width = width or len(columns)
            if len(columns) != width or width <= max(1, word, label):
                raise TaskError(
                    f"{path}, line {number} has {len(columns)} columns ({line[:40]!r}); expected "
                    + (f"{width} as in the lines before." if len(columns) != width else "a word and a label a line.")
                )
            rows.append((columns[word].strip(), columns[label].strip(), number))
        if rows:
            words, labels, numbers = zip(*rows, strict=True)
            found.append(Sentence(words, labels, place=_place(path, lines), lines=numbers))
    return _some(found, path)


def read_conllu(path: Path, *, label: Literal["upos", "deprel"]) -> list[Sentence]:
    """Sentences of a CoNLL-U file: syntactic words with parts of speech, or with heads and relations.

    Multiword tokens and empty nodes are left out; relations lose their subtypes (``nmod:poss`` is ``nmod``).

    Raises:
        TaskError: a line without ten columns, words out of order, heads that are no tree's (see `checked_heads`); a
            file without sentences.
        CorpusError: the file is damaged or not UTF-8.
    """
    found: list[Sentence] = []
    for lines in _paragraphs(path):
        rows: list[list[str]] = []
        numbers: list[int] = []
        for number, line in lines:
            columns = line.split("\t")
            if line.startswith("#") or not set("-.").isdisjoint(columns[0]):
                continue
            if len(columns) != 10 or columns[0] != str(len(rows) + 1):
                raise TaskError(
                    f"{path}, line {number} has {len(columns)} columns and the number {columns[0]!r}; expected ten "
                    f"columns of CoNLL-U and the number {len(rows) + 1}."
                )
            rows.append(columns)
            numbers.append(number)
        if rows:
            words = tuple(row[1] for row in rows)
            labels = tuple(row[3] if label == "upos" else row[7].split(":")[0] for row in rows)
            heads = checked_heads([row[6] for row in rows], place=_place(path, lines)) if label == "deprel" else ()
            found.append(Sentence(words, labels, heads, _place(path, lines), tuple(numbers)))
    return _some(found, path)


def read_tsv(path: Path, *, text: str = "text", label: str | None = None) -> list[Sentence]:
    """Texts with a label each, of a file whose first line names its columns, apart by tabs; quotes mean nothing.

    Args:
        path: The file.
        text: The column with the text.
        label: The column with the label; by default ``label``, ``category`` or ``sentiment``, whichever there is.

    Raises:
        TaskError: a header without these columns or with one twice, a line with another number of columns or without a
            text, a file without texts.
        CorpusError: the file is damaged or not UTF-8.
    """
    return [sentence for sentence, _ in tsv_rows(path, text=text, label=label)]


def tsv_rows(path: Path, *, text: str = "text", label: str | None = None) -> list[tuple[Sentence, dict[str, str]]]:
    """As `read_tsv`, with all the columns of each text by name; blank lines are passed over."""
    header, rows = read_delimited(path, error=TaskError)
    label = label or next((name for name in LABEL_COLUMNS if name in header), LABEL_COLUMNS[0])
    if text not in header or label not in header:
        raise TaskError(
            f"{path}, line 1 names the columns {', '.join(header)}; expected {text} and {label} among them."
        )
    found: list[tuple[Sentence, dict[str, str]]] = []
    for number, row in rows:
        if not row[text].strip():
            raise TaskError(f"{path}, line {number} has no {text}; write one, or remove the line.")
        found.append((Sentence((row[text],), (row[label],), place=f"{path}, line {number}"), row))
    _some([sentence for sentence, _ in found], path)
    return found


def checked_heads(given: Sequence[str], *, place: str) -> tuple[int, ...]:
    """The heads of a sentence's words, checked to be a tree: others of its words, one of them the root of all.

    Raises:
        TaskError: they are not.
    """
    heads = tuple(int(head) if _NUMBER.fullmatch(head) else -1 for head in given)
    if min(heads) < 0 or max(heads) > len(heads) or heads.count(0) != 1 or any(h == n for n, h in enumerate(heads, 1)):
        raise TaskError(
            f"the sentence in {place} has the heads {', '.join(head[:20] for head in given)}; expected numbers of "
            "other words of it, and 0 once for its root."
        )
    if circle := _circle(heads):
        raise TaskError(
            f"the sentence in {place} is no tree, as the heads of its words {', '.join(map(str, circle))} go round in "
            "a circle; expected heads that lead from every word to the root."
        )
    return heads


def _circle(heads: Sequence[int]) -> list[int]:
    """The numbers of words that are above each other, if there are any."""
    done = {0}
    for start in range(1, len(heads) + 1):
        way: list[int] = []
        number = start
        while number not in done:
            done.add(number)
            way.append(number)
            number = heads[number - 1]
        if number in way:
            return way[way.index(number) :]
    return []


def _paragraphs(path: Path) -> Iterator[list[tuple[int, str]]]:
    """The numbered lines between blank ones."""
    several: list[tuple[int, str]] = []
    for number, line in numbered_lines(path, error=TaskError):
        if line.strip():
            several.append((number, line))
        elif several:
            yield several
            several = []
    if several:
        yield several


def _place(path: Path, lines: Sequence[tuple[int, str]]) -> str:
    return f"{path}, line {lines[0][0]}"


def _some(found: list[Sentence], path: Path) -> list[Sentence]:
    if not found:
        raise TaskError(f"{path} holds no sentence; give a file with at least one.")
    return found
