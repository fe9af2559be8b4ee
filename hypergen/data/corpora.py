"""Raw text by language: a `Corpus` is one language in one script; here, those of a directory of text files."""

import hashlib
import re
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Literal

from hypergen.data.cleaning import CLEANING_VERSION
from hypergen.data.text_files import has_blank_lines, text_documents
from hypergen.errors import CorpusError, UnknownLanguageError
from hypergen.languages import Language

__all__ = ["Corpus", "Holdings", "corpus_name", "gather", "selected", "text_corpora", "text_holdings"]

_NAME = re.compile(r"[A-Za-z0-9]+_[A-Z][a-z]{3}")
_FILE = re.compile(r"(?P<stem>.+)\.txt(?P<packed>\.xz|\.gz|\.zst)?")


@dataclass(frozen=True)
class Corpus:
    """The text of one language in one script, as cleaned documents that can be read again and again.

    Example:
        >>> corpus = Corpus(language="swh", script="Latn", fingerprint="demo", read=lambda: iter(["Habari ya asubuhi"]))
        >>> corpus.name, list(corpus.documents())
        ('swh_Latn', ['Habari ya asubuhi'])
    """

    language: str
    """ISO 639-3."""
    script: str
    """ISO 15924."""
    fingerprint: str
    """Changes whenever the documents do: blocks are cached under it."""
    read: Callable[[], Iterator[str]] = field(repr=False, compare=False)
    """Opens the corpus anew and yields its documents."""

    @property
    def name(self) -> str:
        """Language and script, such as ``"swh_Latn"``."""
        return f"{self.language}_{self.script}"

    def documents(self) -> Iterator[str]:
        r"""Cleaned documents, the lines inside joined by ``"\n"``."""
        return self.read()


@dataclass(frozen=True)
class Holdings:
    """What a directory or a data set holds, before any of it is read."""

    root: str
    """Where it is, for sentences about it."""
    readers: tuple[tuple[str, Callable[[], Corpus]], ...] = field(repr=False)
    """Each corpus by what it is named there, such as ``"swh_Latn"``, and how it is read."""

    @property
    def known(self) -> set[str]:
        """What can be asked for: languages, and languages in a script."""
        names = {name for name, _ in self.readers}
        return names | {name.split("_")[0] for name in names}


def text_corpora(
    root: Path | str,
    *,
    only: Collection[str] | None = None,
    max_bytes: int | None = None,
    document_lines: int = 50,
    on_error: Literal["stop", "skip"] = "stop",
    on_skip: Callable[[CorpusError], None] | None = None,
) -> tuple[Corpus, ...]:
    """The corpora of a directory of files ``<iso3>_<Script>.txt``, also packed as ``.xz``, ``.gz`` or ``.zst``.

    Every file is read through once here, so that what is wrong with it is said before anything is trained.

    Args:
        root: the directory; files that do not end in ``.txt`` (packed or not) are not looked at.
        only: languages (``"swh"``) or languages in a script (``"swh_Latn"``) to take; all by default.
        max_bytes: keep the first documents of each corpus up to so many UTF-8 bytes. The cap is per corpus: a
            language written in two scripts has two, and each has its own cap.
        document_lines: a blank line ends a document; a file without blank lines is cut into documents of so many
            lines.
        on_error: ``"skip"`` leaves out a bad file or an entry of ``only`` that no file answers to, with a warning that
            carries the sentence ``"stop"`` would raise.
        on_skip: called with each error that was skipped.

    Raises:
        CorpusError: a directory that is missing or has no such file; a file that is empty, damaged, not UTF-8, or a
            duplicate; a name that is no language; an entry of ``only`` that no file answers to.
    """
    holdings = text_holdings(root, max_bytes=max_bytes, document_lines=document_lines)
    return gather({"text": holdings}, only=only, on_error=on_error, on_skip=on_skip)["text"]


def text_holdings(root: Path | str, *, max_bytes: int | None = None, document_lines: int = 50) -> Holdings:
    """What `text_corpora` would read, by the names of the files.

    Raises:
        CorpusError: a directory that is missing or has no such file, or a count below 1.
    """
    root = Path(root)
    if document_lines < 1 or (max_bytes is not None and max_bytes < 1):
        raise CorpusError(f"document_lines is {document_lines} and max_bytes {max_bytes}; both count from 1.")
    if not root.is_dir():
        raise CorpusError(f"There is no directory {root}; give the one that holds files named <iso3>_<Script>.txt.")
    found = {path: match["stem"] for path in sorted(root.iterdir()) if (match := _FILE.fullmatch(path.name))}
    if not found:
        raise CorpusError(
            f"{root} holds no text file; expected names like swh_Latn.txt or swh_Latn.txt.xz (also .gz and .zst)."
        )
    read = partial(_text_corpus, max_bytes=max_bytes, document_lines=document_lines, seen={})
    return Holdings(str(root), tuple((stem, partial(read, path, stem=stem)) for path, stem in found.items()))


