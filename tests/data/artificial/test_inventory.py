import unicodedata

import pytest

from hypergen.data.artificial.inventory import MARKS, SEGMENTS, STRUCTURE
from hypergen.typology.uriel import MADG_FEATURES, read_uriel

READ = (
    {name for segment in SEGMENTS.values() for name in segment.needs} | {mark.needs for mark in MARKS} | set(STRUCTURE)
)


@pytest.mark.parametrize(("prefix", "least"), [("P_", 15), ("INV_", 60)])
def test_sounds_hang_on_enough_features_of_uriel(prefix, least):
    found = {name for name in READ if name.startswith(prefix)}
    assert len(found) >= least
    assert found <= set(read_uriel(MADG_FEATURES).features)


@pytest.mark.parametrize("segment", SEGMENTS.values(), ids=lambda segment: segment.letter)
def test_instead_of_a_sound_there_is_another_down_to_one_that_every_language_has(segment):
    chain = [segment]
    while chain[-1].needs:
        chain.append(SEGMENTS[chain[-1].instead])
        assert len(chain) < 10
    assert chain[-1].letter in ("t", "a", "o")
    assert len({each.is_vowel for each in chain}) == 1


def test_a_letter_is_one_word_character_and_stands_for_one_thing():
    signs = dict.fromkeys(mark.sign for mark in MARKS)
    letters = [*SEGMENTS, *signs]
    assert len(letters) == len(set(letters))
    assert all(len(letter) == 1 and unicodedata.category(letter) in ("Ll", "Lm", "Lo") for letter in letters)


def test_marks_are_carried_by_sounds_there_are():
    assert all(letter in SEGMENTS for mark in MARKS for letter in mark.carriers)


def test_every_sound_and_every_mark_is_drawn_sometimes():
    assert all(each.weight > 0 for each in (*SEGMENTS.values(), *MARKS))
