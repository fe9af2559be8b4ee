import random

import pytest

from hypergen.data import corpus_writer
from hypergen.data.corpora import text_corpora
from hypergen.data.corpus_writer import Shards, replace_json, write_corpus
from hypergen.data.document_rules import Rules
from hypergen.errors import CorpusError

RULES = Rules(min_characters=10)
CAPS = {"train": 6000, "validation": 3000}


def documents(count=300):
    """Documents with near-duplicates, short ones and ones in another script among them."""
    rng, found = random.Random(1), []
    for i in range(count):
        words = ["".join(rng.choices("abcdefghijklmnop", k=6)) for _ in range(12)]
        odd = {0: "fupi", 1: "Привет мир " * 3, 5: f"{found[-1]} tena" if found else ""}
        found.append(odd.get(i % 10, " ".join(words)))
    return found


FILES = {f"v1.0/swh-Latn/{part}.parquet": documents()[100 * part : 100 * part + 100] for part in range(3)}


class Killed(Exception):
    """Stands for the end of the process: nothing behind it runs but what closes files."""


def shards(*, dies_after=None, files=FILES):
    left = [dies_after]

    def rows(file, start):
        for text in files[file][start:]:
            if left[0] is not None:
                left[0] -= 1
                if left[0] < 0:
                    raise Killed
            yield {"content": text}

    known_by = {file: f"{len(texts)} rows" for file, texts in files.items()}
    return Shards(name="swh_Latn", files=known_by, text_column="content", rows=rows)


def written(out):
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@pytest.fixture(autouse=True)
def saved_often(monkeypatch):
    monkeypatch.setattr(corpus_writer, "_SAVE_EVERY", 7)
    monkeypatch.setattr("os.fsync", lambda _: None)  # only the machine's own death needs it, and it takes long


@pytest.mark.parametrize("caps", [CAPS, {"train": 10**6, "validation": 10**6}, {"train": 20000, "validation": 0}])
def test_a_corpus_killed_at_random_is_byte_for_byte_the_one_that_never_was(tmp_path, caps):
    once = write_corpus(shards(), out=tmp_path / "once", rules=RULES, max_bytes=caps)
    rng = random.Random(5)
    for _ in range(20):
        with pytest.raises(Killed):
            write_corpus(shards(dies_after=rng.randrange(9)), out=tmp_path / "often", rules=RULES, max_bytes=caps)
        assert not list((tmp_path / "often").rglob("*.txt"))
    assert write_corpus(shards(), out=tmp_path / "often", rules=RULES, max_bytes=caps) == once
    assert written(tmp_path / "often") == written(tmp_path / "once")
    assert write_corpus(shards(dies_after=0), out=tmp_path / "once", rules=RULES, max_bytes=caps) == once


def test_a_corpus_killed_when_all_was_full_reads_no_further(tmp_path, monkeypatch):
    once = write_corpus(shards(), out=tmp_path / "once", rules=RULES, max_bytes=CAPS)
    monkeypatch.setattr(corpus_writer, "_SAVE_EVERY", 1)

    def dies(path, value):
        replace_json(path, value)
        if len(value["full"]) == 2:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(corpus_writer, "replace_json", dies)
        with pytest.raises(Killed):
            write_corpus(shards(), out=tmp_path / "often", rules=RULES, max_bytes=CAPS)
    assert write_corpus(shards(), out=tmp_path / "often", rules=RULES, max_bytes=CAPS) == once


def test_what_is_kept_and_what_is_dropped_add_up_to_what_is_read(tmp_path):
    told = write_corpus(shards(), out=tmp_path, rules=RULES, max_bytes={"train": 10**6, "validation": 10**6})
    assert told["read"] == 300
    assert told["dropped"] == {"near-duplicate": 30, "other script": 30, "too short": 30}
    assert sum(side["documents"] for side in told["kept"].values()) == 210
    sides = {side: text_corpora(tmp_path / side)[0] for side in ("train", "validation")}
    kept = {side: list(corpus.documents()) for side, corpus in sides.items()}
    assert {side: len(found) for side, found in kept.items()} == {s: k["documents"] for s, k in told["kept"].items()}
    assert sorted(kept["train"] + kept["validation"]) == sorted(
        d for i, d in enumerate(documents()) if i % 10 not in (0, 1, 5)
    )


def test_a_side_ends_below_its_cap_and_documents_keep_their_order(tmp_path):
    told = write_corpus(shards(), out=tmp_path, rules=RULES, max_bytes=CAPS)
    assert sorted(told["full"]) == ["train", "validation"]
    for side, cap in CAPS.items():
        assert cap - 100 < told["kept"][side]["bytes"] <= cap
        found = list(text_corpora(tmp_path / side)[0].documents())
        assert found == [document for document in documents() if document in found]
    assert told["read"] < 300


def test_a_side_does_not_depend_on_what_else_there_is(tmp_path):
    caps = {"train": 10**6, "validation": 10**6}
    write_corpus(shards(), out=tmp_path / "all", rules=RULES, max_bytes=caps)
    first = dict(list(FILES.items())[:1])
    write_corpus(shards(files=first), out=tmp_path / "first", rules=RULES, max_bytes=caps)
    for side in caps:
        name = f"{side}/swh_Latn.txt"
        assert written(tmp_path / "all")[name].startswith(written(tmp_path / "first")[name])


def test_other_files_than_were_begun_with_are_refused_and_more_behind_them_are_not(tmp_path):
    with pytest.raises(Killed):
        write_corpus(shards(dies_after=150), out=tmp_path, rules=RULES, max_bytes=CAPS | {"train": 10**6})
    other = {file: found[1:] for file, found in FILES.items()}
    with pytest.raises(CorpusError, match="are others than those that"):
        write_corpus(shards(files=other), out=tmp_path, rules=RULES, max_bytes=CAPS | {"train": 10**6})
    more = FILES | {"v1.0/swh-Latn/9.parquet": ["habari za asubuhi ndugu zangu"]}
    told = write_corpus(shards(files=more), out=tmp_path, rules=RULES, max_bytes=CAPS | {"train": 10**6})
    assert told["read"] == 301


def test_a_file_that_was_cut_short_is_refused(tmp_path):
    with pytest.raises(Killed):
        write_corpus(shards(dies_after=150), out=tmp_path, rules=RULES, max_bytes=CAPS)
    part = tmp_path / "train/.swh_Latn.txt.part"
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(CorpusError, match="is shorter than when it was saved"):
        write_corpus(shards(), out=tmp_path, rules=RULES, max_bytes=CAPS)


def test_json_is_replaced_as_a_whole(tmp_path):
    replace_json(tmp_path / "deep/it.json", {"mā": 1})
    replace_json(tmp_path / "deep/it.json", {"mā": 2})
    assert written(tmp_path) == {"deep/it.json": '{\n "mā": 2\n}\n'.encode()}
