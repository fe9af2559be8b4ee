"""Scenes are said in two languages, and the second one's words follow from the first one's trees; here the marks."""

import pytest

from hypergen.data.artificial import Sentence, Token
from hypergen.data.artificial.concepts import CONCEPTS

from .conftest import differ_just_by, pairs, spoken, words

FORM = spoken().forms
SHOWN = ("PLURAL_PREFIX", "DEFINITE_AFFIX", "DEMONSTRATIVE_SUFFIX")
"""With these a noun itself shows its number and whether it is definite."""


def is_definite(word: Token) -> bool:
    ends = [FORM[mark] for mark in ("DEFINITE", "THIS", "THAT")]
    stems = (FORM[word.lemma], FORM["PLURAL"] + FORM[word.lemma])
    return word.upos != "NOUN" or word.form in [stem + end for stem in stems for end in ends]


@pytest.mark.parametrize(("feature", "in_front"), [("PREFIX", True), ("SUFFIX", False), ("AFFIX", False)])
def test_negation_as_an_affix_stands_on_the_verb(feature, in_front):
    def change(word, above, below):
        if word.lemma == "not":
            return None
        if not any(each.lemma == "not" for each in below):
            return word.form
        return FORM["NEG"] + word.form if in_front else word.form + FORM["NEG"]

    assert differ_just_by(spoken(), spoken(f"NEGATIVE_{feature}"), change)


@pytest.mark.parametrize(("feature", "in_front"), [("TAM_PREFIX", True), ("TAM_SUFFIX", False)])
def test_past_and_perfective_as_affixes_leave_their_words(feature, in_front):
    def change(word, above, below):
        if word.lemma in ("past", "perfective"):
            return None
        marks = [FORM[mark.upper()] for mark in ("past", "perfective") if mark in {each.lemma for each in below}]
        return "".join([*reversed(marks), word.form] if in_front else [word.form, *marks])

    marked = ("PAST_VS_PRESENT_MARK", "PERFECTIVE_VS_IMPERFECTIVE_MARK")
    assert differ_just_by(spoken(*marked), spoken(*marked, feature), change)


@pytest.mark.parametrize("feature", ["PAST_VS_PRESENT_MARK", "PERFECTIVE_VS_IMPERFECTIVE_MARK"])
def test_without_its_feature_past_or_perfective_is_not_said(feature):
    def change(word, above, below):
        return None if word.upos == "AUX" and word.lemma != "future" else word.form

    assert differ_just_by(spoken(feature), spoken(), change)


def test_the_future_as_an_affix_leaves_its_word():
    def change(word, above, below):
        if word.lemma == "future":
            return None
        return word.form + FORM["FUTURE"] if any(each.lemma == "future" for each in below) else word.form

    assert differ_just_by(spoken(), spoken("FUTURE_AFFIX"), change)


def test_objects_are_marked():
    def change(word, above, below):
        return word.form + FORM["ACC"] if word.deprel == "obj" else word.form

    assert differ_just_by(spoken(), spoken("NOMINATIVE_VS_ACCUSATIVE_MARK"), change)


def test_subjects_beside_an_object_are_marked():
    def marked(sentence: Sentence) -> list[str]:
        transitive = {token.head for token in sentence.tokens if token.deprel == "obj"}
        ergative = [token.deprel == "nsubj" and token.head in transitive for token in sentence.tokens]
        return [form + FORM["ERG"] * mark for form, mark in zip(words(sentence), ergative, strict=True)]

    several = pairs(spoken(), spoken("ERGATIVE_VS_ABSOLUTIVE_MARK"))
    assert all(marked(one) == words(other) for one, other in several)
    assert any(words(one) != words(other) for one, other in several)


def test_definite_objects_are_marked():
    def change(word, above, below):
        return word.form + FORM["ACC"] if word.deprel == "obj" and is_definite(word) else word.form

    assert differ_just_by(spoken(*SHOWN), spoken(*SHOWN, "OBJECT_DEPMARK"), change)


def test_verbs_agree_with_definite_objects_in_number():
    def change(word, above, below):
        found = [each for each in below if each.deprel == "obj" and is_definite(each)]
        if not found:
            return word.form
        is_plural = found[0].lemma == "they" or found[0].form.startswith(FORM["PLURAL"] + FORM[found[0].lemma])
        return word.form + FORM["OBJ_PL" if is_plural else "OBJ_SG"]

    assert differ_just_by(spoken(*SHOWN), spoken(*SHOWN, "OBJECT_HEADMARK"), change)


def test_verbs_of_relative_clauses_agree_with_the_noun():
    def change(word, above, below):
        return word.form + FORM["SUBJ_SG"] if word.deprel == "acl" else word.form

    assert differ_just_by(spoken(), spoken("TEND_HEADMARK"), change)


