"""The lines and documents of one text file, plain or packed; what is wrong with it is said with its byte offset."""

import gzip
import lzma
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from hypergen.data.cleaning import capped, clean_document
from hypergen.errors import CorpusError

__all__ = ["DAMAGE", "has_blank_lines", "text_documents", "text_lines"]

DAMAGE = (EOFError, lzma.LZMAError, gzip.BadGzipFile, zlib.error)


def text_documents(path: Path, *, cut: int | None, max_bytes: int | None) -> Iterator[str]:
    """The cleaned documents of a file, cut every ``cut`` lines or, with ``None``, at blank lines.

    Raises:
        CorpusError: the file is damaged or not UTF-8.
    """
    lines = text_lines(path)
    groups = _paragraphs(lines) if cut is None else iter(lambda: list(islice(lines, cut)), [])
    return capped(map(clean_document, groups), max_bytes=max_bytes)


def has_blank_lines(path: Path) -> bool:
    """Whether a blank line stands between two others; reads the whole file, so that damage anywhere is found.

    Raises:
        CorpusError: the file is damaged or not UTF-8.
    """
    paragraphs, inside = 0, False
    for line in text_lines(path):
        before, inside = inside, bool(line.strip())
        paragraphs += inside and not before
    return paragraphs > 1


def _paragraphs(lines: Iterator[str]) -> Iterator[list[str]]:
    paragraph: list[str] = []
    for line in lines:
        if line.strip():
            paragraph.append(line)
        elif paragraph:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def text_lines(path: Path) -> Iterator[str]:
    """The decoded lines of a plain or packed file, no BOM; they end in a line feed, perhaps after a carriage return.

    Raises:
        CorpusError: the file is damaged or not UTF-8, or its lines end in carriage returns alone.
    """
    offset = 0
    try:
        for line in _byte_lines(path):
            if offset:
                yield line.decode()
            elif b"\r" in line[:-1] and not line.endswith(b"\n"):  # all of the file is one line
                raise CorpusError(
                    f"{path} ends its lines in carriage returns alone, as old Macs did; expected line feeds: convert "
                    r"it, for example with tr '\r' '\n' < FILE > NEW."
                )
            else:
                yield line.decode().removeprefix("\ufeff")
            offset += len(line)
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{path} is not UTF-8 at byte {offset + error.start} (of the unpacked text); expected UTF-8: convert it, "
            f"for example with iconv -t UTF-8, or remove the line."
        ) from error
    except DAMAGE as error:
        raise CorpusError(
            f"{path} is cut short or damaged after {offset} bytes of unpacked text ({error}); expected a complete "
            f"{path.suffix} file: fetch or pack it again."
        ) from error


def _byte_lines(path: Path) -> Iterator[bytes]:
    opener = {".xz": lzma.open, ".gz": gzip.open, ".zst": None}.get(path.suffix, open)
    if opener is None:
        yield from _zst_lines(path)
        return
    with opener(path, "rb") as stream:
        yield from stream


def _zst_lines(path: Path) -> Iterator[bytes]:
    """The lines of a zstandard file; its own reader would take a file that is cut short for a complete one."""
    try:
        import zstandard
    except ImportError as error:
        raise CorpusError(f"{path} needs the package zstandard to be read: pip install zstandard.") from error
    decoder, rest = None, b""
    with path.open("rb") as stream:
        while packed := stream.read(1 << 20):
            while packed:
                decoder = decoder or zstandard.ZstdDecompressor().decompressobj()
                try:
                    *lines, rest = (rest + decoder.decompress(packed)).split(b"\n")
                except zstandard.ZstdError as error:
                    raise EOFError(str(error)) from error
                yield from (line + b"\n" for line in lines)
                packed, decoder = decoder.unused_data, None if decoder.eof else decoder
    if decoder is not None:
        raise EOFError("the last frame has no end")
    if rest:
        yield rest
