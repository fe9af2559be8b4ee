"""Grammar of artificial languages: which ``S_`` features decide what, and what holds where they are silent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from zlib import crc32

__all__ = ["RULES", "Grammar", "Rule"]


@dataclass(frozen=True)
class Rule:
    """A choice between outcomes: the options whose feature is 1, each used equally often; ``default`` if none is."""

    name: str
    options: tuple[tuple[str, str], ...]
    """Pairs of a feature and the outcome it allows."""
    default: str
    about: str
    """What is decided, in words."""


def _rule(name: str, about: str, default: str, **outcomes: str) -> Rule:
    """A rule from keywords ``outcome="FEATURE FEATURE"``, the prefix ``S_`` left out."""
    options = tuple((f"S_{feature}", outcome) for outcome, names in outcomes.items() for feature in names.split())
    return Rule(name, options, default, about)


RULES: Final = (
    _rule("clause", "order in main clauses with subject and object", "SOV", SVO="SVO", SOV="SOV", VSO="VSO", VOS="VOS",
          OVS="OVS", OSV="OSV"),
    _rule("subject", "subject and verb, without an object", "before", before="SUBJECT_BEFORE_VERB",
          after="SUBJECT_AFTER_VERB"),
    _rule("object", "object and verb where no subject is said, and in subordinate clauses", "after",
          before="OBJECT_BEFORE_VERB", after="OBJECT_AFTER_VERB"),
    _rule("subordinate subject", "subject and the group of verb and object, in subordinate clauses", "before",
          before="SUBJECT_BEFORE_OBJECT", after="SUBJECT_AFTER_OBJECT"),
    _rule("oblique with object", "where an oblique stands in clauses with an object", "last", last="VOX OVX",
          first="XVO XOV", verb="OXV"),
    _rule("oblique", "oblique and verb, without an object", "after", before="OBLIQUE_BEFORE_VERB",
          after="OBLIQUE_AFTER_VERB"),
    _rule("subordinate oblique", "oblique and object in subordinate clauses", "after", before="OBLIQUE_BEFORE_OBJECT",
          after="OBLIQUE_AFTER_OBJECT"),
    _rule("adposition", "adposition and noun phrase", "before", before="ADPOSITION_BEFORE_NOUN",
          after="ADPOSITION_AFTER_NOUN"),
    _rule("adjective", "adjective and noun", "after", before="ADJECTIVE_BEFORE_NOUN", after="ADJECTIVE_AFTER_NOUN"),
    _rule("bare adjective", "whether an adjective may stand for its noun", "no", yes="ADJECTIVE_WITHOUT_NOUN"),
    _rule("degree", "degree word and adjective", "before", before="DEGREE_WORD_BEFORE_ADJECTIVE",
          after="DEGREE_WORD_AFTER_ADJECTIVE"),
    _rule("numeral", "numeral or plural word, and noun", "before", before="NUMERAL_BEFORE_NOUN",
          after="NUMERAL_AFTER_NOUN"),
    _rule("demonstrative", "demonstrative: word before, word after, prefix or suffix", "before",
          before="DEMONSTRATIVE_WORD_BEFORE_NOUN", after="DEMONSTRATIVE_WORD_AFTER_NOUN",
          prefix="DEMONSTRATIVE_PREFIX", suffix="DEMONSTRATIVE_SUFFIX"),
    _rule("possessor", "possessor and noun", "after", before="POSSESSOR_BEFORE_NOUN", after="POSSESSOR_AFTER_NOUN"),
    _rule("possessor's mark", "whether the possessor is marked (of)", "no", yes="POSSESSIVE_DEPMARK"),
    _rule("possessed mark", "whether the possessed noun is marked", "no", yes="POSSESSIVE_HEADMARK"),
    _rule("possessed affix", "where the possessed noun is marked", "tendency", prefix="POSSESSIVE_PREFIX",
          suffix="POSSESSIVE_SUFFIX"),
    _rule("relative clause", "relative clause and noun; around: verb before, the rest after", "after",
          before="RELATIVE_BEFORE_NOUN", after="RELATIVE_AFTER_NOUN", around="RELATIVE_AROUND_NOUN"),
    _rule("article", "article and noun", "before", before="ARTICLE_WORD_BEFORE_NOUN", after="ARTICLE_WORD_AFTER_NOUN"),
    _rule("definite", "how a definite noun is marked", "none", word="DEFINITE_WORD", affix="DEFINITE_AFFIX"),
    _rule("indefinite", "how an indefinite singular noun is marked", "none", word="INDEFINITE_WORD",
          affix="INDEFINITE_AFFIX"),
    _rule("plural", "how plural is marked", "none", prefix="PLURAL_PREFIX", suffix="PLURAL_SUFFIX", word="PLURAL_WORD"),
    _rule("reduplication", "whether plural subjects say their adjective twice", "no", yes="ANY_REDUP"),
    _rule("gender", "whether adjectives and articles agree in gender at all", "no", yes="GENDER_MARK"),
    _rule("sex", "whether feminine and masculine differ in it", "no", yes="SEX_MARK"),
    _rule("noun class", "whether nouns carry a mark of their class", "no", yes="NUMCLASS_MARK"),
    _rule("adjective agreement", "whether adjectives agree in gender", "no", yes="ANY_AGREEMENT_ON_ADJECTIVES"),
    _rule("numeral agreement", "whether numerals agree in gender", "no", yes="TEND_DEPMARK"),
    _rule("accusative", "whether objects are marked against subjects", "no", yes="NOMINATIVE_VS_ACCUSATIVE_MARK"),
    _rule("ergative", "whether subjects of verbs with an object are marked", "no", yes="ERGATIVE_VS_ABSOLUTIVE_MARK"),
    _rule("object mark", "whether definite objects are marked", "no", yes="OBJECT_DEPMARK"),
    _rule("oblique case", "whether obliques are marked for case besides their adposition", "no", yes="CASE_MARK"),
    _rule("case", "how case is marked", "tendency", prefix="CASE_PREFIX", suffix="CASE_SUFFIX",
          proclitic="CASE_PROCLITIC", enclitic="CASE_ENCLITIC"),
    _rule("with", "whether company and instrument have two adpositions", "no", yes="COMITATIVE_VS_INSTRUMENTAL_MARK"),
    _rule("object agreement", "whether verbs agree with definite objects", "no", yes="OBJECT_HEADMARK"),
    _rule("relative agreement", "whether verbs of relative clauses agree with the noun", "no", yes="TEND_HEADMARK"),
    _rule("pronoun subject", "how a pronoun is expressed as subject", "none", word="PROSUBJECT_WORD",
          affix="PROSUBJECT_AFFIX", clitic="PROSUBJECT_CLITIC"),
    _rule("tendency", "where affixes stand of which nothing else is known", "suffix", prefix="TEND_PREFIX",
          suffix="TEND_SUFFIX"),
    _rule("past", "whether past is marked", "no", yes="PAST_VS_PRESENT_MARK"),
    _rule("perfective", "whether perfective is marked", "no", yes="PERFECTIVE_VS_IMPERFECTIVE_MARK"),
    _rule("future", "how future is marked", "word", affix="FUTURE_AFFIX"),
    _rule("tense affix", "where tense and aspect are marked", "word", prefix="TAM_PREFIX", suffix="TAM_SUFFIX"),
    _rule("negation", "how negation is expressed", "word", word="NEGATIVE_WORD", prefix="NEGATIVE_PREFIX",
          suffix="NEGATIVE_SUFFIX", tendency="NEGATIVE_AFFIX"),
    _rule("negative word", "where the negative word stands", "before verb", **{
          "before verb": "NEGATIVE_WORD_BEFORE_VERB NEGATIVE_WORD_ADJACENT_BEFORE_VERB",
          "after verb": "NEGATIVE_WORD_AFTER_VERB NEGATIVE_WORD_ADJACENT_AFTER_VERB",
          "before subject": "NEGATIVE_WORD_BEFORE_SUBJECT", "after subject": "NEGATIVE_WORD_AFTER_SUBJECT",
          "before object": "NEGATIVE_WORD_BEFORE_OBJECT", "after object": "NEGATIVE_WORD_AFTER_OBJECT",
          "first": "NEGATIVE_WORD_INITIAL", "last": "NEGATIVE_WORD_FINAL"}),
    _rule("question", "how a yes-no question is marked", "none", word="POLARQ_WORD", affix="POLARQ_AFFIX"),
    _rule("question word", "where the question word stands", "last", first="POLARQ_MARK_INITIAL",
          last="POLARQ_MARK_FINAL", second="POLARQ_MARK_SECOND"),
    _rule("subordinator", "subordinator and clause, or a suffix of its verb", "before",
          before="SUBORDINATOR_WORD_BEFORE_CLAUSE", after="SUBORDINATOR_WORD_AFTER_CLAUSE",
          suffix="SUBORDINATOR_SUFFIX"),
    _rule("complementizer", "complementizer and clause", "none", before="COMPLEMENTIZER_WORD_BEFORE_CLAUSE",
          after="COMPLEMENTIZER_WORD_AFTER_CLAUSE"),
)  # fmt: skip
"""Every rule of syntax and morphology."""


@dataclass(frozen=True)
class Grammar:
    """What a language's ``S_`` features decide.

    Example:
        >>> Grammar(dict.fromkeys((feature for rule in RULES for feature, _ in rule.options), 0.0)).choose("clause", 7)
        'SOV'
    """

    features: Mapping[str, float]

    def choose(self, rule: str, luck: int) -> str:
        """The outcome of a rule; where several are allowed, ``luck`` decides, for each rule in its own way."""
        outcomes = self._outcomes[rule]
        if len(outcomes) == 1:
            return outcomes[0]
        return outcomes[_mixed(luck ^ _SALTS[rule]) % len(outcomes)]

    def allowed(self, rule: str) -> Sequence[str]:
        """The outcomes a rule allows, without repetition."""
        return self._outcomes[rule]

    def yes(self, rule: str) -> bool:
        """Whether a rule of yes or no says yes."""
        return self._outcomes[rule][0] == "yes"

    @cached_property
    def _outcomes(self) -> dict[str, tuple[str, ...]]:
        def outcomes(rule: Rule) -> tuple[str, ...]:
            found = dict.fromkeys(outcome for feature, outcome in rule.options if self.features[feature] > 0.5)
            return tuple(found) or (rule.default,)

        return {rule.name: outcomes(rule) for rule in RULES}


def _mixed(number: int) -> int:
    """A number of 32 bits each of which hangs on every bit of the one given.

    References:
        Appleby (2011), the finaliser of MurmurHash3, https://github.com/aappleby/smhasher.
    """
    number = (number ^ number >> 16) * 0x85EBCA6B % 2**32
    number = (number ^ number >> 13) * 0xC2B2AE35 % 2**32
    return number ^ number >> 16


_SALTS: Final = {rule.name: crc32(rule.name.encode()) for rule in RULES}
