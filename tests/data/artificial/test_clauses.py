"""Scenes are said in two languages, and the second one's words follow from the first one's trees; here their order."""

from collections.abc import Callable

import pytest

from hypergen.data.artificial import ArtificialLanguage, Sentence

from .conftest import laid_out, pairs, spoken, words

ROLES = {"nsubj": "S", "obj": "O", "obl": "X", "ccomp": "C", "advcl": "C", "punct": "."}
Order = Callable[[set[str], str], str | None]
"""From the roles of a clause and its verb's relation to the order of subject, object, verb and oblique."""


def arranged(sentence: Sentence, wanted: Order) -> list[str]:
    """The sentence's forms when its clauses have the order wanted; ``None`` leaves a clause as it is.

    Words of negation and tense stand in front of the verb, subordinators first, subordinate clauses last.
    """

    def order(number: int, below: list[int]) -> list[int]:
        token = sentence.tokens[number - 1]
        roles = {place: ROLES.get(sentence.tokens[place - 1].deprel, "V") for place in below}
        asked = wanted({*roles.values()}, token.deprel) if token.upos == "VERB" else None
        if asked is None:
            return sorted([*below, number])
        groups = {role: [place for place in below if roles[place] == role] for role in "SOXC."}
        marks = [place for place in below if sentence.tokens[place - 1].deprel == "mark"]
        groups["V"] = [*sorted(place for place in below if roles[place] == "V" and place not in marks), number]
        return [*marks, *(place for role in f"{asked}C." for place in groups[role])]

    return laid_out(sentence, order)


def differ_in_order(before: ArtificialLanguage, after: ArtificialLanguage, wanted: Order) -> bool:
    """Whether the sentences of one are those of the other with another order of clauses."""
    several = pairs(before, after)
    assert sum(words(one) != words(other) for one, other in several) > 5
    return all(arranged(one, wanted) == words(other) for one, other in several)


@pytest.mark.parametrize("order", ["SVO", "VSO", "VOS", "OVS", "OSV"])
def test_main_clauses_with_subject_and_object_have_the_order_that_is_named(order):
    def wanted(roles, relation):
        return f"{order}X" if relation == "root" and {"S", "O"} <= roles else None

    assert differ_in_order(spoken(), spoken(order), wanted)


@pytest.mark.parametrize(("feature", "order"), [("XVO", "XSOV"), ("XOV", "XSOV"), ("OXV", "SOXV")])
def test_an_oblique_beside_an_object_stands_where_a_feature_says(feature, order):
    def wanted(roles, relation):
        if relation != "root" or not {"O", "X"} <= roles:
            return None
        return order if "S" in roles else {"XSOV": "XVO", "SOXV": "XVO"}[order]

    assert differ_in_order(spoken(), spoken(feature), wanted)


def test_subjects_without_an_object_stand_behind_the_verb():
    def wanted(roles, relation):
        return "VXS" if "S" in roles and "O" not in roles else None

    assert differ_in_order(spoken(), spoken("SUBJECT_AFTER_VERB"), wanted)


def test_objects_stand_before_the_verb_where_no_subject_is_said_and_in_subordinate_clauses():
    def wanted(roles, relation):
        if "O" not in roles or (relation == "root" and "S" in roles):
            return None
        return "OVX" if relation == "root" else "SOXV"

    assert differ_in_order(spoken(), spoken("OBJECT_BEFORE_VERB"), wanted)


def test_subjects_of_subordinate_clauses_stand_behind_verb_and_object():
    def wanted(roles, relation):
        return "VOXS" if relation != "root" and {"S", "O"} <= roles else None

    assert differ_in_order(spoken(), spoken("SUBJECT_AFTER_OBJECT"), wanted)


def test_obliques_without_an_object_stand_before_the_verb():
    def wanted(roles, relation):
        return "SXV" if "X" in roles and "O" not in roles else None

    assert differ_in_order(spoken(), spoken("OBLIQUE_BEFORE_VERB"), wanted)


def test_obliques_of_subordinate_clauses_stand_before_the_object():
    def wanted(roles, relation):
        return "SVXO" if relation != "root" and {"X", "O"} <= roles else None

    assert differ_in_order(spoken(), spoken("OBLIQUE_BEFORE_OBJECT"), wanted)


@pytest.mark.parametrize(
    ("feature", "where", "role"),
    [
        ("AFTER_VERB", 1, "V"), ("ADJACENT_AFTER_VERB", 1, "V"), ("BEFORE_SUBJECT", 0, "S"), ("AFTER_SUBJECT", 1, "S"),
        ("BEFORE_OBJECT", 0, "O"), ("AFTER_OBJECT", 1, "O"), ("INITIAL", 0, "first"), ("FINAL", 1, "last"),
    ],
)  # fmt: skip
def test_the_word_of_negation_stands_where_a_feature_says(feature, where, role):
    def moved(sentence: Sentence) -> list[str]:
        def order(number: int, below: list[int]) -> list[int]:
            relations = {place: sentence.tokens[place - 1].deprel for place in below} | {number: "verb"}
            lemmas = {sentence.tokens[place - 1].lemma: place for place in below}
            if "not" not in lemmas:
                return sorted(relations)
            outside = ("mark", "punct", "ccomp", "advcl")
            rest = [place for place in sorted(relations) if place != lemmas["not"] and relations[place] not in outside]
            found = [place for place in rest if ROLES.get(relations[place], "V") == role] or [
                place for place in rest if relations[place] in ("verb", "aux")
            ]
            at = {"first": 0, "last": len(rest)}.get(role, rest.index(found[-1]) + 1 if where else rest.index(found[0]))
            rest.insert(at, lemmas["not"])
            marks = [place for place in below if relations[place] == "mark"]
            return [*marks, *rest, *(place for place in below if relations[place] in outside[1:])]

        return laid_out(sentence, order)

    several = pairs(spoken(), spoken(f"NEGATIVE_WORD_{feature}"))
    assert all(moved(one) == words(other) for one, other in several)
    assert sum(words(one) != words(other) for one, other in several) > 5
