from types import SimpleNamespace

import datasets
import pytest

from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import NER, POS, SENTIMENT, TOPICS
from hypergen.errors import HypergenError, NoSplitError, TaskError
from hypergen.recipes.arguments import LabelledArgs
from hypergen.recipes.labelled import (
    check_labels,
    check_seen,
    class_weights,
    longest_of,
    sentences_of,
    task_of,
    told_sizes,
    training_and_development,
)


@pytest.fixture
def directory(tmp_path):
    """Write ``swh_dev="ndiyo"`` as a file of texts, each word a text on sports."""

    def write(**files):
        for name, words in files.items():
            language, split = name.rsplit("_", 1)
            path = tmp_path / language / f"{split}.tsv"
            path.parent.mkdir(exist_ok=True)
            path.write_text("text\tlabel\n" + "".join(f"{word}\tsports\n" for word in words.split()))
        return tmp_path

    return write


def test_a_label_set_of_ones_own_takes_the_place_of_the_tasks():
    assert task_of("sentiment", labelled=LabelledArgs(labels=["bad", "good"])).labels == ("bad", "good")
    assert task_of("pos", labelled=LabelledArgs()) == POS


def test_types_that_are_left_out_are_left_out_of_labels_and_sentences(tmp_path):
    (tmp_path / "swh").mkdir()
    (tmp_path / "swh" / "dev.conll").write_text("Leo\tB-DATE\nJuma\tB-PER\n")
    labelled = LabelledArgs(directory=tmp_path, leave_out_types=["DATE"])
    task = task_of("ner", labelled=labelled)
    assert task.labels == tuple(label for label in NER.labels if "DATE" not in label)
    found = sentences_of(labelled, task=task, split="dev")
    assert found["swh"][0].labels == ("O", "B-PER")
    check_labels(task, found)


@pytest.mark.parametrize("both", [{}, {"directory": "a", "hub": "b/c"}])
def test_data_come_from_one_place(both, tmp_path):
    given = {name: tmp_path if name == "directory" else value for name, value in both.items()}
    with pytest.raises(TaskError, match="give either"):
        sentences_of(LabelledArgs(**given), task=POS, split="dev")


def test_with_balanced_weights_every_label_weighs_the_same_together():
    texts = [Sentence((f"t{n}",), (label,)) for n, label in enumerate(["negative"] * 6 + ["positive"] * 2)]
    weights = dict(zip(SENTIMENT.labels, class_weights(SENTIMENT, {"swh": texts}), strict=True))
    assert 6 * weights["negative"] == pytest.approx(2 * weights["positive"]) == 4
    assert weights["neutral"] == 1


def test_how_many_were_too_long_is_told():
    assert told_sizes({"swh": 1000, "ewe": 2}, too_long=0) == "1,002 sentences"
    assert told_sizes({"swh": 1}, too_long=2) == "1 sentences (2 were too long)"


def words(sentences):
    return {language: [sentence.words[0] for sentence in several] for language, several in sentences.items()}


def test_development_sentences_are_only_of_the_sets_that_were_asked_for(directory):
    root = directory(knc_Latn_train="a", knc_Arab_train="b", knc_Latn_dev="c", knc_Arab_dev="d")
    data = LabelledArgs(directory=root, languages=["knc_Latn"])
    training, development, _ = training_and_development(data, task=TOPICS, keep_overlaps=False)
    assert (words(training), words(development)) == ({"knc": ["a"]}, {"knc": ["c"]})


def test_a_language_without_development_sentences_is_no_source(directory):
    root = directory(swh_train="a", swh_dev="b", yor_train="c")
    with pytest.raises(NoSplitError, match="no dev split of yor"):
        training_and_development(LabelledArgs(directory=root), task=TOPICS, keep_overlaps=False)


def test_a_malformed_test_split_is_told_although_that_of_another_language_is_fine(directory):
    root = directory(swh_train="a", swh_dev="b", swh_test="c", yor_test="d")
    (root / "yor" / "test.tsv").write_text("no header\n")
    data = LabelledArgs(directory=root, languages=["swh"])
    with pytest.raises(TaskError, match=r"yor/test\.tsv, line 1 names the columns"):
        training_and_development(data, task=TOPICS, keep_overlaps=False)
    assert words(training_and_development(data, task=TOPICS, keep_overlaps=True)[0]) == {"swh": ["a"]}


def test_a_data_set_of_the_hub_without_a_test_split_in_one_language_still_loses_the_overlaps_of_the_others(
    tmp_path, tmp_path_factory, monkeypatch
):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path_factory.mktemp("hf"))
    datasets.disable_progress_bars()
    files = {"swh/train": "a b", "swh/validation": "c", "yor/train": "d e", "yor/validation": "f", "yor/test": "e"}
    for name, texts in files.items():
        columns = {"text": texts.split(), "category": ["sports"] * len(texts.split())}
        (tmp_path / name).parent.mkdir(exist_ok=True)
        datasets.Dataset.from_dict(columns).to_parquet(tmp_path / f"{name}.parquet")
    training, _, removed = training_and_development(LabelledArgs(hub=str(tmp_path)), task=TOPICS, keep_overlaps=False)
    assert (words(training), removed) == ({"swh": ["a", "b"], "yor": ["d"]}, 1)


def test_a_language_of_which_everything_overlaps_is_told_of_keep_overlaps(directory):
    root = directory(swh_train="a b", swh_dev="b a", swh_test="c")
    data = LabelledArgs(directory=root)
    with pytest.raises(TaskError, match=r"all 2 training sentences of swh are in .* data too; .*--keep_overlaps true"):
        training_and_development(data, task=TOPICS, keep_overlaps=False)
    assert words(training_and_development(data, task=TOPICS, keep_overlaps=True)[0]) == {"swh": ["a", "b"]}


@pytest.mark.parametrize(
    ("kind", "told", "asked", "longest"),
    [
        ("bert", 512, None, 60),
        ("bert", 40, None, 40),
        ("bert", 10**30, 99, 60),
        ("bert", 10**30, 20, 20),
        ("xlm-roberta", 512, None, 58),
        ("llama", 512, None, 60),
    ],
)
def test_no_more_tokens_are_read_than_the_model_has_positions(kind, told, asked, longest):
    config = SimpleNamespace(model_type=kind, pad_token_id=None if kind == "llama" else 1, max_position_embeddings=60)
    assert longest_of(LabelledArgs(max_tokens=asked), told=told, config=config) == longest


def test_a_label_that_training_had_not_is_told_unless_it_is_not_known_what_training_had():
    several = {"swh": [Sentence(("a", "b"), ("NOUN", "VERB"), place="x.conll, line 3", lines=(3, 4))]}
    with pytest.raises(TaskError, match=r"x\.conll, line 4 has the label 'VERB', which no training sentence had"):
        check_seen({"NOUN": 9}, several)
    check_seen({"NOUN": 9, "VERB": 1}, several)
    check_seen(None, several)


@pytest.mark.parametrize("limit", ["max_tokens", "max_sentences"])
def test_a_limit_below_one_is_refused(limit, tmp_path):
    with pytest.raises(HypergenError, match=f"data.{limit} is 0; it counts from 1"):
        sentences_of(LabelledArgs(directory=tmp_path, **{limit: 0}), task=POS, split="test")


def test_a_label_set_of_no_label_is_refused():
    with pytest.raises(TaskError, match=r"data.labels has no label; name them"):
        task_of("pos", labelled=LabelledArgs(labels=[]))
