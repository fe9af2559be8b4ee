"""Trees of parquet files, in a directory or on the Hugging Face hub: their files, and their rows from any place on."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypergen.errors import CorpusError

__all__ = ["Tree", "hub_tree", "local_tree", "rows_from"]

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class Tree:
    """The files of a tree, and what each is known by."""

    sizes: Mapping[str, int]
    """Bytes of each file, by its path below the root."""
    digest: Callable[[str], str] = field(repr=False, compare=False)
    """The hash of a file's content; of a local one it is computed when asked for."""
    revision: str | None = None
    """Of a data set on the hub, when it was listed."""


def local_tree(root: Path, pattern: str, *, check: Callable[[Path], None] = lambda _: None) -> Tree:
    """Every file below ``root`` that a glob pattern matches; ``check`` sees a file before it is hashed."""

    def digest(file: str) -> str:
        check(root / file)
        with (root / file).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    return Tree({path.relative_to(root).as_posix(): path.stat().st_size for path in root.glob(pattern)}, digest)


def hub_tree(name: str) -> Tree:
    """Every file of a data set on the hub, with the hash that the hub has of it.

    Raises:
        CorpusError: the name has another form, or the hub does not answer for it.
    """
    if not _HUB_NAME.fullmatch(name):
        raise CorpusError(f"There is no directory {name}; give a local copy of the tree, or a data set as owner/name.")
    from huggingface_hub import HfApi

    try:
        info = HfApi().dataset_info(name, files_metadata=True)
    except Exception as error:  # its network library, and so the class of its errors, differs between releases
        raise CorpusError(
            f"{name} is no directory here, and the hub did not answer for a data set of that name "
            f"({type(error).__name__}); give a local copy of the tree, or check name and connection."
        ) from error
    revision, files = str(info.sha), info.siblings or ()
    # Large files have the SHA-256 of their content, small ones git's hash of it.
    digests = {f.rfilename: (f.blob_id or revision) if f.lfs is None else f.lfs.sha256 for f in files}
    return Tree({file.rfilename: file.size or 0 for file in files}, digests.__getitem__, revision)


def rows_from(
    root: str, file: str, *, start: int, columns: Sequence[str], revision: str | None
) -> Iterator[dict[str, Any]]:
    """The rows of one file from row ``start`` on; groups of rows before it are not read, nor are other columns.

    Args:
        root: a directory, or with a revision the name of a data set on the hub.
        file: the path below it.
        start: counted from 0.
        columns: those to read; one that the file lacks is left out, but for the first.
        revision: of the data set on the hub.

    Raises:
        CorpusError: the file is damaged, or lacks the first column.
    """
    import pyarrow
    from pyarrow import parquet

    place = f"{root}/{file}"
    try:
        with _opened(root, file, revision=revision) as stream, parquet.ParquetFile(stream) as packed:
            names = packed.schema_arrow.names
            if columns[0] not in names:
                raise CorpusError(f"{place} has no column {columns[0]}, only {', '.join(names)}; expected that layout.")
            for group in range(packed.num_row_groups):
                size = packed.metadata.row_group(group).num_rows
                if start < size:
                    wanted = [column for column in columns if column in names]
                    for batch in packed.iter_batches(1024, row_groups=[group], columns=wanted):
                        yield from batch.slice(start).to_pylist()
                        start = max(0, start - len(batch))
                else:
                    start -= size
    except pyarrow.ArrowInvalid as error:
        raise CorpusError(f"{place} is not a complete parquet file ({error}): fetch it again.") from error


@contextmanager
def _opened(root: str, file: str, *, revision: str | None) -> Iterator[Any]:
    if revision is None:
        with (Path(root) / file).open("rb") as stream:
            yield stream
        return
    from huggingface_hub import HfFileSystem

    with HfFileSystem().open(f"datasets/{root}@{revision}/{file}", "rb") as stream:
        yield stream
