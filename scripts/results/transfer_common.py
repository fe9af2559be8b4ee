"""What the transfer of tasks has in common among real and among artificial languages."""

from collections.abc import Mapping
from typing import Any, Final

from hypergen.backbones import sites_of
from hypergen.evaluation.transfer import TransferScore

FULL_LR: Final = 1e-3
"""Of full fine-tuning: of 3e-4 and 1e-3 what is better on English development data for POS."""


def last_layer(backbone: Any) -> tuple[str, ...]:
    """Paths of the sites of the last layer, where language adapters do not act in MAD-X 2.0."""
    kept = sites_of(backbone, leave_out=[backbone.config.num_hidden_layers - 1])
    return tuple(site.path for site in sites_of(backbone) if site not in kept)


def row_of(score: TransferScore) -> dict[str, Any]:
    """A score as plain values."""
    numbers: Mapping[str, float] = score.scores
    return {
        "language": score.language,
        "score": round(score.score, 5),
        "scores": {name: round(value, 5) for name, value in numbers.items()},
        "majority": round(score.majority, 5),
        "unknown": round(score.unknown, 5),
        "sentences": score.sentences,
        "words": score.words,
    }
