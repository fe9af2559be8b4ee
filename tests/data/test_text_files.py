import pytest
import zstandard

from hypergen.data.text_files import has_blank_lines, text_documents, text_lines
from hypergen.errors import CorpusError


def test_zst_lines_survive_many_frames_and_a_missing_last_newline(tmp_path):
    path = tmp_path / "swh_Latn.txt.zst"
    path.write_bytes(zstandard.compress(b"moja\nmbi") + zstandard.compress(b"li\ntatu"))
    assert list(text_documents(path, cut=1, max_bytes=None)) == ["moja", "mbili", "tatu"]


def test_a_blank_line_counts_only_between_two_others(tmp_path):
    path = tmp_path / "swh_Latn.txt"
    for content, answer in [("\n\nmoja\nmbili\n\n", False), ("moja\n \t\nmbili", True), ("", False)]:
        path.write_text(content)
        assert has_blank_lines(path) is answer


def test_lines_that_end_in_carriage_returns_alone_are_refused_with_the_way_out(tmp_path):
    path = tmp_path / "swh_Latn.txt"
    for content in (b"moja\rmbili\rtatu", b"\xef\xbb\xbfmoja\r\rmbili\r"):
        path.write_bytes(content)
        with pytest.raises(CorpusError, match=r"carriage returns alone.*line feeds: convert it.* tr "):
            list(text_lines(path))


def test_a_carriage_return_before_a_line_feed_or_inside_a_line_is_taken(tmp_path):
    path = tmp_path / "swh_Latn.txt"
    path.write_bytes(b"moja\r\nmbili\rtatu\r\nnne\r")
    assert list(text_lines(path)) == ["moja\r\n", "mbili\rtatu\r\n", "nne\r"]
    path.write_bytes(b"moja\r")
    assert list(text_lines(path)) == ["moja\r"]
