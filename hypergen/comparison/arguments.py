"""What a comparison can be told of fitting: a plain frozen value."""

from dataclasses import dataclass

__all__ = ["FitArgs"]


@dataclass(frozen=True)
class FitArgs:
    """How everything is fitted: AdamW at a constant rate after the warm-up, until the development loss is flat."""

    max_steps: int = 1000
    """Cap on the steps on a language's own text; a row says where it was reached before the loss was flat."""
    max_source_steps: int = 3000
    """The same for what is trained on the training languages: generators, banks."""
    every: int = 25
    """Steps between measurements of the development loss."""
    flat: float = 0.005
    """Flat is a best loss that fell by less than this share over the last fifth of the steps."""
    rows: int = 64
    """Blocks a batch where a source is trained on the training languages."""
    languages_per_batch: int = 16
    """Languages in such a batch."""
    rows_of_one: int = 8
    """Blocks a batch of each language where languages are fitted to their own text."""
    together: int = 12
    """How many languages are fitted together, at most, on the leading batch axis."""
    warmup_steps: int = 10
    """Steps of linear warm-up."""
