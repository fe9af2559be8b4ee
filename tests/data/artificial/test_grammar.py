import itertools
import random
from collections import Counter

import pytest

from hypergen.data.artificial.grammar import RULES, Grammar
from hypergen.typology.uriel import MADG_FEATURES, read_uriel

FEATURES = [feature for rule in RULES for feature, _ in rule.options]
SILENT = Grammar(dict.fromkeys(FEATURES, 0.0))
CONTRADICTORY = Grammar(dict.fromkeys(FEATURES, 1.0))


def grammar(*features: str) -> Grammar:
    return Grammar({name: float(name in features) for name in FEATURES})


def lucks(count: int) -> list[int]:
    rng = random.Random(0)
    return [rng.getrandbits(30) for _ in range(count)]


def test_rules_read_at_least_sixty_features_of_uriels_syntax():
    assert len(set(FEATURES)) >= 60
    assert set(FEATURES) <= {name for name in read_uriel(MADG_FEATURES).features if name.startswith("S_")}


def test_no_feature_allows_two_outcomes_and_no_rule_goes_by_anothers_name():
    assert len(FEATURES) == len(set(FEATURES))
    assert len(RULES) == len({rule.name for rule in RULES}) == len({rule.about for rule in RULES})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_where_its_features_are_silent_a_rule_has_its_default(rule):
    assert {SILENT.choose(rule.name, luck) for luck in lucks(20)} == {rule.default}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_feature_alone_has_its_outcome_always(rule):
    for feature, outcome in rule.options:
        assert {grammar(feature).choose(rule.name, luck) for luck in lucks(20)} == {outcome}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_outcomes_that_contradict_each_other_are_used_equally_often(rule):
    outcomes = {outcome for _, outcome in rule.options}
    counts = Counter(CONTRADICTORY.choose(rule.name, luck) for luck in lucks(3000))
    expected = 3000 / len(outcomes)
    assert set(counts) == outcomes
    assert all(abs(count - expected) < 5 * expected**0.5 for count in counts.values())


def test_rules_decide_each_in_its_own_way():
    two = [rule.name for rule in RULES if len(CONTRADICTORY.allowed(rule.name)) == 2]
    first = {name: CONTRADICTORY.allowed(name)[0] for name in two}
    decided = {name: [CONTRADICTORY.choose(name, luck) == first[name] for luck in lucks(1000)] for name in two}
    for one, other in itertools.combinations(two, 2):
        same = sum(a == b for a, b in zip(decided[one], decided[other], strict=True))
        assert 420 < same < 580, (one, other)  # 500 give or take five standard deviations


def test_two_features_of_one_outcome_count_once():
    both = grammar("S_NEGATIVE_WORD_BEFORE_VERB", "S_NEGATIVE_WORD_ADJACENT_BEFORE_VERB", "S_NEGATIVE_WORD_FINAL")
    assert both.allowed("negative word") == ("before verb", "last")


def test_a_feature_is_taken_for_true_above_one_half():
    values = dict.fromkeys(FEATURES, 0.0)
    assert not Grammar({**values, "S_CASE_MARK": 0.5}).yes("oblique case")
    assert Grammar({**values, "S_CASE_MARK": 0.6}).yes("oblique case")
