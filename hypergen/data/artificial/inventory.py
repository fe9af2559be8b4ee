"""The common stock of sounds: segments and marks, and the features of an inventory that each of them needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["MARKS", "SEGMENTS", "STRUCTURE", "Mark", "Segment"]


@dataclass(frozen=True)
class Segment:
    """A consonant or vowel of the common stock: written ``letter`` where ``needs`` hold, else as ``instead``."""

    letter: str
    instead: str
    """The segment that takes its place; its own letter if there is none (the stock's last resort)."""
    needs: tuple[str, ...]
    """Features that must all be 1."""
    weight: int = 2
    """How often roots are made with it, relative to others."""

    @property
    def is_vowel(self) -> bool:
        """Whether it is the core of a syllable."""
        return self.letter in _VOWELS


@dataclass(frozen=True)
class Mark:
    """A modifier letter that follows some segments of a root where ``needs`` holds, and is not written elsewhere."""

    sign: str
    needs: str
    carriers: str
    """The letters of the segments that may carry it."""
    weight: int = 2
    """How many in a hundred of its carriers do, of those that bear no earlier mark."""


_VOWELS: Final = frozenset("aeiouɛɔyøœæəɨɪʊʏɑɒɐʌɤɵʉɯɜ")
_INV: Final = "INV_"


def _segments() -> dict[str, Segment]:
    """letter instead weight features; INV_ is left out of a name unless it begins with P_."""
    table = """
    a a 14 -
    o o 9 -
    i e 12 CLOSE_FRONT_UNROUNDED_VOWEL
    u o 11 CLOSE_BACK_ROUNDED_VOWEL
    e ɛ 10 CLOSE_MID_FRONT_UNROUNDED_VOWEL
    ɛ a 4 OPEN_MID_FRONT_UNROUNDED_VOWEL
    ɔ o 5 OPEN_MID_BACK_ROUNDED_VOWEL
    ɪ i 4 CLOSE_CLOSE_MID_HIGH_FRONT_UNROUNDED_VOWEL
    ə a 4 MID_CENTRAL_UNROUNDED_VOWEL
    ʊ u 4 TENSE_MINUS_TENSE
    ɜ ə 2 HI_MINUS_HI
    y i 3 CLOSE_FRONT_ROUNDED_VOWEL P_FRONT_ROUND_VOWELS
    ø e 2 CLOSE_MID_FRONT_ROUNDED_VOWEL
    œ ɛ 1 OPEN_MID_FRONT_ROUNDED_VOWEL P_FRONT_ROUND_VOWELS
    æ a 3 OPEN_OPEN_MID_FRONT_UNROUNDED_VOWEL
    ɑ a 1 OPEN_BACK_UNROUNDED_VOWEL
    ɯ u 1 CLOSE_BACK_UNROUNDED_VOWEL
    ɨ i 1 CLOSE_CENTRAL_UNROUNDED_VOWEL
    ɒ ɔ 1 OPEN_BACK_ROUNDED_VOWEL
    ɐ a 1 OPEN_OPEN_MID_CENTRAL_UNROUNDED_VOWEL
    ʌ ɔ 1 OPEN_MID_BACK_UNROUNDED_VOWEL
    ɤ o 1 CLOSE_MID_BACK_UNROUNDED_VOWEL
    ɵ ø 1 CLOSE_MID_CENTRAL_ROUNDED_VOWEL
    ʉ u 1 CLOSE_CENTRAL_ROUNDED_VOWEL
    ʏ y 1 CLOSE_CLOSE_MID_HIGH_FRONT_ROUNDED_VOWEL
    t t 14 -
    k t 12 VOICELESS_VELAR_PLOSIVE
    p t 11 VOICELESS_BILABIAL_PLOSIVE P_BILABIALS
    b p 5 VOICED_BILABIAL_PLOSIVE P_VOICED_PLOSIVES
    d t 6 VOICED_ALVEOLAR_PLOSIVE P_VOICED_PLOSIVES
    g k 5 P_VOICED_PLOSIVES P_VOICE
    c k 3 VOICELESS_PALATAL_PLOSIVE
    ɟ g 1 VOICED_PALATAL_PLOSIVE
    q k 1 VOICELESS_UVULAR_PLOSIVE
    ɢ q 1 P_UVULAR_STOPS
    ʈ t 1 VOICELESS_RETROFLEX_PLOSIVE
    ɖ d 1 VOICED_RETROFLEX_PLOSIVE
    ʔ k 5 GLOTTAL_PLOSIVE
    ŧ t 5 PLACE_DENTAL
    ɓ b 1 VOICED_BILABIAL_IMPLOSIVE
    ɗ d 1 VOICED_ALVEOLAR_IMPLOSIVE
    ɠ g 1 P_IMPLOSIVES
    f p 5 VOICELESS_LABIODENTAL_FRICATIVE P_FRICATIVES
    v b 5 VOICED_LABIODENTAL_FRICATIVE P_VOICED_FRICATIVES
    ɸ f 1 VOICELESS_BILABIAL_FRICATIVE
    β v 1 VOICED_BILABIAL_FRICATIVE
    s t 12 VOICELESS_ALVEOLAR_FRICATIVE P_FRICATIVES
    z s 5 CONT_VD_VLESS P_VOICED_FRICATIVES
    ʃ s 5 VOICELESS_POSTALVEOLAR_FRICATIVE
    ʒ z 4 VOICED_POSTALVEOLAR_FRICATIVE
    ʂ ʃ 1 VOICELESS_RETROFLEX_FRICATIVE
    ʐ ʒ 1 VOICED_RETROFLEX_FRICATIVE
    ɕ ʃ 1 VOICELESS_ALVEOPALATAL_FRICATIVE
    ç ʃ 1 VOICELESS_PALATAL_FRICATIVE
    ʝ ɟ 1 VOICED_PALATAL_FRICATIVE
    x k 4 VOICELESS_VELAR_FRICATIVE
    ɣ g 3 VOICED_VELAR_FRICATIVE
    ʁ ɣ 2 VOICED_UVULAR_FRICATIVE
    χ x 3 P_UVULAR_CONTINUANTS
    h k 5 VOICELESS_GLOTTAL_FRICATIVE
    ɦ h 1 VOICED_GLOTTAL_FRICATIVE
    ħ x 1 VOICELESS_PHARYNGEAL_FRICATIVE
    ʕ ʔ 1 VOICED_PHARYNGEAL_FRICATIVE P_PHARYNGEALS
    θ s 1 VOICELESS_DENTAL_FRICATIVE P_TH
    ð z 1 VOICED_DENTAL_FRICATIVE
    ɬ l 1 VOICELESS_ALVEOLAR_LATERAL_FRICATIVE
    ɮ l 1 P_LATERAL_OBSTRUENTS
    ʧ ʃ 3 PLACE_PALATOALVEOLAR
    ʣ z 3 OBS_VD_VLESS
    m b 12 BILABIAL_NASAL P_NASALS
    n d 12 ALVEOLAR_NASAL P_NASALS
    ɲ n 5 PALATAL_NASAL
    ŋ n 5 VELAR_NASAL
    ɳ n 1 RETROFLEX_NASAL
    ɴ ŋ 1 UVULAR_NASAL
    ɱ m 1 LABIODENTAL_NASAL
    l n 11 ALVEOLAR_LATERAL_APPROXIMANT P_LATERALS P_LATERAL_L
    ʎ l 1 PALATAL_LATERAL_APPROXIMANT
    ɭ l 1 VOICED_RETROFLEX_LATERAL_APPROXIMANT
    r l 6 ALVEOLAR_TRILL
    ɾ r 3 ALVEOLAR_TAP
    ɽ ɾ 1 RETROFLEX_FLAP
    ɻ r 1 RETROFLEX_APPROXIMANT
    ɹ r 1 ALVEOLAR_APPROXIMANT
    ʀ r 1 UVULAR_TRILL
    j l 6 PALATAL_APPROXIMANT
    w b 6 VOICED_LABIAL_VELAR_APPROXIMANT
    ʋ w 4 LABIODENTAL_APPROXIMANT
    ɥ j 1 VOICED_LABIAL_PALATAL_APPROXIMANT
    ʍ w 1 VOICELESS_LABIO_VELAR_FRICATIVE
    ǃ k 1 P_CLICKS
    """
    segments = {}
    for line in table.strip().splitlines():
        letter, instead, weight, *needs = line.split()
        names = tuple(name if name.startswith("P_") else _INV + name for name in needs if name != "-")
        segments[letter] = Segment(letter, instead, names, int(weight))
    return segments


SEGMENTS: Final[Mapping[str, Segment]] = _segments()
"""The common stock by letter. Every chain of ``instead`` ends at ``t``, ``a`` or ``o``, which no feature takes away."""
MARKS: Final = (
    Mark("ʰ", "INV_CONS_ASP", "ptkcqʧ", 20),
    Mark("ʷ", "INV_PLACE_LABIOVELARIZED_VELAR", "kgx", 20),
    Mark("ʲ", "INV_PLACE_PALATALIZED_VELAR", "kgx", 15),
    Mark("ᵖ", "P_LABIAL_VELARS", "kg", 10),
    Mark("ʼ", "P_EJECTIVES", "ptk", 10),
    Mark("ˀ", "P_GLOTTALIZED_RESONANTS", "mnlrwj", 10),
    Mark("ᵊ", "INV_VELAR_UVULAR", "hxʔ", 25),
    Mark("ˢ", "INV_APICICAL_LAMIMANL", "td", 20),
    Mark("ː", "P_LONG_VOWELS", "aiueo", 20),
    Mark("ˊ", "P_TONE", "aiueoɛɔ", 22),
    Mark("ˋ", "P_TONE", "aiueoɛɔ", 12),
    Mark("ⁿ", "P_NASAL_VOWELS", "aeioɛɔ", 15),
    Mark("ᵑ", "INV_NASAL_MINUS_NASAL", "aiu", 15),
    Mark("ᶦ", "INV_VOW_10_MORE", "aeouɔ", 15),
    Mark("ᵘ", "INV_ROUND_MINUS_ROUND", "ieɛa", 12),
    Mark("ᵃ", "INV_LO_MINUS_LO", "iuoeə", 12),
)
"""Secondary articulations, length, tone, nasality and off-glides."""
STRUCTURE: Final[Mapping[str, tuple[str, str]]] = {
    "P_CODAS": ("whether a syllable may end in a consonant", "its vowel follows"),
    "P_COMPLEX_CODAS": ("whether it may end in two", "the second is dropped"),
    "P_COMPLEX_ONSETS": ("whether it may begin with two", "its vowel stands between them"),
    "P_VELAR_NASAL": ("whether words may begin with ŋ, together with the next", "n"),
    "P_VELAR_NASAL_INITIAL": ("whether words may begin with ŋ", "n"),
}
"""Features of syllables and word beginnings: what is decided, and what holds without."""
