"""What is done to labels of entities: types left out, and beginnings repaired."""

from collections.abc import Collection
from dataclasses import replace

from hypergen.data.tasks.sentences import Sentence, Sentences

__all__ = ["repaired", "without_types"]


def without_types(sentences: Sentences, types: Collection[str]) -> dict[str, list[Sentence]]:
    """The sentences with entities of some types as ``O``: DATE, say, where a source language does not label it."""

    def kept(label: str) -> str:
        return "O" if label.partition("-")[2] in types else label

    return {
        language: [replace(sentence, labels=tuple(map(kept, sentence.labels))) for sentence in several]
        for language, several in sentences.items()
    }


def repaired(sentence: Sentence) -> Sentence:
    """The sentence with every entity opened by ``B-``: an ``I-`` after ``O`` or after another type becomes one.

    That is how such labels are scored, too (see ``span_f1``).

    Example:
        >>> repaired(Sentence(("a", "b", "c"), ("I-PER", "I-PER", "I-LOC"))).labels
        ('B-PER', 'I-PER', 'B-LOC')
    """
    before = ("O", *sentence.labels)
    labels = tuple(
        f"B{label[1:]}" if label.startswith("I-") and previous[1:] != label[1:] else label
        for previous, label in zip(before, sentence.labels, strict=False)
    )
    return replace(sentence, labels=labels)
