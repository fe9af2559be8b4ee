import numpy as np
import pytest

from hypergen.errors import TypologyError
from hypergen.typology import TypologyTable, with_observed
from hypergen.typology.stored import is_uriel, read_table, table_files


def test_it_is_the_table_that_the_feature_sets_name():
    made = with_observed(TypologyTable.from_uriel("phonology_knn+geo"))
    read = TypologyTable.from_uriel(made.feature_sets)
    assert made.feature_sets == read.feature_sets == "phonology_knn+geo+observed"
    assert is_uriel(read.feature_sets)
    assert made.fingerprint == read.fingerprint


def test_values_come_first_and_then_what_was_observed_of_them():
    table = TypologyTable.from_uriel("phonology_knn")
    t, m = with_observed(table).vectors(["swh", "mam"]).chunk(2, dim=-1)
    assert np.array_equal(t, table.vectors(["swh", "mam"]))
    assert np.array_equal(m, table.mask(["swh", "mam"]).float())


def test_coverage_and_the_row_that_stands_for_a_language_stay_what_they_were():
    table = TypologyTable.from_uriel()
    told = with_observed(table)
    for language in ("swh", "yua", "lvs", "nya"):
        assert told.coverage(language) == pytest.approx(table.coverage(language))
        assert told.row_of(language) == table.row_of(language)


def test_a_table_of_ones_own_is_written_and_read_with_the_mask(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("language,a,b\nswh,1,\nyor,,0.5\n", encoding="utf-8")
    told = with_observed(TypologyTable.from_csv(path))
    assert told.vectors(["swh", "yor"]).tolist() == [[1, 0, 1, 0], [0, 0.5, 0, 1]]
    assert not is_uriel(told.feature_sets)
    for name, content in table_files(told).items():
        (tmp_path / name).write_bytes(content)
    assert read_table(tmp_path).fingerprint == told.fingerprint


def test_a_table_that_has_the_mask_is_refused():
    with pytest.raises(TypologyError, match="says already"):
        with_observed(TypologyTable.from_uriel("phonology_knn+observed"))
