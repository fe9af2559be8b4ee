"""Web text by language from GlotCC, or from any directory or hub data set laid out like it."""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

from hypergen.data.cleaning import CLEANING_VERSION, capped, clean_document
from hypergen.data.corpora import Corpus, Holdings, corpus_name, gather
from hypergen.data.parquet_trees import hub_tree, local_tree
from hypergen.errors import CorpusError

__all__ = ["glotcc_corpora", "glotcc_holdings"]

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
    stops at ``max_bytes``. A corpus is known by the SHA-256 of its files: local ones are read through for it, and the
    hub has it at hand, so both give the same fingerprint.

    Args:
        root: a directory, or the name of a data set on the Hugging Face hub.
        only: languages (``"swh"``) or languages in a script (``"swh_Latn"``) to take; all by default.
        max_bytes: keep the first documents of each corpus up to so many UTF-8 bytes; the cap is per corpus, so a
            language written in two scripts has it twice.
        on_error: ``"skip"`` leaves out a bad corpus or an entry of ``only`` that no folder answers to, with a warning
            that carries the sentence ``"stop"`` would raise.
        on_skip: called with each error that was skipped.

    Raises:
        CorpusError: a root that is neither, or has no such file; in a directory also a file that is damaged, empty or
            without the column; a folder name that is no language; an entry of ``only`` that no folder answers to.

    References:
        Kargaran et al. (2024), GlotCC, https://arxiv.org/abs/2410.23825.
    """
    holdings = glotcc_holdings(root, max_bytes=max_bytes)
    return gather({"glotcc": holdings}, only=only, on_error=on_error, on_skip=on_skip)["glotcc"]


def glotcc_holdings(root: Path | str = "cis-lmu/GlotCC-V1", *, max_bytes: int | None = None) -> Holdings:
    """What `glotcc_corpora` would read, by the names of the folders.

    Raises:
        CorpusError: a root that is no directory and no data set, or has no such file; a count below 1.
    """
    if max_bytes is not None and max_bytes < 1:
        raise CorpusError(f"max_bytes is {max_bytes}; it counts from 1, and None is no cap.")
    local = Path(root).is_dir()
    tree = local_tree(Path(root), "v1.0/*/*.parquet", check=_check_parquet) if local else hub_tree(str(root))
    folders: dict[str, list[str]] = {}
    for file in sorted(tree.sizes):
        if match := _FILE.fullmatch(file):
            folders.setdefault(match["folder"], []).append(file)
    if not folders:
        raise CorpusError(f"{root} holds no file {_LAYOUT}; expected GlotCC's tree: give the directory above v1.0.")
    read = partial(_corpus, str(root), digest=tree.digest, max_bytes=max_bytes, revision=tree.revision)
    named = ((folder.replace("-", "_"), several) for folder, several in folders.items())
    return Holdings(str(root), tuple((name, partial(read, name, files=several)) for name, several in named))


def _corpus(
    root: str,
    name: str,
    *,
    files: list[str],
    digest: Callable[[str], str],
    max_bytes: int | None,
    revision: str | None,
) -> Corpus:
    """One folder of parquet files."""
    language, script = corpus_name(name, place=f"{root}/{files[0].rsplit('/', 1)[0]}")
    parts = ([(file, digest(file)) for file in files], CLEANING_VERSION, max_bytes)
    return Corpus(
        language=language,
        script=script,
        fingerprint=hashlib.sha256(repr(parts).encode()).hexdigest(),
        read=partial(_documents, root, files=files, max_bytes=max_bytes, revision=revision),
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
