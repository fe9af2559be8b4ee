from hypergen.data.artificial import READ_FEATURES
from hypergen.data.artificial.table import rule_table
from hypergen.typology.uriel import MADG_FEATURES, read_uriel

ROWS = rule_table()


def test_every_feature_of_a_rule_is_read_and_every_feature_that_is_read_is_in_a_rule():
    assert {name for row in ROWS for name in row.features} == set(READ_FEATURES)


def test_rules_read_enough_of_syntax_phonology_and_inventory():
    assert set(READ_FEATURES) <= set(read_uriel(MADG_FEATURES).features)
    for prefix, least in (("S_", 60), ("P_", 15), ("INV_", 60)):
        assert sum(name.startswith(prefix) for name in READ_FEATURES) >= least


def test_every_rule_says_what_it_is_about_and_what_holds_where_its_features_are_silent():
    assert all(row.about and row.default and row.features for row in ROWS)


def test_no_two_rows_are_about_the_same():
    assert len({row.about for row in ROWS}) == len(ROWS)
