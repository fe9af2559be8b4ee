from hypergen.data.conceptnet_wordings import PREDICATES_12, PREDICATES_33, predicates, sentence


def test_there_are_twelve_and_thirty_three_wordings_no_two_alike():
    for table, num in ((PREDICATES_12, 12), (PREDICATES_33, 33)):
        assert len(table) == len(set(table.values())) == num


def test_the_later_table_words_two_of_the_twelve_relations_anew():
    changed = {relation for relation, told in PREDICATES_12.items() if PREDICATES_33[relation] != told}
    assert changed == {"HasContext", "SymbolOf"}


def test_correcting_changes_the_six_wordings_that_run_backwards_and_no_other():
    published, corrected = predicates(33, wording="published"), predicates(33, wording="corrected")
    backwards = {relation for relation, told in published.items() if corrected[relation] != told}
    assert backwards == {"HasA", "AtLocation", "HasSubevent", "ObstructedBy", "CreatedBy", "DefinedAs"}
    assert len(set(corrected.values())) == 33
    assert predicates(12, wording="published") == predicates(12, wording="corrected") == PREDICATES_12


def test_a_sentence_is_start_predicate_end_and_a_full_stop():
    assert sentence("bird", predicates()["HasA"], "wing") == "bird has wing."
