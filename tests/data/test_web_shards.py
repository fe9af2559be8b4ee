from types import SimpleNamespace

import huggingface_hub
import pyarrow as pa
import pytest
from huggingface_hub.hf_api import BlobLfsInfo, RepoSibling
from pyarrow import parquet

from hypergen.data.web_shards import glotcc_shards, wikipedia_shards
from hypergen.errors import CorpusError

WIKIPEDIA = {
    "20231101.sw/train-00000-of-00001.parquet": ["Habari ya asubuhi", "Dar es Salaam ni mji"],
    "20231101.be/train-00000-of-00001.parquet": ["Мінск"],
    "20231101.be-x-old/train-00000-of-00001.parquet": ["Менск"],
    "20231101.zh-yue/train-00000-of-00001.parquet": ["香港"],
    "20220301.sw/train-00000-of-00001.parquet": ["Zamani"],
}


def write(root, files, *, column):
    for file, texts in files.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pa.table({column: texts, "title": texts}), root / file)
    return root


@pytest.fixture
def wikipedia(tmp_path):
    return str(write(tmp_path, WIKIPEDIA, column="text"))


@pytest.fixture
def glotcc(tmp_path):
    files = {"v1.0/swh-Latn/b.parquet": ["pili"], "v1.0/swh-Latn/a.parquet": ["moja"], "v1.0/uig-Arab/a.parquet": ["x"]}
    return str(write(tmp_path, files, column="content"))


def names(several):
    return [shards.name for shards in several]


def test_a_folder_of_glotcc_is_a_corpus_and_its_files_are_in_order(glotcc):
    swahili, uyghur = glotcc_shards(glotcc)
    assert (swahili.name, uyghur.name) == ("swh_Latn", "uig_Arab")
    assert list(swahili.files) == ["v1.0/swh-Latn/a.parquet", "v1.0/swh-Latn/b.parquet"]
    assert list(swahili.rows("v1.0/swh-Latn/b.parquet", 0)) == [{"content": "pili"}]
    assert names(glotcc_shards(glotcc, only=["uig"])) == ["uig_Arab"]


def test_a_wikipedia_is_named_by_its_language_and_the_script_of_its_articles(wikipedia):
    several = list(wikipedia_shards(wikipedia, dump="20231101"))
    assert names(several) == ["bel_Cyrl", "swh_Latn", "yue_Hani"]
    assert list(several[0].files) == [file for file in WIKIPEDIA if "be" in file]
    assert [row["text"] for row in several[1].rows(next(iter(several[1].files)), 1)] == ["Dar es Salaam ni mji"]


def test_editions_are_chosen_by_code_or_by_language(wikipedia):
    for only in (["be", "sw"], ["swh", "be"], ["sw", "swh", "be"]):
        chosen = list(wikipedia_shards(wikipedia, dump="20231101", only=only))
        assert names(chosen) == ["bel_Cyrl", "swh_Latn"]
        assert len(chosen[0].files) == 1
    (both,) = wikipedia_shards(wikipedia, dump="20231101", only=["bel"])
    assert len(both.files) == 2
    with pytest.raises(CorpusError, match="has no Wikipedia in yor"):
        wikipedia_shards(wikipedia, dump="20231101", only=["yor"])


def test_what_is_known_of_a_script_is_not_read_for_again(wikipedia):
    (shards,) = wikipedia_shards(wikipedia, dump="20231101", only=["sw"], script_of={"swh": "Arab"}.get)
    assert shards.name == "swh_Arab"


def test_a_root_without_the_tree_says_what_was_expected(tmp_path, wikipedia):
    with pytest.raises(CorpusError, match=r"holds no file v1.0/swh-Latn/\*.parquet"):
        glotcc_shards(wikipedia)
    with pytest.raises(CorpusError, match=r"holds no file 19990101.sw/\*.parquet"):
        wikipedia_shards(wikipedia, dump="19990101")
    with pytest.raises(CorpusError, match="There is no directory"):
        glotcc_shards(str(tmp_path / "absent" / "deep"))


def test_files_of_the_hub_are_known_by_their_hash_and_local_ones_by_their_size(glotcc, monkeypatch):
    lfs = BlobLfsInfo(size=4, sha256="abc", pointer_size=130)
    info = SimpleNamespace(siblings=[RepoSibling("v1.0/swh-Latn/a.parquet", size=4, lfs=lfs)], sha="0123")
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", lambda *_, **__: info)
    assert glotcc_shards("cis-lmu/GlotCC-V1")[0].files == {"v1.0/swh-Latn/a.parquet": "abc"}
    assert glotcc_shards(glotcc)[0].files["v1.0/swh-Latn/a.parquet"].endswith(" bytes")
