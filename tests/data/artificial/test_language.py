import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from hypergen.data.artificial import READ_FEATURES, ArtificialLanguage, Sentence
from hypergen.data.artificial.concepts import CONCEPTS, concepts_of
from hypergen.data.artificial.grammar import RULES
from hypergen.data.tasks.files import read_conllu
from hypergen.data.tasks.task import PARSING, POS
from hypergen.errors import TypologyError, UnknownLanguageError
from hypergen.typology import TypologyTable

from .conftest import SOUNDS, language, pairs, spoken, words

TABLE = TypologyTable.from_uriel()
CODES = ("swh", "tur", "gle", "quy", "cmn", "ewe")


def real(code: str, *, seed: int = 0) -> ArtificialLanguage:
    return ArtificialLanguage.from_table(code, table=TABLE, seed=seed)


def differ(one: ArtificialLanguage, other: ArtificialLanguage) -> bool:
    return any(a.text != b.text for a, b in zip(one.sentences(150), other.sentences(150), strict=True))


def test_a_feature_that_no_rule_reads_changes_nothing():
    swahili = real("swh")
    others = {name: 1 - value for name, value in swahili.features.items() if name not in READ_FEATURES}
    assert len(others) > 50
    changed = replace(swahili, features={**swahili.features, **others})
    assert not differ(swahili, changed)
    assert swahili.fingerprint == changed.fingerprint


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_feature_that_a_rule_of_grammar_reads_changes_something_somewhere(rule):
    for feature, outcome in rule.options:
        alike = {name for name, other in rule.options if other == outcome}
        without = [[name for name in names if name not in alike] for names in (READ_FEATURES, SOUNDS)]
        assert any(differ(language(*names), language(*names, feature)) for names in without), feature


def test_at_least_sixty_features_of_inventory_and_fifteen_of_phonology_change_words():
    changing = [name for name in SOUNDS if language(*(set(SOUNDS) - {name})).forms != spoken().forms]
    assert sum(name.startswith("INV_") for name in changing) >= 60
    assert sum(name.startswith("P_") for name in changing) >= 15


def test_of_all_that_a_vector_without_any_feature_has_are_t_and_a_and_o_in_open_syllables():
    letters = "".join(token.form for sentence in language().sentences(100) for token in sentence.tokens[:-1])
    assert set(letters[::2]) == {"t"}
    assert set(letters[1::2]) == {"a", "o"}


def test_without_any_feature_a_sentence_is_subject_object_verb_without_any_marks():
    silent = language()
    assert silent.word_orders == ("SOV",)
    assert {order_of(sentence) for sentence in silent.sentences(100)} == {"nsubj obj root", ""}
    tokens = [token for sentence in silent.sentences(100) for token in sentence.tokens[:-1]]
    assert all(token.form == silent.forms[token.lemma] for token in tokens)
    assert not {"the", "a", "plural", "question", "past", "perfective"} & {token.lemma for token in tokens}
    assert not any(token.upos == "PRON" for token in tokens if token.deprel == "nsubj")


def order_of(sentence: Sentence) -> str:
    """The order of subject, object and verb of a main clause that has all three."""
    root = next(place for place, token in enumerate(sentence.tokens, start=1) if token.head == 0)
    order = [token.deprel for token in sentence.tokens if token.head in (0, root)]
    order = [relation for relation in order if relation in ("nsubj", "obj", "root")]
    return " ".join(order) if len(order) == 3 else ""


@pytest.mark.parametrize(("features", "letter", "instead"), [
    ({"INV_VOICELESS_VELAR_PLOSIVE"}, "k", "t"),
    ({"P_TONE"}, "ˊˋ", ""),
    ({"P_LONG_VOWELS"}, "ː", ""),
    ({"INV_CLOSE_BACK_ROUNDED_VOWEL"}, "u", "o"),
    ({"INV_ALVEOLAR_TRILL"}, "r", "l"),
])  # fmt: skip
def test_a_sound_without_its_feature_is_another_everywhere_in_the_text(features, letter, instead):
    several = pairs(spoken(), language(*(set(SOUNDS) - features)))
    table = str.maketrans(dict.fromkeys(letter, instead))
    assert all(one.text.translate(table) == other.text for one, other in several)
    assert any(one.text != other.text for one, other in several)


