"""From the codes of Wikipedia's editions to ISO 639-3."""

from typing import Final

from hypergen.errors import CorpusError, UnknownLanguageError
from hypergen.languages import Language

__all__ = ["wiki_language"]

_OWN: Final = {
    "als": "gsw", "bat-smg": "sgs", "be-x-old": "bel", "bh": "bho", "cbk-zam": "cbk", "eml": "egl", "fiu-vro": "vro",
    "map-bms": "jav", "mo": "ron", "nah": "nci", "nds-nl": "nds", "nrm": "nrf", "roa-rup": "rup", "roa-tara": "nap",
    "sh": "hbs", "simple": "eng", "zh-classical": "lzh", "zh-min-nan": "nan", "zh-yue": "yue",
}  # fmt: skip
"""Codes that are not ISO's, or mean another language than there (``als`` is ISO's Tosk Albanian, ``nrm`` Narom)."""
_STANDARD: Final = {
    "ar": "arb", "ay": "ayr", "az": "azj", "et": "ekk", "fa": "pes", "gn": "gug", "iu": "ike", "ku": "kmr", "kv": "kpv",
    "lv": "lvs", "mg": "plt", "mn": "khk", "ms": "zsm", "ne": "npi", "no": "nob", "om": "gaz", "or": "ory", "ps": "pbt",
    "qu": "quz", "sq": "als", "sw": "swh", "uz": "uzn", "yi": "ydd", "za": "zyb", "zh": "cmn",
}  # fmt: skip
"""Macro-languages whose edition is written in one of their members, as GlotCC and FLORES name it."""


def wiki_language(code: str) -> str:
    """The ISO 639-3 code of an edition's language; several editions may be of one (``be`` and ``be-x-old``).

    Example:
        >>> [wiki_language(code) for code in ("sw", "yua", "zh-yue", "als", "sq")]
        ['swh', 'yua', 'yue', 'gsw', 'als']

    Raises:
        CorpusError: no language goes by that code.
    """
    if code in _OWN or code in _STANDARD:
        return _OWN.get(code) or _STANDARD[code]
    try:
        return Language.parse(code).iso3
    except UnknownLanguageError as error:
        raise CorpusError(
            f"No language is known for the Wikipedia edition {code!r}; leave it out, or add it to hypergen's table."
        ) from error
