"""Artificial languages: for any language with URIEL features, one whose grammar and sounds are what they say."""

import hashlib
import random
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final, Literal

from hypergen.data.artificial.clauses import Clauses
from hypergen.data.artificial.concepts import CONCEPTS, GRAMMATICAL, concepts_of
from hypergen.data.artificial.grammar import RULES, Grammar
from hypergen.data.artificial.inventory import MARKS, SEGMENTS, STRUCTURE
from hypergen.data.artificial.morphology import Morphology, Word
from hypergen.data.artificial.scenes import draw_scene
from hypergen.data.artificial.sounds import Phonology, Root, WhenAsked, draw_grammatical_root, draw_root
from hypergen.errors import TypologyError
from hypergen.languages import Language
from hypergen.typology import TypologyTable

__all__ = ["READ_FEATURES", "ArtificialLanguage", "Sentence", "Token"]

READ_FEATURES: Final = tuple(
    sorted(
        {feature for rule in RULES for feature, _ in rule.options}
        | {feature for segment in SEGMENTS.values() for feature in segment.needs}
        | {mark.needs for mark in MARKS}
        | set(STRUCTURE)
    )
)
"""The features that some rule reads; the others change nothing."""
_OPEN: Final = ("NOUN", "PROPN", "VERB", "ADJ")
_FAMILY_SHARE: Final = 0.06
_STOCK: Final = "artificial-1"
"""What roots and scenes are drawn with."""
_VERSION: Final = 2
"""Counted up whenever other sentences are made of them."""


@dataclass(frozen=True)
class Token:
    """A word of a sentence, with its place in the dependency tree."""

    form: str
    lemma: str
    """The concept it says."""
    upos: str
    head: int
    """The number of its head, counted from 1; 0 at the root."""
    deprel: str
    entity: Literal["O", "B-PER", "B-LOC"]


@dataclass(frozen=True)
class Sentence:
    """A sentence with all that is known of it."""

    tokens: tuple[Token, ...]
    topic: str
    sentiment: Literal["positive", "negative", "neutral"]

    @property
    def text(self) -> str:
        """As it is written: words with spaces between them, the mark at the end without one."""
        return " ".join(token.form for token in self.tokens[:-1]) + self.tokens[-1].form

    def conllu(self, name: str) -> str:
        """A block of CoNLL-U, with topic and sentiment as comments; its last line is empty."""
        lines = [f"# sent_id = {name}", f"# text = {self.text}", f"# topic = {self.topic}"]
        lines.append(f"# sentiment = {self.sentiment}")
        for number, token in enumerate(self.tokens, start=1):
            misc = ["SpaceAfter=No"] if number == len(self.tokens) - 1 else []
            misc += [f"Entity={token.entity}"] if token.entity != "O" else []
            columns = (number, token.form, token.lemma, token.upos, "_", "_", token.head, token.deprel, "_")
            lines.append("\t".join([*map(str, columns), "|".join(misc) or "_"]))
        return "\n".join([*lines, "", ""])