def test_without_codas_no_word_ends_in_a_consonant_and_no_two_stand_together():
    open_syllables = language(*(set(SOUNDS) - {"P_CODAS", "P_COMPLEX_ONSETS"}))
    consonants = set("tkpbdgqfvszxhmnlrjwʃʒŋɲʔŧ")
    for form in open_syllables.forms.values():
        assert form[-1] not in consonants
        assert not any(one in consonants and other in consonants for one, other in pairwise(form))
    assert any(form[-1] in consonants for form in spoken().forms.values())


@pytest.mark.parametrize("code", CODES)
def test_scenes_do_not_depend_on_the_language_but_on_code_and_seed(code):
    same = replace(real(code), features=language().features)
    said = [(one.topic, one.sentiment) for one in real(code).sentences(50)]
    assert said == [(one.topic, one.sentiment) for one in same.sentences(50)]
    assert said != [(one.topic, one.sentiment) for one in replace(same, seed=1).sentences(50)]
    assert said != [(one.topic, one.sentiment) for one in replace(same, code="qaa").sentences(50)]


def test_a_sentence_is_the_same_in_every_order_and_every_process():
    swahili = real("swh")
    told = [sentence.text for sentence in swahili.sentences(20)]
    assert [real("swh").sentence(number).text for number in reversed(range(20))] == told[::-1]
    probe = (
        "from hypergen.data.artificial import *; from hypergen.typology import TypologyTable\n"
        "swahili = ArtificialLanguage.from_table('swh', table=TypologyTable.from_uriel())\n"
        "print(swahili.fingerprint, *(sentence.text for sentence in swahili.sentences(20)), sep='\\n')"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines() == [swahili.fingerprint, *told]


def test_families_share_some_roots_that_others_do_not_have():
    one, sister, other = (
        language(*SOUNDS, code=code, family=f).forms for code, f in (("qaa", "F"), ("qab", "F"), ("qac", "G"))
    )
    own = {name for name in one if one[name] != other[name]}
    lexical = {each.name for upos in ("NOUN", "VERB", "ADJ") for each in concepts_of(upos)}
    assert one == sister
    assert own < lexical
    assert 0.02 < len(own) / len(lexical) < 0.2


def test_a_language_without_a_family_is_one_of_its_own():
    assert (real("swh").family, real("arc").family) == ("Atlantic-Congo", "arc")


def test_the_fingerprint_changes_with_whatever_changes_sentences():
    swahili = real("swh")
    others = [real("swh", seed=1), real("zul"), replace(swahili, family="other"), replace(swahili, code="zul")]
    others += [
        replace(swahili, features={**swahili.features, name: 1 - swahili.features[name]}) for name in READ_FEATURES
    ]
    assert len({each.fingerprint for each in (swahili, *others)}) == len(others) + 1


@pytest.mark.parametrize(
    "spoken_by", [*map(real, CODES), language(), language(*READ_FEATURES)], ids=lambda each: each.code
)
def test_every_sentence_is_a_tree(spoken_by):
    for sentence in spoken_by.sentences(150):
        heads = [token.head for token in sentence.tokens]
        assert heads.count(0) == 1
        assert all((token.head == 0) is (token.deprel == "root") for token in sentence.tokens)
        reached = {0}
        while more := {place for place, head in enumerate(heads, start=1) if head in reached} - reached:
            reached |= more
        assert reached == set(range(len(heads) + 1))
        assert (sentence.tokens[-1].upos, heads[-1]) == ("PUNCT", heads.index(0) + 1)


@pytest.mark.parametrize("code", CODES)
def test_treebanks_are_read_by_what_reads_treebanks(code, tmp_path):
    several = list(real(code).sentences(50))
    (tmp_path / "some.conllu").write_text(
        "".join(s.conllu(f"{code}-{n}") for n, s in enumerate(several)), encoding="utf-8"
    )
    tagged, parsed = (read_conllu(tmp_path / "some.conllu", label=label) for label in ("upos", "deprel"))
    assert [list(each.words) for each in tagged] == [words(each) for each in several]
    assert [each.labels for each in tagged] == [tuple(token.upos for token in each.tokens) for each in several]
    assert [each.heads for each in parsed] == [tuple(token.head for token in each.tokens) for each in several]
    assert all(POS.columns(each) for each in tagged)
    assert all(PARSING.columns(each) for each in parsed)


def test_a_block_of_a_treebank_has_text_labels_and_names():
    sentence = next(
        each for each in real("swh").sentences(200) if any(token.entity == "B-LOC" for token in each.tokens)
    )
    *comments, _, _ = (line for line in f"{sentence.conllu('swh-1')}".split("\n") if line.startswith("#") or not line)
    assert comments == [
        "# sent_id = swh-1", f"# text = {sentence.text}", f"# topic = {sentence.topic}",
        f"# sentiment = {sentence.sentiment}",
    ]  # fmt: skip
    rows = [line.split("\t") for line in sentence.conllu("swh-1").splitlines() if "\t" in line]
    spaced = "".join(row[1] + ("" if "SpaceAfter=No" in row[9] else " ") for row in rows)
    assert spaced.strip() == sentence.text
    assert [("Entity=B-LOC" in row[9]) for row in rows] == [token.entity == "B-LOC" for token in sentence.tokens]


def test_names_of_persons_and_places_are_entities_and_nothing_else_is():
    for token in (token for sentence in real("swh").sentences(300) for token in sentence.tokens):
        kind = {"person": "B-PER", "place": "B-LOC"}[CONCEPTS[token.lemma].classes[0]] if token.upos == "PROPN" else "O"
        assert token.entity == kind


def test_contradictory_word_orders_are_all_used():
    both = language("S_SVO", "S_VSO")
    assert both.word_orders == ("SVO", "VSO")
    assert {order_of(sentence) for sentence in both.sentences(100)} - {""} == {"nsubj root obj", "root nsubj obj"}


def test_a_language_is_called_by_any_of_its_names_and_takes_the_row_that_stands_for_it():
    assert real("Swahili").code == real("swh").code == "swh"
    assert real("lvs").code == "lvs"
    assert list(real("lvs").features.values()) == TABLE.vectors(["lav"])[0].tolist()


def test_a_table_without_the_features_that_rules_read_is_refused():
    with pytest.raises(TypologyError, match=r"reads 221 features .* the table for swh lacks INV_\w+ and \d+ more. Use"):
        ArtificialLanguage.from_table("swh", table=TypologyTable.from_uriel("syntax_knn"))


def test_an_unknown_language_is_refused():
    with pytest.raises(UnknownLanguageError):
        real("qqq")


def test_a_translation_says_the_same_in_every_language_and_is_no_sentence_of_the_text():
    swahili, turkish = real("swh"), real("tur")
    pairs = [(swahili.translation(number), turkish.translation(number)) for number in range(100)]
    assert all((a.topic, a.sentiment) == (b.topic, b.sentiment) for a, b in pairs)
    lemmas = [
        [{token.lemma for token in said.tokens if token.upos in ("NOUN", "VERB")} for said in pair] for pair in pairs
    ]
    assert all(one == other for one, other in lemmas)
    long = {said.text for said, _ in pairs if len(said.tokens) > 8}
    assert long
    assert not long & {said.text for said in swahili.sentences(500)}


def test_open_names_are_new_in_every_sentence_and_change_nothing_else():
    known = real("swh")
    opened = replace(known, open_names=True)
    names = []
    for one, other in zip(known.sentences(300), opened.sentences(300), strict=True):
        for a, b in zip(one.tokens, other.tokens, strict=True):
            assert replace(a, form="") == replace(b, form="")
            assert a.form == b.form or a.entity != "O"
        names.append({token.lemma: token.form for token in other.tokens if token.entity != "O"})
    forms = [form for each in names for form in each.values()]
    assert len(set(forms)) > 0.9 * len(forms) > 50
    assert known.fingerprint != opened.fingerprint
    assert differ(known, opened)


def test_what_is_translated_has_the_same_new_names_in_every_language_of_the_same_sounds():
    one, other = (replace(language(*SOUNDS, code=code), open_names=True) for code in ("swh", "tur"))
    both = [(one.translation(number), other.translation(number)) for number in range(100)]
    assert sum(any(token.upos == "PROPN" for token in sentence.tokens) for sentence, _ in both) > 10
    assert all(words(a) == words(b) for a, b in both)
