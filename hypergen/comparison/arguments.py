"""What a comparison can be told of fitting: a plain frozen value."""

from dataclasses import dataclass

__all__ = ["FitArgs"]


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

    def steps_on(self, sentences: int | None) -> int:
        """The most steps on so many sentences, ``None`` for all there are: few are soon learned by heart.

        Example:
            >>> fit = FitArgs(steps=200)
            >>> fit.steps_on(10), fit.steps_on(50), fit.steps_on(1000), fit.steps_on(None)
            (50, 100, 200, 200)
        """
        parts = 1 if sentences is None or sentences >= 300 else 2 if sentences >= 30 else 4
        return max(1, self.steps // parts)