@dataclass(frozen=True, eq=False)
class ArtificialLanguage:
    """The artificial language of a code: a function of its typology vector, its family and a seed.

    Word order, marking and agreement follow its ``S_`` features (`RULES`), sounds and syllables its ``P_`` and ``INV_``
    features (`SEGMENTS`, `MARKS`): forms of a common stock of roots, adapted. One noun, verb or adjective in
    eleven has a root of its family instead. Which scenes are talked about depends on code and seed, not on features; so
    two languages that differ in one feature, under one code and seed, differ in just what its rule says.

    Example:
        >>> swahili = ArtificialLanguage.from_table("swh", table=TypologyTable.from_uriel())
        >>> swahili.sentence(0).text, " ".join(token.lemma for token in swahili.sentence(0).tokens)
        ('linema lowawa nuʃi na lope.', 'rain hot break pot the .')

    References:
        Wang and Eisner (2016), The Galactic Dependencies treebanks, https://aclanthology.org/Q16-1035;
        White and Cotterell (2021), Examining the inductive bias of neural language models with artificial languages,
        https://aclanthology.org/2021.acl-long.38.
    """

    code: str
    features: Mapping[str, float]
    family: str
    seed: int = 0
    open_names: bool = False
    """Whether persons and towns have new names in every sentence, the same in all languages but for their sounds;
    otherwise there are eight names. A new name says nothing of what it names: what stands around it does."""

    def __post_init__(self) -> None:
        if missing := [name for name in READ_FEATURES if name not in self.features]:
            raise TypologyError(
                f"an artificial language reads {len(READ_FEATURES)} features of URIEL's syntax, phonology and "
                f"inventory; the table for {self.code} lacks {missing[0]} and {len(missing) - 1} more. Use "
                "TypologyTable.from_uriel()."
            )

    @classmethod
    def from_table(cls, code: str, *, table: TypologyTable, seed: int = 0) -> "ArtificialLanguage":
        """The artificial language of a code, from its row in a table of typology.

        Raises:
            TypologyError: the language has no row, or the table lacks features that rules read.
            UnknownLanguageError: the text names no language.
        """
        language = Language.parse(code)
        features = dict(zip(table.features, table.vectors([language.iso3])[0].tolist(), strict=True))
        return cls(language.iso3, features, language.family or language.iso3, seed)

    def sentence(self, number: int) -> Sentence:
        """The sentence of a number: always the same."""
        return self._sentence(f"{self.code}/{number}")

    def translation(self, number: int) -> Sentence:
        """What every language of the seed says under this number, in this one; nothing that `sentence` gives."""
        return self._sentence(f"every language/{number}")

    def sentences(self, count: int, *, start: int = 0) -> Iterator[Sentence]:
        """So many sentences, from a number on."""
        return map(self.sentence, range(start, start + count))

    def _sentence(self, name: str) -> Sentence:
        scene = draw_scene(random.Random(f"{_STOCK}/{self.seed}/{name}"))
        clauses = self._clauses_of(name) if self.open_names else self._clauses
        return Sentence(tuple(_tokens(clauses.say(scene))), scene.topic, scene.sentiment)

    @cached_property
    def forms(self) -> dict[str, str]:
        """How the language says each concept and each grammatical meaning."""
        return {
            name: self._phonology.write(
                (_family_root(name, self.family) if _is_of_family(name) else None) or _root(name)
            )
            for name in (*CONCEPTS, *GRAMMATICAL)
        }

    @property
    def word_orders(self) -> tuple[str, ...]:
        """The orders of subject, object and verb in its main clauses, such as ``("SOV",)``."""
        return tuple(self._grammar.allowed("clause"))

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever the sentences do."""
        read = [f"{name}={self.features[name] > 0.5}" for name in READ_FEATURES]
        names = ["open names"] if self.open_names else []
        told = "/".join([_STOCK, str(_VERSION), self.code, self.family, str(self.seed), *read, *names])
        return hashlib.sha256(told.encode()).hexdigest()

    @cached_property
    def _clauses(self) -> Clauses:
        return Clauses(Morphology(self._grammar, self.forms))

    def _clauses_of(self, sentence: str) -> Clauses:
        """With the names of one sentence."""
        new = WhenAsked(lambda name: self._phonology.write(_name_root(name, f"{self.seed}/{sentence}")))
        return Clauses(Morphology(self._grammar, ChainMap(self._forms_but_names, new)))

    @cached_property
    def _forms_but_names(self) -> dict[str, str]:
        names = {concept.name for concept in concepts_of("PROPN")}
        return {name: form for name, form in self.forms.items() if name not in names}

    @cached_property
    def _phonology(self) -> Phonology:
        return Phonology(self.features)

    @cached_property
    def _grammar(self) -> Grammar:
        return Grammar(self.features)


def _tokens(words: list[Word]) -> Iterator[Token]:
    number = {id(word): place for place, word in enumerate(words, start=1)}
    for word in words:
        entity: Literal["O", "B-PER", "B-LOC"] = "O"
        if word.upos == "PROPN":
            entity = "B-PER" if CONCEPTS[word.lemma].classes == ("person",) else "B-LOC"
        head = 0 if word.head is None else number[id(word.head)]
        yield Token(word.form, word.lemma, word.upos, head, word.deprel, entity)


@cache
def _root(name: str) -> Root:
    """The root of a concept or a grammatical meaning in the common stock."""
    return _draw(name, random.Random(f"{_STOCK}/root/{name}"))


@cache
def _family_root(name: str, family: str) -> Root:
    """The root that a family has for a concept."""
    return _draw(name, random.Random(f"{_STOCK}/root/{name}/{family}"))


def _name_root(name: str, sentence: str) -> Root:
    """The root of a name that is new in a sentence."""
    return _draw(name, random.Random(f"{_STOCK}/name/{sentence}/{name}"))


def _draw(name: str, rng: random.Random) -> Root:
    if name in GRAMMATICAL or CONCEPTS[name].upos not in _OPEN:
        return draw_grammatical_root(rng)
    return draw_root(rng, num_syllables=rng.choice((1, 2, 2)))


@cache
def _is_of_family(name: str) -> bool:
    """Whether families have roots of their own for a concept."""
    if name not in CONCEPTS or CONCEPTS[name].upos not in ("NOUN", "VERB", "ADJ"):
        return False
    return random.Random(f"{_STOCK}/family/{name}").random() < _FAMILY_SHARE
