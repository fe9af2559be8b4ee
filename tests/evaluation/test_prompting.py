import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from hypergen.adapters import BottleneckSpec
from hypergen.backbones import sites_of
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import TOPICS, Task
from hypergen.errors import TaskError
from hypergen.evaluation.prompting import (
    Continuation,
    Prompt,
    continuations_of,
    examples_for,
    fitting,
    log_likelihoods,
    prompted,
    prompts_for,
)
from hypergen.model import AdaptedModel

TASK = Task("topics", "sequence", ("sports", "travel news"), "macro_f1")
SHARED = (3, 9, 4, 11)
ROWS = [
    Continuation((*SHARED, 7, 8, 20), 6),
    Continuation((*SHARED, 7, 8, 21, 22, 23), 6),
    Continuation((*SHARED, 30, 31, 32, 33, 20), 8),
    Continuation((*SHARED, 30, 31, 32, 33, 21, 22, 23), 8),
]


class Letters:
    """A tokenizer of letters, with a token before each text."""

    eos_token_id = 1

    def __call__(self, texts, verbose=True):
        return {"input_ids": [[0, *(2 + ord(letter) % 47 for letter in text)] for text in texts]}


def by_hand(model, row, **options):
    """``sum_t log p(token t | those before it)`` over a label's tokens, one forward pass for each of them."""
    total = 0.0
    for place in range(row.start, len(row.ids)):
        ids = torch.tensor([row.ids[:place]])
        logits = model(input_ids=ids, **options).logits[0, -1].double()
        total += float(logits[row.ids[place]] - torch.logsumexp(logits, 0))
    return total


def gpt2():
    return GPT2LMHeadModel(GPT2Config(vocab_size=50, n_embd=16, n_layer=2, n_head=2, n_positions=64)).eval()


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize("batch_tokens", [1, 25, 8192])
def test_a_labels_likelihood_is_the_sum_over_its_tokens_worked_out_by_hand(llama, architecture, batch_tokens):
    backbone = llama if architecture == "llama" else gpt2()
    with torch.no_grad():
        expected = [by_hand(backbone, row) for row in ROWS]
    found = log_likelihoods(AdaptedModel(backbone, []), ROWS, batch_tokens=batch_tokens)
    assert [len(values) for values in found] == [1, 3, 1, 3]
    assert [float(values.sum()) for values in found] == pytest.approx(expected, abs=1e-5)


def test_adapters_act_on_what_is_read_once_too(llama):
    spec = BottleneckSpec(4)
    layout = spec.layout(sites_of(llama))
    adapter = spec.initial(layout, rng=torch.Generator().manual_seed(0)).map(lambda t: t + 0.2)
    model = AdaptedModel(llama, [layout])
    with torch.no_grad():
        expected = [by_hand(model, row, adapters=[adapter]) for row in ROWS]
    found = log_likelihoods(model, ROWS, adapters=[adapter])
    assert [float(values.sum()) for values in found] == pytest.approx(expected, abs=1e-5)
    assert expected[0] != pytest.approx(by_hand(model, ROWS[0]), abs=1e-3)


def test_rows_that_share_nothing_are_read_whole(llama):
    rows = [Continuation((5, 6, 7), 2), Continuation((8, 6, 9, 10), 1)]
    with torch.no_grad():
        expected = [by_hand(llama, row) for row in rows]
    found = log_likelihoods(AdaptedModel(llama, []), rows)
    assert [float(values.sum()) for values in found] == pytest.approx(expected, abs=1e-5)


def test_the_tokens_of_a_label_are_those_behind_what_all_labels_share():
    rows = continuations_of("ab", ["xy", "xzz"], tokenizer=Letters())
    assert rows[0].ids[:3] == rows[1].ids[:3] == (0, 2 + 97 % 47, 2 + 98 % 47)
    assert [row.start for row in rows] == [3, 3]
    assert [len(row.ids) for row in rows] == [6, 7]


