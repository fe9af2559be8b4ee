"""A few hundred scenes are said in two languages; the second one's words follow from the first one's trees."""

from collections.abc import Set

import pytest

from hypergen.data.artificial import Sentence, Token
from hypergen.data.artificial.concepts import CONCEPTS

from .conftest import differ_just_by, laid_out, pairs, spoken, words

INSIDE_OUT = ("amod", "nummod", "dep", "article", "demonstrative", "nmod", "acl", "case")
"""What belongs to a noun, by relation; ``dep`` is the word for plural."""
AFTER = {"amod", "nmod", "acl"}
"""What stands behind the noun where no feature says anything."""
FULL = ("DEFINITE_WORD", "INDEFINITE_WORD", "PLURAL_WORD")
FORM = spoken().forms


def stem_of(word: Token) -> str:
    return FORM.get(word.lemma, word.form)


def around_nouns(sentence: Sentence, *, after: Set[str]) -> list[str]:
    """The sentence's forms when what belongs to nouns stands around them from the inside out, some of it behind."""

    def relation(place: int) -> str:
        token = sentence.tokens[place - 1]
        return {"this": "demonstrative", "that": "demonstrative", "the": "article", "a": "article"}.get(
            token.lemma, token.deprel
        )

    def order(number: int, below: list[int]) -> list[int]:
        if sentence.tokens[number - 1].upos in ("VERB", "PUNCT"):
            return sorted([*below, number])
        if sentence.tokens[number - 1].upos == "ADJ":
            return [number, *below] if "advmod" in after else [*below, number]
        ranked = sorted(below, key=lambda place: INSIDE_OUT.index(relation(place)))
        behind = [place for place in ranked if relation(place) in after]
        return [*[place for place in reversed(ranked) if place not in behind], number, *behind]

    return laid_out(sentence, order)


@pytest.mark.parametrize(
    ("feature", "moved"),
    [
        ("ADJECTIVE_BEFORE_NOUN", {"amod"}),
        ("DEGREE_WORD_AFTER_ADJECTIVE", {"advmod"}),
        ("NUMERAL_AFTER_NOUN", {"nummod", "dep"}),
        ("DEMONSTRATIVE_WORD_AFTER_NOUN", {"demonstrative"}),
        ("ARTICLE_WORD_AFTER_NOUN", {"article"}),
        ("POSSESSOR_BEFORE_NOUN", {"nmod"}),
        ("RELATIVE_BEFORE_NOUN", {"acl"}),
        ("ADPOSITION_AFTER_NOUN", {"case"}),
    ],
)
def test_a_feature_of_order_takes_just_its_words_to_the_other_side(feature, moved):
    several = pairs(spoken(*FULL), spoken(*FULL, feature))
    assert all(around_nouns(one, after=AFTER) == words(one) for one, _ in several)
    assert all(around_nouns(one, after=AFTER ^ moved) == words(other) for one, other in several)
    assert sum(words(one) != words(other) for one, other in several) > 10


def test_a_relative_clause_around_its_noun_has_the_verb_in_front_and_the_rest_behind():
    seen = 0
    for one, other in pairs(spoken(), spoken("RELATIVE_AROUND_NOUN"), count=800):
        clauses = [token for token in one.tokens if token.deprel == "acl"]
        if len(clauses) == 1:
            verb = one.tokens.index(clauses[0])
            inside = {clauses[0].head - 1}
            while more := {n for n, token in enumerate(one.tokens) if token.head - 1 in inside} - inside:
                inside |= more
            first = min(n for n in inside if one.tokens[n].deprel != "case" or one.tokens[n].head != clauses[0].head)
            expected = words(one)
            expected.insert(first, expected.pop(verb))
            assert words(other) == expected
            seen += 1
    assert seen > 5


def test_plural_as_a_suffix_instead_of_a_word_stands_on_the_noun_also_beside_numerals():
    def change(word, above, below):
        if word.lemma == "plural":
            return None
        is_plural = {"plural", "two", "three", "four", "five"} & {each.lemma for each in below}
        return word.form + FORM["PLURAL"] if is_plural else word.form

    assert differ_just_by(spoken("PLURAL_WORD"), spoken("PLURAL_SUFFIX"), change)


def test_a_plural_prefix_becomes_a_suffix():
    def change(word, above, below):
        return stem_of(word) + FORM["PLURAL"] if word.form == FORM["PLURAL"] + stem_of(word) else word.form

    assert differ_just_by(spoken("PLURAL_PREFIX"), spoken("PLURAL_SUFFIX"), change)


@pytest.mark.parametrize(
    ("before", "after", "marks"),
    [
        ((), ("DEMONSTRATIVE_SUFFIX",), {"this": "THIS", "that": "THAT"}),
        (("DEFINITE_WORD",), ("DEFINITE_AFFIX",), {"the": "DEFINITE"}),
        (("INDEFINITE_WORD",), ("INDEFINITE_AFFIX",), {"a": "INDEFINITE"}),
    ],
    ids=str,
)
def test_a_word_that_becomes_a_suffix_leaves_its_place_and_stands_on_the_noun(before, after, marks):
    def change(word, above, below):
        if word.lemma in marks:
            return None
        return word.form + "".join(FORM[marks[each.lemma]] for each in below if each.lemma in marks)

    assert differ_just_by(spoken(*before), spoken(*after), change)


