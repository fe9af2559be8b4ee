"""What artificial languages talk about: concepts, who does what to whom, and scenes, the same in every language."""

import random
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Final, Literal

__all__ = ["CONCEPTS", "GRAMMATICAL", "Clause", "Concept", "Phrase", "Scene", "draw_scene"]

Class = Literal["person", "animal", "food", "tool", "place", "nature"]
Gender = Literal["feminine", "masculine", "animal", "thing"]


@dataclass(frozen=True)
class Concept:
    """A word's meaning: its part of speech, and what it goes with."""

    name: str
    upos: str
    classes: tuple[str, ...] = ()
    """Of a noun or name its own class; of an adjective the classes of nouns it goes with; of a verb its subjects'."""
    objects: tuple[str, ...] = ()
    """Of a verb the classes of its objects; none if it takes no object."""
    topic: str = ""
    """Of a verb, what a sentence with it is about."""
    polarity: int = 0
    """1 for good, -1 for bad, 0 for neither."""

    @property
    def gender(self) -> Gender:
        """Of a noun or name: persons are feminine or masculine, by their place in the list."""
        if self.classes[0] == "person":
            return _SEX[self.name]
        return "animal" if self.classes[0] == "animal" else "thing"


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
        """What the sentence is about: the topic of its innermost verb of speech or thought, or of its main verb."""
        clause = self.clause
        while clause.complement is not None:
            clause = clause.complement
        return clause.verb.topic

    @property
    def sentiment(self) -> Literal["positive", "negative", "neutral"]:
        """The sign of the polarities of verb and adjectives, turned round in a negated clause."""
        total = _polarity(self.clause)
        return "positive" if total > 0 else "negative" if total < 0 else "neutral"


_NOUNS: Final[Mapping[str, str]] = {
    "person": "woman man girl boy mother father teacher farmer singer hunter",
    "animal": "dog cow bird fish goat horse snake cat",
    "food": "rice bread fruit meat milk maize egg salt",
    "tool": "knife pot book boat net drum basket cloth",
    "place": "village river forest market house mountain road field",
    "nature": "rain sun wind star fire stone tree cloud",
}
_SEX: Final[dict[str, Gender]] = {
    name: "masculine" if place % 2 else "feminine" for place, name in enumerate(_NOUNS["person"].split())
} | {f"Name{number}": "masculine" if number % 2 else "feminine" for number in range(8)}
_VERBS: Final = """
eat person,animal food cooking 0
buy person food,tool trade 0
love person person,animal family 1
catch person,animal animal hunting 0
build person tool,place work 0
burn nature place,tool weather -1
say person clause - 0
cook person food cooking 0
sell person food,tool,animal trade 0
marry person person family 1
kill person,animal animal hunting -1
break person,nature tool work -1
cover nature place,nature weather 0
know person clause - 0
drink person,animal food cooking 0
steal person food,tool,animal trade -1
help person person,animal family 1
follow person,animal animal,person hunting 0
clean person tool,place work 1
warm nature person,place weather 1
see person,animal clause - 0
taste person food cooking 1
carry person,animal food,tool trade 0
hurt person,animal person family -1
hide person animal,tool hunting 0
cut person tool,food,nature work 0
fall food,tool,nature - weather 0
rot food - cooking -1
come person,animal - trade 0
teach person person family 0
run person,animal - hunting 0
work person - work 0
grow food,nature - weather 1
boil food - cooking 0
sleep person,animal - family 0
shine nature - weather 0
sing person,animal - family 1
weep person - family -1
"""
_ADJECTIVES: Final = """
wise person 1
kind person 1
cruel person -1
lazy person -1
wild animal 0
tame animal 0
hungry person,animal -1
fresh food 1
sweet food 1
rotten food -1
sharp tool 0
broken tool -1
precious tool 1
quiet place 1
far place 0
dangerous place,animal -1
hot nature,food 0
bright nature 1
big animal,tool,place,nature 0
small animal,tool,food,nature 0
old person,tool,place 0
new tool,place 0
"""
_GRAMMAR: Final[Mapping[str, str]] = {
    "DET": "this that the a",
    "PRON": "I you he she they",
    "NUM": "two three four five",
    "ADP": "in to with_person with_thing",
    "ADV": "very rather",
    "SCONJ": "when because complementizer",
    "PART": "not question plural",
    "AUX": "past future perfective",
}
GRAMMATICAL: Final = tuple(
    "PLURAL DEFINITE INDEFINITE ACC ERG GEN LOC INS COM NEG QUESTION PAST FUTURE PERFECTIVE POSS THIS THAT WHEN BECAUSE "
    "FEM MASC HUMAN ANIMAL THING SUBJ_SG SUBJ_PL OBJ_SG OBJ_PL CLASS1 CLASS2 CLASS3 CLASS4".split()
)
"""Meanings that languages express by affixes or clitics."""


