"""Labelled sentences: what every reader gives and every task takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hypergen.errors import TaskError

__all__ = ["Sentence", "Sentences"]


@dataclass(frozen=True)
class Sentence:
    """Words with a label each, and heads where it is a tree; a text with one label is a sentence of one word.

    Raises:
        TaskError: words or labels that are no tuple of strings; no word, an empty word, or another number of labels or
            heads than of words.

    Example:
        >>> Sentence(words=("Anasoma", "kitabu"), labels=("VERB", "NOUN"))
        Sentence(words=('Anasoma', 'kitabu'), labels=('VERB', 'NOUN'), heads=(), place='')
    """

    words: tuple[str, ...]
    labels: tuple[str, ...] = ()
    """One a word; none where they are not known."""
    heads: tuple[int, ...] = ()
    """Of each word the number of its head, counted from 1; 0 is the root. Only trees have them."""
    place: str = ""
    """Where it was read, for messages: file and line."""
    lines: tuple[int, ...] = field(default=(), compare=False, repr=False)
    """The line of each word in the file of ``place``; none where words have no lines of their own."""

    def __post_init__(self) -> None:
        told: tuple[tuple[str, object], ...] = (("words", self.words), ("labels", self.labels))
        for name, given in told:
            if not isinstance(given, tuple | list) or not all(isinstance(each, str) for each in given):
                raise TaskError(
                    f"{self.place or 'a sentence'} has the {name} {given!r:.60}; expected a tuple of strings, such as "
                    + ("('hello', 'there')." if name == "words" else "('INTJ', 'ADV').")
                )
        counts = (len(self.words), len(self.labels), len(self.heads))
        if not self.words or not all(self.words) or any(count not in (0, counts[0]) for count in counts):
            raise TaskError(
                f"{self.where} has {counts[0]} words, {counts[1]} labels and {counts[2]} heads; expected at least one "
                "word, none empty, and as many labels and heads as words, or none."
            )

    @property
    def where(self) -> str:
        """Its name in messages."""
        return self.place or f"the sentence that opens with {' '.join(self.words[:3])!r}"

    def where_of(self, number: int) -> str:
        """What messages call a word, counted from 0: its file and line, or `where`."""
        return f"{self.place.rpartition(',')[0]}, line {self.lines[number]}" if self.lines else self.where


Sentences = Mapping[str, Sequence[Sentence]]
"""Sentences by language (ISO 639-3)."""
