"""The corpora of GlotCC and of Wikipedia as the shards that `write_corpus` reads: their names, files and rows."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from hypergen.data.corpora import corpus_name, selected
from hypergen.data.corpus_writer import Shards
from hypergen.data.document_rules import COLUMNS
from hypergen.data.parquet_trees import Tree, hub_tree, local_tree, rows_from
from hypergen.data.scripts import main_script
from hypergen.data.wiki_codes import wiki_language
from hypergen.errors import CorpusError
from hypergen.languages import Language

__all__ = ["glotcc_shards", "wikipedia_shards"]

_GLOTCC = re.compile(r"v1\.0/(?P<folder>[^/]+)/[^/]+\.parquet")
_WIKIPEDIA = re.compile(r"(?P<dump>\d{8})\.(?P<code>[a-z-]+)/[^/]+\.parquet")
_SAMPLE = 200


def glotcc_shards(root: str, *, only: Collection[str] | None = None) -> list[Shards]:
    """The shards of each corpus of a tree ``v1.0/<iso3>-<Script>/*.parquet``, in order of name.

    Args:
        root: a directory, or the name of a data set on the hub.
        only: languages (``"swh"``) or languages in a script (``"swh_Latn"``) to take; all by default.

    Raises:
        CorpusError: a root that is neither, or has no such file; a folder name that is no language; an entry of
            ``only`` that no folder answers to.
    """
    tree = _tree(root, "v1.0/*/*.parquet")
    folders: dict[str, dict[str, str]] = defaultdict(dict)
    for file in sorted(tree.sizes):
        if match := _GLOTCC.fullmatch(file):
            folders[match["folder"]][file] = _known_by(tree, file)
    if not folders:
        raise CorpusError(
            f"{root} holds no file v1.0/swh-Latn/*.parquet; expected GlotCC's tree: give what is above v1.0."
        )
    several = []
    for folder, name in selected(
        {folder: folder.replace("-", "_") for folder in folders}, only=only, root=root
    ).items():
        corpus_name(name, place=f"{root}/v1.0/{folder}")
        rows = partial(_rows, root, tree.revision, ("content", *COLUMNS))
        several.append(Shards(name=name, files=folders[folder], text_column="content", rows=rows))
    return several


def wikipedia_shards(
    root: str,
    *,
    dump: str,
    only: Collection[str] | None = None,
    script_of: Callable[[str], str | None] = lambda _: None,
) -> Iterator[Shards]:
    """The shards of each corpus of a tree ``<dump>.<edition>/*.parquet``, in order of language, whose editions are one.

    A corpus is named after the script of most letters in the language's first articles.

    Args:
        root: a directory, or the name of a data set on the hub.
        dump: the date, such as ``"20231101"``.
        only: languages (ISO 639-3) or editions (``"zh-yue"``) to take; all by default.
        script_of: what is known of a language's script already, so that nothing need be read for it.

    Raises:
        CorpusError: a root that is neither, or has no such file of that dump; an edition of no known language; an entry
            of ``only`` that no edition answers to.
    """
    tree = _tree(root, f"{dump}.*/*.parquet")
    editions: dict[str, dict[str, str]] = defaultdict(dict)
    for file in sorted(tree.sizes):
        if (match := _WIKIPEDIA.fullmatch(file)) and match["dump"] == dump:
            editions[match["code"]][file] = _known_by(tree, file)
    if not editions:
        raise CorpusError(
            f"{root} holds no file {dump}.sw/*.parquet; expected Wikipedia's tree, and the date of a dump."
        )
    languages: dict[str, dict[str, str]] = defaultdict(dict)
    for code in sorted(editions) if only is None else _editions(editions, only=only, root=root):
        languages[wiki_language(code)] |= editions[code]
    rows = partial(_rows, root, tree.revision, ("text",))

    def named(language: str, files: dict[str, str]) -> Shards:
        articles = islice(rows(next(iter(files)), 0), _SAMPLE)
        script = script_of(language) or main_script(row["text"] or "" for row in articles) or "Zyyy"
        return Shards(name=f"{language}_{script}", files=files, text_column="text", rows=rows)

    return (named(language, files) for language, files in sorted(languages.items()))


def _tree(root: str, pattern: str) -> Tree:
    return local_tree(Path(root), pattern) if Path(root).is_dir() else hub_tree(root)


def _known_by(tree: Tree, file: str) -> str:
    """The hub has a hash of each file at hand; a local one would have to be read through for it."""
    return f"{tree.sizes[file]} bytes" if tree.revision is None else tree.digest(file)


def _rows(root: str, revision: str | None, columns: tuple[str, ...], file: str, start: int) -> Iterator[dict[str, Any]]:
    return rows_from(root, file, start=start, columns=columns, revision=revision)


def _editions(editions: Collection[str], *, only: Collection[str], root: str) -> list[str]:
    """The editions asked for, by their own code or by their language."""
    chosen = []
    for entry in only:
        if entry in editions:
            chosen.append(entry)
            continue
        iso3 = Language.parse(entry).iso3
        if not (found := [code for code in sorted(editions) if wiki_language(code) == iso3]):
            raise CorpusError(
                f"{root} has no Wikipedia in {entry} ({iso3}); name an edition, such as sw, or leave it out."
            )
        chosen += found
    return sorted(set(chosen))
