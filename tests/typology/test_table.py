import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from hypergen.errors import TypologyError, UnknownLanguageError
from hypergen.languages import Language
from hypergen.typology import MADG_FEATURES, TypologyTable


@pytest.fixture(scope="module")
def uriel():
    return TypologyTable.from_uriel()


@pytest.fixture
def small():
    """Four languages by three features; of Latvian's own code nothing was observed."""
    return TypologyTable(
        languages=("lav", "lvs", "lit", "x-made"),
        features=("S_A", "S_B", "P_C"),
        values=np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [1, 1, 1]], dtype=np.float32),
        observed=np.array([[1, 1, 0], [0, 0, 0], [1, 1, 1], [1, 1, 1]], dtype=np.bool_),
        feature_sets="made up",
        imputation="none",
    )


def test_the_features_of_madg_load_within_the_time_of_a_breath():
    start = time.process_time()
    TypologyTable.from_uriel()
    assert time.process_time() - start < 1.5


def test_7970_languages_have_289_features_of_103_28_and_158(uriel):
    assert uriel.values.shape == (7970, 289)
    counts = [sum(feature.startswith(prefix) for feature in uriel.features) for prefix in ("S_", "P_", "INV_")]
    assert counts == [103, 28, 158]
    assert set(np.unique(uriel.values)) == {0, 1}


def test_3357_languages_have_any_observed_value(uriel):
    assert uriel.observed.any(axis=1).sum() == 3357


def test_5776_vectors_are_distinct_and_3030_languages_share_theirs(uriel):
    _, counts = np.unique(uriel.values, axis=0, return_counts=True)
    assert len(counts) == 5776
    assert counts[counts > 1].sum() == 3030


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("kur", "ckb", 26),
        ("lav", "lvs", 28),
        ("nep", "npi", 26),
        ("zho", "cmn", 18),
        ("msa", "zsm", 15),
        ("swa", "swh", 2),
    ],
)
def test_the_code_changes_the_vector(uriel, one, other, distance):
    rows = [uriel.languages.index(code) for code in (one, other)]
    assert (uriel.values[rows[0]] != uriel.values[rows[1]]).sum() == distance


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("ori", 208), ("ory", 0), ("lav", 104), ("lvs", 0), ("nep", 248), ("npi", 17), ("aka", 256), ("twi", 33),
        ("ara", 284), ("arb", 66),
    ],
)  # fmt: skip
def test_the_code_changes_how_much_was_observed(uriel, code, count):
    assert uriel.observed[uriel.languages.index(code)].sum() == count


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("yua", "yua"),
        ("ory", "ori"),
        ("lvs_Latn", "lav"),
        ("npi_Deva", "nep"),
        ("twi", "aka"),
        ("arb", "ara"),
        ("zh", "zho"),
    ],
)
def test_the_best_known_row_among_related_codes_stands_for_a_language(uriel, text, row):
    assert uriel.row_of(text) == row


def test_in_a_tie_a_language_keeps_its_own_row(uriel):
    geo = TypologyTable.from_uriel("geo")
    assert geo.row_of("arb") == "arb"
    assert geo.row_of("ara") == "ara"


def test_every_code_of_uriel_is_a_language_hypergen_knows(uriel):
    unlike = {code for code in uriel.languages if Language.parse(code).iso3 != code}
    assert unlike == {"alb", "gre"}, "bibliographic codes mean sqi and ell, as they do everywhere else"


def test_vectors_and_masks_come_as_tensors_of_the_resolved_rows(small):
    torch.testing.assert_close(small.vectors(["lvs", "lit"]), torch.tensor([[1.0, 1, 0], [1, 1, 1]]))
    torch.testing.assert_close(small.mask(["lvs", "lit"]), torch.tensor([[True, True, False], [True, True, True]]))


def test_writing_into_vectors_leaves_the_table_as_it_was(small):
    small.vectors(["lit"]).zero_()
    assert small.vectors(["lit"]).sum() == 3


def test_a_table_cannot_be_written_into(small):
    with pytest.raises(ValueError, match="read-only"):
        small.values[0, 0] = 7


def test_coverage_is_the_share_of_observed_features(small):
    assert small.coverage("lvs") == pytest.approx(2 / 3)


def test_duplicates_are_the_other_rows_with_the_same_values(small):
    assert small.duplicates("lit") == ("x-made",)
    assert small.duplicates("lvs") == ()


def test_an_invented_language_is_known_to_its_table_alone(small):
    assert small.row_of("x-made") == "x-made"
    with pytest.raises(UnknownLanguageError):
        small.row_of("x-other")


