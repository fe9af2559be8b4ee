import pytest

from hypergen.data.artificial import READ_FEATURES, ArtificialLanguage
from hypergen.typology import TypologyTable

from .conftest import one_sentence


def test_text_and_trees_of_each_language_are_written(run, tmp_path):
    code, said, error = run("corpus", "artificial", "swh", "Yucatec Maya", "--sentences", 30, "--out", tmp_path / "out")
    assert (code, error) == (0, "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "swh_Latn.conllu", "swh_Latn.txt", "yua_Latn.conllu", "yua_Latn.txt",
    ]  # fmt: skip
    maya = ArtificialLanguage.from_table("yua", table=TypologyTable.from_uriel())
    lines = (tmp_path / "out" / "yua_Latn.txt").read_text(encoding="utf-8").split()
    assert lines == " ".join(sentence.text for sentence in maya.sentences(30)).split()
    assert (tmp_path / "out" / "yua_Latn.conllu").read_text(encoding="utf-8").count("# sent_id = yua-") == 30
    assert maya.sentence(0).text in said


def test_the_seed_decides_what_is_talked_about_and_nothing_else_does(run, tmp_path):
    for name, seed in (("one", 1), ("again", 1), ("two", 2)):
        assert run("corpus", "artificial", "swh", "--sentences", 5, "--seed", seed, "--out", tmp_path / name)[0] == 0
    one, again, two = ((tmp_path / name / "swh_Latn.txt").read_bytes() for name in ("one", "again", "two"))
    assert one == again != two


def test_open_names_change_entities_and_nothing_else(run, tmp_path):
    for name in ("false", "true"):
        words = ("--sentences", 100, "--open_names", name, "--out", tmp_path / name)
        assert run("corpus", "artificial", "swh", *words)[0] == 0
    known, opened = (
        (tmp_path / name / "swh_Latn.conllu").read_text(encoding="utf-8").splitlines() for name in ("false", "true")
    )
    changed = [pair for pair in zip(known, opened, strict=True) if pair[0] != pair[1] and not pair[0].startswith("#")]
    assert len(changed) > 10
    assert all("Entity=B-" in line for pair in changed for line in pair)


def test_the_rules_are_printed_with_every_feature_they_read(run):
    code, said, error = run("corpus", "artificial", "--rules", "true")
    assert (code, error) == (0, "")
    assert set(READ_FEATURES) <= set(said.split())
    assert "order in main clauses with subject and object" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "name one or more languages and where to write them"),
        (["yua"], "name one or more languages and where to write them"),
        (["--out", "x"], "or give --rules true for the table of rules"),
        (["yua", "--rules", "true"], "prints the table of rules and writes nothing"),
        (["yua", "--out", "x", "--sentences", "0"], "0 sentences were asked for; a corpus needs at least 1"),
        (["yuccatec", "--out", "x"], "yuccatec"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_writes_nothing(run, words, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, error = run("corpus", "artificial", *words)
    assert code == 2
    assert sentence in one_sentence(error)
    assert list(tmp_path.iterdir()) == []
