"""Sentences that training data share with what is held back, and training data without them."""

from collections.abc import Iterable, Sequence

from hypergen.data.tasks.sentences import Sentence, Sentences

__all__ = ["overlaps", "without_overlaps"]


def overlaps(training: Iterable[Sentence], held_back: Iterable[Sentence]) -> int:
    """How many different held-back sentences occur in training too.

    Two sentences are the same if their letters and digits are, whatever their case, spaces and punctuation.
    """
    keys = {_key(sentence) for sentence in training}
    return len({_key(sentence) for sentence in held_back} & keys - {""})


def without_overlaps(training: Sentences, *held_back: Sentences) -> dict[str, Sequence[Sentence]]:
    """Training data without the sentences that any language holds back; a language may have none left."""
    keys = {_key(each) for sentences in held_back for several in sentences.values() for each in several} - {""}
    return {language: [each for each in several if _key(each) not in keys] for language, several in training.items()}


def _key(sentence: Sentence) -> str:
    return "".join(filter(str.isalnum, "".join(sentence.words).casefold()))
