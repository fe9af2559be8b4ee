import datasets
import pytest

from hypergen.data.tasks.hub import read_hub
from hypergen.data.tasks.task import NER, PARSING, POS, TOPICS
from hypergen.errors import NoSplitError, TaskError

ENTITIES = ["O", "B-PER", "I-PER"]
TREES = {
    "tokens": [["don't", "do", "n't", "go"]],
    "upos": [["_", "AUX", "PART", "VERB"]],
    "head": [["_", "3", "3", "0"]],
    "deprel": [["_", "aux:x", "advmod", "root"]],
}


@pytest.fixture(autouse=True)
def no_cache_outside(tmp_path_factory, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path_factory.mktemp("hf"))
    datasets.disable_progress_bars()


@pytest.fixture
def root(tmp_path):
    def write(name, columns, **features):
        table = datasets.Dataset.from_dict(columns)
        for column, feature in features.items():
            table = table.cast_column(column, feature)
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        table.to_parquet(path)
        return tmp_path

    return write


def test_labels_that_are_numbers_have_the_names_they_stand_for(root):
    tags = datasets.Sequence(datasets.ClassLabel(names=ENTITIES))
    columns = {"tokens": [["Juma", "alikuja"]], "ner_tags": [[1, 0]]}
    found = read_hub(root("eu/validation-00000.parquet", columns, ner_tags=tags), task=NER, split="dev")
    assert found["eus"][0].labels == ("B-PER", "O")
    assert found["eus"][0].where.endswith("eu dev, row 0")


def test_a_treebank_gives_tags_or_trees_of_syntactic_words(root):
    several = root("en_ewt/test.parquet", TREES)
    (tagged,) = read_hub(several, task=POS, split="test")["eng"]
    assert (tagged.words, tagged.labels) == (("do", "n't", "go"), ("AUX", "PART", "VERB"))
    (tree,) = read_hub(several, task=PARSING, split="test", languages=["en_ewt"])["eng"]
    assert (tree.heads, tree.labels) == ((3, 3, 0), ("aux", "advmod", "root"))


def test_texts_have_one_label(root):
    found = read_hub(
        root("swh_Latn/train.parquet", {"text": ["Habari"], "category": ["sports"]}), task=TOPICS, split="train"
    )
    assert (found["swh"][0].words, found["swh"][0].labels) == (("Habari",), ("sports",))


@pytest.mark.parametrize(
    ("task", "split", "languages", "said"),
    [
        (TOPICS, "test", None, r"has the columns .*; topics is read from text and label or category"),
        (POS, "train", None, "holds no train split to read"),
        (POS, "test", ["swh"], "has no test split of swh; it has en_ewt"),
    ],
)
def test_what_is_not_there_is_said(root, task, split, languages, said):
    with pytest.raises(TaskError, match=said):
        read_hub(root("en_ewt/test.parquet", TREES), task=task, split=split, languages=languages)


def test_a_directory_that_is_not_there_is_refused_before_the_hub_is_asked():
    with pytest.raises(TaskError, match="there is no directory nowhere"):
        read_hub("nowhere", task=POS, split="train")


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "test.parquet").write_bytes(b"PAR1")
    with pytest.raises(TaskError, match="cannot be read"):
        read_hub(tmp_path, task=POS, split="test")


@pytest.mark.parametrize(("asked", "found"), [(None, "zho"), (["cmn"], "cmn"), (["zh"], "zho"), (["zho"], "zho")])
def test_a_macrolanguage_is_the_language_of_it_that_was_asked_for(root, asked, found):
    text = root("zh/train.parquet", {"text": ["a"], "category": ["sports"]})
    assert read_hub(text, task=TOPICS, split="train", languages=asked).keys() == {found}


def test_a_data_set_that_names_no_language_is_of_the_one_that_was_asked_for(root):
    text = root("default/train.parquet", {"text": ["a"], "category": ["sports"]})
    assert read_hub(text, task=TOPICS, split="train", languages=["swh"]).keys() == {"swh"}
    with pytest.raises(NoSplitError, match="has no train split of swh, yor; it has default"):
        read_hub(text, task=TOPICS, split="train", languages=["swh", "yor"])


@pytest.mark.parametrize(
    ("message", "kind", "said"),
    [
        ("Unknown split \"test\". Should be one of ['train'].", NoSplitError, "a/b/sw has no test split"),
        ("no connection", TaskError, r"a/b/sw cannot be read \(ValueError: no connection\)"),
    ],
)
def test_a_split_that_the_hub_has_not_is_told_from_one_that_does_not_come(monkeypatch, message, kind, said):
    def refuses(*_, **__):
        raise ValueError(message)

    monkeypatch.setattr("datasets.get_dataset_config_names", lambda name: ["sw"])
    monkeypatch.setattr("datasets.load_dataset", refuses)
    with pytest.raises(kind, match=said) as caught:
        read_hub("a/b", task=POS, split="test")
    assert type(caught.value) is kind


@pytest.mark.parametrize("heads", ["_ 3 3 9", "_ 3 3 3", "_ 0 3 0", "_ 1 3 0"])
def test_a_tree_has_one_root_and_heads_that_are_other_words(root, heads):
    several = root("en_ewt/test.parquet", TREES | {"head": [heads.split()]})
    with pytest.raises(TaskError, match=r"en_ewt test, row 0 has the heads .*0 once for its root"):
        read_hub(several, task=PARSING, split="test")
    assert len(read_hub(several, task=POS, split="test")["eng"]) == 1


def test_a_row_without_syntactic_words_is_refused(root):
    several = root("en_ewt/test.parquet", TREES | {"head": [["_"] * 4]})
    for task in (POS, PARSING):
        with pytest.raises(TaskError, match=r"en_ewt test, row 0 has 0 words"):
            read_hub(several, task=task, split="test")
