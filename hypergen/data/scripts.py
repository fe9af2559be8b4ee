"""Which script a text is written in, by the Unicode property of its letters, from the library regex."""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Final

import regex

from hypergen.errors import CorpusError

__all__ = ["main_script", "script_share"]

_WRITTEN: Final = (
    "Latn", "Cyrl", "Arab", "Deva", "Grek", "Hani", "Hira", "Kana", "Hang", "Hebr", "Beng", "Taml", "Telu", "Thai",
    "Ethi", "Geor", "Armn", "Gujr", "Guru", "Knda", "Mlym", "Orya", "Sinh", "Khmr", "Laoo", "Mymr", "Tibt", "Mong",
    "Syrc", "Thaa", "Cher", "Cans", "Copt", "Nkoo", "Tfng", "Olck", "Mtei", "Adlm", "Bugi", "Java", "Bali", "Sund",
    "Lana", "Talu", "Tale", "Tavt", "Yiii", "Bopo", "Vaii", "Bamu", "Lisu", "Limb", "Lepc", "Cakm", "Goth", "Glag",
    "Hmnp", "Rohg",
)  # fmt: skip
"""Scripts that `main_script` tells apart, common ones first."""
_SEVERAL: Final = {
    "Jpan": ("Hira", "Kana", "Hani"),
    "Kore": ("Hang", "Hani"),
    "Hans": ("Hani",),
    "Hant": ("Hani", "Bopo"),
}
"""Scripts that are a mixture, or a part, of those that Unicode knows."""
_LETTER: Final = regex.compile(r"[[\p{L}\p{M}]--[\p{Script=Zyyy}\p{Script=Zinh}]]", regex.V1)
"""Letters and marks but for those of every script."""


def script_share(text: str, script: str) -> float:
    """The share of a text's letters and marks that are of a script; 0 if it has none.

    Args:
        text: any text; digits, signs and marks that every script uses do not count.
        script: ISO 15924, also the mixtures ``Jpan``, ``Kore``, ``Hans`` and ``Hant``.

    Raises:
        CorpusError: no script goes by that code.

    Example:
        >>> script_share("Habari Привет!", "Latn"), script_share("東京タワーへ行く", "Jpan")
        (0.5, 1.0)
    """
    letters = _LETTER.findall(text)
    own = _of_script(script)
    return sum(own.match(letter) is not None for letter in letters) / len(letters) if letters else 0.0


def main_script(texts: Iterable[str]) -> str | None:
    """The script of most letters, where Japanese and its mixture count as one; None without letters.

    Example:
        >>> main_script(["Habari ya asubuhi", "Привет"]), main_script(["東京タワーへ行く"])
        ('Latn', 'Jpan')
    """
    counts: Counter[str] = Counter()
    for text in texts:
        for letter, count in Counter(_LETTER.findall(text)).items():
            counts[_script_of(letter)] += count
    if not counts:
        return None
    top = counts.most_common(1)[0][0]
    kana = counts["Hira"] + counts["Kana"]
    return "Jpan" if top in _SEVERAL["Jpan"] and kana > 0.05 * counts.total() else top


@cache
def _of_script(script: str) -> "regex.Pattern[str]":
    """A letter or mark of a script."""
    try:
        return regex.compile("[" + "".join(rf"\p{{Script={part}}}" for part in _SEVERAL.get(script, (script,))) + "]")
    except regex.error as error:
        raise CorpusError(f"no script goes by {script}; expected a code of ISO 15924, such as Latn or Tfng.") from error


@cache
def _script_of(letter: str) -> str:
    return next((script for script in _WRITTEN if _of_script(script).match(letter)), "Zyyy")
