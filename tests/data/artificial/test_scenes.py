import random
from collections import Counter
from collections.abc import Iterator

import pytest

from hypergen.data.artificial.concepts import CONCEPTS, concepts_of
from hypergen.data.artificial.scenes import Clause, Phrase, Scene, draw_scene

SCENES = [draw_scene(random.Random(seed)) for seed in range(2000)]


def clauses(clause: Clause | None) -> Iterator[Clause]:
    """A clause and all within it."""
    if clause is not None:
        yield clause
        for phrase in (clause.subject, clause.object, clause.oblique[1] if clause.oblique else None):
            yield from clauses(phrase.relative if phrase else None)
        yield from clauses(clause.complement)
        yield from clauses(clause.adverbial[1] if clause.adverbial else None)


ALL = [clause for scene in SCENES for clause in clauses(scene.clause)]


def kind_of(phrase: Phrase) -> str:
    """A pronoun is a person."""
    return phrase.noun.classes[0] if phrase.noun.classes else "person"


def said(verb: str, *, adjective: str | None = None, **more: object) -> Clause:
    """Someone who does something, with an adjective if there is one."""
    subject = Phrase(CONCEPTS["dog"], 1, adjective=CONCEPTS[adjective] if adjective else None)
    return Clause(CONCEPTS[verb], 1, subject, **more)


def test_the_same_random_numbers_make_the_same_scene():
    assert draw_scene(random.Random(5)) == SCENES[5] != SCENES[6]


def test_verbs_select_their_subjects_and_objects():
    for clause in ALL:
        if clause.subject is not None:
            assert kind_of(clause.subject) in clause.verb.classes
        if clause.object is not None:
            assert kind_of(clause.object) in clause.verb.objects
    assert {clause.object is None for clause in ALL} == {True, False}


def test_verbs_of_relative_clauses_select_the_noun_which_is_not_said_again():
    related = [
        (phrase.noun, phrase.relative)
        for clause in ALL
        for phrase in (clause.subject, clause.object)
        if phrase is not None and phrase.relative is not None
    ]
    assert len(related) > 50
    assert all(noun.classes[0] in clause.verb.classes and clause.subject is None for noun, clause in related)


def test_adjectives_go_with_their_nouns():
    described = [p for c in ALL for p in (c.subject, c.object) if p is not None and p.adjective is not None]
    assert len(described) > 100
    assert all(phrase.noun.classes[0] in phrase.adjective.classes for phrase in described)


def test_obliques_are_places_companions_or_tools():
    kinds = {"in": "place", "to": "place", "with_person": "person", "with_thing": "tool"}
    obliques = [clause.oblique for clause in ALL if clause.oblique is not None]
    assert {relation.name for relation, _ in obliques} == set(kinds)
    assert all(kind_of(phrase) == kinds[relation.name] for relation, phrase in obliques)


def test_verbs_of_speech_say_a_clause_in_which_nobody_speaks():
    speaking = [clause for clause in ALL if clause.complement is not None]
    assert len(speaking) > 50
    assert all(clause.verb.objects == ("clause",) for clause in speaking)
    assert all(clause.complement.complement is None for clause in speaking)


def test_what_is_counted_is_plural_and_what_is_pointed_at_definite():
    phrases = [phrase for clause in ALL for phrase in (clause.subject, clause.object) if phrase is not None]
    assert all(phrase.plural for phrase in phrases if phrase.numeral is not None)
    assert all(phrase.definite and phrase.numeral is None for phrase in phrases if phrase.demonstrative is not None)


def test_earlier_concepts_are_more_frequent():
    counts = Counter(clause.object.noun.name for clause in ALL if clause.object is not None)
    first, *_, last = (each.name for each in concepts_of("NOUN", "food"))
    assert counts[first] > 1.5 * counts[last] > 0


def test_lucks_are_numbers_of_thirty_bits_of_all_sizes():
    lucks = [clause.luck for clause in ALL]
    assert max(lucks) < 2**30
    assert max(lucks) > 2**29 > min(lucks)


def test_the_topic_is_that_of_the_verb_or_of_what_is_said():
    assert Scene(said("eat"), question=False).topic == "cooking"
    assert Scene(said("say", complement=said("love")), question=False).topic == "family"


@pytest.mark.parametrize(
    ("clause", "sentiment"),
    [
        (said("love"), "positive"),
        (said("steal"), "negative"),
        (said("eat"), "neutral"),
        (said("eat", adjective="wise"), "positive"),
        (said("steal", adjective="wise"), "neutral"),
        (said("love", negative=True), "negative"),
        (said("steal", adjective="cruel", negative=True), "positive"),
        (said("say", complement=said("steal")), "negative"),
        (said("say", complement=said("steal"), negative=True), "negative"),
        (said("say", adjective="wise", complement=said("steal")), "neutral"),
    ],
)
def test_the_sentiment_is_the_sign_of_verbs_and_adjectives_turned_round_where_negated(clause, sentiment):
    assert Scene(clause, question=False).sentiment == sentiment


def test_every_topic_and_sentiment_is_there_often_enough_to_be_learned():
    for labels in (Counter(scene.topic for scene in SCENES), Counter(scene.sentiment for scene in SCENES)):
        assert min(labels.values()) > 0.03 * len(SCENES)
    assert {scene.sentiment for scene in SCENES} == {"positive", "negative", "neutral"}
