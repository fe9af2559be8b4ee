import gzip

import pytest

from hypergen.data.tables import numbered_lines, read_delimited
from hypergen.errors import CorpusError, TaskError


def test_rows_are_by_column_and_by_line_and_blank_lines_and_quotes_mean_nothing(tmp_path):
    (tmp_path / "a.tsv.gz").write_bytes(gzip.compress(b'text\tlabel\r\n\n"Habari\t1\n'))
    columns, rows = read_delimited(tmp_path / "a.tsv.gz")
    assert columns == ["text", "label"]
    assert list(rows) == [(3, {"text": '"Habari', "label": "1"})]


@pytest.mark.parametrize("error", [CorpusError, TaskError])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a\tb\ta\n", "line 1 names the column 'a' twice"),
        ("a\tb\n1\n", "line 2 has 1 columns; expected 2"),
        ("a\tb\n1\t2\n1\t2\r3\n", "line 3 has a carriage return inside"),
    ],
)
def test_what_is_no_table_is_said_with_its_line_by_the_error_that_was_asked_for(tmp_path, content, words, error):
    (tmp_path / "a.tsv").write_bytes(content.encode())
    with pytest.raises(error, match=words):
        list(read_delimited(tmp_path / "a.tsv", error=error)[1])


def test_lines_are_counted_from_one_and_lose_their_ends(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"one\r\ntwo\n\nfour")
    assert list(numbered_lines(tmp_path / "a.txt")) == [(1, "one"), (2, "two"), (3, ""), (4, "four")]
