"""Sentences that training data share with what is held back, and training data without them."""

import unicodedata
from collections.abc import Iterable, Sequence

from hypergen.data.tasks.sentences import Sentence, Sentences

__all__ = ["overlaps", "without_overlaps"]


def overlaps(training: Iterable[Sentence], held_back: Iterable[Sentence]) -> int:
    """How many different held-back sentences occur in training too.

    Two sentences are the same if their letters, the vowel signs of many scripts among them, and digits are, whatever
    their case, accents and tones, spaces, punctuation and way of encoding: compared is Unicode's form NFKD.
    """
    keys = {_key(sentence) for sentence in training}
    return len({_key(sentence) for sentence in held_back} & keys - {""})


def without_overlaps(training: Sentences, *held_back: Sentences) -> dict[str, Sequence[Sentence]]:
    """Training data without the sentences that any language holds back; a language may have none left."""
    keys = {_key(each) for sentences in held_back for several in sentences.values() for each in several} - {""}
    return {language: [each for each in several if _key(each) not in keys] for language, several in training.items()}


def _key(sentence: Sentence) -> str:
    text = unicodedata.normalize("NFKD", "".join(sentence.words).casefold())
    return "".join(
        c for c in text if c.isalnum() or (unicodedata.category(c)[0] == "M" and not unicodedata.combining(c))
    )