def test_a_demonstrative_prefix_stands_in_front_of_the_noun():
    def change(word, above, below):
        if word.lemma in ("this", "that"):
            return None
        return "".join(FORM[each.lemma.upper()] for each in below if each.lemma in ("this", "that")) + word.form

    assert differ_just_by(spoken(), spoken("DEMONSTRATIVE_PREFIX"), change)


def test_affixes_of_which_nothing_else_is_known_go_where_most_are():
    def change(word, above, below):
        moved = word.form == stem_of(word) + FORM["DEFINITE"]
        return FORM["DEFINITE"] + stem_of(word) if moved else word.form

    assert differ_just_by(spoken("DEFINITE_AFFIX"), spoken("DEFINITE_AFFIX", "TEND_PREFIX"), change)


def test_nouns_carry_the_mark_of_their_class():
    classes = {"feminine": "CLASS1", "masculine": "CLASS2", "animal": "CLASS3", "thing": "CLASS4"}

    def change(word, above, below):
        return word.form + FORM[classes[CONCEPTS[word.lemma].gender]] if word.upos == "NOUN" else word.form

    assert differ_just_by(spoken(), spoken("NUMCLASS_MARK"), change)


@pytest.mark.parametrize(
    ("sexes", "marks"),
    [
        ((), {"feminine": "HUMAN", "masculine": "HUMAN", "animal": "ANIMAL", "thing": "THING"}),
        (("SEX_MARK",), {"feminine": "FEM", "masculine": "MASC", "animal": "ANIMAL", "thing": "THING"}),
    ],
)
@pytest.mark.parametrize(
    ("features", "relation"),
    [(("ANY_AGREEMENT_ON_ADJECTIVES",), "amod"), (("TEND_DEPMARK",), "nummod"), (("DEFINITE_WORD",), "det")],
)
def test_adjectives_numerals_and_articles_agree_with_the_gender_of_their_noun(features, relation, sexes, marks):
    def change(word, above, below):
        agrees = word.deprel == relation and word.lemma not in ("this", "that")
        return word.form + FORM[marks[CONCEPTS[above.lemma].gender]] if agrees else word.form

    assert differ_just_by(spoken(*features), spoken(*features, "GENDER_MARK", *sexes), change)


@pytest.mark.parametrize("features", [("ANY_AGREEMENT_ON_ADJECTIVES", "SEX_MARK"), ("TEND_DEPMARK",)])
def test_without_gender_nothing_agrees(features):
    assert all(words(one) == words(other) for one, other in pairs(spoken(), spoken(*features)))


def test_possessors_are_marked():
    def change(word, above, below):
        return word.form + FORM["GEN"] if word.deprel == "nmod" else word.form

    assert differ_just_by(spoken(), spoken("POSSESSIVE_DEPMARK"), change)


@pytest.mark.parametrize("side", ["PREFIX", "SUFFIX"])
def test_what_is_possessed_is_marked_on_the_side_that_a_feature_says(side):
    def change(word, above, below):
        if not any(each.deprel == "nmod" for each in below):
            return word.form
        return FORM["POSS"] + word.form if side == "PREFIX" else word.form + FORM["POSS"]

    assert differ_just_by(spoken(), spoken("POSSESSIVE_HEADMARK", f"POSSESSIVE_{side}"), change)


def test_plural_subjects_say_their_adjective_twice():
    def change(word, above, below):
        if word.deprel != "amod" or above.deprel != "nsubj":
            return word.form
        return word.form * 2 if above.form == FORM[above.lemma] + FORM["PLURAL"] else word.form

    assert differ_just_by(spoken("PLURAL_SUFFIX"), spoken("PLURAL_SUFFIX", "ANY_REDUP"), change)


@pytest.mark.parametrize(
    ("feature", "place", "in_front"),
    [("PREFIX", "head", True), ("SUFFIX", "head", False), ("PROCLITIC", "first", True), ("ENCLITIC", "last", False)],
)
def test_case_stands_on_the_noun_or_as_a_clitic_on_the_first_or_last_word(feature, place, in_front):
    seen = 0
    after = spoken("DEFINITE_WORD", "NOMINATIVE_VS_ACCUSATIVE_MARK", f"CASE_{feature}")
    for one, other in pairs(spoken("DEFINITE_WORD"), after):
        objects = [n for n, token in enumerate(one.tokens) if token.deprel == "obj"]
        if len(objects) == 1:
            inside = set(objects)
            while more := {n for n, token in enumerate(one.tokens) if token.head - 1 in inside} - inside:
                inside |= more
            at = {"head": objects[0], "first": min(inside), "last": max(inside)}[place]
            expected = words(one)
            expected[at] = FORM["ACC"] + expected[at] if in_front else expected[at] + FORM["ACC"]
            assert words(other) == expected
            seen += at != objects[0] or place == "head"
    assert seen > 10


def test_an_adjective_may_stand_for_its_noun_and_takes_its_place_in_the_tree():
    several = pairs(spoken(), spoken("ADJECTIVE_WITHOUT_NOUN"), count=400)
    bare = [(one, other) for one, other in several if words(one) != words(other)]
    assert 3 < len(bare) < 50
    for one, other in bare:
        gone = len(one.tokens) - len(other.tokens)
        assert sum(token.upos == "ADJ" and token.deprel != "amod" for token in other.tokens) == gone
        nouns = [token.upos for token in one.tokens].count("NOUN")
        assert nouns - [token.upos for token in other.tokens].count("NOUN") == gone
