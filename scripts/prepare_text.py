"""Sort the raw text of ``HYPERGEN_DATA`` by licence and by domain, as directories that ``text_corpora`` reads.

    python scripts/prepare_text.py --data "$HYPERGEN_DATA" --out runs/text

Writes ``open/`` (rows without non-commercial terms: all that is ever trained on), ``all/`` (every row, for
evaluation), and one directory a domain (``bible/``, ``seed/``, ``news/``, ``treebank/``: every row of that domain, to
control for domain). The text of each row of the manifest is cut into documents of 50 consecutive lines, a blank line
after each, so that a document lies in the same split wherever it occurs.
"""

import argparse
import csv
import lzma
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from rich.progress import track

DOCUMENT_LINES = 50
DOMAINS = {  # what a row's column "source" starts with
    "christos-c/bible-corpus": "bible",
    "BibleNLP/ebible-corpus": "bible",
    "nltk/nltk_data": "bible",
    "openlanguagedata/seed": "seed",
    "masakhane-io/lafand-mt": "news",
    "UD_": "treebank",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write every directory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, help="the data directory: text/ and text/manifest.tsv in it"
    )
    parser.add_argument("--out", type=Path, required=True, help="where the directories go")
    args = parser.parse_args(arguments)
    with (args.data / "text" / "manifest.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    names = sorted({f"{row['iso3']}_{row['script']}" for row in rows})
    for name in track(names, description="sorting text"):
        own = [row for row in rows if f"{row['iso3']}_{row['script']}" == name]
        texts: dict[str, list[str]] = {}
        for row, lines in zip(own, lines_of(args.data / "text" / f"{name}.txt.xz", own), strict=True):
            for directory in directories_of(row):
                texts.setdefault(directory, []).extend("".join(lines) for lines in batched_lines(lines))
        for directory, documents in texts.items():
            path = args.out / directory / f"{name}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(".partial")
            beside.write_text("\n".join(documents), encoding="utf-8")
            beside.replace(path)


def directories_of(row: Mapping[str, str]) -> list[str]:
    """The directories a row of the manifest belongs to."""
    domain = next((domain for start, domain in DOMAINS.items() if row["source"].startswith(start)), None)
    if domain is None:
        raise ValueError(f"no domain is known for the source {row['source']!r} of the manifest; add it to DOMAINS.")
    return ["all", domain] if non_commercial(row) else ["open", "all", domain]


def non_commercial(row: Mapping[str, str]) -> bool:
    """Whether the row's licence forbids commercial use."""
    return "NC" in row["licence"]


def lines_of(path: Path, rows: Sequence[Mapping[str, str]]) -> Iterator[list[str]]:
    """The lines of each row: a file holds the text of its rows one after the other, in the manifest's order."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for row in rows:
            yield list(islice(file, int(row["lines"])))


def batched_lines(lines: list[str]) -> Iterator[list[str]]:
    """Documents of ``DOCUMENT_LINES`` consecutive lines."""
    for start in range(0, len(lines), DOCUMENT_LINES):
        yield lines[start : start + DOCUMENT_LINES]


if __name__ == "__main__":
    main()
