import pytest

from hypergen.data.batches import masking_rules
from hypergen.data.blocks import blocks, document_hash
from hypergen.data.corpora import Corpus
from hypergen.data.held_back import corpora_in, first_sentences, held_back_batches, held_back_hashes

DOCUMENTS = [f"wa{n} wa{n + 1} wa{n + 2}\nwa{n} wa7 wa8 wa9" for n in range(60)]


def corpus(documents, *, language="swh", script="Latn"):
    return Corpus(language, script, f"{language}{script}{len(documents)}", read=lambda: iter(documents))


def lines(corpora):
    return [line for each in corpora for document in each.documents() for line in document.split("\n")]


def test_only_the_languages_and_scripts_asked_for_are_read(tmp_path):
    for name in ("swh_Latn", "swh_Arab", "yua_Latn"):
        (tmp_path / f"{name}.txt").write_text(f"some words of {name}\n\nand some more\n", encoding="utf-8")
    assert [each.name for each in corpora_in(tmp_path, languages=["swh"])] == ["swh_Arab", "swh_Latn"]
    assert [each.name for each in corpora_in(tmp_path, languages=["swh", "yua"], left_out_scripts=["Arab"])] == [
        "swh_Latn", "yua_Latn"
    ]  # fmt: skip
    assert corpora_in(tmp_path, languages=["zul"]) == ()


def test_what_blocks_hold_back_is_known_by_its_hashes(tokenizer, tmp_path):
    for documents in (DOCUMENTS, DOCUMENTS[:9]):  # of the nine none is below the threshold, so the first in line is
        held = held_back_hashes(corpus(documents), validation_share=0.1)
        kept = [document for document in documents if document_hash(document) not in held]
        given = {"tokenizer": tokenizer, "block_size": 6, "cache_dir": tmp_path}
        split = blocks(corpus(documents), split="train", validation_share=0.1, **given)
        alone = blocks(corpus(kept, script="Arab"), split="train", validation_share=0.0, **given)
        assert split["input_ids"] == alone["input_ids"]
    assert not held_back_hashes(corpus(DOCUMENTS), validation_share=0.0)


def test_nothing_held_back_is_trained_on():
    without = {"swh": {document_hash(document) for document in DOCUMENTS[:30]}}
    found = lines(first_sentences([corpus(DOCUMENTS)], sentences=None, without=without, seed=0))
    assert sorted(found) == sorted("\n".join(DOCUMENTS[30:]).split("\n"))


@pytest.mark.parametrize("count", [1, 3, 10])
def test_so_many_sentences_are_taken(count):
    found = lines(first_sentences([corpus(DOCUMENTS)], sentences=count, without={}, seed=0))
    assert len(found) == count
    assert set(found) <= set("\n".join(DOCUMENTS).split("\n"))


def test_fewer_sentences_are_the_first_of_more_and_other_seeds_draw_others():
    few, more = (lines(first_sentences([corpus(DOCUMENTS)], sentences=n, without={}, seed=0)) for n in (4, 20))
    assert more[:4] == few
    assert lines(first_sentences([corpus(DOCUMENTS)], sentences=20, without={}, seed=1)) != more


def test_so_many_bytes_are_taken_in_whole_lines():
    for most in (1, 40, 1000):
        found = lines(first_sentences([corpus(DOCUMENTS)], max_bytes=most, without={}, seed=0))
        every = lines(first_sentences([corpus(DOCUMENTS)], without={}, seed=0, sentences=len(found) + 1))
        assert found == every[:-1]
        assert len("\n".join(found).encode()) + 1 <= most or not found
        assert len("\n".join(every).encode()) + 1 > most


def test_what_one_script_fills_leaves_nothing_for_the_next():
    both = [corpus(DOCUMENTS, script="Arab"), corpus(["a\nb\nc"], script="Latn")]
    assert [each.script for each in first_sentences(both, max_bytes=110, without={}, seed=0)] == ["Arab"]


def test_two_scripts_of_a_language_share_its_sentences():
    both = [corpus(DOCUMENTS[:2], script="Arab"), corpus(DOCUMENTS, script="Latn"), corpus(DOCUMENTS, language="yua")]
    found = first_sentences(both, sentences=10, without={}, seed=0)
    assert {each.name: len(lines([each])) for each in found} == {"swh_Arab": 4, "swh_Latn": 6, "yua_Latn": 10}


def test_other_sentences_have_another_fingerprint():
    few, more = (first_sentences([corpus(DOCUMENTS)], sentences=n, without={}, seed=0)[0].fingerprint for n in (4, 5))
    assert few != more


def test_held_back_batches_are_of_one_language_and_a_corpus_too_small_is_left_out(tokenizer, tmp_path):
    rule = masking_rules(tokenizer, groups=["text"], objectives={})["text"]
    with pytest.warns(UserWarning, match="yua_Latn has less than a block of held-back text"):
        found = held_back_batches(
            [corpus(DOCUMENTS), corpus(["wa1"], language="yua")], tokenizer=tokenizer, rule=rule, cache_dir=tmp_path,
            block_size=8, validation_share=0.2,
        )  # fmt: skip
    assert found.keys() == {"swh"}
    assert all(batch.languages == ("swh",) for batch in found["swh"])
