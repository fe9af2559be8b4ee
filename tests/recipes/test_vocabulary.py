import json

from .conftest import WORDS, one_sentence


def test_the_share_of_unknown_pieces_is_told_by_language(run, backbone, tmp_path):
    (tmp_path / "text").mkdir()
    (tmp_path / "text/swh_Latn.txt").write_text(" ".join(WORDS[:30]))
    (tmp_path / "text/zgh_Tfng.txt").write_text("kata1 ⴰⵣⵓⵍ ⴰⵣⵓⵍ kata2")
    words = ["--text.directory", tmp_path / "text", "--backbone", backbone, "--out", tmp_path / "shares.json"]
    code, said, error = run("corpus", "vocabulary", *words)
    assert (code, error) == (0, "")
    assert said.index("zgh_Tfng") < said.index("swh_Latn")
    assert "50.00%" in said
    assert "More than 5% [UNK]: zgh_Tfng" in " ".join(said.split())
    rows = {row["name"]: row for row in json.loads((tmp_path / "shares.json").read_text())["rows"]}
    assert (rows["zgh_Tfng"]["unknown_share"], rows["swh_Latn"]["unknown_share"]) == (0.5, 0.0)


def test_shares_that_could_not_be_written_are_refused_before_anything_is_read(run, tmp_path):
    code, _, error = run("corpus", "vocabulary", "--text.directory", tmp_path / "nowhere", "--out", tmp_path)
    assert code == 2
    assert "a directory, where a file was expected" in one_sentence(error)
