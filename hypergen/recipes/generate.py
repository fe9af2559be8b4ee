"""``hypergen generate``: adapters for languages, seen in training or not, from a generator bundle."""

from __future__ import annotations

import importlib.resources
from pathlib import Path
from typing import TYPE_CHECKING

from hypergen.errors import BundleError
from hypergen.languages import Language

if TYPE_CHECKING:
    from rich.console import Console

    from hypergen.bundle import Bundle


def generate(
    languages: list[str] | None = None,
    *,
    out: Path,
    bundle: str = "hypergen-mini",
    all: bool = False,
    min_coverage: float = 0.0,
) -> None:
    """Write the adapter of a language (several: of each) as a bundle of its own.

    Args:
        languages: Codes or names: ``yua``, ``swh_Latn``, ``Yucatec Maya``.
        out: The directory to write; with several languages, the directory of their directories.
        bundle: A directory that ``hypergen train`` wrote, or ``hypergen-mini`` for the generator that comes with hypergen.
        all: Every language of the typology instead of named ones.
        min_coverage: With ``all``, only languages of which at least this share of the features was observed (0 to 1).
    """
    from rich.console import Console
    from rich.progress import track

    console = Console()
    loaded = load_bundle(bundle)
    if loaded.generator is None:
        raise BundleError(f"{bundle} holds one adapter, not a generator; give a bundle that 'hypergen train' wrote.")
    table = loaded.typology_table
    if all:
        codes = [code for code in table.languages if table.coverage(code) >= min_coverage]
        size = 4 * loaded.layout.num_parameters * len(codes) / 1e9
        console.print(f"{len(codes)} languages, {size:.1f} GB, to {out}")
        for code in track(codes, description="generating", console=console):
            write_adapter(loaded, code, out / code)
        return
    parsed = [Language.parse(text) for text in languages or ()]
    if not parsed:
        raise BundleError("no language was named; give one or more ('hypergen generate yua --out DIR'), or --all true.")
    for language in parsed:
        table.row_of(language.iso3)
    for language in parsed:
        directory = out if len(parsed) == 1 else out / language.iso3
        write_adapter(loaded, language.iso3, directory)
        report(console, loaded, language, directory)


def load_bundle(bundle: str) -> Bundle:
    """The bundle in a directory, or the shipped one by its name."""
    from hypergen.bundle import Bundle

    shipped = importlib.resources.files("hypergen") / "resources" / "generator-mini"
    return Bundle.load(str(shipped) if bundle == "hypergen-mini" else bundle)


def write_adapter(bundle: Bundle, code: str, directory: Path) -> None:
    """Generate one adapter and save it."""
    from hypergen.bundle import Bundle

    metrics = {"generated_from": bundle.typology_table.row_of(code), "coverage": bundle.typology_table.coverage(code)}
    Bundle.of_adapter(
        bundle.source(code), language=code, backbone=bundle.backbone, typology=bundle.typology, metrics=metrics
    ).save(directory)


def report(console: Console, bundle: Bundle, language: Language, directory: Path) -> None:
    """Say what was written and how far the typology behind it was observed."""
    table = bundle.typology_table
    coverage, row, shared = table.coverage(language.iso3), table.row_of(language.iso3), table.duplicates(language.iso3)
    nearest, distance = table.nearest(language.iso3, k=1, among=bundle.languages)[0]
    console.print(
        f"[bold]{language.iso3}[/] {language.name}: {bundle.layout.num_parameters:,} parameters in {directory}"
    )
    console.print(
        f"  typology of {row}: {coverage:.0%} of {len(table.features)} features observed, {1 - coverage:.0%} imputed from "
        f"neighbours; nearest training language {nearest} (Hamming distance {distance:.0f})"
    )
    if shared:
        console.print(
            f"  [yellow]{len(shared)} other languages have the same vector, so the same adapter[/]: {', '.join(shared[:8])}"
        )
    if coverage == 0:
        console.print("  [yellow]nothing was observed of this language: its vector is its neighbours'[/]")
