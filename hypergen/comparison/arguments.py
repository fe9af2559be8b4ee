"""What a comparison can be told of fitting, and of what is learnt from a language's own text: plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hypergen.comparison.amounts import Amount, in_order
from hypergen.data.objectives import Objective

__all__ = ["LESSONS", "USUAL", "FitArgs", "LessonArgs"]


@dataclass(frozen=True)
class FitArgs:
    """How everything is fitted: so many steps under a rate that falls to zero.

    Stored adapters are stepped by Muon, everything else by AdamW. How many steps on a language's own text is among the
    settings that trials choose from.
    """

    steps: int = 150
    """On a language's own text, of 300 sentences or more, at most; half as many from 30, a quarter below."""
    source_steps: int = 1200
    """Of what is trained on the training languages but a bank, whose adapters take as many as any language's."""
    power: float = 2.0
    """Of the falling rate: with 2, most steps are small ones, and the loss comes to rest."""
    flat: float = 0.005
    """Flat is a loss that moved by less than this share over the last fifth of the steps; a row says if it was not."""
    mask_rate: float = 0.3
    """Share of the tokens to predict in training; held-back text has the usual 15 %."""
    rows: int = 32
    """Blocks a batch where a source is trained on the training languages."""
    languages_per_batch: int = 16
    """Languages in such a batch."""
    rows_of_one: int = 4
    """Blocks a batch of each language where languages are fitted to their own text."""
    together: int = 15
    """How many languages are fitted together, at most, on the leading batch axis."""
    warmup_steps: int = 10
    """Steps of linear warm-up."""

    def steps_on(self, amount: Amount) -> int:
        """The most steps on so much text: few sentences are soon learned by heart.

        Example:
            >>> fit = FitArgs(steps=200)
            >>> fit.steps_on(10), fit.steps_on(50), fit.steps_on("50kB"), fit.steps_on(None)
            (50, 100, 200, 200)
        """
        sentences = in_order(amount)
        parts = 1 if sentences >= 300 else 2 if sentences >= 30 else 4
        return max(1, self.steps // parts)


@dataclass(frozen=True)
class LessonArgs:
    """What a language's own text is, and what is learnt from it, where a method is to differ in that."""

    directory: Path | None = None
    """Files <iso3>_<Script>.txt; by default those that all methods read."""
    objective: Objective = "mlm"
    """What is predicted; tlm-side and tlm-token50 need sentences made of ConceptNet's edges."""
    noise: float = 0.0
    """Share of such sentences that are made false: they end in the end of another."""


USUAL: Final = LessonArgs()
"""What is learnt where no lesson is named: every method's text, by masked-language modelling."""
LESSONS: Final[Mapping[str, LessonArgs]] = {
    name: LessonArgs(objective=name) for name in ("mlm", "flm", "tlm-side", "tlm-token50")
}
"""Those that need not be told: every objective of a masked model, by its name."""
