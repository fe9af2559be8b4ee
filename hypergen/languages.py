"""What a language is called: ISO 639-3 codes, their aliases, macro-languages, families, and near misses.

The table behind it is ``resources/languages.tsv``; its header, ``LANGUAGE_DATA`` and ``resources/NOTICE.md`` say where
it comes from. It is read when first asked for, not when this module is imported.
"""

import csv
import importlib.resources
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from typing import Final

from hypergen.errors import UnknownLanguageError

__all__ = ["LANGUAGE_DATA", "Language", "all_languages", "related"]

LANGUAGE_DATA: Final = (
    "Codes and names: ISO 639-3, SIL International. Glottocodes and families: Glottolog, CC BY 4.0. "
    "Genera: WALS, CC BY 4.0, or inferred from Glottolog's tree and then marked in `Language.genus_source`."
)
"""Where the language table comes from, in one line for a report."""


@dataclass(frozen=True)
class Language:
    """One language: its ISO 639-3 code and what is known about it. ``None`` means unknown, or that there is none.

    ``script`` is the ISO 15924 code given with the language, if one was. ``genus_source`` is ``"WALS"`` or says how the
    genus was inferred.

    Example:
        >>> Language.parse("swh_Latn")  # doctest: +NORMALIZE_WHITESPACE
        Language(iso3='swh', name='Swahili', glottocode='swah1253', family='Atlantic-Congo', genus='Bantu', iso1=None,
                 macrolanguage='swa', script='Latn', genus_source='WALS')
    """

    iso3: str
    name: str
    glottocode: str | None = None
    family: str | None = None
    genus: str | None = None
    iso1: str | None = None
    macrolanguage: str | None = None
    script: str | None = None
    genus_source: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Language":
        """The language a code or an English name means, with the script if one is appended.

        Accepts ISO 639-1, ISO 639-3, bibliographic ISO 639-2 and retired codes, each with or without a script
        (``swh_Latn``, ``swh-Latn``), Glottocodes, and English names; upper and lower case are the same.

        Example:
            >>> Language.parse("sw").iso3, Language.parse("ger").iso3, Language.parse("stan1293").iso3
            ('swa', 'deu', 'eng')
            >>> Language.parse("yucatec maya").iso3
            'yua'

        Raises:
            UnknownLanguageError: nothing, or more than one language, goes by that name; it suggests the nearest.
        """
        words = " ".join(text.split()).lower()
        tables = _tables()
        if words in tables.codes:
            return tables.languages[tables.codes[words]]
        named = tables.names.get(words) or tables.other_names.get(words, ())
        macrolanguages = tuple(code for code in named if code in tables.members)
        named = macrolanguages if len(macrolanguages) == 1 else named
        if len(named) == 1:
            return tables.languages[named[0]]
        match = re.fullmatch(r"(\w+)[-_]([a-z]{4})", words)
        if match is not None and match[1] in tables.codes:
            return replace(tables.languages[tables.codes[match[1]]], script=match[2].title())
        if named:
            choices = ", ".join(f"{code} ({tables.languages[code].name})" for code in named)
            raise UnknownLanguageError(f"{text!r} is the name of several languages: {choices}; give one of these codes")
        near = ", ".join(f"{language.iso3} ({language.name})" for language in _nearest(words))
        raise UnknownLanguageError(
            f"{text!r} is no language hypergen knows (ISO 639-1/639-3 code, Glottocode or English name); "
            + (f"did you mean {near}?" if near else "hypergen languages list shows them")
        )


def all_languages() -> tuple[Language, ...]:
    """Every language in the table, ordered by ISO 639-3 code.

    Example:
        >>> len({language.family for language in all_languages()}) > 200
        True
    """
    return tuple(_tables().languages.values())


def related(iso3: str) -> tuple[str, ...]:
    """The code, its macro-language, and the members of that macro-language: other codes the same text may go by.

    Example:
        >>> related("lvs")
        ('lvs', 'lav', 'ltg')
        >>> related("lav")
        ('lav', 'ltg', 'lvs')
        >>> related("yua")
        ('yua',)

    Raises:
        UnknownLanguageError: the text names no language.
    """
    language = Language.parse(iso3)
    macrolanguage = language.macrolanguage or language.iso3
    family = (language.iso3, macrolanguage, *_tables().members.get(macrolanguage, ()))
    return tuple(dict.fromkeys(family))


@dataclass(frozen=True)
class _Tables:
    """The language table and its indexes: every code, and lower-cased names, to ISO 639-3 codes."""

    languages: dict[str, Language]
    members: dict[str, tuple[str, ...]]
    codes: dict[str, str]
    names: dict[str, tuple[str, ...]]
    other_names: dict[str, tuple[str, ...]]


@cache
def _tables() -> _Tables:
    languages: dict[str, Language] = {}
    aliases: dict[str, str] = {}
    glottocodes: dict[str, str] = {}
    members: dict[str, list[str]] = defaultdict(list)
    names: dict[str, list[str]] = defaultdict(list)
    other_names: dict[str, list[str]] = defaultdict(list)
    for row in _rows():
        code = row.pop("iso3")
        other_codes, others = row.pop("other_codes"), row.pop("other_names")
        name = row.pop("name")
        languages[code] = language = Language(code, name, **{key: value or None for key, value in row.items()})
        aliases |= dict.fromkeys((alias for alias in (*other_codes.split(","), language.iso1) if alias), code)
        if language.glottocode is not None:
            glottocodes.setdefault(language.glottocode, code)
        if language.macrolanguage is not None:
            members[language.macrolanguage].append(code)
        names[name.lower()].append(code)
        for other in filter(None, others.split("|")):
            other_names[other.lower()].append(code)
    return _Tables(
        languages=languages,
        members={code: tuple(found) for code, found in members.items()},
        codes=glottocodes | aliases | {code: code for code in languages},
        names={name: tuple(codes) for name, codes in names.items()},
        other_names={name: tuple(dict.fromkeys(codes)) for name, codes in other_names.items()},
    )


def _rows() -> Iterator[dict[str, str]]:
    path = importlib.resources.files("hypergen") / "resources" / "languages.tsv"
    with path.open(encoding="utf-8") as file:
        lines = (line for line in file if not line.startswith("#"))
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def _nearest(words: str) -> list[Language]:
    """The languages with a code or name most like ``words``: by difflib's ratio, then first letter, then alphabet."""
    tables = _tables()
    matcher = SequenceMatcher(b=words, autojunk=False)
    best: dict[str, tuple[float, bool]] = {}
    floor = 0.5
    codes = ((code, (iso3,)) for code, iso3 in tables.codes.items())
    for spelling, named in (*codes, *tables.names.items(), *tables.other_names.items()):
        matcher.set_seq1(spelling)
        if matcher.real_quick_ratio() < floor or matcher.quick_ratio() < floor or matcher.ratio() < floor:
            continue
        likeness = (matcher.ratio(), spelling[:1] == words[:1])
        best |= {code: max(likeness, best.get(code, likeness)) for code in named}
        if len(best) > 4:
            ranked = sorted(best, key=lambda code: (-best[code][0], not best[code][1], code))[:4]
            best = {code: best[code] for code in ranked}
            floor = best[ranked[-1]][0]
    return [tables.languages[code] for code in best]
