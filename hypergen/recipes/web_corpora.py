"""``hypergen corpus glotcc`` and ``hypergen corpus wikipedia``: web text, cleaned, in files of one language each."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from hypergen.data.corpus_writer import Shards, replace_json, write_corpus
from hypergen.data.document_rules import Rules
from hypergen.data.web_shards import glotcc_shards, wikipedia_shards
from hypergen.errors import HypergenError

__all__ = ["glotcc", "wikipedia"]

SETTINGS = "settings.json"


def glotcc(
    *,
    out: Path,
    root: str = "cis-lmu/GlotCC-V1",
    languages: list[str] | None = None,
    rules: Rules = Rules(),
    max_bytes: int = 1_000_000_000,
    max_validation_bytes: int = 200_000_000,
) -> None:
    """Clean web text of GlotCC into OUT/train and OUT/validation; the same command again goes on where it stopped.

    Args:
        out: The directory to write; --text.directory OUT/train then trains on it.
        root: A data set on the hub, or a local directory of the same tree, v1.0/swh-Latn/*.parquet.
        languages: Languages (swh) or languages in a script (swh_Latn); by default all that there are.
        rules: Which documents are kept.
        max_bytes: Cap on a language's training text, in UTF-8 bytes; as published by default.
        max_validation_bytes: Cap on its validation text; 0 writes none.
    """
    settings = {"corpus": "glotcc", "root": root, "languages": languages}
    caps = {"train": max_bytes, "validation": max_validation_bytes}
    several = glotcc_shards(root, only=languages)
    begin(out, settings={**settings, "rules": asdict(rules), "max_bytes": caps})
    write_all(several, out=out, rules=rules, max_bytes=caps)


def wikipedia(
    *,
    out: Path,
    root: str = "wikimedia/wikipedia",
    dump: str = "20231101",
    languages: list[str] | None = None,
    rules: Rules = Rules(),
    max_bytes: int = 1_000_000_000,
    max_validation_bytes: int = 200_000_000,
) -> None:
    """Clean articles of Wikipedia into OUT/train and OUT/validation; the same command again goes on where it stopped.

    Args:
        out: The directory to write; --text.directory OUT/train then trains on it.
        root: A data set on the hub, or a local directory of the same tree, 20231101.sw/*.parquet.
        dump: The date of the dump, as the tree has it.
        languages: Languages (swh) or editions (zh-yue); by default all that there are.
        rules: Which articles are kept.
        max_bytes: Cap on a language's training text, in UTF-8 bytes.
        max_validation_bytes: Cap on its validation text; 0 writes none.
    """
    settings = {"corpus": "wikipedia", "root": root, "dump": dump, "languages": languages}
    caps = {"train": max_bytes, "validation": max_validation_bytes}

    def script_of(language: str) -> str | None:
        known = sorted((out / "progress").glob(f"{language}_*.json"))
        return known[0].stem.split("_")[1] if known else None

    several = wikipedia_shards(root, dump=dump, only=languages, script_of=script_of)
    begin(out, settings={**settings, "rules": asdict(rules), "max_bytes": caps})
    write_all(several, out=out, rules=rules, max_bytes=caps)


def begin(out: Path, *, settings: dict[str, Any]) -> None:
    """Make the directory, or see that it was begun with the same settings.

    Raises:
        HypergenError: It holds something else, or was begun with other settings; or a cap is out of range.
    """
    caps = settings["max_bytes"]
    if caps["train"] < 1 or caps["validation"] < 0:
        raise HypergenError(
            f"max_bytes is {caps['train']} and max_validation_bytes {caps['validation']}; expected at least 1 and 0."
        )
    path = out / SETTINGS
    if path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        if other := sorted(name for name in {*before, *settings} if before.get(name) != settings.get(name)):
            raise HypergenError(
                f"{out} was begun with another value of {', '.join(other)}; give those of {path}, or another --out."
            )
    elif out.exists() and any(not path.name.startswith(".") for path in out.iterdir()):
        raise HypergenError(f"{out} is not empty and was not begun by this command; choose another directory.")
    else:
        replace_json(path, settings)


def write_all(several: Iterable[Shards], *, out: Path, rules: Rules, max_bytes: dict[str, int]) -> None:
    """Write every corpus, say what became of it, and put the whole into OUT/report.json."""
    console = Console()
    report: dict[str, Any] = {}
    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:,} documents"), TimeElapsedColumn())
    with Progress(*columns, transient=True, console=console) as progress:
        task = progress.add_task("", total=None)
        for shards in several:
            progress.reset(task, description=shards.name)
            told = write_corpus(
                shards, out=out, rules=rules, max_bytes=max_bytes, on_row=lambda: progress.advance(task)
            )
            report[shards.name] = told
            console.print(sentence_of(shards.name, told), highlight=False)
    replace_json(out / "report.json", report)
    console.print(f"{out} is written; train on it with --text.directory {out / 'train'}.")


def sentence_of(name: str, told: dict[str, Any]) -> str:
    """What became of a corpus, in a line."""
    kept = [
        f"{side} {told['kept'][side]['documents']:,} ({told['kept'][side]['bytes'] / 1e6:,.1f} MB)"
        for side in told["kept"]
    ]
    dropped = [f"{count:,} {reason}" for reason, count in told["dropped"].items()]
    return f"{name}: {', '.join(kept)} of {told['read']:,} documents; dropped: {', '.join(dropped) or 'none'}"
