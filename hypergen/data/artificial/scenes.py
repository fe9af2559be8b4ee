"""What sentences of artificial languages say: who does what to whom, the same in every language."""

import random
from bisect import bisect
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Literal

from hypergen.data.artificial.concepts import CONCEPTS, Concept, concepts_of, verbs_of

__all__ = ["Clause", "Phrase", "Scene", "draw_scene"]


@dataclass(frozen=True)
class Phrase:
    """A noun phrase. ``luck`` decides between what a language allows side by side."""

    noun: Concept
    luck: int
    plural: bool = False
    definite: bool = False
    numeral: Concept | None = None
    demonstrative: Concept | None = None
    adjective: Concept | None = None
    degree: Concept | None = None
    possessor: "Phrase | None" = None
    relative: "Clause | None" = None


@dataclass(frozen=True)
class Clause:
    """A verb with what belongs to it; ``oblique`` is a phrase with the meaning of its adposition."""

    verb: Concept
    luck: int
    subject: Phrase | None
    object: Phrase | None = None
    oblique: tuple[Concept, Phrase] | None = None
    tense: Literal["past", "present", "future"] = "present"
    perfective: bool = False
    negative: bool = False
    complement: "Clause | None" = None
    adverbial: tuple[Concept, "Clause"] | None = None


@dataclass(frozen=True)
class Scene:
    """What one sentence says."""

    clause: Clause
    question: bool

    @property
    def topic(self) -> str:
        """The topic of the main verb, or, where it is one of speech or thought, of the verb of what is said."""
        clause = self.clause
        while clause.complement is not None:
            clause = clause.complement
        return clause.verb.topic

    @property
    def sentiment(self) -> Literal["positive", "negative", "neutral"]:
        """The sign of the sum of polarities: of verb and adjectives, turned round if negated, and of what is said."""
        total = _polarity(self.clause)
        return "positive" if total > 0 else "negative" if total < 0 else "neutral"


def draw_scene(rng: random.Random) -> Scene:
    """A scene; which it is depends on ``rng`` alone, never on a language."""
    question = rng.random() < 0.12
    return Scene(_clause(rng, depth=0), question)


def _clause(rng: random.Random, *, depth: int, subject: Concept | None = None) -> Clause:
    """A clause; with ``subject`` its subject is that noun, already said and left out (a relative clause)."""
    verb = _zipf(rng, verbs_of(kind="" if subject is None else subject.classes[0], speech=depth == 0))
    said = None if subject is not None else _phrase(rng, kinds=verb.classes, depth=depth, pronoun=0.25)
    takes_clause = verb.objects == ("clause",)
    taken = _phrase(rng, kinds=verb.objects, depth=depth, pronoun=0.05) if verb.objects and not takes_clause else None
    return Clause(
        verb,
        rng.getrandbits(30),
        said,
        taken,
        oblique=_oblique(rng, depth=depth) if rng.random() < (0.4 if taken is None else 0.2) else None,
        tense=rng.choices(("past", "present", "future"), (4, 4, 2))[0],
        perfective=rng.random() < 0.3,
        negative=rng.random() < 0.18,
        complement=_clause(rng, depth=1) if takes_clause else None,
        adverbial=(CONCEPTS[rng.choice(("when", "because"))], _clause(rng, depth=1))
        if depth == 0 and not takes_clause and rng.random() < 0.12
        else None,
    )


def _oblique(rng: random.Random, *, depth: int) -> tuple[Concept, Phrase]:
    relation = rng.choices(("in", "to", "with_person", "with_thing"), (4, 3, 2, 3))[0]
    kinds = {"with_person": ("person",), "with_thing": ("tool",)}.get(relation, ("place",))
    return CONCEPTS[relation], _phrase(rng, kinds=kinds, depth=depth, pronoun=0.0)


def _phrase(rng: random.Random, *, kinds: tuple[str, ...], depth: int, pronoun: float) -> Phrase:
    """A noun phrase whose noun is of one of these classes."""
    kind, luck = rng.choice(kinds), rng.getrandbits(30)
    if kind == "person" and rng.random() < pronoun:
        name = rng.choice(("I", "you", "he", "she", "they"))
        return Phrase(CONCEPTS[name], luck, plural=name == "they", definite=True)
    if kind in ("person", "place") and rng.random() < 0.2:
        return Phrase(_zipf(rng, concepts_of("PROPN", kind)), luck, definite=True)
    noun = _zipf(rng, concepts_of("NOUN", kind))
    numeral = _zipf(rng, concepts_of("NUM")) if rng.random() < 0.1 else None
    pointing = numeral is None and rng.random() < 0.12
    adjective = _zipf(rng, concepts_of("ADJ", kind)) if rng.random() < 0.3 else None
    return Phrase(
        noun,
        luck,
        plural=numeral is not None or rng.random() < 0.25,
        definite=pointing or rng.random() < 0.5,
        numeral=numeral,
        demonstrative=CONCEPTS[rng.choice(("this", "that"))] if pointing else None,
        adjective=adjective,
        degree=CONCEPTS[rng.choice(("very", "rather"))] if adjective is not None and rng.random() < 0.3 else None,
        possessor=_phrase(rng, kinds=("person",), depth=2, pronoun=0.2) if depth < 2 and rng.random() < 0.12 else None,
        relative=_clause(rng, depth=2, subject=noun)
        if depth == 0 and kind != "place" and rng.random() < 0.08
        else None,
    )


def _zipf(rng: random.Random, concepts: tuple[Concept, ...]) -> Concept:
    """One of the concepts, the earlier the likelier: the n-th with a weight of ``1 / (n + 2)``."""
    return concepts[bisect(_steps(len(concepts)), rng.random())]


@cache
def _steps(count: int) -> list[float]:
    """The cumulative shares of all but the last of so many concepts."""
    weights = [1 / (place + 2) for place in range(count)]
    total = sum(weights)
    return [step / total for step in accumulate(weights[:-1])]


def _polarity(clause: Clause) -> int:
    phrases = [clause.subject, clause.object, clause.oblique[1] if clause.oblique else None]
    total = clause.verb.polarity + sum(
        phrase.adjective.polarity for phrase in phrases if phrase is not None and phrase.adjective is not None
    )
    total = -total if clause.negative else total
    return total + (_polarity(clause.complement) if clause.complement else 0)
