"""Web text by language from GlotCC, or from any directory or hub data set laid out like it."""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

from hypergen.data.cleaning import CLEANING_VERSION, capped, clean_document
from hypergen.data.corpora import Corpus, corpus_name, gather, selected
from hypergen.data.parquet_trees import hub_files, local_files
from hypergen.errors import CorpusError

__all__ = ["glotcc_corpora"]

_FILE = re.compile(r"v1\.0/(?P<folder>[^/]+)/[^/]+\.parquet")
_LAYOUT = "v1.0/swh-Latn/*.parquet"


def glotcc_corpora(
    root: Path | str = "cis-lmu/GlotCC-V1",
    *,
    only: Collection[str] | None = None,
    max_bytes: int | None = None,
    on_error: Literal["stop", "skip"] = "stop",
    on_skip: Callable[[CorpusError], None] | None = None,
) -> tuple[Corpus, ...]:
    """The corpora of a tree ``v1.0/<iso3>-<Script>/*.parquet`` with the text in the column ``content``.

    A row is a document. Nothing is downloaded as a whole: documents stream, in the order of the files, and reading
    stops at ``max_bytes``.

    Args:
        root: a directory, or the name of a data set on the Hugging Face hub.
        only: languages (``"swh"``) or languages in a script (``"swh_Latn"``) to take; all by default.
        max_bytes: keep the first documents of each corpus up to so many UTF-8 bytes; the cap is per corpus, so a
            language written in two scripts has it twice.
        on_error: ``"skip"`` leaves a bad corpus out, with a warning that carries the sentence ``"stop"`` would raise.
        on_skip: called with each error that was skipped.

    Raises:
        CorpusError: a root that is neither, or has no such file; in a directory also a file that is damaged, empty or
            without the column; a folder name that is no language; an entry of ``only`` that no folder answers to.

    References:
        Kargaran et al. (2024), GlotCC, https://arxiv.org/abs/2410.23825.
    """
    if max_bytes is not None and max_bytes < 1:
        raise CorpusError(f"max_bytes is {max_bytes}; it counts from 1, and None is no cap.")
    local = Path(root).is_dir()
    sizes, revision = local_files(Path(root), "v1.0/*/*.parquet") if local else hub_files(str(root))
    folders: dict[str, dict[str, int]] = {}
    for file, size in sorted(sizes.items()):
        if match := _FILE.fullmatch(file):
            folders.setdefault(match["folder"], {})[file] = size
    if not folders:
        raise CorpusError(f"{root} holds no file {_LAYOUT}; expected GlotCC's tree: give the directory above v1.0.")
    chosen = selected({folder: folder.replace("-", "_") for folder in folders}, only=only, root=str(root))
    readers = (
        partial(_corpus, str(root), files=folders[folder], name=name, max_bytes=max_bytes, revision=revision)
        for folder, name in chosen.items()
    )
    return gather(readers, root=str(root), on_error=on_error, on_skip=on_skip)


def _corpus(root: str, *, files: dict[str, int], name: str, max_bytes: int | None, revision: str | None) -> Corpus:
    """One folder of parquet files; of local ones the footers are read, so that damage is found here."""
    language, script = corpus_name(name, place=f"{root}/{next(iter(files)).rsplit('/', 1)[0]}")
    if revision is None:
        for file in files:
            _check_parquet(Path(root) / file)
    parts = (sorted(files.items()), CLEANING_VERSION, max_bytes)
    return Corpus(
        language=language,
        script=script,
        fingerprint=hashlib.sha256(repr(parts).encode()).hexdigest(),
        read=partial(_documents, root, files=list(files), max_bytes=max_bytes, revision=revision),
    )


def _documents(root: str, *, files: list[str], max_bytes: int | None, revision: str | None) -> Iterator[str]:
    from datasets import load_dataset

    rows = load_dataset(root, data_files=files, split="train", streaming=True, revision=revision, columns=["content"])
    return capped((clean_document((row["content"] or "").split("\n")) for row in rows), max_bytes=max_bytes)


def _check_parquet(path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    try:
        metadata = parquet.read_metadata(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise CorpusError(
            f"{path} is not a complete parquet file ({error}); expected one of GlotCC's: fetch it again."
        ) from error
    names = metadata.schema.to_arrow_schema().names
    if "content" not in names:
        raise CorpusError(f"{path} has no column content, only {', '.join(names)}; expected GlotCC's columns.")
    if metadata.num_rows == 0:
        raise CorpusError(f"{path} has no rows; expected a document in each: remove the file or fetch it again.")
