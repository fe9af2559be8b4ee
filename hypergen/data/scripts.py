"""Which script a text is written in, told by the Unicode names of its letters."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Final

__all__ = ["main_script", "script_share"]

_SCRIPTS: Final = {
    "ADLAM": "Adlm", "ARABIC": "Arab", "ARMENIAN": "Armn", "BALINESE": "Bali", "BAMUM": "Bamu", "BENGALI": "Beng",
    "BOPOMOFO": "Bopo", "BUGINESE": "Bugi", "CANADIAN": "Cans", "CHAKMA": "Cakm", "CHEROKEE": "Cher", "CJK": "Hani",
    "COPTIC": "Copt", "CYRILLIC": "Cyrl", "DEVANAGARI": "Deva", "ETHIOPIC": "Ethi", "GEORGIAN": "Geor",
    "GLAGOLITIC": "Glag", "GOTHIC": "Goth", "GREEK": "Grek", "GUJARATI": "Gujr", "GURMUKHI": "Guru", "HANGUL": "Hang",
    "HEBREW": "Hebr", "HIRAGANA": "Hira", "JAVANESE": "Java", "KANNADA": "Knda", "KATAKANA": "Kana", "KHMER": "Khmr",
    "LAO": "Laoo", "LATIN": "Latn", "LEPCHA": "Lepc", "LIMBU": "Limb", "LISU": "Lisu", "MALAYALAM": "Mlym",
    "MEETEI": "Mtei", "MONGOLIAN": "Mong", "MYANMAR": "Mymr", "NKO": "Nkoo", "OL": "Olck", "ORIYA": "Orya",
    "SINHALA": "Sinh", "SUNDANESE": "Sund", "SYRIAC": "Syrc", "TAI": "Tale", "TAMIL": "Taml", "TELUGU": "Telu",
    "THAANA": "Thaa", "THAI": "Thai", "TIBETAN": "Tibt", "TIFINAGH": "Tfng", "VAI": "Vaii", "YI": "Yiii",
}  # fmt: skip
"""ISO 15924 by what the name of a letter opens with."""
_SEVERAL: Final = {
    "Jpan": frozenset({"Hira", "Kana", "Hani"}),
    "Kore": frozenset({"Hang", "Hani"}),
    "Hans": frozenset({"Hani"}),
    "Hant": frozenset({"Hani", "Bopo"}),
}
"""Scripts that are a mixture, or a part, of those that letters are named after."""


def script_share(text: str, script: str) -> float:
    """The share of a text's letters and marks that are of a script (ISO 15924); 0 if it has none.

    Example:
        >>> script_share("Habari Привет!", "Latn"), script_share("東京タワーへ行く", "Jpan")
        (0.5, 1.0)
    """
    counts = _counts([text])
    wanted = _SEVERAL.get(script, frozenset({script}))
    total = counts.total()
    return sum(counts[name] for name in wanted) / total if total else 0.0


def main_script(texts: Iterable[str]) -> str | None:
    """The script of most letters, where Japanese and its mixture count as one; None without letters.

    Example:
        >>> main_script(["Habari ya asubuhi", "Привет"]), main_script(["東京タワーへ行く"])
        ('Latn', 'Jpan')
    """
    counts = _counts(texts)
    if not counts:
        return None
    top = counts.most_common(1)[0][0]
    kana = counts["Hira"] + counts["Kana"]
    return "Jpan" if top in _SEVERAL["Jpan"] and kana > 0.05 * counts.total() else top


def _counts(texts: Iterable[str]) -> Counter[str]:
    letters: Counter[str] = Counter()
    for text in texts:
        letters.update(text)
    counts: Counter[str] = Counter()
    for letter, count in letters.items():
        if (script := _script_of(letter)) is not None:
            counts[script] += count
    return counts


@cache
def _script_of(letter: str) -> str | None:
    """The script of a letter or mark; None for all else and for marks of every script."""
    if unicodedata.category(letter)[0] not in "LM":
        return None
    name = unicodedata.name(letter, "").split(" ")[0]
    if name in ("COMBINING", "MODIFIER"):
        return None
    return _SCRIPTS.get(name, "Zyyy")
