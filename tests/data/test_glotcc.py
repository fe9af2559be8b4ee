import hashlib
from types import SimpleNamespace

import huggingface_hub
import pyarrow as pa
import pytest
from huggingface_hub.hf_api import BlobLfsInfo, RepoSibling
from pyarrow import parquet

from hypergen.data.corpora import text_corpora
from hypergen.data.glotcc import glotcc_corpora
from hypergen.errors import CorpusError

DOCUMENTS = {
    "swh-Latn": ["Habari  ya asubuhi\nNinakwenda shule", "123\n!!", "Karibu\u200b sana"],
    "jpn-Jpan": ["今日は良い天気です"],
}


def row(content):
    return {
        "content": content,
        "warc-target-uri": "https://example.org/",
        "warc-date": "2023-01-01T00:00:00Z",
        "warc-record-id": "<urn:uuid:0>",
        "quality-warnings": ["short_sentences"],
        "categories": ["news"],
        "identification-language": "swh_Latn",
        "identification-prob": 0.99,
        "identification-consistency": 1.0,
        "script-percentage": 1.0,
        "num-sents": 2,
        "content-length": len(content),
        "tlsh": "T1",
    }


@pytest.fixture
def root(tmp_path):
    for folder, contents in DOCUMENTS.items():
        directory = tmp_path / "v1.0" / folder
        directory.mkdir(parents=True)
        for i, part in enumerate((contents[:2], contents[2:])):
            if part:
                parquet.write_table(pa.Table.from_pylist([row(c) for c in part]), directory / f"{folder}_{i}.parquet")
    return tmp_path


@pytest.fixture(autouse=True)
def no_cache_outside(tmp_path_factory, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path_factory.mktemp("hf"))


def test_a_glotcc_tree_reads_like_a_text_directory(root, tmp_path):
    text = tmp_path / "text"
    text.mkdir()
    for folder, contents in DOCUMENTS.items():
        (text / f"{folder.replace('-', '_')}.txt").write_text("\n\n".join(contents), encoding="utf-8")
    ours, theirs = glotcc_corpora(root), text_corpora(text)
    assert [c.name for c in ours] == [c.name for c in theirs] == ["jpn_Jpan", "swh_Latn"]
    assert [list(c.documents()) for c in ours] == [list(c.documents()) for c in theirs]


def test_a_cap_and_a_choice_of_languages_hold_for_a_tree_too(root):
    (corpus,) = glotcc_corpora(root, only=["swh-Latn"], max_bytes=40)
    assert list(corpus.documents()) == ["Habari ya asubuhi\nNinakwenda shule"]
    with pytest.raises(CorpusError, match="no corpus for deu"):
        glotcc_corpora(root, only=["deu"])
    with pytest.warns(UserWarning, match="no corpus for deu"):
        assert [c.name for c in glotcc_corpora(root, only=["deu", "swh"], on_error="skip")] == ["swh_Latn"]


def test_a_fingerprint_sees_files_and_options(root):
    before = {c.name: c.fingerprint for c in glotcc_corpora(root)}
    assert {c.name: c.fingerprint for c in glotcc_corpora(root)} == before
    assert glotcc_corpora(root, only=["jpn"], max_bytes=99)[0].fingerprint != before["jpn_Jpan"]
    parquet.write_table(pa.Table.from_pylist([row("habari")] * 9), root / "v1.0/swh-Latn/more.parquet")
    after = {c.name: c.fingerprint for c in glotcc_corpora(root)}
    assert after["jpn_Jpan"] == before["jpn_Jpan"]
    assert after["swh_Latn"] != before["swh_Latn"]


def test_a_fingerprint_sees_other_content_of_the_same_size(root):
    path, facts = root / "v1.0/jpn-Jpan/jpn-Jpan_0.parquet", set()
    for middle in ("asante", "karibu"):  # between the least and the greatest row: the footer does not tell them apart
        rows = pa.Table.from_pylist([row(content) for content in ("abiria", middle, "zawadi")])
        parquet.write_table(rows, path, compression="none")
        (corpus,) = glotcc_corpora(root, only=["jpn"])
        facts.add((path.stat().st_size, corpus.fingerprint))
    assert len({size for size, _ in facts}) == 1
    assert len({fingerprint for _, fingerprint in facts}) == 2


def test_a_damaged_file_is_one_sentence_or_one_warning(root):
    path = root / "v1.0/swh-Latn/swh-Latn_0.parquet"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(CorpusError, match=r"swh-Latn_0.parquet is not a complete parquet file"):
        glotcc_corpora(root)
    with pytest.warns(UserWarning, match=r"swh-Latn_0.parquet is not a complete parquet file"):
        assert [c.name for c in glotcc_corpora(root, on_error="skip")] == ["jpn_Jpan"]


def test_other_columns_and_no_rows_are_named(root):
    parquet.write_table(pa.table({"text": ["habari"]}), root / "v1.0/swh-Latn/swh-Latn_0.parquet")
    with pytest.raises(CorpusError, match="has no column content, only text"):
        glotcc_corpora(root)
    parquet.write_table(pa.table({"content": pa.array([], pa.string())}), root / "v1.0/swh-Latn/swh-Latn_0.parquet")
    with pytest.raises(CorpusError, match="has no rows"):
        glotcc_corpora(root)


def test_a_root_that_is_nothing_says_what_was_expected(root, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match=r"holds no file v1.0/swh-Latn/\*.parquet"):
        glotcc_corpora(tmp_path / "empty")
    with pytest.raises(CorpusError, match="There is no directory"):
        glotcc_corpora(tmp_path / "absent")

    def fails(*_, **__):
        raise ConnectionError("offline")

    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", fails)
    with pytest.raises(CorpusError, match=r"some/name is no directory here, and the hub did not answer"):
        glotcc_corpora("some/name")


@pytest.fixture
def on_the_hub(monkeypatch):
    """Let the hub list these files."""

    def listed(siblings):
        info = SimpleNamespace(siblings=siblings, sha="0123abc")
        monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", lambda *_, **__: info)

    return listed


def test_the_hub_is_listed_once_and_gives_the_fingerprints_of_a_local_copy(root, on_the_hub):
    siblings = []
    for path in root.rglob("*.parquet"):
        content = path.read_bytes()
        lfs = BlobLfsInfo(size=len(content), sha256=hashlib.sha256(content).hexdigest(), pointer_size=130)
        siblings.append(RepoSibling(path.relative_to(root).as_posix(), size=len(content), lfs=lfs))
    on_the_hub(siblings)
    assert glotcc_corpora("cis-lmu/GlotCC-V1") == glotcc_corpora(root)


def test_a_small_file_on_the_hub_is_known_by_the_hash_that_git_has_of_it(on_the_hub):
    fingerprints = set()
    for blob_id in ("aa", "bb"):
        on_the_hub([RepoSibling("v1.0/swh-Latn/0.parquet", size=9, blob_id=blob_id)])
        fingerprints.add(glotcc_corpora("cis-lmu/GlotCC-V1")[0].fingerprint)
    assert len(fingerprints) == 2
