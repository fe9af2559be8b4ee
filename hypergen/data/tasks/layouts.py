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

_RELEASED = re.compile(r"(?P<code>[a-z]{2,3})_\w+-ud-(?P<split>train|dev|test)")
"""How treebanks of Universal Dependencies and UNER name their files: ``en_ewt-ud-train.conllu``."""


def read_split(
    root: Path, *, task: Task, split: Split, languages: Collection[str] | None = None
) -> dict[str, list[Sentence]]:
    """The sentences of one split by language (ISO 639-3), as far as there are any.

    Read are ``<folder>/<split>.<suffix>`` with folders named by language, such as ``swh``, ``swh_Latn`` or
    ``eng_LinES``; the names of UD and UNER releases, ``<folder>/en_ewt-ud-<split>.conllu``; and one ``<split>.tsv`` of
    all languages, with a column ``iso3`` and perhaps ``script``. Several sets of one language are joined.

    Args:
        root: The directory.
        task: What the labels are.
        split: Which part.
        languages: Languages (``swh``), or folders and scripts of a language (``eng_LinES``, ``knc_Latn``); all by
            default.

    Raises:
        TaskError: no directory, or what the readers refuse.
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
        known = {key for name, language in sets for key in (name, language)}
        if missing := sorted(asked - known):
            raise NoSplitError(
                f"{root} has no {split} split of {', '.join(missing)}; it has one of "
                f"{', '.join(sorted({name for name, _ in sets}))}."
            )
    found: dict[str, list[Sentence]] = {}
    for (name, language), source in sorted(sets.items()):
        if asked is None or not asked.isdisjoint((name, language)):
            sentences = read_labelled(source, task=task) if isinstance(source, Path) else source
            found.setdefault(language, []).extend(sentences)
    return found


def sets_of(root: Path, *, task: Task, split: Split) -> dict[tuple[str, str], Path | Sequence[Sentence]]:
    """File or sentences of each set, by its name and its language."""
    found: dict[tuple[str, str], Path | Sequence[Sentence]] = {}
    for path in sorted(root.glob("*/*")):
        stem, folder, suffix = path.name.split(".")[0], path.parent.name, suffix_of(path)
        if suffix not in SUFFIXES[task.kind]:
            continue
        if stem == split:
            key = folder, _language(folder.split("_")[0], folder)
        elif (match := _RELEASED.fullmatch(stem)) and match["split"] == split and suffix != ".txt":
            key = folder, _language(match["code"], folder)
        else:
            continue
        if suffix not in (".tsv", ".txt") or key not in found:  # they may hold anything, and sort last
            found[key] = path
    if task.kind == "sequence":
        for path in sorted(root.glob(f"{split}.tsv*")):
            for sentence, row in tsv_rows(path):
                if "iso3" not in row:
                    raise TaskError(f"{path} names no column iso3; expected one, or a folder for each language.")
                key = (f"{row['iso3']}_{row.get('script', '')}".rstrip("_"), row["iso3"])
                several = found.setdefault(key, [])
                if isinstance(several, list):
                    several.append(sentence)
    return found


def _language(code: str, folder: str) -> str:
    """The ISO 639-3 code that a folder is named by."""
    try:
        return Language.parse(code).iso3
    except UnknownLanguageError as error:
        raise TaskError(f"the folder {folder} is named by no language ({error})") from error
