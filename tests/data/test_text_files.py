import zstandard

from hypergen.data.text_files import has_blank_lines, text_documents


def test_zst_lines_survive_many_frames_and_a_missing_last_newline(tmp_path):
    path = tmp_path / "swh_Latn.txt.zst"
    path.write_bytes(zstandard.compress(b"moja\nmbi") + zstandard.compress(b"li\ntatu"))
    assert list(text_documents(path, cut=1, max_bytes=None)) == ["moja", "mbili", "tatu"]


def test_a_blank_line_counts_only_between_two_others(tmp_path):
    path = tmp_path / "swh_Latn.txt"
    for content, answer in [("\n\nmoja\nmbili\n\n", False), ("moja\n \t\nmbili", True), ("", False)]:
        path.write_text(content)
        assert has_blank_lines(path) is answer
