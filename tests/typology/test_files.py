import numpy as np
import pytest

from hypergen.errors import TypologyError
from hypergen.typology.files import read_csv


@pytest.fixture
def write(tmp_path):
    def write_lines(*lines):
        path = tmp_path / "table.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return write_lines


def test_a_csv_table_reads_back_with_empty_cells_missing(write):
    languages, features, values = read_csv(write("language,a,b", "yua,1,", "sw,0.5,0", "", "qaa,,1", "x-mine,0,0"))
    assert languages == ("yua", "swa", "qaa", "x-mine")
    assert features == ("a", "b")
    np.testing.assert_array_equal(values, np.array([[1, np.nan], [0.5, 0], [np.nan, 1], [0, 0]], dtype=np.float32))


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["language,a", "yua,one"], "line 2, column 'a': 'one' is no finite number"),
        (["language,a", "yua,nan"], "line 2, column 'a': 'nan' is no finite number"),
        (["language,a", "yua,1", "spa,1,2"], "line 3: found 3 cells, expected 2"),
        (["language,a", "yuka,1"], r"line 2: 'yuka' is no language.*yua \(Yucatec Maya\)"),
        (["language,a", "swa,1", "sw,1"], "line 3: 'sw' means swa, which already has a row"),
        (["language,a,a", "yua,1,1"], "line 1: expected a header"),
        (["language", "yua"], "line 1: expected a header"),
        ([], "line 1: expected a header"),
        (["language,a"], "has no row below its header"),
    ],
)
def test_a_faulty_csv_table_is_refused_with_the_line(write, lines, sentence):
    with pytest.raises(TypologyError, match=sentence):
        read_csv(write(*lines))


def test_a_csv_table_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(TypologyError, match="there is no typology table at"):
        read_csv(tmp_path / "none.csv")
