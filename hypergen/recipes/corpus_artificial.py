"""``hypergen corpus artificial``: text and treebanks of languages made from URIEL, and the rules that make them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hypergen.errors import HypergenError

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["artificial"]


def artificial(
    languages: list[str] | None = None,
    *,
    out: Path | None = None,
    sentences: int = 1000,
    seed: int = 0,
    open_names: bool = False,
    rules: bool = False,
) -> None:
    """Write OUT/<iso3>_Latn.txt and OUT/<iso3>_Latn.conllu of artificial languages, whose every regularity is known.

    A language's word order, marking and sounds follow its features in URIEL; its text has nothing else to do with the
    real language. Sentences carry parts of speech, trees, named entities, topic and sentiment.

    Args:
        languages: Codes or names: ``yua``, ``swh``, ``Yucatec Maya``.
        out: The directory to write.
        sentences: How many of each language.
        seed: Of what is talked about.
        open_names: Give persons and towns new names in every sentence, as they have in real text, instead of eight that
            all languages share: entities can then be told by what stands around them alone.
        rules: Print the table of rules instead: which features decide what.
    """
    from rich.console import Console

    console = Console()
    if rules:
        if languages or out is not None:
            raise HypergenError(
                "--rules true prints the table of rules and writes nothing; leave out languages and --out."
            )
        console.print(table_of_rules())
        return
    if not languages or out is None:
        raise HypergenError(
            "name one or more languages and where to write them ('hypergen corpus artificial yua --out DIR'), or give "
            "--rules true for the table of rules."
        )
    from hypergen.data.artificial import ArtificialLanguage
    from hypergen.data.artificial.corpora import write_language
    from hypergen.typology import TypologyTable

    table = TypologyTable.from_uriel()
    named = [ArtificialLanguage.from_table(text, table=table, seed=seed) for text in languages]
    spoken = {each.code: replace(each, open_names=open_names) for each in named}
    for code, language in spoken.items():
        write_language(language, out, num_sentences=sentences)
        console.print(f"[bold]{code}[/]: {sentences:,} sentences, such as '{language.sentence(0).text}'")
    console.print(f"{out} is written; train on it with --text.directory {out}.")


def table_of_rules() -> Table:
    """Which features decide what, and what holds where they are silent."""
    from rich.table import Table

    from hypergen.data.artificial import READ_FEATURES
    from hypergen.data.artificial.table import rule_table

    title = f"{len(READ_FEATURES)} of URIEL's features decide how an artificial language is"
    table = Table("what is decided", "by", "without any of them", title=title)
    for row in rule_table():
        table.add_row(row.about, " ".join(row.features), row.default)
    return table
