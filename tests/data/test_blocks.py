import shutil
from collections import Counter
from dataclasses import replace

import pytest

from hypergen.data.blocks import blocks, document_hash, num_tokens, tokenizer_fingerprint
from hypergen.errors import CorpusError

from .conftest import corpus_of, numbered, tiny_tokenizer


def everything(corpus, tokenizer, cache_dir, *, block_size):
    options = {"tokenizer": tokenizer, "cache_dir": cache_dir, "block_size": block_size}
    return blocks(corpus, split="train", validation_share=0.0, **options)


def both(corpus, tokenizer, cache_dir, *, block_size=16, **options):
    options |= {"tokenizer": tokenizer, "cache_dir": cache_dir, "block_size": block_size}
    return [blocks(corpus, split=split, **options) for split in ("train", "validation")]


def test_packing_loses_nothing_but_the_tail_and_never_pads(tokenizer, tmp_path):
    documents = numbered(300, words=7)
    train, held_out = both(corpus_of(documents), tokenizer, tmp_path, block_size=16, validation_share=0.2)
    sides = {False: [], True: []}
    for document in documents:
        ids = tokenizer(document, add_special_tokens=False)["input_ids"]
        sides[document_hash(document) % 10_000 < 2000] += ids
    for packed, ids in ((train, sides[False]), (held_out, sides[True])):
        rows = packed["input_ids"]
        assert all(len(row) == 16 and row[0] == 2 and row[-1] == 3 and 0 not in row for row in rows)
        content = [token for row in rows for token in row[1:-1]]
        assert content == ids[: len(content)]
        assert len(ids) - len(content) < 14
        assert num_tokens(packed) == 16 * len(rows)


def test_the_column_is_int32_of_one_length(tokenizer, tmp_path):
    train, _ = both(corpus_of(numbered(500)), tokenizer, tmp_path, block_size=32)
    assert train.column_names == ["input_ids"]
    assert (train.features["input_ids"].length, train.features["input_ids"].feature.dtype) == (32, "int32")


def test_the_same_document_always_lands_on_the_same_side(tokenizer, tmp_path):
    shared = numbered(200, words=1)
    ids = {}
    for name, documents in (("a", shared), ("b", numbered(40, start=250) + shared[::-1])):
        packed = both(corpus_of(documents, language=name), tokenizer, tmp_path, block_size=3, validation_share=0.3)
        ids[name] = [Counter(row[1] for row in side["input_ids"]) for side in packed]
    known = [i + 5 for i in range(200) if document_hash(shared[i]) % 10_000 < 3000]
    for name in "ab":
        assert all(ids[name][1][token] for token in known)
    assert not set(ids["a"][0]) & set(known)


def test_validation_is_about_the_share_asked_for():
    held_out = sum(document_hash(f"document {i}") % 10_000 < 500 for i in range(20_000))
    assert 850 < held_out < 1150  # binomial: 1000 with standard deviation 31


def test_a_corpus_without_a_document_for_validation_gives_one_anyway(tokenizer, tmp_path):
    documents = [d for d in numbered(80, words=12) if document_hash(d) % 10_000 >= 500][:20]
    train, held_out = both(corpus_of(documents), tokenizer, tmp_path, block_size=12)
    chosen = min(documents, key=lambda d: (document_hash(d) % 10_000, document_hash(d)))
    assert held_out["input_ids"][0][1:-1] == tokenizer(chosen, add_special_tokens=False)["input_ids"][:10]
    assert len(held_out) == 1
    assert len(train) == 19 * 13 // 10


def test_a_block_of_unknown_words_only_is_left_out(tokenizer, tmp_path):
    documents = ["ܫܠܡܐ " * 40, "wa1 " * 20]
    packed = everything(corpus_of(documents), tokenizer, tmp_path, block_size=12)
    assert [set(row[1:-1]) for row in packed["input_ids"]] == [{6}, {6}]
    with pytest.raises(CorpusError, match="or the tokenizer does not know its script"):
        everything(corpus_of(documents[:1]), tokenizer, tmp_path, block_size=12)


def test_no_share_means_all_is_for_training(tokenizer, tmp_path):
    packed = blocks(
        corpus_of(numbered(10)),
        tokenizer=tokenizer,
        split="train",
        block_size=13,
        validation_share=0.0,
        cache_dir=tmp_path,
    )
    assert len(packed) == 10


def test_a_second_call_reads_the_cache_and_not_the_corpus(tokenizer, tmp_path):
    corpus = corpus_of(numbered(200))
    first, held_out = both(corpus, tokenizer, tmp_path)

    def fails():
        raise AssertionError("the corpus was read again")

    again, held_out_again = both(replace(corpus, read=fails), tokenizer, tmp_path)
    assert first["input_ids"][:] == again["input_ids"][:]
    assert held_out["input_ids"][:] == held_out_again["input_ids"][:]
    assert again.cache_files, "the blocks should be mapped from a file"


def test_the_cache_is_keyed_by_corpus_tokenizer_size_and_share(tokenizer, tmp_path):
    corpus = corpus_of(numbered(400))
    common = {"tokenizer": tokenizer, "split": "train", "cache_dir": tmp_path}
    blocks(corpus, **common)
    blocks(corpus, **{**common, "tokenizer": tiny_tokenizer(num_words=600)})
    blocks(corpus, **common, block_size=64)
    blocks(corpus, **common, validation_share=0.1)
    blocks(replace(corpus, fingerprint="other"), **common)
    assert len(list(tmp_path.iterdir())) == 5
    blocks(corpus, **common)
    blocks(corpus, **common, fingerprint=tokenizer_fingerprint(tokenizer))
    assert len(list(tmp_path.iterdir())) == 5