def gather(
    groups: Mapping[str, Holdings],
    *,
    only: Collection[str] | None,
    on_error: Literal["stop", "skip"],
    on_skip: Callable[[CorpusError], None] | None = None,
) -> dict[str, tuple[Corpus, ...]]:
    """The corpora of each group that ``only`` asks for, by language or by full name, read in order.

    An entry of ``only`` need not be in every group: that a group lacks it is a warning. That all do is an error, as is
    a corpus that cannot be read; ``on_error="skip"`` makes a warning of both.

    Raises:
        CorpusError: the first error under ``"stop"``, or a group in which nothing is left.
    """

    def failed(error: CorpusError) -> None:
        if on_error == "stop":
            raise error
        warnings.warn(f"Skipped a corpus: {error}", stacklevel=4)
        if on_skip is not None:
            on_skip(error)

    wanted = None if only is None else {entry.replace("-", "_") for entry in only}
    if wanted is not None:
        known = set[str]().union(*(holdings.known for holdings in groups.values()))
        if nowhere := sorted(wanted - known):
            failed(_not_there(nowhere, known=known, roots=[holdings.root for holdings in groups.values()]))
        for holdings in groups.values():
            if elsewhere := sorted(wanted & known - holdings.known):
                some = ", ".join(elsewhere[:4]) + (", ..." if len(elsewhere) > 4 else "")
                told = f"has no corpus for {len(elsewhere)} of the {len(wanted)} that are asked for ({some})"
                warnings.warn(f"{holdings.root} {told}; other text has.", stacklevel=3)
    return {group: _read(holdings, wanted=wanted, failed=failed) for group, holdings in groups.items()}


def corpus_name(text: str, *, place: str) -> tuple[str, str]:
    """Language (ISO 639-3) and script (ISO 15924) named by ``text``, such as ``swh_Latn``.

    Raises:
        CorpusError: ``text`` has another form, or its first part is no language.
    """
    if not _NAME.fullmatch(text):
        raise CorpusError(f"{place} is named {text!r}; expected <iso3>_<Script>, such as swh_Latn: rename or move it.")
    try:
        return Language.parse(text).iso3, text.split("_")[1]
    except UnknownLanguageError as error:
        raise CorpusError(f"{place} is named after no known language: {error}") from error


def selected(names: Mapping[str, str], *, only: Collection[str] | None, root: str) -> dict[str, str]:
    """Those entries of ``names`` (place -> ``swh_Latn``) that ``only`` asks for, by language or by full name.

    Raises:
        CorpusError: an entry of ``only`` matches nothing in ``root``.
    """
    if only is None:
        return dict(names)
    wanted = {entry.replace("-", "_") for entry in only}
    known = {*names.values(), *(name.split("_")[0] for name in names.values())}
    if missing := sorted(wanted - known):
        raise _not_there(missing, known=known, roots=[root])
    return {place: name for place, name in names.items() if name in wanted or name.split("_")[0] in wanted}


def _read(
    holdings: Holdings, *, wanted: Collection[str] | None, failed: Callable[[CorpusError], None]
) -> tuple[Corpus, ...]:
    """The corpora that are wanted, in order; what is wrong with one is told to ``failed``."""
    corpora: dict[str, Corpus] = {}
    for name, read in holdings.readers:
        if wanted is not None and name not in wanted and name.split("_")[0] not in wanted:
            continue
        try:
            corpus = read()
            if corpus.name in corpora:
                raise CorpusError(f"{holdings.root} holds {corpus.name} twice; keep one of the two.")
            corpora[corpus.name] = corpus
        except CorpusError as error:
            failed(error)
    if not corpora:
        raise CorpusError(f"No corpus of {holdings.root} can be used; the warnings above say what is wrong with each.")
    return tuple(corpora.values())


def _not_there(missing: Sequence[str], *, known: Collection[str], roots: Sequence[str]) -> CorpusError:
    """That text was asked for which is in none of ``roots``."""
    near = get_close_matches(missing[0], sorted(known), n=3)
    hint = f"; near misses: {', '.join(near)}" if near else ""
    have = "has" if len(roots) == 1 else "have"
    return CorpusError(
        f"{' and '.join(roots)} {have} no corpus for {', '.join(missing)}{hint}; expected names like swh or swh_Latn."
    )


def _text_corpus(path: Path, *, stem: str, max_bytes: int | None, document_lines: int, seen: dict[str, str]) -> Corpus:
    """One file, read through once: its corpus, or the sentence that says what is wrong with it.

    ``seen`` remembers which file had which content, by its hash.
    """
    language, script = corpus_name(stem, place=str(path))
    cut = None if has_blank_lines(path) else document_lines
    read = partial(text_documents, path, cut=cut, max_bytes=max_bytes)
    if next(read(), None) is None:
        raise CorpusError(
            f"{path} gives no document: it is empty, has no line with three letters, or its first document is above "
            f"max_bytes={max_bytes}; put text into it, one sentence or verse a line."
        )
    with path.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
    if (other := seen.setdefault(content, str(path))) != str(path):
        raise CorpusError(f"{path} and {other} are the same bytes under two names; keep the right one.")
    parts = f"{content}/{CLEANING_VERSION}/{max_bytes}/{document_lines}"
    fingerprint = hashlib.sha256(parts.encode()).hexdigest()
    return Corpus(language=language, script=script, fingerprint=fingerprint, read=read)