def _concepts() -> dict[str, Concept]:
    found: list[Concept] = [
        Concept(name, "NOUN", (kind,)) for kind, names in _NOUNS.items() for name in names.split()
    ]
    found += [Concept(f"Name{number}", "PROPN", ("person",)) for number in range(8)]
    found += [Concept(f"Town{number}", "PROPN", ("place",)) for number in range(6)]
    for line in _VERBS.strip().splitlines():
        name, subjects, objects, topic, polarity = line.split()
        taken = () if objects == "-" else tuple(objects.split(","))
        found.append(Concept(name, "VERB", tuple(subjects.split(",")), taken, topic, int(polarity)))
    for line in _ADJECTIVES.strip().splitlines():
        name, nouns, polarity = line.split()
        found.append(Concept(name, "ADJ", tuple(nouns.split(",")), polarity=int(polarity)))
    found += [Concept(name, upos) for upos, names in _GRAMMAR.items() for name in names.split()]
    return {concept.name: concept for concept in found}


CONCEPTS: Final[Mapping[str, Concept]] = _concepts()
"""Every concept by its name."""


def draw_scene(rng: random.Random) -> Scene:
    """A scene; which it is depends on ``rng`` alone, never on a language."""
    question = rng.random() < 0.12
    return Scene(_clause(rng, depth=0), question)


def _clause(rng: random.Random, *, depth: int, subject: Concept | None = None) -> Clause:
    """A clause; with ``subject`` its subject is that noun, already said and left out (a relative clause)."""
    verb = _zipf(rng, _verbs(kind="" if subject is None else subject.classes[0], speech=depth == 0))
    said = None if subject is not None else _phrase(rng, kinds=verb.classes, depth=depth, pronoun=0.25)
    takes_clause = verb.objects == ("clause",)
    taken = _phrase(rng, kinds=verb.objects, depth=depth, pronoun=0.05) if verb.objects and not takes_clause else None
    return Clause(
        verb,
        rng.getrandbits(30),
        said,
        taken,
        oblique=_oblique(rng, depth=depth) if rng.random() < (0.4 if taken is None else 0.2) else None,
        tense=rng.choices(("past", "present", "future"), (4, 4, 2))[0],  # type: ignore[arg-type]
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
        return Phrase(_zipf(rng, _of("PROPN", kind)), luck, definite=True)
    noun = _zipf(rng, _of("NOUN", kind))
    numeral = _zipf(rng, _of("NUM")) if rng.random() < 0.1 else None
    pointing = numeral is None and rng.random() < 0.12
    adjective = _zipf(rng, _of("ADJ", kind)) if rng.random() < 0.3 else None
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


@cache
def _of(upos: str, kind: str = "") -> tuple[Concept, ...]:
    """The concepts of a part of speech, or those of them that go with a class."""
    return tuple(each for each in CONCEPTS.values() if each.upos == upos and (not kind or kind in each.classes))


@cache
def _verbs(*, kind: str, speech: bool) -> tuple[Concept, ...]:
    """Verbs of which that class may be the subject; with ``speech`` those of speech and thought are among them."""
    return tuple(each for each in _of("VERB", kind) if speech or each.objects != ("clause",))


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
