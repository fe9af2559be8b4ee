"""``hypergen corpus conceptnet``: sentences made of ConceptNet's edges, as text to train on."""

from pathlib import Path
from typing import Any, Final, Literal

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from hypergen.data.conceptnet_corpus import SPLITS, Selection, write_conceptnet
from hypergen.data.conceptnet_wordings import predicates
from hypergen.data.corpora import corpus_name
from hypergen.errors import CorpusError
from hypergen.languages import Language

__all__ = ["PUBLISHED", "conceptnet"]

PUBLISHED: Final = {
    "amh_Ethi": "am", "uzn_Latn": "uz", "sun_Latn": "su", "cym_Latn": "cy", "mar_Deva": "mr", "tel_Telu": "te",
    "ckb_Arab": "ku", "mkd_Cyrl": "mk", "ben_Beng": "bn", "kat_Geor": "ka", "slk_Latn": "sk", "ell_Grek": "el",
    "tha_Thai": "th", "azj_Latn": "az", "lvs_Latn": "lv", "slv_Latn": "sl", "heb_Hebr": "he", "ron_Latn": "ro",
    "dan_Latn": "da", "urd_Arab": "ur", "sin_Sinh": "si", "yor_Latn": "yo", "swh_Latn": "sw", "uig_Arab": "ug",
    "bod_Tibt": "bo", "mlt_Latn": "mt", "jav_Latn": "jv", "npi_Deva": "ne", "zsm_Latn": "ms", "bul_Cyrl": "bg",
}  # fmt: skip
"""The languages of Gurgurov et al. (2025), with ConceptNet's codes. Its ``ku`` is mostly Kurmanji; they took it so."""


def conceptnet(
    source: str,
    *,
    out: Path,
    languages: list[str] | None = None,
    triples: Literal["start", "either"] = "start",
    relations: list[str] | None = None,
    num_predicates: Literal[12, 33] = 33,
    wording: Literal["published", "corrected"] = "corrected",
    as_published: bool = False,
    min_weight: float = 0.0,
    validation_share: float = 0.1,
    test_share: float = 0.1,
    max_triples: int | None = None,
    noise: float = 0.0,
    seed: int = 42,
) -> None:
    """Turn ConceptNet's edges into sentences: OUT/train, OUT/validation and OUT/test, with the edges in OUT/edges.

    Args:
        source: The assertions of ConceptNet 5.7, .csv, .csv.gz or .csv.xz: a file, or an address.
        out: The directory to write; --text.conceptnet OUT/train then trains on it.
        languages: Names such as uig_Arab, or uig_Arab=ug where ConceptNet's code is to be given; by default the 30 of
            Gurgurov et al. (2025).
        triples: Edges that start in the language (2025), or those with either end in it (2024).
        relations: Only these, such as [IsA, Synonym]; by default all that have a wording.
        num_predicates: The table of wordings: 33 (2025) or 12 (2024).
        wording: As published, or with the six that run against ConceptNet's direction turned round.
        as_published: Take the last part of a URI for the word, which the original code does, instead of the word.
        min_weight: Drop edges of a lower weight.
        validation_share: Share of the pairs of words.
        test_share: Share of the pairs of words.
        max_triples: The most training sentences of each language, drawn at random; fewer are among more.
        noise: Share of the training sentences that are made false: they end in another edge's end. OUT/edges keeps
            the edge as it was beside the sentence.
        seed: Of the splits and the noise.
    """
    console = Console()
    selection = Selection(
        languages=dict(map(named, PUBLISHED if languages is None else languages)),
        predicates=chosen(predicates(num_predicates, wording=wording), relations=relations),
        triples=triples,
        min_weight=min_weight,
        validation_share=validation_share,
        test_share=test_share,
        seed=seed,
        as_published=as_published,
        max_triples=max_triples,
        noise=noise,
    )
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} lines"), TimeElapsedColumn())
    with Progress(*columns, transient=True, console=console) as progress:
        task = progress.add_task("reading", total=None)
        report = write_conceptnet(
            source, out=out, selection=selection, on_line=lambda number: progress.update(task, completed=number)
        )
    console.print(table_of(report))
    malformed = report["malformed"]
    if malformed["lines"]:
        shown = ", ".join(map(str, malformed["first"]))
        console.print(f"{malformed['lines']:,} of {report['lines']:,} lines are malformed and left out: {shown} ...")
    console.print(f"{out} is written; train on it with --text.conceptnet {out / 'train'}.")


def named(entry: str) -> tuple[str, str]:
    """The name of a corpus and ConceptNet's code of its language, from ``uig_Arab`` or ``uig_Arab=ug``.

    Without a code: the one of the table of 30, else the ISO 639-1 code of the language or of its macro-language, which
    is how ConceptNet names most, else the ISO 639-3 code.

    Raises:
        CorpusError: the name is not of this form, or of no language.

    Example:
        >>> named("zsm_Latn"), named("ekk_Latn"), named("ace_Latn"), named("ckb_Arab=ckb")
        (('zsm_Latn', 'ms'), ('ekk_Latn', 'et'), ('ace_Latn', 'ace'), ('ckb_Arab', 'ckb'))
    """
    name, _, code = entry.partition("=")
    iso3, _ = corpus_name(name, place="an entry of languages")
    if code or name in PUBLISHED:
        return name, code or PUBLISHED[name]
    language = Language.parse(iso3)
    above = None if language.macrolanguage is None else Language.parse(language.macrolanguage).iso1
    return name, language.iso1 or above or iso3


def chosen(wordings: dict[str, str], *, relations: list[str] | None) -> dict[str, str]:
    """The wordings of the relations that were asked for.

    Raises:
        CorpusError: there is none for one of them.
    """
    if relations is None:
        return wordings
    if unknown := [relation for relation in relations if relation not in wordings]:
        raise CorpusError(
            f"there is no wording for the relation {unknown[0]}; there are {', '.join(sorted(wordings))}."
        )
    return {relation: wordings[relation] for relation in relations}


def table_of(report: dict[str, Any]) -> Table:
    """What was made of each language's edges."""
    table = Table("language", "edges", *SPLITS, "dropped", title="Sentences of ConceptNet")
    for name, told in report["languages"].items():
        dropped = ", ".join(f"{count:,} {reason}" for reason, count in told["dropped"].items())
        table.add_row(name, f"{told['edges']:,}", *(f"{told['sentences'][split]:,}" for split in SPLITS), dropped)
    return table