def test_a_tokenizer_is_known_by_its_rules_not_by_its_last_call():
    one, other = tiny_tokenizer(), tiny_tokenizer()
    other(["wa1 wa2", "wa3"], padding=True, truncation=True, max_length=2)
    assert tokenizer_fingerprint(one) == tokenizer_fingerprint(other)
    other.add_tokens(["habari"])
    assert tokenizer_fingerprint(one) != tokenizer_fingerprint(other)


def test_truncation_left_on_by_another_call_cuts_nothing(tmp_path):
    tokenizer = tiny_tokenizer()
    tokenizer(["wa1 wa2", "wa3"], padding="max_length", truncation=True, max_length=4)
    packed = blocks(
        corpus_of(numbered(10)),
        tokenizer=tokenizer,
        split="train",
        block_size=13,
        validation_share=0.0,
        cache_dir=tmp_path,
    )
    assert len(packed) == 10


def test_work_that_was_killed_leaves_no_cache_behind(tokenizer, tmp_path):
    def broken():
        yield from numbered(300)
        raise KeyboardInterrupt

    corpus = corpus_of(numbered(300))
    with pytest.raises(KeyboardInterrupt):
        both(replace(corpus, read=broken), tokenizer, tmp_path)
    assert not list(tmp_path.iterdir())
    (tmp_path / ".half-written-by-a-process-that-died").mkdir()
    assert len(both(corpus, tokenizer, tmp_path)[0])


def test_a_slower_process_takes_the_files_of_the_faster_one(tokenizer, tmp_path):
    corpus = corpus_of(numbered(200))
    both(corpus, tokenizer, tmp_path / "one")

    def overtaken():
        yield from corpus.documents()
        shutil.copytree(tmp_path / "one", tmp_path / "two", dirs_exist_ok=True)

    train, _ = both(replace(corpus, read=overtaken), tokenizer, tmp_path / "two")
    assert len(train)
    assert len(list((tmp_path / "two").iterdir())) == 1


def test_progress_counts_documents(tokenizer, tmp_path):
    done: list[int] = []
    blocks(corpus_of(numbered(600)), tokenizer=tokenizer, split="train", cache_dir=tmp_path, progress=done.append)
    assert sum(done) == 600
    assert len(done) > 1


def test_a_corpus_too_small_for_a_block_says_so(tokenizer, tmp_path):
    corpus = corpus_of(["wa1 wa2", "wa3"])
    for split in ("train", "validation"):
        with pytest.raises(CorpusError, match=f"swh_Latn has too little text for one {split} block of 128"):
            blocks(corpus, tokenizer=tokenizer, split=split, cache_dir=tmp_path)


@pytest.mark.parametrize("options", [{"block_size": 2}, {"validation_share": 1.0}, {"validation_share": -0.1}])
def test_options_out_of_range_are_refused(tokenizer, tmp_path, options):
    with pytest.raises(CorpusError, match="expected"):
        blocks(corpus_of(numbered(9)), tokenizer=tokenizer, split="train", cache_dir=tmp_path, **options)


def test_a_decoder_gets_the_beginning_and_end_it_has(tmp_path):
    tokenizer = tiny_tokenizer()
    tokenizer.cls_token = tokenizer.sep_token = None
    tokenizer.bos_token = "wa0"
    packed = blocks(
        corpus_of(numbered(10)),
        tokenizer=tokenizer,
        split="train",
        block_size=12,
        validation_share=0.0,
        cache_dir=tmp_path,
    )
    assert [row[0] for row in packed["input_ids"]] == [5] * 10
    assert packed["input_ids"][0][1:] == tokenizer(numbered(1)[0], add_special_tokens=False)["input_ids"]


def test_marks_stand_below_the_tokens_they_are_of(tokenizer, tmp_path):
    documents = ["\n".join(f"wa{i} wa{k} is a type of wa{i + k} ." for k in range(20)) for i in range(20)]
    options = {"split": "train", "validation_share": 0.0, "block_size": 16, "cache_dir": tmp_path}
    packed = blocks(corpus_of(documents), tokenizer=tokenizer, marks=True, **options)
    tokens = [token for row in packed["input_ids"] for token in row[1:-1]]
    marks = [mark for row in packed["marks"] for mark in row[1:-1]]
    assert marks == ([1, 1, 2, 2, 2, 2, 3, 4] * 400)[: len(marks)]
    assert {marks[i] for i, token in enumerate(tokens) if token >= 5} == {1, 3}
    assert all(row[0] == row[-1] == 0 for row in packed["marks"])


def test_marks_change_the_cache_and_text_without_triples_is_refused(tokenizer, tmp_path):
    options = {"tokenizer": tokenizer, "split": "train", "block_size": 8, "cache_dir": tmp_path}
    triples = corpus_of([f"wa{n} causes wa2" for n in range(50)])
    plain, marked = blocks(triples, **options), blocks(triples, marks=True, **options)
    assert (plain.column_names, marked.column_names) == (["input_ids"], ["input_ids", "marks"])
    assert plain["input_ids"] == marked["input_ids"]
    with pytest.raises(CorpusError, match="'wa0 wa1 wa2 wa3 wa4 wa5 wa6 wa7 wa8 wa9 x0' is none"):
        blocks(corpus_of(numbered(50)), marks=True, **options)
