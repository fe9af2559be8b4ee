"""Labelled sentences from parquet data sets of the Hugging Face hub, or from a local copy of one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hypergen.data.tasks.files import LABEL_COLUMNS, checked_heads
from hypergen.data.tasks.layouts import Split
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import Task
from hypergen.errors import NoSplitError, TaskError, UnknownLanguageError
from hypergen.languages import Language

if TYPE_CHECKING:
    import datasets

__all__ = ["read_hub"]

_SPLITS: Final[Mapping[Split, str]] = {"train": "train", "dev": "validation", "test": "test"}
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


def read_hub(
    root: Path | str, *, task: Task, split: Split, languages: Collection[str] | None = None
) -> dict[str, list[Sentence]]:
    """The sentences of one split by language, of a data set with a configuration for each language.

    Tried with the columns of ``unimelb-nlp/wikiann`` (``tokens``, ``ner_tags``), ``commul/universal_dependencies``
    (``tokens``, ``upos``, ``head``, ``deprel``) and ``Davlan/sib200`` (``text``, ``category``).

    Args:
        root: The name of a data set on the hub, or a directory of the same tree, ``<configuration>/<split>*.parquet``.
        task: What the labels are.
        split: Which part; the hub's ``validation`` is ``dev``.
        languages: Languages (``swh``) or configurations (``sw``, ``en_ewt``, ``swh_Latn``); all by default, which on
            the hub fetches them all.

    Raises:
        TaskError: Neither a directory nor a data set that answers, files that cannot be read, other columns, or heads
            that are no tree's.
        NoSplitError: There is no such split, or none of a language.
    """
    local = Path(root).is_dir()
    available = _local(Path(root), split=split) if local else _remote(str(root))
    asked = languages or ()
    named = {name: _language(name, asked=asked) for name in available}
    if list(named.values()) == [None] and len(asked) == 1:  # all is of one language, which it does not say
        named = dict(zip(available, asked, strict=True))
    chosen = {
        name: language
        for name, language in named.items()
        if language is not None and (languages is None or not {name, language}.isdisjoint(languages))
    }
    if missing := sorted(set(asked) - chosen.keys() - set(chosen.values())):
        has = ", ".join(sorted(available))
        raise NoSplitError(f"{root} has no {split} split of {', '.join(missing)}; it has {has}.")
    if not chosen:
        raise NoSplitError(
            f"{root} holds no {_SPLITS[split]} split to read; expected <language>/{_SPLITS[split]}*.parquet."
        )
    found: dict[str, list[Sentence]] = {}
    for name, language in sorted(chosen.items()):
        rows = _rows(root, name, files=available[name], split=split)
        found.setdefault(language, []).extend(_sentences(rows, task=task, place=f"{root}/{name} {split}"))
    return found


def _local(root: Path, *, split: Split) -> dict[str, list[str]]:
    """The files of each configuration."""
    found: dict[str, list[str]] = {}
    for path in sorted(root.glob(f"*/{_SPLITS[split]}*.parquet")):
        found.setdefault(path.parent.name, []).append(str(path))
    return found


def _remote(name: str) -> dict[str, list[str]]:
    """The configurations of a data set on the hub; no files, which the library finds."""
    if not _HUB_NAME.fullmatch(name):
        raise TaskError(f"there is no directory {name}; give one, or a data set of the hub as owner/name.")
    from datasets import get_dataset_config_names

    try:
        return {config: [] for config in get_dataset_config_names(name)}
    except Exception as error:  # its network library, and so the class of its errors, differs between releases
        raise TaskError(
            f"{name} is no directory here, and the hub did not answer for a data set of that name "
            f"({type(error).__name__}); give a local copy of the tree, or check name and connection."
        ) from error


def _rows(root: Path | str, name: str, *, files: list[str], split: Split) -> datasets.Dataset:
    from datasets import load_dataset

    try:
        if files:
            return load_dataset("parquet", data_files=files, split="train")
        return load_dataset(str(root), name, split=_SPLITS[split])
    except Exception as error:  # pyarrow, datasets and the network each have classes of their own
        if str(error).startswith("Unknown split"):
            raise NoSplitError(f"{root}/{name} has no {split} split ({error}); leave the language out.") from error
        raise TaskError(f"{root}/{name} cannot be read ({type(error).__name__}: {error}); fetch it again.") from error


def _sentences(rows: datasets.Dataset, *, task: Task, place: str) -> Iterable[Sentence]:
    columns = set(rows.column_names)
    text = "text" if task.kind == "sequence" else "tokens"
    candidates = {"token": ("upos", "ner_tags", "labels"), "arc": ("deprel",), "sequence": LABEL_COLUMNS}[task.kind]
    candidates = ("ner_tags",) if task.metric == "span_f1" else candidates
    label = next((name for name in candidates if name in columns), "")
    wanted = {text, label} | ({"head"} if task.kind == "arc" else set())
    if not wanted <= columns:
        raise TaskError(
            f"{place} has the columns {', '.join(rows.column_names)}; {task.name} is read from {text} and "
            f"{' or '.join(candidates)}" + (" and head." if task.kind == "arc" else ".")
        )
    names = _names(rows.features[label])
    for number, row in enumerate(rows.select_columns(sorted(wanted | ({"head"} & columns)))):
        where = f"{place}, row {number}"
        if task.kind == "sequence":
            yield Sentence((row[text],), (_named(row[label], names),), place=where)
        else:
            yield _of_words(row, label=label, names=names, is_tree=task.kind == "arc", place=where)


def _of_words(row: Mapping[str, Any], *, label: str, names: list[str] | None, is_tree: bool, place: str) -> Sentence:
    """A row's syntactic words: those with a head that is a number, where heads are given at all."""
    heads = [str(head) for head in row.get("head", ["0"] * len(row["tokens"]))]
    kept = [n for n, head in enumerate(heads) if head.isdigit()]
    labels = [_named(row[label][n], names) for n in kept]
    return Sentence(
        tuple(row["tokens"][n] for n in kept),
        tuple(each.split(":")[0] for each in labels) if is_tree else tuple(labels),
        checked_heads([heads[n] for n in kept], place=place) if is_tree and kept else (),
        place,
    )


def _names(feature: Any) -> list[str] | None:
    """What numbers stand for, where labels are numbers."""
    inner = getattr(feature, "feature", feature)
    names: list[str] | None = getattr(inner, "names", None)
    return names


def _named(label: object, names: list[str] | None) -> str:
    return names[label] if names is not None and isinstance(label, int) else str(label)


def _language(name: str, *, asked: Collection[str]) -> str | None:
    """The language of a configuration such as ``sw``, ``swh_Latn`` or ``en_ewt``; None if it names none.

    Where it names a macrolanguage (``zh``), the first language of that which was asked for (``cmn``).
    """
    try:
        language = Language.parse(re.split(r"[_-]", name)[0]).iso3
    except UnknownLanguageError:
        return None
    return next((code for code in asked if _above(code) == language), language)


def _above(code: str) -> str | None:
    """The macrolanguage of a language; None of a configuration, which is no language."""
    try:
        return Language.parse(code).macrolanguage
    except UnknownLanguageError:
        return None
