"""Labelled sentences by language from a directory: a folder a language, a file a split; or one file of all."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

from hypergen.data.tasks.files import SUFFIXES, read_labelled, suffix_of, tsv_rows
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import Task
from hypergen.errors import NoSplitError, TaskError, UnknownLanguageError
from hypergen.languages import Language

__all__ = ["Split", "read_split", "sets_of"]

Split = Literal["train", "dev", "test"]

_RELEASED = re.compile(r"(?P<treebank>(?P<code>[a-z]{2,3})_\w+)-ud-(?P<split>train|dev|test)")
"""How treebanks of Universal Dependencies and UNER name their files: ``en_ewt-ud-train.conllu``."""


def read_split(
    root: Path, *, task: Task, split: Split, languages: Collection[str] | None = None
) -> dict[str, list[Sentence]]:
    """The sentences of one split by language (ISO 639-3), as far as there are any.

    Read are ``<folder>/<split>.<suffix>`` with folders named by language, such as ``swh``, ``swh_Latn`` or
    ``eng_LinES``; the names of UD and UNER releases, ``<folder>/en_ewt-ud-<split>.conllu``; and one ``<split>.tsv`` of
    all languages, with a column ``iso3`` and perhaps ``script``. Several sets of one language are joined, also several
    treebanks of one folder.

    Args:
        root: The directory.
        task: What the labels are.
        split: Which part.
        languages: Languages (``swh``), or folders, treebanks and scripts of a language (``eng_LinES``, ``en_ewt``,
            ``knc_Latn``); all by default.

    Raises:
        TaskError: no directory, a split twice, a language that is none, or what the readers refuse.
        NoSplitError: no file of that split in it, or none for one of ``languages``.
    """
    if not root.is_dir():
        raise TaskError(f"there is no directory {root}; give one with a folder for each language.")
    sets = sets_of(root, task=task, split=split)
    if not sets:
        wanted = f"{split}{SUFFIXES[task.kind][0]}"
        raise NoSplitError(f"{root} holds no {task.name} to read as {split}; expected files such as swh/{wanted}.")
    asked = None if languages is None else set(languages)
    if asked is not None:
        known = {key for name, language in sets for key in (name, language, *name.split("/"))}
        if missing := sorted(asked - known):
            raise NoSplitError(
                f"{root} has no {split} split of {', '.join(missing)}; it has one of "
                f"{', '.join(sorted({name for name, _ in sets}))}."
            )
    found: dict[str, list[Sentence]] = {}
    for (name, language), source in sorted(sets.items()):
        if asked is None or not asked.isdisjoint((name, language, *name.split("/"))):
            sentences = read_labelled(source, task=task) if isinstance(source, Path) else source
            found.setdefault(language, []).extend(sentences)
    return found


def sets_of(root: Path, *, task: Task, split: Split) -> dict[tuple[str, str], Path | Sequence[Sentence]]:
    """File or sentences of each set, by its name and its language.

    The name is that of the folder, of folder and treebank (``UD_English-EWT/en_ewt``) where files are named as they
    are released, or language and script.

    Raises:
        TaskError: a set is there twice, or the language of one is none.
    """
    found: dict[tuple[str, str], Path | Sequence[Sentence]] = {}
    files = _files(root, task=task, split=split)
    for (name, language), paths in files.items():
        folder, _, treebank = name.partition("/")
        best = min(map(_rank, paths))
        if best and not treebank and any(other.startswith(f"{folder}/") for other, _ in files):
            continue  # beside a treebank
        beside = files.get((folder, language), []) if treebank else []
        several = [path for path in paths if _rank(path) == best] + [path for path in beside if _rank(path) == 0]
        _check_once(several, split=split, of=language)
        found[name, language] = several[0]
    if task.kind == "sequence":
        tables = [path for path in sorted(root.glob(f"{split}.tsv*")) if suffix_of(path) == ".tsv"]
        _check_once(tables, split=split, of="all languages")
        for path in tables:
            for sentence, row in tsv_rows(path):
                if "iso3" not in row:
                    raise TaskError(f"{path} names no column iso3; expected one, or a folder for each language.")
                language = _language(row["iso3"], otherwise=f"{sentence.place} has no language in its column iso3")
                name = f"{language}_{row.get('script', '').strip()}".rstrip("_")
                rows = found.setdefault((name, language), [])
                if isinstance(rows, Path):
                    _check_once([rows, path], split=split, of=name)
                elif isinstance(rows, list):
                    rows.append(sentence)
    return found


def _files(root: Path, *, task: Task, split: Split) -> dict[tuple[str, str], list[Path]]:
    """The files in folders that a set might be read from, by its name and its language."""
    files: dict[tuple[str, str], list[Path]] = {}
    for path in sorted(root.glob("*/*")):
        stem, folder, suffix = path.name.split(".")[0], path.parent.name, suffix_of(path)
        if suffix not in SUFFIXES[task.kind]:
            continue
        otherwise = f"the folder {folder} is named by no language"
        if stem == split:
            key = folder, _language(folder.split("_")[0], otherwise=otherwise)
        elif (match := _RELEASED.fullmatch(stem)) and match["split"] == split and suffix != ".txt":
            key = f"{folder}/{match['treebank']}", _language(match["code"], otherwise=otherwise)
        else:
            continue
        files.setdefault(key, []).append(path)
    return files


def _rank(path: Path) -> int:
    """0 for labelled words; a table may be of texts and a text have no labels, so what else there is goes before."""
    return {".tsv": 1, ".txt": 2}.get(suffix_of(path), 0)


def _check_once(paths: Sequence[Path], *, split: Split, of: str) -> None:
    """Check that there are no two files of one set."""
    if len(paths) > 1:
        one, other = (path.name if path.parent == paths[0].parent else str(path) for path in paths[:2])
        raise TaskError(f"{paths[0].parent} holds {split} of {of} twice, {one} and {other}; keep one.")


def _language(code: str, *, otherwise: str) -> str:
    """The ISO 639-3 code of a language; where it is none, that is what is said."""
    try:
        return Language.parse(code).iso3
    except UnknownLanguageError as error:
        raise TaskError(f"{otherwise} ({error})") from error