def test_the_likeliest_label_is_given_by_sum_and_by_mean(llama):
    texts = [Sentence((f"word{n}",), ("sports",)) for n in range(4)]
    prompt = Prompt(TASK.labels, "T", tuple(texts[:1]))
    llama.config.max_position_embeddings = 200
    model, done = AdaptedModel(llama, []), []
    found = prompted(model, texts, prompts=[prompt] * 4, tokenizer=Letters(), on_rows=done.append)
    assert sum(done) == 8
    for way, reduce in (("sum", torch.sum), ("mean", torch.mean)):
        for text, labelled in zip(texts, found[way], strict=True):
            rows = continuations_of(prompt(text.words[0]), TASK.labels, tokenizer=Letters())
            scores = [float(reduce(value)) for value in log_likelihoods(model, rows)]
            assert labelled.labels == (TASK.labels[scores.index(max(scores))],)


def test_a_prompt_longer_than_the_model_is_refused(llama):
    with pytest.raises(TaskError, match=r"tokens, and 40 are read; give fewer --shots"):
        prompted(
            AdaptedModel(llama, []), [Sentence(("a" * 50,))], prompts=[Prompt(TASK.labels, "T")], tokenizer=Letters()
        )


def test_a_text_is_never_among_its_own_examples(llama):
    texts = [Sentence((f"word{n}",), (TASK.labels[n % 2],)) for n in range(8)]
    prompts = prompts_for(TASK, texts, name="T", training=[*texts, *texts[:3]], shots=4)
    common = prompts_for(TASK, [Sentence(("else",))], name="T", training=[*texts, *texts[:3]], shots=4)[0]
    for text, prompt in zip(texts, prompts, strict=True):
        assert text.words not in {example.words for example in prompt.examples}
        assert len(prompt.examples) == 4
    assert [prompt == common for prompt in prompts].count(True) >= 4
    llama.config.max_position_embeddings = 300
    model = AdaptedModel(llama, [])
    found = prompted(model, texts, prompts=prompts, tokenizer=Letters())
    for n, text in enumerate(texts):
        (alone,) = prompted(model, [text], prompts=[prompts[n]], tokenizer=Letters())["sum"]
        assert found["sum"][n] == alone
    with pytest.raises(TaskError, match="8 examples are asked for and there are 7"):
        prompts_for(TASK, texts, name="T", training=texts, shots=8)


def test_prompts_that_are_too_long_stop_or_are_left_out(llama):
    model, prompt = AdaptedModel(llama, []), Prompt(TASK.labels, "T")
    short, long = Sentence(("a",)), Sentence(("a" * 30,), place="x.tsv, line 2")
    size = len(Letters()(["".join([prompt("a"), " travel news"])])["input_ids"][0])
    options = {"tokenizer": Letters(), "max_tokens": size}
    assert fitting(model, [long, short], [prompt] * 2, on_long="skip", **options) == ([short], [prompt])
    with pytest.raises(TaskError, match=f"the prompt of x.tsv, line 2 has {size + 29} tokens, and {size} are read"):
        fitting(model, [short, long], [prompt] * 2, **options)
    with pytest.raises(TaskError, match="no text is left, of 1"):
        fitting(model, [long], [prompt], on_long="skip", **options)


def test_labels_take_turns_in_the_examples():
    sentences = [Sentence((f"text {n}",), (TOPICS.labels[n % 3],)) for n in range(30)]
    drawn = examples_for(TOPICS, sentences, shots=6, seed=1)
    assert sorted(text.labels[0] for text in drawn) == sorted(2 * TOPICS.labels[:3])
    assert drawn == examples_for(TOPICS, sentences, shots=6, seed=1)
    assert drawn != examples_for(TOPICS, sentences, shots=6, seed=2)
    with pytest.raises(TaskError, match="31 examples are asked for and there are 30; ask for that many or fewer"):
        examples_for(TOPICS, sentences, shots=31)