@pytest.mark.parametrize(("metric", "distance"), [("hamming", 1), ("cosine", 1 - 2 / np.sqrt(6)), ("euclidean", 1)])
def test_the_nearest_languages_come_first_with_their_distances(small, metric, distance):
    found = small.nearest("lav", k=2, metric=metric)
    assert found[0] == ("lit", pytest.approx(distance, abs=1e-6))
    assert len(found) == 2


def test_the_nearest_may_be_sought_among_some_languages(small):
    assert small.nearest("lit", among=["lvs", "lit"]) == [("lvs", 1.0)]


def test_a_language_with_the_same_row_is_no_neighbour(small):
    assert small.nearest("lav", among=["lvs", "ltg", "lit"]) == [("lit", 1.0)]
    assert small.nearest("lvs", among=["lav", "ltg"]) == []
    assert [code for code, _ in small.nearest("lvs")] == ["lit", "x-made"]


def test_a_neighbour_keeps_the_code_it_was_asked_for_by(small):
    assert [code for code, _ in small.nearest("lit", among=["ltg", "lvs_Latn"])] == ["ltg", "lvs_Latn"]


def test_an_alias_that_is_a_row_stands_for_itself_where_nothing_else_does(small):
    assert replace(small, languages=("alb", "lvs", "lit", "x-made")).row_of("alb") == "alb"


def test_fewer_than_one_neighbour_cannot_be_asked_for(small):
    with pytest.raises(TypologyError, match="k is 0"):
        small.nearest("lit", k=0)


def test_a_zero_vector_is_at_cosine_distance_one(small):
    zero = replace(small, values=np.zeros_like(small.values))
    assert {distance for _, distance in zero.nearest("lit", metric="cosine")} == {1.0}


def test_a_selection_answers_as_the_whole_table_does(uriel):
    codes = ["yua", "lvs", "swh", "zho", "cmn"]
    part = uriel.select(codes)
    assert part.languages == ("yua", "lav", "swh", "zho")
    torch.testing.assert_close(part.vectors(codes), uriel.vectors(codes))
    torch.testing.assert_close(part.mask(codes), uriel.mask(codes))


def test_a_language_without_a_row_is_answered_with_relatives_that_have_one(uriel):
    part = uriel.select(["yua", "kek", "spa"])
    with pytest.raises(
        TypologyError, match=r"no row for quc \(K'iche'\); of its family Mayan it has yua .*kek .*; give one"
    ):
        part.vectors(["quc"])
    with pytest.raises(TypologyError, match=r"no row for fin \(Finnish\); nor has it any of its family Uralic"):
        part.vectors(["fin"])


def test_the_fingerprint_changes_with_values_mask_names_and_order(small):
    others = [
        replace(small, values=small.values + 1),
        replace(small, observed=~small.observed),
        replace(small, languages=("lav", "lvs", "lit", "x-mode")),
        replace(small, features=("S_A", "S_", "BP_C")),
        small.select(["lit", "lav", "x-made"]),
    ]
    assert len({table.fingerprint for table in (small, *others)}) == 6
    assert replace(small, feature_sets="another name").fingerprint == small.fingerprint
    assert len(small.fingerprint) == 64


def test_a_csv_table_fills_missing_cells_with_zero_and_says_so(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("language,a,b\nyua,1,\nqaa,0.5,0\n", encoding="utf-8")
    table = TypologyTable.from_csv(path)
    np.testing.assert_array_equal(table.values, [[1, 0], [0.5, 0]])
    np.testing.assert_array_equal(table.observed, [[True, False], [True, True]])
    assert (table.feature_sets, table.imputation) == ("mine.csv", "0 where the file has no value")


def test_parts_that_do_not_fit_together_are_refused(small):
    with pytest.raises(TypologyError, match="3 languages and 3 features need"):
        replace(small, languages=small.languages[:3])
    with pytest.raises(TypologyError, match="lav has two rows"):
        replace(small, languages=("lav", "lvs", "lit", "lav"))
    with pytest.raises(TypologyError, match="NaN"):
        replace(small, values=small.values * np.float32(np.nan))


def test_coverage_is_of_how_a_language_works_and_not_of_its_family_and_place():
    plain, more = TypologyTable.from_uriel(), TypologyTable.from_uriel(f"{MADG_FEATURES}+fam+geo")
    assert more.coverage("yua") == plain.coverage("yua")
    assert more.coverage("poa") == plain.coverage("poa") == 0
    assert more.typological.features == plain.features
    assert more.typological.nearest("yua", k=3) == plain.nearest("yua", k=3)
    assert plain.typological is plain
    assert TypologyTable.from_uriel("fam").coverage("yua") == 1
