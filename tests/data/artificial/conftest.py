"""Artificial languages with just the features one names, and what a change of them must make of a sentence."""

from collections.abc import Callable
from functools import cache

from hypergen.data.artificial import READ_FEATURES, ArtificialLanguage, Sentence, Token

Change = Callable[[Token, Token | None, list[Token]], str | None]
"""From a word, its head and its dependants to the word's new form; ``None`` leaves it out."""
SOUNDS = tuple(name for name in READ_FEATURES if not name.startswith("S_"))


@cache
def spoken(*features: str) -> ArtificialLanguage:
    """The language with all sounds and these features of syntax, the names without their ``S_``."""
    return language(*SOUNDS, *(f"S_{name}" for name in features))


def language(*features: str, code: str = "qaa", family: str = "F") -> ArtificialLanguage:
    """The language of which these features are 1 and all others 0."""
    return ArtificialLanguage(code, {name: float(name in features) for name in READ_FEATURES}, family)


def words(sentence: Sentence) -> list[str]:
    """The forms of its words and of the mark at its end."""
    return [token.form for token in sentence.tokens]


def pairs(
    before: ArtificialLanguage, after: ArtificialLanguage, *, count: int = 150
) -> list[tuple[Sentence, Sentence]]:
    """The same scenes said in two languages."""
    return list(zip(_said(before, count), _said(after, count), strict=True))


def changed(sentence: Sentence, change: Change) -> list[str]:
    """The sentence's forms after a change of each word."""
    tokens = sentence.tokens
    below = [[other for other in tokens if other.head == number] for number in range(1, len(tokens) + 1)]
    heads = [tokens[token.head - 1] if token.head else None for token in tokens]
    forms = [change(*each) for each in zip(tokens, heads, below, strict=True)]
    return [form for form in forms if form is not None]


def differ_just_by(before: ArtificialLanguage, after: ArtificialLanguage, change: Change) -> bool:
    """Whether every sentence of ``after`` is that of ``before`` with the change, and some sentence is changed."""
    expected = [(changed(one, change), words(one), words(other)) for one, other in pairs(before, after)]
    return all(new == said for new, _, said in expected) and any(new != old for new, old, _ in expected)


def laid_out(sentence: Sentence, order: Callable[[int, list[int]], list[int]]) -> list[str]:
    """The sentence's forms when each word and its dependants, given by number, stand in this order."""

    def of(number: int) -> list[str]:
        below = [place for place, token in enumerate(sentence.tokens, start=1) if token.head == number]
        parts = order(number, below)
        return [form for part in parts for form in ([sentence.tokens[part - 1].form] if part == number else of(part))]

    return of(next(place for place, token in enumerate(sentence.tokens, start=1) if token.head == 0))


@cache
def _said(language: ArtificialLanguage, count: int) -> tuple[Sentence, ...]:
    return tuple(language.sentences(count))
