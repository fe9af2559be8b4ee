"""Look languages up: who they are, what is known of them, and which others are near."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches

from rich.console import Console
from rich.table import Table

from hypergen.errors import HypergenError
from hypergen.languages import Language, all_languages
from hypergen.typology import MADG_FEATURES, TypologyTable

__all__ = ["list_languages", "show_language"]

_PARTS = {"S_": "syntax", "P_": "phonology", "INV_": "inventory", "F_": "family tree", "GC_": "geography"}
"""What URIEL's feature names begin with."""


def show_language(code: str, *, feature_sets: str = MADG_FEATURES, neighbours: int = 5) -> None:
    """Print who a language is, what is known of its typology, and its nearest languages.

    Args:
        code: ISO 639 code (with or without a script), Glottocode or English name.
        feature_sets: URIEL feature sets joined by +, as a generator would read them.
        neighbours: How many of the nearest languages to print.

    Raises:
        UnknownLanguageError: the code names no language.
        TypologyError: URIEL has no such feature set, or nothing on the language.
        HypergenError: fewer than one neighbour is asked for.
    """
    if neighbours < 1:
        raise HypergenError(f"neighbours is {neighbours}; it is how many of the nearest languages to print, from 1.")
    language = Language.parse(code)
    table = TypologyTable.from_uriel(feature_sets)
    console = Console(highlight=False)
    grid = Table.grid(padding=(0, 2))
    for label, value in (*_identity(language), *_typology(language, table)):
        grid.add_row(f"[bold]{label}[/bold]", value)
    console.print(grid)
    console.print(_neighbours(language, table, k=neighbours))


def list_languages(*, family: str | None = None, genus: str | None = None, min_coverage: float = 0.0) -> None:
    """Print the languages of URIEL with the share of MAD-G's features that was observed.

    Args:
        family: Only this top-level Glottolog family.
        genus: Only this WALS genus.
        min_coverage: Only languages with at least this share of features observed, 0 to 1.

    Raises:
        HypergenError: there is no such family or genus; it suggests near ones. Or the coverage is no share.
    """
    if not 0 <= min_coverage <= 1:
        raise HypergenError(f"min_coverage is {min_coverage:g}; it is a share from 0 to 1: give 0.5 for 50 %.")
    languages = all_languages()
    if family is not None:
        family = _known(family, "family", {language.family for language in languages})
    if genus is not None:
        genus = _known(genus, "genus", {language.genus for language in languages})
    table = TypologyTable.from_uriel()
    vectors = [row.tobytes() for row in table.values]
    num_same = Counter(vectors)
    num_sharing = {code: num_same[vector] - 1 for code, vector in zip(table.languages, vectors, strict=True)}
    coverages = dict(zip(table.languages, table.observed.mean(axis=1).tolist(), strict=True))

    listing = [("code", "name", "family", "genus", "row", "coverage", "shares its vector with")]
    for language in languages:
        if (
            language.iso3 not in coverages
            or family not in (None, language.family)
            or genus not in (None, language.genus)
        ):
            continue
        row = table.row_of(language.iso3)
        if coverages[row] >= min_coverage:
            names = (language.iso3, language.name, language.family or "", language.genus or "", row)
            listing.append((*names, f"{coverages[row]:.0%}", str(num_sharing[row])))
    widths = [max(map(len, column)) for column in zip(*listing, strict=True)]
    lines = ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in listing]
    # Thousands of rows: a rich table would take many seconds.
    Console().out(
        *lines,
        f"{len(lines) - 1} languages; row: the URIEL row used; coverage: features observed, not predicted",
        sep="\n",
        highlight=False,
    )


def _identity(language: Language) -> Iterable[tuple[str, str]]:
    """What the language is called, and its relatives."""
    aliases = [alias for alias in (language.iso1, language.glottocode) if alias is not None]
    source = "" if language.genus_source in (None, "WALS") else f" ({language.genus_source})"
    yield "language", f"{language.name} ({', '.join([language.iso3, *aliases])})"
    if language.script is not None:
        yield "script", language.script
    if language.macrolanguage is not None:
        yield "macro-language", f"{Language.parse(language.macrolanguage).name} ({language.macrolanguage})"
    yield "family", language.family or "unknown"
    yield "genus", (language.genus or "unknown") + source


def _typology(language: Language, table: TypologyTable) -> Iterable[tuple[str, str]]:
    """Which row stands for the language, and how much of it anyone observed."""
    row = table.row_of(language.iso3)
    observed = table.observed[table.languages.index(row)]
    reason = ""
    if row != language.iso3:
        own = table.observed[table.languages.index(language.iso3)].sum() if language.iso3 in table.languages else 0
        reason = (
            f" ({Language.parse(row).name}), which has {observed.sum()} features observed; {language.iso3} has {own}"
        )
    yield "typology row", row + reason
    shares = [f"{table.coverage(language.iso3):.0%} of {len(table.typological.features)} features observed"]
    for prefix, part in _PARTS.items():
        columns = [column for column, feature in enumerate(table.features) if feature.startswith(prefix)]
        if columns:
            shares.append(f"{part} {observed[columns].sum()}/{len(columns)}")
    yield "coverage", ", ".join(shares)
    missing = [feature for feature, seen in zip(table.features, observed, strict=True) if not seen]
    if missing:
        yield "imputed", f"{len(missing)} features ({_some(missing)}): {table.imputation}"
    same = table.duplicates(language.iso3)
    if same:
        yield "warning", f"exactly this vector stands for {len(same)} more ({_some(same)}), which get the same adapter"
    else:
        yield "vector", "shared with no other language"


def _neighbours(language: Language, table: TypologyTable, *, k: int) -> Table:
    """The nearest languages of which anything was observed: the other rows only repeat these."""
    own, table = table.row_of(language.iso3), table.typological
    rows = [row for row, code in enumerate(table.languages) if code == own or table.observed[row].any()]
    well_known = replace(
        table,
        languages=tuple(table.languages[row] for row in rows),
        values=table.values[rows],
        observed=table.observed[rows],
    )
    listing = Table("nearest", "name", "family", "distance", "coverage", box=None)
    for code, distance in well_known.nearest(language.iso3, k=k):
        near = Language.parse(code)
        listing.add_row(code, near.name, near.family or "", f"{distance:g}", f"{table.coverage(code):.0%}")
    return listing


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")


def _known(text: str, kind: str, names: Iterable[str | None]) -> str:
    """The name as the table spells it."""
    spellings = {name.lower(): name for name in names if name is not None}
    if text.lower() in spellings:
        return spellings[text.lower()]
    near = [spellings[name] for name in get_close_matches(text.lower(), sorted(spellings), cutoff=0.5)]
    hint = f"did you mean {', '.join(near)}?" if near else "hypergen languages list shows them"
    raise HypergenError(f"{text!r} is no language {kind} hypergen knows; {hint}")
