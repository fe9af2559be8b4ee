"""``hypergen generate``: adapters for languages, seen in training or not, from a generator bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hypergen.errors import BundleError, HypergenError, UnknownLanguageError
from hypergen.languages import Language
from hypergen.recipes.checks import check_new_directory
from hypergen.shipped import GENERATOR

if TYPE_CHECKING:
    from rich.console import Console

    from hypergen.bundle import Bundle
    from hypergen.typology import TypologyTable

LITTLE: Final = 0.2
"""The share of features observed below which a warning is given."""


def generate(
    languages: list[str] | None = None,
    *,
    out: Path,
    bundle: str = GENERATOR,
    all: bool = False,
    min_coverage: float = 0.0,
) -> None:
    """Write the adapter of a language (several: of each) as a bundle of its own.

    Args:
        languages: Codes or names: ``yua``, ``swh_Latn``, ``Yucatec Maya``.
        out: The directory to write; with several languages, the directory of their directories.
        bundle: A directory that ``hypergen train`` wrote, or ``generator-mini``, which comes with hypergen.
        all: Every language of the typology instead of named ones.
        min_coverage: With ``all``, only languages of which at least this share of features was observed (0 to 1).
    """
    from rich.console import Console
    from rich.progress import track

    from hypergen.bundle import Bundle

    if all is bool(languages):
        raise HypergenError(
            "name one or more languages ('hypergen generate yua --out DIR'), or give --all true instead."
        )
    if not 0 <= min_coverage <= 1 or (min_coverage and not all):
        raise HypergenError(f"min_coverage is {min_coverage}; it is a share from 0 to 1, and goes with --all true.")
    console = Console()
    loaded = Bundle.load(bundle)
    if loaded.generator is None:
        raise BundleError(f"{bundle} holds one adapter, not a generator; give a bundle that 'hypergen train' wrote.")
    table = loaded.typology_table
    if all:
        codes = [code for code in table.languages if table.coverage(code) >= min_coverage]
        if not codes:
            raise HypergenError(f"no language has {min_coverage:.0%} of its features observed; lower --min_coverage.")
    else:
        codes = list(dict.fromkeys(code_of(text, table=table) for text in languages or ()))
    directories = {code: out / code if all or len(codes) > 1 else out for code in codes}
    for directory in directories.values():
        check_new_directory(directory)
    if all:
        size = 4 * loaded.layout.num_parameters * len(codes) / 1e9
        console.print(f"{len(codes):,} languages, {size:.2f} GB, to {out}")
        for code, directory in track(directories.items(), "generating", total=len(codes), console=console):
            write_adapter(loaded, code, directory=directory)
        report_all(console, table, codes)
        return
    for code, directory in directories.items():
        write_adapter(loaded, code, directory=directory)
        report(console, loaded, code, directory=directory)


def code_of(text: str, *, table: TypologyTable) -> str:
    """The code of the language that is meant, one that the table has typology for.

    Raises:
        UnknownLanguageError: If no language goes by that name; it suggests the nearest.
        TypologyError: If the table has no row for it; it names relatives that have.
    """
    code = text if text in table.languages else Language.parse(text).iso3  # invented languages are the table's alone
    table.row_of(code)
    return code


def write_adapter(bundle: Bundle, code: str, *, directory: Path) -> None:
    """Generate one adapter and save it."""
    from hypergen.bundle import Bundle

    table = bundle.typology_table
    metrics = {
        "generated_from": table.row_of(code), "generated_by": bundle.fingerprint,
        "coverage": table.coverage(code), **text_of(bundle),
    }  # fmt: skip
    Bundle.of_adapter(
        bundle.source(code),
        language=code,
        backbone=bundle.backbone,
        typology=bundle.typology,
        patch=bundle.patch,
        vocabulary=bundle.vocabulary,
        metrics=metrics,
    ).save(directory)


def text_of(bundle: Bundle) -> dict[str, Any]:
    """What its generator was trained on, as far as the bundle says: for those made of it."""
    learnt = {"text": bundle.metrics["text"]} if "text" in bundle.metrics else {}
    return {**learnt, "text_languages": list(bundle.languages)} if bundle.generator else learnt


def report(console: Console, bundle: Bundle, code: str, *, directory: Path) -> None:
    """Say what was written and how far the typology behind it was observed."""
    table = bundle.typology_table
    coverage, row, shared = table.coverage(code), table.row_of(code), table.duplicates(code)
    console.print(f"[bold]{code}[/] {name_of(code)}: {bundle.layout.num_parameters:,} parameters in {directory}")
    besides = len(table.features) - len(table.typological.features)
    console.print(
        f"  typology of {row}: {coverage:.0%} of {len(table.typological.features)} features observed, "
        f"{1 - coverage:.0%} imputed ({table.imputation})" + ("; besides, its family and place" if besides else "")
    )
    twins = [language for language in bundle.languages if table.row_of(language) == row]
    if code in bundle.languages:
        console.print("  the generator was trained on text of this language")
    elif twins:
        console.print(f"  the generator was trained on text of {', '.join(twins)}, which has the same row")
    elif bundle.languages:
        nearest, distance = table.typological.nearest(code, k=1, among=bundle.languages)[0]
        console.print(
            f"  never seen in training; nearest training language {nearest} {name_of(nearest)}, "
            f"{distance:.0f} features differ"
        )
    if shared:
        console.print(
            f"  [yellow]languages with the same vector, so the same adapter[/]: {', '.join(shared[:8])}"
            + (f" and {len(shared) - 8} more" if len(shared) > 8 else "")
        )
    if coverage == 0:
        console.print("  [yellow]nothing was observed of this language: its vector is all imputed[/]")
    elif coverage < LITTLE:
        console.print("  [yellow]little was observed of this language: its vector is mostly its relatives'[/]")


def report_all(console: Console, table: TypologyTable, codes: list[str]) -> None:
    """Say how far the typology behind many adapters was observed."""
    shares = sorted(table.coverage(code) for code in codes)
    unobserved = sum(share == 0 for share in shares)
    console.print(
        f"{len(codes):,} adapters are written; features observed: median {shares[len(shares) // 2]:.0%}, "
        f"none at all for {unobserved:,} languages"
    )


def name_of(code: str) -> str:
    """The language's English name; nothing for an invented one."""
    try:
        return Language.parse(code).name
    except UnknownLanguageError:
        return ""
