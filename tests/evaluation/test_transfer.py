import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from hypergen.data.tasks.batches import FixedBatches
from hypergen.data.tasks.encoding import Encoder
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import NER, PARSING, POS
from hypergen.errors import TaskError
from hypergen.evaluation.transfer import Majority, transfer_scores
from hypergen.heads import TokenHead
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterBank
from hypergen.task_model import TaskModel

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"kata{n}" for n in range(45))]
NOUNS = [Sentence(("kata1", "kata2", "x"), ("NOUN", "NOUN", "VERB")), Sentence(("kata3",), ("NOUN",))]


@pytest.fixture(scope="module")
def tokenizer():
    backend = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    special = {"pad_token": "[PAD]", "cls_token": "[CLS]", "unk_token": "[UNK]"}
    return PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=40, **special)


@pytest.fixture
def model(backbone, layout, drawn):
    bank = AdapterBank({"swh": drawn(), "yua": drawn()})
    return TaskModel(POS, AdaptedModel(backbone, [layout]), TokenHead(16, len(POS.labels)), languages=bank)


@pytest.fixture
def batches(tokenizer):
    return FixedBatches({"swh": NOUNS, "yua": NOUNS}, encoder=Encoder(POS, tokenizer), batch_size=1)


def test_every_language_has_a_row_of_its_own(model, batches):
    kept = {}
    first, second = transfer_scores(model, batches, majority=Majority("NOUN"), keep=kept.__setitem__)
    assert (first.language, first.sentences, first.words) == ("swh", 2, 4)
    assert (second.language, second.majority, second.unknown) == ("yua", 0.75, 0.25)
    assert [sentence.words for sentence in kept["yua"]] == [("kata1", "kata2", "x"), ("kata3",)]
    assert second.score == POS.scores(NOUNS, kept["yua"])["accuracy"]


def test_languages_mixed_in_a_batch_score_as_they_do_alone(model, tokenizer):
    drawn = [
        Sentence(tuple(f"kata{n * k % 45}" for k in range(1, 2 + n % 5)), ("NOUN",) * (1 + n % 5)) for n in range(9)
    ]
    sentences, encoder = {"swh": drawn, "yua": drawn[:7]}, Encoder(POS, tokenizer)
    alone, mixed = {}, {}
    for kept, together in ((alone, 1), (mixed, 2)):
        batches = FixedBatches(sentences, encoder=encoder, batch_size=4, languages_per_batch=together)
        list(transfer_scores(model, batches, majority=Majority("NOUN"), keep=kept.__setitem__))
    assert mixed == alone


def test_a_language_is_predicted_with_its_own_adapter(model, tokenizer):
    encoder = Encoder(POS, tokenizer)
    sentences = [Sentence(tuple(f"kata{(n * k) % 45}" for k in range(1, 9))) for n in range(20)]
    swh, yua = (model.label(sentences, language=language, encoder=encoder) for language in ("swh", "yua"))
    assert [sentence.words for sentence in swh] == [sentence.words for sentence in sentences]
    assert [sentence.labels for sentence in swh] != [sentence.labels for sentence in yua]


def test_scoring_leaves_nothing_in_training_mode_and_no_gradients(model, batches):
    model.head.train()
    list(transfer_scores(model, batches, majority=Majority("NOUN")))
    assert not model.head.training
    assert all(parameter.grad is None for parameter in model.head.parameters())
    assert torch.is_grad_enabled()


def test_sentences_without_labels_have_no_score(model, tokenizer):
    bare = FixedBatches({"swh": [Sentence(("kata1",))]}, encoder=Encoder(POS, tokenizer))
    with pytest.raises(TaskError, match="no labels"):
        list(transfer_scores(model, bare, majority=Majority("NOUN")))


def test_the_majority_is_the_most_frequent_label():
    assert Majority.of(NOUNS)(NOUNS[0]).labels == ("NOUN", "NOUN", "NOUN")
    with pytest.raises(TaskError, match="no sentence has one"):
        Majority.of([Sentence(("a",))])


@pytest.mark.parametrize(("heads", "chain"), [((0, 1, 2), (0, 1, 2)), ((2, 3, 0), (2, 3, 0)), ((0, 3, 1), (2, 3, 0))])
def test_the_majority_of_trees_is_a_chain_to_the_more_frequent_side(heads, chain):
    tree = Sentence(("a", "b", "c"), ("root", "obj", "obj"), heads)
    found = Majority.of([tree])(tree)
    assert found.heads == chain
    assert PARSING.scores([tree], [found])["uas"] > 0


def test_types_of_entities_that_are_left_out_are_not_predicted_either(backbone, layout, tokenizer):
    head = TokenHead(16, len(NER.labels))
    torch.nn.init.zeros_(head.linear.weight)
    head.linear.bias.data = torch.tensor([float(label == "B-DATE") for label in NER.labels])
    model, kept = TaskModel(NER, AdaptedModel(backbone, [layout]), head), {}
    batches = FixedBatches({"swh": [Sentence(("kata1", "kata2"), ("O", "O"))]}, encoder=Encoder(NER, tokenizer))
    for types, label in ((), "B-DATE"), (["DATE"], "O"):
        list(transfer_scores(model, batches, majority=Majority("O"), leave_out_types=types, keep=kept.__setitem__))
        assert kept["swh"][0].labels == (label, label)
