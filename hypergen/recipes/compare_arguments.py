"""What `hypergen compare` can be told of languages and their text: plain frozen values."""

from dataclasses import dataclass, field
from pathlib import Path

from hypergen.comparison.arguments import LessonArgs
from hypergen.recipes.checks import check_counts

__all__ = ["ArtificialArgs", "ComparedTextArgs"]


@dataclass(frozen=True)
class ArtificialArgs:
    """A world of artificial languages; each seed has words, a backbone and text of its own."""

    generator_languages: int = 80
    """Languages that sources are trained on, besides the backbone's twelve."""
    development_languages: int = 12
    """Languages that everything is chosen on."""
    report_languages: int = 30
    """Languages that nothing is trained or chosen on."""
    seen_languages: int = 6
    """So many of the generator's languages, and of the backbone's, are scored too, without text of their own."""
    sentences: int = 3000
    """All the text that a development or report language has."""
    trained_sentences: int = 1500
    """All the text that a training language has."""
    held_back_sentences: int = 150
    """Held-back text of each language."""
    backbone_sentences: int = 6000
    """Text of each of the backbone's languages for its pretraining."""
    backbone_steps: int = 1600
    """Of the backbone's pretraining."""
    hidden_size: int = 128
    """Of the backbone, three layers."""

    def __post_init__(self) -> None:
        """Check what is counted."""
        counts = {f"artificial.{name}": value for name, value in vars(self).items()}
        check_counts({"artificial.seen_languages": counts.pop("artificial.seen_languages")}, least=0)
        check_counts(counts)


@dataclass(frozen=True)
class ComparedTextArgs:
    """Real text in directories of files <iso3>_<Script>.txt, and who is who."""

    train: Path
    """Text of the training languages."""
    target: Path
    """Text of development and report languages, which methods are given so many sentences of."""
    held_back: dict[str, Path]
    """By domain, text to score on; a document held back in one of them is held back from all training."""
    lessons: dict[str, LessonArgs] = field(default_factory=dict)
    """By the name that methods call it by (mad-x@NAME): other text of development and report languages, or another
    objective. Those named mlm, flm, tlm-side and tlm-token50 learn these from the target's."""
    splits: Path = Path("configs/languages/splits.yaml")
    """Which language is used for what."""
    backbone: str = "hypergen-mini"
    """A name, or a directory."""
    development_languages: int = 12
    """At most so many languages that everything is chosen on: the first of the splits that have text."""
    report_languages: int = 12
    """At most so many languages that nothing is trained or chosen on, taken alike."""
    seen_languages: int = 6
    """So many of the generator's languages, and of the backbone's, are scored too, without text of their own."""
    block_size: int = 128
    """Tokens a block."""
    max_blocks: int = 16
    """Held-back blocks of each language and domain."""
    feature_sets: str = "syntax_knn+phonology_knn+inventory_knn"
    """Typological features, as lang2vec names its sets, joined by +."""

    def __post_init__(self) -> None:
        """Check what is counted."""
        check_counts({"text.seen_languages": self.seen_languages}, least=0)
        counted = ("development_languages", "report_languages", "block_size", "max_blocks")
        check_counts({f"text.{name}": getattr(self, name) for name in counted})
