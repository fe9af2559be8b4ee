from dataclasses import replace

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from hypergen.data.tasks.encoding import Encoder
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import POS
from hypergen.errors import TaskError
from hypergen.heads import TokenHead
from hypergen.model import AdaptedModel
from hypergen.task_model import TaskModel


@pytest.fixture
def encoder():
    words = ["[PAD]", "[UNK]", "[CLS]", *(f"kata{n}" for n in range(47))]
    backend = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, pad_token="[PAD]", unk_token="[UNK]")
    return Encoder(POS, tokenizer, max_tokens=8)


@pytest.fixture
def model(backbone, layout, adapter):
    return TaskModel(POS, AdaptedModel(backbone, [layout]), TokenHead(16, len(POS.labels)), adapter=lambda: adapter)


def test_sentences_are_labelled_in_their_order_as_they_would_be_alone(model, encoder):
    sentences = [Sentence(tuple(f"kata{n * k % 47}" for k in range(1, 2 + n % 5))) for n in range(9)]
    together = model.label(sentences, language="yua", encoder=encoder)
    alone = [model.label([sentence], language="yua", encoder=encoder)[0] for sentence in sentences]
    assert [sentence.words for sentence in together] == [sentence.words for sentence in sentences]
    assert [sentence.labels for sentence in together] == [sentence.labels for sentence in alone]


def test_labels_that_are_there_already_are_ignored(model, encoder):
    bare, strange = Sentence(("kata1", "kata2")), Sentence(("kata1", "kata2"), ("?", "?"))
    first, second = model.label([bare, strange], language="yua", encoder=encoder)
    assert first.labels == second.labels


def test_labelling_draws_nothing_at_random(model, encoder):
    model.head.train()
    before = torch.get_rng_state()
    model.label([Sentence(("kata1",))], language="yua", encoder=encoder)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("on_long", ["stop", "skip"])
@pytest.mark.parametrize(
    ("sentences", "said"),
    [([], "no sentence of yua"), ([Sentence(("kata1",) * 9, place="x.conll, line 3")], "x.conll, line 3 has 9 tokens")],
)
def test_what_cannot_be_labelled_is_refused(model, encoder, sentences, said, on_long):
    with pytest.raises(TaskError, match=said):
        model.label(sentences, language="yua", encoder=replace(encoder, on_long=on_long))
