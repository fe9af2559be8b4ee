import itertools

import pytest

from hypergen.data.artificial import concepts
from hypergen.data.artificial.concepts import CONCEPTS, GRAMMATICAL, concepts_of, verbs_of

CLASSES = ("person", "animal", "food", "tool", "place", "nature")


def test_no_word_stands_twice():
    listed = " ".join([*concepts._NOUNS.values(), *concepts._GRAMMAR.values()]).split()
    listed += [line.split()[0] for line in (concepts._VERBS + concepts._ADJECTIVES).splitlines() if line]
    assert len(listed) == len(set(listed))
    assert len(listed) + len(concepts_of("PROPN")) == len(CONCEPTS)
    assert len(GRAMMATICAL) == len({*GRAMMATICAL} - {*CONCEPTS})


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_has_nouns_adjectives_subjects_and_objects(kind):
    assert len(concepts_of("NOUN", kind)) > 2
    assert concepts_of("ADJ", kind)
    assert any(kind in verb.classes + verb.objects for verb in concepts_of("VERB"))


def test_verbs_select_classes_of_subjects_and_objects():
    eat = CONCEPTS["eat"]
    assert (eat.classes, eat.objects, eat.topic) == (("person", "animal"), ("food",), "cooking")
    for verb in concepts_of("VERB"):
        assert set(verb.classes) <= set(CLASSES)
        assert set(verb.objects) <= {*CLASSES, "clause"}


def test_every_topic_has_verbs_and_verbs_of_speech_have_none():
    topics = {verb.topic for verb in concepts_of("VERB") if verb.objects != ("clause",)}
    assert topics == {"cooking", "trade", "family", "hunting", "work", "weather"}
    assert {verb.topic for verb in concepts_of("VERB") if verb.objects == ("clause",)} == {"-"}


def test_some_verbs_and_adjectives_are_good_some_are_bad_some_are_neither():
    assert {each.polarity for each in (*concepts_of("VERB"), *concepts_of("ADJ"))} == {1, -1, 0}
    assert {each.polarity for each in concepts_of("NOUN")} == {0}


def test_persons_are_women_and_men_in_turn():
    genders = [person.gender for person in (*concepts_of("NOUN", "person"), *concepts_of("PROPN", "person"))]
    assert {CONCEPTS["woman"].gender, CONCEPTS["mother"].gender} == {"feminine"}
    assert {CONCEPTS["man"].gender, CONCEPTS["father"].gender} == {"masculine"}
    assert all(one != other for one, other in itertools.pairwise(genders))


def test_animals_have_a_gender_of_their_own_and_all_else_is_a_thing():
    assert CONCEPTS["dog"].gender == "animal"
    assert {CONCEPTS[name].gender for name in ("rice", "knife", "river", "sun", "Town0")} == {"thing"}


def test_concepts_are_found_by_part_of_speech_and_class():
    assert {each.upos for each in concepts_of("NUM")} == {"NUM"}
    assert CONCEPTS["dog"] in concepts_of("NOUN", "animal")
    assert CONCEPTS["dog"] not in concepts_of("NOUN", "person")


def test_verbs_are_found_by_the_class_of_their_subject():
    assert CONCEPTS["shine"] in verbs_of(kind="nature", speech=True)
    assert CONCEPTS["shine"] not in verbs_of(kind="person", speech=True)
    assert CONCEPTS["say"] in verbs_of(kind="person", speech=True)
    assert CONCEPTS["say"] not in verbs_of(kind="person", speech=False)
