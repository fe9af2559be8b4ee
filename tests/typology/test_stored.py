import numpy as np
import pytest

from hypergen.errors import TypologyError
from hypergen.typology import TypologyTable
from hypergen.typology.stored import is_uriel, read_table, table_files


@pytest.fixture
def table(tmp_path):
    (tmp_path / "mine.csv").write_text("language,größe,b\nswh,1,\nx-far,0,0.25\n", encoding="utf-8")
    return TypologyTable.from_csv(tmp_path / "mine.csv")


def test_a_table_is_read_back_as_it_was_written(table, tmp_path):
    for name, content in table_files(table).items():
        (tmp_path / name).write_bytes(content)
    read = read_table(tmp_path)
    assert (read.fingerprint, read.feature_sets, read.imputation) == (
        table.fingerprint,
        "mine.csv",
        table.imputation,
    )
    np.testing.assert_array_equal(read.observed, table.observed)


def test_uriel_is_not_copied():
    with pytest.raises(TypologyError, match="only tables of one's own are copied"):
        table_files(TypologyTable.from_uriel("syntax_knn|syntax_average"))


@pytest.mark.parametrize(
    ("feature_sets", "expected"),
    [
        ("syntax_knn", True),
        ("syntax_knn+geo", True),
        ("syntax_wals | syntax_sswl", True),
        ("mine.csv", False),
        ("", False),
    ],
)
def test_uriel_is_known_by_its_feature_sets(feature_sets, expected):
    assert is_uriel(feature_sets) is expected


@pytest.mark.parametrize("name", ["typology.json", "typology.safetensors"])
def test_a_damaged_table_is_said(table, tmp_path, name):
    for file, content in table_files(table).items():
        (tmp_path / file).write_bytes(content)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-2])
    with pytest.raises(TypologyError, match="holds no readable typology table"):
        read_table(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(TypologyError, match="holds no readable typology table"):
        read_table(tmp_path)
