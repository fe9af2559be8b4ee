"""What artificial languages have words for: concepts, and what goes with what."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

__all__ = ["CONCEPTS", "GRAMMATICAL", "Concept", "concepts_of", "verbs_of"]

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


_NOUNS: Final[Mapping[str, str]] = {
    "person": "woman man mother father girl boy",
    "animal": "dog cow bird fish goat",
    "food": "rice bread fruit meat milk",
    "tool": "knife pot book boat net",
    "place": "village river forest market house",
    "nature": "rain sun wind star fire",
}
_SEX: Final[dict[str, Gender]] = {
    name: "masculine" if place % 2 else "feminine" for place, name in enumerate(_NOUNS["person"].split())
} | {f"Name{number}": "masculine" if number % 2 else "feminine" for number in range(4)}
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
kill person,animal animal hunting -1
break person,nature tool work -1
know person clause - 0
drink person,animal food cooking 0
steal person food,tool,animal trade -1
help person person,animal family 1
follow person,animal animal,person hunting 0
see person,animal clause - 0
fall food,tool,nature - weather 0
come person,animal - trade 0
run person,animal - hunting 0
work person - work 0
grow food,nature - weather 1
sleep person,animal - family 0
shine nature - weather 0
sing person,animal - family 1
weep person - family -1
"""
_ADJECTIVES: Final = """
wise person 1
kind person 1
cruel person -1
wild animal 0
hungry person,animal -1
fresh food 1
sweet food 1
rotten food -1
broken tool -1
precious tool 1
quiet place 1
dangerous place,animal -1
hot nature,food 0
big animal,tool,place,nature 0
small animal,tool,food,nature 0
old person,tool,place 0
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
_AFFIXES: Final = """
PLURAL DEFINITE INDEFINITE ACC ERG GEN LOC INS COM POSS THIS THAT
NEG QUESTION PAST FUTURE PERFECTIVE SUBJ_SG SUBJ_PL OBJ_SG OBJ_PL WHEN BECAUSE
FEM MASC HUMAN ANIMAL THING CLASS1 CLASS2 CLASS3 CLASS4
"""
GRAMMATICAL: Final = tuple(_AFFIXES.split())
"""Meanings that languages express by affixes or clitics."""


def _concepts() -> dict[str, Concept]:
    found: list[Concept] = [Concept(name, "NOUN", (kind,)) for kind, names in _NOUNS.items() for name in names.split()]
    found += [Concept(f"Name{number}", "PROPN", ("person",)) for number in range(4)]
    found += [Concept(f"Town{number}", "PROPN", ("place",)) for number in range(4)]
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


@cache
def concepts_of(upos: str, kind: str = "") -> tuple[Concept, ...]:
    """The concepts of a part of speech, or those of them that go with a class."""
    return tuple(each for each in CONCEPTS.values() if each.upos == upos and (not kind or kind in each.classes))


@cache
def verbs_of(*, kind: str, speech: bool) -> tuple[Concept, ...]:
    """Verbs of which that class may be the subject; with ``speech`` those of speech and thought are among them."""
    return tuple(each for each in concepts_of("VERB", kind) if speech or each.objects != ("clause",))
