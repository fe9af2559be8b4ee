import gzip
import lzma

import pytest

from hypergen.data.sentences import read_sentences
from hypergen.errors import CorpusError

FLORES = {"swh_Latn": ["Habari ya asubuhi.", 'Alisema "karibu".'], "uig_Arab": ["ياخشىمۇسىز؟"]}


@pytest.fixture
def flores(tmp_path):
    root = tmp_path / "devtest"
    root.mkdir()
    for name, sentences in FLORES.items():
        (root / f"{name}.devtest").write_text("\n".join([*sentences, "", ""]), encoding="utf-8")
    (root / "README").write_text("no sentences")
    return root


def table(rows, *columns):
    return "\n".join("\t".join(row) for row in [columns, *rows]) + "\n"


def test_flores_is_a_file_of_lines_a_language(flores):
    assert read_sentences(flores) == FLORES
    assert read_sentences(flores, only=["uig"]) == {"uig_Arab": FLORES["uig_Arab"]}


@pytest.mark.parametrize(("suffix", "opener"), [(".xz", lzma.open), (".gz", gzip.open)])
def test_packed_files_read_like_plain_ones(flores, suffix, opener):
    for path in list(flores.glob("*.devtest")):
        with opener(f"{path}{suffix}", "wb") as file:
            file.write(path.read_bytes())
        path.unlink()
    assert read_sentences(flores) == FLORES


def test_sib_is_a_directory_a_language_or_one_table(tmp_path):
    for name, sentences in FLORES.items():
        (tmp_path / "sib" / name).mkdir(parents=True)
        rows = [(str(i), "travel", text) for i, text in enumerate(sentences)]
        (tmp_path / "sib" / name / "test.tsv").write_text(table(rows, "index_id", "category", "text"), encoding="utf-8")
    rows = [(text, *name.split("_")) for name, sentences in FLORES.items() for text in sentences]
    (tmp_path / "test.tsv").write_text(table(rows, "text", "iso3", "script"), encoding="utf-8")
    assert read_sentences(tmp_path / "sib") == read_sentences(tmp_path / "test.tsv") == FLORES


def test_what_is_no_layout_is_refused_with_those_there_are(flores, tmp_path):
    with pytest.raises(CorpusError, match=r"has no sentences; expected files such as swh_Latn.devtest"):
        read_sentences(tmp_path)
    with pytest.raises(CorpusError, match="no corpus for deu"):
        read_sentences(flores, only=["deu"])
    (flores / "swh_Latn.devtest").write_text("\n\n")
    with pytest.raises(CorpusError, match=r"swh_Latn.devtest has no sentence"):
        read_sentences(flores)
    (flores / "swh_Latn.txt").write_text("Habari\n")
    (flores / "swh_Latn.devtest").write_text("Habari\n")
    with pytest.raises(CorpusError, match="holds swh_Latn twice"):
        read_sentences(flores)


def test_a_table_without_a_column_and_a_damaged_file_are_told(tmp_path):
    (tmp_path / "test.tsv").write_text(table([("Habari", "swh")], "text", "iso3"))
    with pytest.raises(CorpusError, match=r"test.tsv has no column script"):
        read_sentences(tmp_path / "test.tsv")
    (tmp_path / "swh_Latn").mkdir()
    with pytest.raises(CorpusError, match=r"swh_Latn has no test.tsv"):
        read_sentences(tmp_path)
    (tmp_path / "test.tsv").write_bytes(b"text\tiso3\tscript\n\xff\tswh\tLatn\n")
    with pytest.raises(CorpusError, match=r"test\.tsv is not UTF-8 at byte 17"):
        read_sentences(tmp_path / "test.tsv")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("Habari", "swh", "Latn"), ("Habari", "swh")], "line 3 has 2 columns; expected 3 as in line 1"),
        ([("Habari", "", "swh", "Latn")], "line 2 has 4 columns; expected 3 as in line 1"),
        ([], "test.tsv has no sentence; expected lines with one below the header"),
        ([("Habari", "klingon", "Latn")], "line 2 is named after no known language"),
        ([("Habari", "", "")], "line 2 is named '_'; expected <iso3>_<Script>"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_file_and_line(tmp_path, rows, said):
    (tmp_path / "test.tsv").write_text(table(rows, "text", "iso3", "script"))
    with pytest.raises(CorpusError, match=said):
        read_sentences(tmp_path / "test.tsv")


def test_a_column_that_is_named_twice_is_refused(tmp_path):
    (tmp_path / "test.tsv").write_text(table([], "text", "iso3", "script", "text"))
    with pytest.raises(CorpusError, match="line 1 names the column 'text' twice"):
        read_sentences(tmp_path / "test.tsv")


def test_a_byte_order_mark_a_blank_line_and_a_long_text_are_taken(tmp_path):
    text = "a" * 200_000
    (tmp_path / "test.tsv").write_text("\ufeff" + table([(text, "swh", "Latn")], "text", "iso3", "script") + "\r\n")
    assert read_sentences(tmp_path / "test.tsv") == {"swh_Latn": [text]}
    (tmp_path / "swh_Latn.txt").write_text("\ufeffHabari\n")
    assert read_sentences(tmp_path) == {"swh_Latn": ["Habari"]}


def test_an_empty_list_of_languages_is_refused(flores):
    with pytest.raises(CorpusError, match=r"no language of .* was asked for.*leave the list out to take all"):
        read_sentences(flores, only=[])
