import pytest

from hypergen.data.artificial.grammar import RULES, Grammar
from hypergen.data.artificial.morphology import Morphology, Word, join

FEATURES = [feature for rule in RULES for feature, _ in rule.options]


def morphology(*features: str) -> Morphology:
    values = {name: float(name in features) for name in FEATURES}
    return Morphology(Grammar(values), {"dog": "kal", "PLURAL": "mi", "ACC": "so"})


def word() -> Word:
    return morphology().word("dog", "obj")


def test_a_word_begins_with_its_form_and_part_of_speech_and_without_a_head():
    assert (word().form, word().lemma, word().upos, word().deprel, word().head) == ("kal", "dog", "NOUN", "obj", None)


@pytest.mark.parametrize(
    ("features", "where", "form"),
    [
        ((), "prefix", "mikal"),
        ((), "suffix", "kalmi"),
        ((), "tendency", "kalmi"),
        (("S_TEND_PREFIX",), "tendency", "mikal"),
        (("S_TEND_PREFIX",), "suffix", "kalmi"),
    ],
)
def test_an_affix_goes_where_it_is_told_or_where_most_are(features, where, form):
    noun = word()
    morphology(*features).attach(noun, "PLURAL", where, 7)
    assert noun.form == form


def test_a_later_affix_stands_outside_an_earlier_one():
    noun = word()
    for meaning in ("PLURAL", "ACC"):
        morphology().attach(noun, meaning, "suffix", 7)
    assert noun.form == "kalmiso"


@pytest.mark.parametrize(
    ("features", "told"),
    [
        ((), {"feminine": None, "animal": None}),
        (("S_SEX_MARK",), {"feminine": None}),
        (("S_GENDER_MARK",), {"feminine": "HUMAN", "masculine": "HUMAN", "animal": "ANIMAL", "thing": "THING"}),
        (
            ("S_GENDER_MARK", "S_SEX_MARK"),
            {"feminine": "FEM", "masculine": "MASC", "animal": "ANIMAL", "thing": "THING"},
        ),
    ],
)
def test_gender_is_nothing_or_human_or_one_for_each_sex(features, told):
    assert {gender: morphology(*features).gender(gender) for gender in told} == told


def test_words_are_put_before_or_behind_others_in_their_own_order():
    words = [word()]
    join(words, [Word(form, form, "DET", "det") for form in "ab"], before=True)
    join(words, [Word(form, form, "DET", "det") for form in "cd"], before=False)
    assert [each.form for each in words] == ["a", "b", "kal", "c", "d"]
