import pytest

from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import NER, POS, SENTIMENT
from hypergen.errors import TaskError
from hypergen.recipes.arguments import LabelledArgs
from hypergen.recipes.labelled import check_labels, class_weights, sentences_of, task_of, told_sizes


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
