"""Which documents of a web corpus are kept: the reasons to drop one, in the order they are tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hypergen.data.scripts import script_share

__all__ = ["COLUMNS", "Rules"]

DROPPED: Final = (
    "adult_signals", "curly_bracket", "danger_chars", "js_warning", "long_word", "lorem_ipsum", "noisy", "repetition",
    "repetition_sent",
)  # fmt: skip
"""Of GlotCC's quality warnings those that say the text is none that a person wrote for a person to read. Short
sentences, lists, headers and footers stay: languages with little text have much of it there."""
COLUMNS: Final = ("quality-warnings", "identification-prob")
"""What the rules look at besides the text; a tree without these columns (Wikipedia) is judged by its text alone."""


@dataclass(frozen=True)
class Rules:
    """What a document must be, to be kept."""

    quality_warnings: list[str] = field(default_factory=lambda: list(DROPPED))
    """A document with one of these warnings is dropped."""
    min_probability: float = 0.5
    """Least probability of the language, as the corpus' own identification has it."""
    min_characters: int = 100
    """Least length after cleaning."""
    min_script_share: float = 0.5
    """Least share of letters in the script of the corpus."""
    near_duplicates: float | None = 0.8
    """A document is dropped if one before it shares so much with it (Jaccard index of runs of five letters, estimated);
    null keeps them all."""

    def why_not(self, document: str, row: Mapping[str, Any], *, script: str) -> str | None:
        """Why a cleaned document is dropped; None if it is not. Near-duplicates are not looked for here.

        Args:
            document: the cleaned text; empty if nothing was left.
            row: what the corpus says of it, by column.
            script: ISO 15924.
        """
        warned = set(row.get("quality-warnings") or ()) & set(self.quality_warnings)
        if warned:
            return f"quality warning {min(warned)}"
        probability = row.get("identification-prob")
        if probability is not None and probability < self.min_probability:
            return "language uncertain"
        if len(document) < max(1, self.min_characters):
            return "too short"
        return "other script" if script_share(document, script) < self.min_script_share else None
