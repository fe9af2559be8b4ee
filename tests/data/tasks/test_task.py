import pytest

from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import NER, PARSING, POS, SENTIMENT, TASKS, Task, ner
from hypergen.errors import TaskError

TREE = Sentence(("ana", "kitabu"), ("root", "obj"), (0, 1))


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        (POS, Sentence(("ana", "kitabu"), ("VERB", "NOUN"))),
        (PARSING, TREE),
        (SENTIMENT, Sentence(("Nzuri sana!",), ("positive",))),
    ],
)
def test_columns_say_what_a_sentence_is_labelled_with(task, sentence):
    columns = task.columns(sentence)
    assert {len(column) for column in columns} == {task.num_columns}
    assert task.labelled(Sentence(sentence.words), columns) == sentence


def test_a_label_that_the_task_does_not_know_is_refused_with_its_place():
    with pytest.raises(TaskError, match=r"x\.conll, line 7 has the label 'V', which pos does not know"):
        POS.columns(Sentence(("ana",), ("V",), place="x.conll, line 7"))


@pytest.mark.parametrize(
    ("task", "sentence", "said"),
    [
        (POS, Sentence(("ana",)), "has no labels"),
        (PARSING, Sentence(("ana",), ("root",)), "has no heads"),
        (SENTIMENT, Sentence(("Nzuri", "sana"), ("positive", "positive")), "expects one text, unsplit"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(task, sentence, said):
    with pytest.raises(TaskError, match=said):
        task.columns(sentence)


@pytest.mark.parametrize("labels", [("A",), ("A", "B", "A")])
def test_a_task_has_two_labels_or_more_each_once(labels):
    with pytest.raises(TaskError, match="two or more, each once"):
        Task("t", "token", labels, "accuracy")


@pytest.mark.parametrize("labels", [("PER", "LOC"), ("B-PER", "I-PER"), ("O", "PER"), ("O", "B-")])
def test_labels_of_entities_are_iob2(labels):
    with pytest.raises(TaskError, match="entities are scored in IOB2: expected O, and B- or I- before the type"):
        Task("t", "token", labels, "span_f1")


def test_entities_of_each_type_begin_and_go_on():
    assert ner("PER").labels == ("O", "B-PER", "I-PER")
    assert ner("PER", "ORG", "LOC", "DATE") == NER


def test_the_tasks_metric_is_the_first_of_its_scores():
    tasks = {task.kind: task for task in TASKS.values()}
    for task in tasks.values():
        gold = TREE if task.kind == "arc" else Sentence(("ana",), task.labels[:1])
        assert next(iter(task.scores([gold], [gold]))) == task.metric


def test_no_sentences_have_no_score():
    with pytest.raises(TaskError, match="no sentence was given to score pos on"):
        POS.scores([], [])
