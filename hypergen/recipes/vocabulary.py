"""``hypergen corpus vocabulary``: how much of each language's text a backbone's vocabulary cannot say."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from hypergen.recipes.arguments import TextArgs
from hypergen.recipes.checks import check_writable_file
from hypergen.recipes.parts import corpora_of
from hypergen.recipes.quiet import quiet
from hypergen.shipped import BACKBONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypergen.data.pieces import Coverage
    from hypergen.evaluation.tables import Table

DOUBTFUL = 0.05
"""Above this share of [UNK] masked-language-model numbers of a language say little."""


def vocabulary(*, text: TextArgs = TextArgs(), backbone: str = BACKBONE, out: Path | None = None) -> None:
    """Print the share of [UNK] in each language's text, most first; ``hypergen extend`` adds what is missing.

    Args:
        text: Which text; of the options only those that choose text are used.
        backbone: Whose vocabulary: a name or a directory; its weights are not needed.
        out: A JSON file to write the shares to as well.
    """
    from rich.console import Console
    from rich.progress import track

    from hypergen.backbones import load_tokenizer
    from hypergen.data.pieces import coverage
    from hypergen.evaluation.report import provenance, write_json_atomically
    from hypergen.evaluation.tables import rich_table

    check_writable_file(out)
    console = Console()
    corpora = {corpus.name: corpus for several in corpora_of(text).values() for corpus in several}
    with quiet():
        tokenizer = load_tokenizer(backbone)
        found = {
            name: coverage((line for d in corpus.documents() for line in d.split("\n")), tokenizer=tokenizer)
            for name, corpus in track(corpora.items(), "tokenising", console=console, transient=True)
        }
    console.print(rich_table(table_of(found, backbone=backbone)))
    if many := [name for name, each in found.items() if each.unknown_share > DOUBTFUL]:
        console.print(f"[yellow]More than {DOUBTFUL:.0%} [UNK]: {', '.join(many)}; 'hypergen extend' adds pieces.[/]")
    if out is not None:
        rows = [
            {"name": name, **asdict(each), "unknown_share": each.unknown_share, "lost_share": each.lost_share}
            for name, each in found.items()
        ]
        told = {"text": asdict(text), "backbone": backbone}
        command = f"hypergen corpus vocabulary --config {shlex.quote(json.dumps(told, default=str))}"
        write_json_atomically(out, {**provenance(seeds=[], command=command), "rows": rows})


def table_of(found: Mapping[str, Coverage], *, backbone: str) -> Table:
    """A row for each corpus, the one with most [UNK] first."""
    from hypergen.evaluation.tables import Table

    header = ("text", "characters", "pieces", "[UNK] of pieces", "characters lost", "characters a piece")
    rows = tuple(
        (name, f"{each.characters:,}", f"{each.pieces:,}", f"{each.unknown_share:.2%}", f"{each.lost_share:.2%}",
         f"{each.characters / max(1, each.pieces):.2f}")
        for name, each in sorted(found.items(), key=lambda item: (-item[1].unknown_share, item[0]))
    )  # fmt: skip
    return Table(f"What the vocabulary of {backbone} cannot say", header, rows)
