import random
from collections import Counter

import pytest

from hypergen.data.artificial.inventory import MARKS, SEGMENTS, STRUCTURE
from hypergen.data.artificial.sounds import Phonology, Root, draw_grammatical_root, draw_root

FEATURES = (
    {name for segment in SEGMENTS.values() for name in segment.needs} | {mark.needs for mark in MARKS} | {*STRUCTURE}
)
ROOTS = [draw_root(random.Random(seed), num_syllables=2) for seed in range(400)]


def phonology(*missing: str) -> Phonology:
    """That of a language with everything but these features."""
    return Phonology({name: float(name not in missing) for name in FEATURES})


def root(*syllables: str) -> Root:
    """A root from syllables such as ``kl.a.nt``, each segment without marks."""
    parts = [syllable.split(".") for syllable in syllables]
    return Root(tuple((tuple(onset), vowel, tuple(coda)) for onset, vowel, coda in parts))


def test_with_everything_a_root_is_written_as_it_is():
    assert phonology().write(root("kl.a.nt", "ŋ.i.")) == "klantŋi"
    assert all(
        phonology().write(each) == "".join("".join((*onset, vowel, *coda)) for onset, vowel, coda in each.syllables)
        for each in ROOTS
    )


def test_with_nothing_there_are_t_and_a_and_o_in_open_syllables():
    nothing = Phonology(dict.fromkeys(FEATURES, 0.0))
    assert nothing.write(root("kl.a.nt", "ŋ.u.")) == "tatatato"
    for word in map(nothing.write, ROOTS):
        assert set(word[::2]) == {"t"}
        assert set(word[1::2]) <= {"a", "o"}
        assert len(word) % 2 == 0


@pytest.mark.parametrize("letter", [letter for letter, segment in SEGMENTS.items() if segment.needs])
def test_a_sound_that_is_taken_away_is_the_next_in_its_chain_wherever_it_stood(letter):
    segment = SEGMENTS[letter]
    missing = segment.needs[0]
    taken = {other for other, each in SEGMENTS.items() if missing in each.needs}
    instead = segment.instead
    while instead in taken:
        instead = SEGMENTS[instead].instead
    written = phonology(missing).write(
        root(f"p.a.{letter}", f"{letter}.o.") if not segment.is_vowel else root(f"t.{letter}.")
    )
    start = "pa" if "p" not in taken else "ta"
    assert written == (f"t{instead}" if segment.is_vowel else f"{start}{instead}{instead}o")


def test_one_needless_feature_is_enough_to_take_a_sound_away():
    assert phonology("P_BILABIALS").write(root("p.a.")) == "ta"
    assert phonology("INV_VOICELESS_BILABIAL_PLOSIVE").write(root("p.a.")) == "ta"


def test_without_codas_each_gets_the_vowel_before_it_and_a_second_one_is_dropped():
    assert phonology("P_CODAS").write(root("k.a.nt", "p.i.s")) == "kanapisi"
    assert phonology("P_CODAS").write(root("k.a.nt")) == phonology("P_CODAS", "P_COMPLEX_CODAS").write(root("k.a.nt"))


def test_without_complex_codas_the_second_consonant_is_dropped():
    assert phonology("P_COMPLEX_CODAS").write(root("k.a.nt", "p.i.s")) == "kanpis"


def test_without_complex_onsets_the_vowel_parts_them():
    assert phonology("P_COMPLEX_ONSETS").write(root("kl.a.", "pr.i.n")) == "kalapirin"


def test_the_vowel_that_parts_consonants_bears_no_marks():
    long = Root(((("k", "l"), "aː", ("n",)),))
    assert phonology().write(long) == "klaːn"
    assert phonology("P_COMPLEX_ONSETS", "P_CODAS").write(long) == "kalaːna"


@pytest.mark.parametrize("missing", ["P_VELAR_NASAL", "P_VELAR_NASAL_INITIAL"])
def test_the_velar_nasal_begins_words_only_where_both_features_say_so(missing):
    assert phonology(missing).write(root("ŋ.a.", "ŋ.i.ŋ")) == "naŋiŋ"
    assert phonology().write(root("ŋ.a.", "ŋ.i.ŋ")) == "ŋaŋiŋ"


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: mark.sign)
def test_a_mark_is_written_where_its_feature_is_and_nowhere_else(mark):
    carrier = mark.carriers[0]
    marked = (
        Root(((("t",), carrier + mark.sign, ()),))
        if SEGMENTS[carrier].is_vowel
        else Root((((carrier + mark.sign,), "a", ()),))
    )
    assert mark.sign in phonology().write(marked)
    assert phonology(mark.needs).write(marked) == phonology(mark.needs).write(marked).replace(mark.sign, "")


def test_a_mark_stays_when_the_sound_that_bears_it_is_replaced():
    aspirated = Root(((("kʰ",), "a", ()),))
    assert phonology("INV_VOICELESS_VELAR_PLOSIVE").write(aspirated) == "tʰa"


def test_frequent_sounds_are_frequent_in_roots():
    first = Counter(onset[0][0] for each in ROOTS for onset, _, _ in each.syllables)
    assert all(first[often] > first[seldom] for often in "tkpmns" for seldom in "ɢʀʍǃ")


def test_clusters_and_codas_are_as_often_as_the_docstring_says():
    syllables = [syllable for each in ROOTS for syllable in each.syllables]
    clusters = sum(len(onset) == 2 for onset, _, _ in syllables) / len(syllables)
    codas = sum(bool(coda) for _, _, coda in syllables) / len(syllables)
    assert clusters == pytest.approx(1 / 8, abs=0.05)
    assert codas == pytest.approx(1 / 3, abs=0.07)


def test_a_grammatical_root_is_one_open_syllable_of_common_sounds():
    drawn = [draw_grammatical_root(random.Random(seed)) for seed in range(100)]
    written = {phonology().write(each) for each in drawn}
    assert all(len(word) == 2 and word[0] in "tkpmnsl" and word[1] in "aiueo" for word in written)
    assert len(written) > 25
