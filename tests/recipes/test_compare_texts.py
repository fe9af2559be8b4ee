import pytest

from hypergen.backbones import load_tokenizer
from hypergen.comparison.arguments import LessonArgs
from hypergen.data.blocks import document_hash
from hypergen.errors import CorpusError
from hypergen.evaluation.groups import Splits
from hypergen.recipes.compare_texts import ArtificialTexts, DirectoryTexts, stop_without
from hypergen.recipes.world import World
from hypergen.typology import TypologyTable

SPLITS = Splits(backbone=("eus",), generator=("swh",), development=("fin",), report=("yor",))


@pytest.fixture(scope="module")
def table():
    return TypologyTable.from_uriel()


@pytest.fixture
def texts(text, backbone, tmp_path):
    return DirectoryTexts(
        train=text, target=text, domains={"one": text, "two": text}, splits=SPLITS, tokenizer=load_tokenizer(backbone),
        cache_dir=tmp_path, block_size=16, max_blocks=4, seed=0,
    )  # fmt: skip


def test_what_is_held_back_in_any_domain_is_not_trained_on(texts):
    (corpus,) = texts.corpora(["yor"], amount=None)
    kept = {document_hash(document) for document in corpus.documents()}
    assert kept
    assert not kept & texts._held_back("yor")


def test_every_domain_is_scored_in_the_order_of_the_languages(texts):
    held = texts.held_back(["yor", "eus"])
    assert held.keys() == {"one", "two"}
    assert list(dict.fromkeys(batch.languages[0] for batch in held["two"])) == ["yor", "eus"]


def test_another_seed_draws_other_sentences_and_scores_the_same(texts):
    other = texts.with_seed(1)
    assert other.corpora(["yor"], amount=5)[0].fingerprint != texts.corpora(["yor"], amount=5)[0].fingerprint
    assert len(other.held_back(["yor"])["one"]) == len(texts.held_back(["yor"])["one"])


def test_languages_without_text_are_left_out_and_said(texts, table):
    able, left_out = texts.able(table)
    assert able == {"backbone": {"eus"}, "generator": {"swh"}, "development": set(), "report": {"yor"}}
    assert left_out == ["left out of development, for want of text or typology: fin."]
    with pytest.raises(CorpusError, match="no language of the split 'development'"):
        stop_without(Splits(backbone=("eus",), generator=("swh",), report=("yor",)))


def test_a_lesson_has_text_and_noise_of_its_own_and_bytes_cap_it(texts, table, tmp_path):
    (tmp_path / "edges").mkdir()
    sentences = [f"omi{n} is a type of nkan{n}." for n in range(50)]
    (tmp_path / "edges" / "yor_Latn.txt").write_text("\n".join(sentences), encoding="utf-8")

    def lines(amount, **lesson):
        given = LessonArgs(directory=tmp_path / "edges", **lesson)
        (corpus,) = texts.corpora(["yor"], amount=amount, lesson=given)
        return [line for document in corpus.documents() for line in document.split("\n")]

    assert lines(None) == sentences
    assert lines("0.2kB") == sentences[:8]
    assert lines(None, noise=0.5) != sentences
    with pytest.raises(CorpusError, match="by the sentence, and as it is"):
        ArtificialTexts(World(table, tmp_path, 0), sentences=1, held_back_sentences=1, trained=frozenset(),
                        trained_sentences=1).corpora(["yor"], amount="50kB")  # fmt: skip


def test_artificial_sentences_are_as_many_as_asked_for_and_not_those_held_back(table, tmp_path):
    texts = ArtificialTexts(World(table, tmp_path, 0), sentences=40, held_back_sentences=30, trained=frozenset({"swh"}),
                            trained_sentences=20)  # fmt: skip

    def sentences(code, count):
        (corpus,) = texts.corpora([code], amount=count)
        return [line for document in corpus.documents() for line in document.split("\n")]

    assert [len(sentences("yua", count)) for count in (10, None, 1000)] == [10, 40, 40]
    assert len(sentences("swh", None)) == 20
    assert sentences("yua", 10) == sentences("yua", None)[:10]
    held = texts.held_back(["yua", "swh"])["artificial"]
    assert [batch.languages for batch in held] == [("yua",), ("swh",)]
