import io
import json

import pytest
import torch
from safetensors.torch import load
from transformers import BertConfig, LlamaConfig

from hypergen.data.tasks.task import PARSING, POS, TOPICS
from hypergen.export import head_files, why_no_head
from hypergen.heads import HEADS

BERT = BertConfig(hidden_size=8, num_attention_heads=2)


def files_of(task):
    head = HEADS[task.kind](8, len(task.labels))
    return head, head_files(task, head.state_dict(), config=BERT, name="it")


def test_a_head_of_words_is_one_linear_layer_there():
    head, files = files_of(POS)
    found = load(files["model_head.safetensors"])
    assert found.keys() == {"heads.it.1.weight", "heads.it.1.bias"}
    assert found["heads.it.1.weight"].equal(head.linear.weight)


def test_a_head_of_texts_computes_there_what_it_computes_here():
    """AdapterHub's layers: dropout, linear, tanh, dropout, linear, numbered from 0."""
    head, files = files_of(TOPICS)
    found, told = load(files["model_head.safetensors"]), json.loads(files["head_config.json"])["config"]
    layers = {"0": torch.nn.Dropout(), "1": torch.nn.Linear(8, 8), "2": torch.nn.Tanh(), "3": torch.nn.Dropout(),
              "4": torch.nn.Linear(8, told["num_labels"])}  # fmt: skip
    theirs = torch.nn.Sequential()
    for number, layer in layers.items():
        theirs.add_module(number, layer)
    theirs.load_state_dict({key.removeprefix("heads.it."): tensor for key, tensor in found.items()})
    hidden = torch.randn(3, 5, 8)
    ours = head.eval()(hidden, torch.zeros(3, 1, dtype=torch.long))[:, 0]
    torch.testing.assert_close(theirs.eval()(hidden[:, 0]), ours)


def test_labels_keep_their_numbers_and_both_files_their_weights():
    _, files = files_of(TOPICS)
    told = json.loads(files["head_config.json"])
    assert tuple(told["config"]["label2id"]) == TOPICS.labels
    assert [*told["config"]["label2id"].values()] == [*range(7)]
    pickled = torch.load(io.BytesIO(files["pytorch_model_head.bin"]), weights_only=True)
    assert pickled.keys() == load(files["model_head.safetensors"]).keys()


def test_the_backbone_has_the_name_that_was_given_or_that_of_its_configuration():
    head, files = files_of(POS)
    assert json.loads(files["head_config.json"])["model_name"] == BERT.name_or_path
    named = head_files(POS, head.state_dict(), config=BERT, name="it", model_name="owner/bert")
    assert json.loads(named["head_config.json"])["model_name"] == "owner/bert"


@pytest.mark.parametrize(
    ("task", "config"), [(PARSING, BERT), (TOPICS, LlamaConfig(hidden_size=8, num_attention_heads=2))]
)
def test_a_head_that_the_format_cannot_hold_is_no_file_and_there_is_a_reason(task, config):
    head = HEADS[task.kind](8, len(task.labels))
    assert head_files(task, head.state_dict(), config=config, name="it") == {}
    assert why_no_head(task, config=config)
