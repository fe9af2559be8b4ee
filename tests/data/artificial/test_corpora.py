import pytest

from hypergen.data.artificial import ArtificialLanguage, Sentence
from hypergen.data.artificial.corpora import HELD_BACK, artificial_corpora, write_language
from hypergen.data.corpora import text_corpora
from hypergen.errors import CorpusError

from .conftest import SOUNDS, language, spoken


def test_documents_are_the_sentences_in_order_twenty_five_at_a_time():
    (corpus,) = artificial_corpora([spoken()], num_sentences=60, start=10)
    documents = [document.split("\n") for document in corpus.documents()]
    assert [len(lines) for lines in documents] == [25, 25, 10]
    assert [line for lines in documents for line in lines] == [
        sentence.text for sentence in spoken().sentences(60, start=10)
    ]
    assert list(corpus.documents()) == list(corpus.documents())


def test_each_language_has_its_corpus_in_latin_letters():
    corpora = artificial_corpora([language(code="qab"), language(code="qaa")], num_sentences=1)
    assert [corpus.name for corpus in corpora] == ["qab_Latn", "qaa_Latn"]


def test_other_text_has_another_fingerprint():
    wanted = [(spoken(), 60, 0), (spoken(), 61, 0), (spoken(), 60, 1), (spoken("VSO"), 60, 0)]
    prints = {artificial_corpora([each], num_sentences=n, start=s)[0].fingerprint for each, n, s in wanted}
    assert len(prints) == len(wanted)
    (again,) = artificial_corpora([spoken()], num_sentences=60)
    assert again.fingerprint in prints


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"num_sentences": 0}, "0 sentences were asked for; a corpus needs at least 1"),
        (
            {"num_sentences": 2, "start": HELD_BACK - 1},
            "reach into those held back, from 1000000 on; ask for 1 at most",
        ),
    ],
)
def test_no_sentences_and_sentences_across_the_border_are_refused(wanted, sentence):
    with pytest.raises(CorpusError, match=sentence):
        artificial_corpora([spoken()], **wanted)


def test_held_back_sentences_are_others_than_those_to_train_on():
    trained, held_back = (
        {sentence.text for sentence in spoken().sentences(400, start=start)} for start in (0, HELD_BACK)
    )
    assert len(trained & held_back) < 0.03 * len(held_back)  # short ones that come up twice by chance


def test_what_is_written_reads_back(tmp_path):
    maya = language(*SOUNDS, code="yua")
    write_language(maya, tmp_path / "out", num_sentences=30)
    (read,), (made,) = text_corpora(tmp_path / "out"), artificial_corpora([maya], num_sentences=30)
    assert read.name == made.name == "yua_Latn"
    assert list(read.documents()) == list(made.documents())
    trees = (tmp_path / "out" / "yua_Latn.conllu").read_text(encoding="utf-8")
    assert trees == "".join(sentence.conllu(f"yua-{n}") for n, sentence in enumerate(maya.sentences(30)))


def test_files_appear_whole_or_not_at_all(tmp_path, monkeypatch):
    write_language(spoken(), tmp_path, num_sentences=5)
    before = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    sentence = ArtificialLanguage.sentence

    def interrupted(language: ArtificialLanguage, number: int) -> Sentence:
        if number == 3:
            raise KeyboardInterrupt
        return sentence(language, number)

    monkeypatch.setattr(ArtificialLanguage, "sentence", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_language(spoken("VSO"), tmp_path, num_sentences=5)
    assert {name: (tmp_path / name).read_text(encoding="utf-8") for name in before} == before