@pytest.mark.parametrize("feature", ["", "PROSUBJECT_AFFIX", "PROSUBJECT_CLITIC"])
def test_pronouns_as_subjects_are_words_or_on_the_verb_or_left_out(feature):
    def change(word, above, below):
        pronouns = [each.lemma for each in below if each.deprel == "nsubj" and each.upos == "PRON"]
        if word.deprel == "nsubj" and word.upos == "PRON":
            return None
        if not pronouns or not feature:
            return word.form
        mark = FORM["SUBJ_PL" if pronouns == ["they"] else "SUBJ_SG"]
        return mark + word.form if feature == "PROSUBJECT_CLITIC" else word.form + mark

    # Objects before verbs everywhere: else they would change places where no subject is said.
    assert differ_just_by(
        spoken("PROSUBJECT_WORD", "OBJECT_BEFORE_VERB"), spoken(feature, "OBJECT_BEFORE_VERB"), change
    )


def test_company_and_instrument_have_one_adposition_or_two():
    def change(word, above, below):
        tool = word.lemma == "with_person" and CONCEPTS[above.lemma].classes == ("tool",)
        return FORM["with_thing"] if tool else word.form

    assert differ_just_by(spoken(), spoken("COMITATIVE_VS_INSTRUMENTAL_MARK"), change)


def test_obliques_are_marked_for_what_their_adposition_says():
    cases = {"in": "LOC", "to": "LOC", "with_person": "COM", "with_thing": "INS"}

    def change(word, above, below):
        return word.form + "".join(FORM[cases[each.lemma]] for each in below if each.deprel == "case")

    two = "COMITATIVE_VS_INSTRUMENTAL_MARK"
    assert differ_just_by(spoken(two), spoken(two, "CASE_MARK"), change)


def with_question_words(sentence: Sentence, place: str) -> list[str]:
    """The forms of a sentence which, if it is a question, has the word for that first, second or last."""
    if sentence.tokens[-1].form != "?":
        return words(sentence)
    forms, root = words(sentence), next(n for n, token in enumerate(sentence.tokens, start=1) if token.head == 0)

    def part(number: int) -> int:
        """The dependant of the root that a word belongs to; the root itself for what is one group with it."""
        while number != root and sentence.tokens[number - 1].head != root:
            number = sentence.tokens[number - 1].head
        return root if sentence.tokens[number - 1].deprel == "aux" else number

    first = [part(number) for number in range(1, len(forms) + 1)].count(part(1))
    return [
        *forms[: (at := {"first": 0, "second": first, "last": len(forms) - 1}[place])],
        FORM["question"],
        *forms[at:],
    ]


@pytest.mark.parametrize(
    ("features", "place"),
    [
        ((), "last"),
        (("POLARQ_MARK_FINAL",), "last"),
        (("POLARQ_MARK_INITIAL",), "first"),
        (("POLARQ_MARK_SECOND",), "second"),
    ],
)
def test_questions_have_a_word_of_their_own_first_second_or_last(features, place):
    several = pairs(spoken(), spoken("POLARQ_WORD", *features))
    assert all(with_question_words(one, place) == words(other) for one, other in several)
    assert sum(words(one) != words(other) for one, other in several) > 10


def test_questions_are_marked_on_the_verb():
    def change(word, above, below):
        return word.form + FORM["QUESTION"] if any(each.form == "?" for each in below) else word.form

    assert differ_just_by(spoken(), spoken("POLARQ_AFFIX"), change)


@pytest.mark.parametrize(
    ("before", "after", "lemmas"),
    [
        (("COMPLEMENTIZER_WORD_BEFORE_CLAUSE",), ("COMPLEMENTIZER_WORD_AFTER_CLAUSE",), {"complementizer"}),
        ((), ("SUBORDINATOR_WORD_AFTER_CLAUSE",), {"when", "because"}),
    ],
    ids=["complementizer", "subordinator"],
)
def test_words_before_subordinate_clauses_stand_behind_them(before, after, lemmas):
    def moved(sentence: Sentence) -> list[str]:
        forms = words(sentence)
        for place, token in enumerate(sentence.tokens):
            if token.lemma in lemmas:  # subordinate clauses are last in their sentence, and there is one at most
                forms.insert(len(forms) - 2, forms.pop(place))
        return forms

    several = pairs(spoken(*before), spoken(*after))
    assert all(moved(one) == words(other) for one, other in several)
    assert sum(words(one) != words(other) for one, other in several) > 5


def test_without_its_feature_there_is_no_complementizer():
    def change(word, above, below):
        return None if word.lemma == "complementizer" else word.form

    assert differ_just_by(spoken("COMPLEMENTIZER_WORD_BEFORE_CLAUSE"), spoken(), change)


def test_a_subordinator_as_a_suffix_stands_on_the_verb():
    def change(word, above, below):
        if word.deprel == "mark":
            return None
        return word.form + "".join(FORM[each.lemma.upper()] for each in below if each.deprel == "mark")

    assert differ_just_by(spoken(), spoken("SUBORDINATOR_SUFFIX"), change)
