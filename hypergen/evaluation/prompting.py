"""Few-shot prompting of a decoder: a text gets the label whose words are likeliest to come next."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float
from torch import Tensor

from hypergen.adapters.core import Adapter
from hypergen.data.tasks.encoding import OnLong
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import Task
from hypergen.errors import TaskError
from hypergen.model import AdaptedModel

if TYPE_CHECKING:
    import transformers

__all__ = ["Continuation", "Prompt", "continuations_of", "fitting", "log_likelihoods", "prompted", "prompts_for"]


@dataclass(frozen=True)
class Prompt:
    """What is asked about a text: examples with their labels, then the text, and an open end for its label.

    Example:
        >>> shown = Sentence(("Timu ilishinda.",), ("sports",))
        >>> print(Prompt(labels=("sports", "travel"), name="Topic", examples=(shown,))("Basi limejaa."))
        Topic is one of: sports, travel.
        <BLANKLINE>
        Text: Timu ilishinda.
        Topic: sports
        <BLANKLINE>
        Text: Basi limejaa.
        Topic:
    """

    labels: tuple[str, ...]
    name: str
    """What the label is called before it."""
    examples: tuple[Sentence, ...] = ()

    def __call__(self, text: str) -> str:
        """The prompt of a text; a label follows it after a space."""
        shown = [f"Text: {example.words[0]}\n{self.name}: {example.labels[0]}" for example in self.examples]
        asked = f"Text: {text}\n{self.name}:"
        return "\n\n".join([f"{self.name} is one of: {', '.join(self.labels)}.", *shown, asked])


@dataclass(frozen=True)
class Continuation:
    """A prompt with one label behind it, as ids."""

    ids: tuple[int, ...]
    start: int
    """Where the label's tokens begin; they go on to the end."""


def continuations_of(
    prompt: str, labels: Sequence[str], *, tokenizer: transformers.PreTrainedTokenizerBase
) -> list[Continuation]:
    """The prompt with each label behind it, tokenised together, as the model would have read them.

    A label's tokens are those behind what all the label's rivals, and the prompt by itself, have in common with it.

    Raises:
        TaskError: If nothing stands before the first label's tokens, which a model could predict them from.
    """
    rows: list[list[int]] = tokenizer([prompt, *(f"{prompt} {label}" for label in labels)], verbose=False)["input_ids"]
    rows = [row[:-1] if row and row[-1] == tokenizer.eos_token_id else row for row in rows]
    start = min(_num_common([rows[0], row]) for row in rows)
    if start < 1:
        raise TaskError("a prompt has no token before its label to predict it from; give a longer one.")
    return [Continuation(tuple(row), start) for row in rows[1:]]


def log_likelihoods(
    model: AdaptedModel,
    rows: Sequence[Continuation],
    *,
    adapters: Sequence[Adapter] = (),
    batch_tokens: int = 8192,
    on_rows: Callable[[int], None] | None = None,
) -> list[Float[Tensor, "_"]]:
    """``log p(token | all before it)`` of every label token of each row, in nats; a label's likelihood is their sum.

    What all rows open with (the examples, for one language) is read once, and its keys and values are kept for all
    rows; shorter rows of a batch are filled at the end, which nothing before it sees.

    Args:
        model: A decoder with hooks; it is put into evaluation mode.
        rows: Prompts with labels.
        adapters: Acting in this order.
        batch_tokens: Tokens a batch, those that are read once and the filling included.
        on_rows: Called with the number of rows done since the last call.
    """
    if not rows:
        return []
    model.eval()
    device = next(model.parameters()).device
    shared = min(_num_common([row.ids for row in rows]), *(row.start - 1 for row in rows))
    found: list[Tensor] = [torch.zeros(0)] * len(rows)
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i].ids))
    num_rows = max(1, batch_tokens // len(rows[order[0]].ids))
    with torch.no_grad():
        opening = _cache_of(model, rows[0].ids[:shared], adapters=adapters)
        for first in range(0, len(rows), num_rows):
            batch = [rows[i] for i in order[first : first + num_rows]]
            tails = [torch.tensor(row.ids[shared:-1]) for row in batch]  # nothing is asked of the last token
            ids = torch.nn.utils.rnn.pad_sequence(tails, batch_first=True)
            asked = [torch.arange(row.start - 1, len(row.ids) - 1) - shared for row in batch]
            positions = torch.cat([at + n * ids.shape[1] for n, at in enumerate(asked)])
            labels = torch.cat([torch.tensor(row.ids[row.start :]) for row in batch])
            kept: dict[str, Any] = {}
            if opening is not None:
                cache: Any = copy.deepcopy(opening)
                cache.batch_repeat_interleave(len(batch))
                kept = {"past_key_values": cache, "use_cache": True}
            logits = model(adapters=adapters, positions=positions.to(device), input_ids=ids.to(device), **kept).logits
            values = logits.float().log_softmax(-1).gather(1, labels.to(device)[:, None]).squeeze(1).cpu()
            for i, value in zip(order[first:], values.split([len(at) for at in asked]), strict=False):
                found[i] = value
            if on_rows is not None:
                on_rows(len(batch))
    return found


def examples_for(task: Task, sentences: Sequence[Sentence], *, shots: int, seed: int = 0) -> tuple[Sentence, ...]:
    """So many labelled sentences, labels taking turns, drawn and ordered at random.

    Raises:
        TaskError: If there are fewer, or one has a label that the task does not know.
    """
    if not 0 <= shots <= len(sentences):
        raise TaskError(f"{shots} examples are asked for and there are {len(sentences)}; ask for that many or fewer.")
    for sentence in sentences:
        task.columns(sentence)
    rng = random.Random(seed)
    drawn = rng.sample(list(sentences), k=len(sentences))
    by_label = [[sentence for sentence in drawn if sentence.labels[0] == label] for label in task.labels]
    rng.shuffle(by_label)
    in_turn = [sentence for sentence in chain.from_iterable(zip_longest(*by_label)) if sentence is not None]
    return tuple(rng.sample(in_turn[:shots], k=shots))


def prompts_for(
    task: Task, texts: Sequence[Sentence], *, name: str, training: Sequence[Sentence], shots: int, seed: int = 0
) -> list[Prompt]:
    """A prompt for each text: of the same examples, or, for a text that is one of them, of others drawn without it."""
    first = Prompt(task.labels, name, examples_for(task, training, shots=shots, seed=seed))
    shown = {example.words for example in first.examples}

    def of(text: Sentence) -> Prompt:
        if text.words not in shown:
            return first
        others = [sentence for sentence in training if sentence.words != text.words]
        return replace(first, examples=examples_for(task, others, shots=shots, seed=seed))

    return [of(text) for text in texts]


def fitting(
    model: AdaptedModel,
    texts: Sequence[Sentence],
    prompts: Sequence[Prompt],
    *,
    tokenizer: transformers.PreTrainedTokenizerBase,
    max_tokens: int | None = None,
    on_long: OnLong = "stop",
) -> tuple[list[Sentence], list[Prompt]]:
    """The texts whose prompts, with a label, have no more tokens than the model reads (or ``max_tokens``); and these.

    Raises:
        TaskError: If one is longer, unless such texts are to be left out, or if none is left.
    """
    config: Any = model.backbone.config
    limit = getattr(config, "max_position_embeddings", None) if max_tokens is None else max_tokens
    kept: list[tuple[Sentence, Prompt]] = []
    for text, prompt in zip(texts, prompts, strict=True):
        rows = continuations_of(prompt(text.words[0]), prompt.labels, tokenizer=tokenizer)
        longest = max(len(row.ids) for row in rows)
        if limit is None or longest <= limit:
            kept.append((text, prompt))
        elif on_long == "stop":
            raise TaskError(
                f"the prompt of {text.where} has {longest} tokens, and {limit} are read; give fewer --shots, or leave "
                "such texts out with --data.on_long skip."
            )
    if not kept:
        raise TaskError(f"no text is left, of {len(texts)}: their prompts are longer than {limit}; give fewer --shots.")
    return [text for text, _ in kept], [prompt for _, prompt in kept]


def prompted(
    model: AdaptedModel,
    sentences: Sequence[Sentence],
    *,
    prompts: Sequence[Prompt],
    tokenizer: transformers.PreTrainedTokenizerBase,
    adapters: Sequence[Adapter] = (),
    batch_tokens: int = 8192,
    on_rows: Callable[[int], None] | None = None,
) -> Mapping[str, list[Sentence]]:
    """The texts with their likeliest labels: by ``sum`` of the label's log-likelihoods, and by their ``mean``.

    The sum is the label's own probability and favours short ones, the mean does not.

    Raises:
        TaskError: If a prompt is longer than the model.
    """
    fitting(model, sentences, prompts, tokenizer=tokenizer)
    together: dict[Prompt, list[int]] = {}
    for place, prompt in enumerate(prompts):
        together.setdefault(prompt, []).append(place)
    found: dict[str, list[Sentence]] = {"sum": list(sentences), "mean": list(sentences)}
    for prompt, places in together.items():
        asked = [prompt(sentences[place].words[0]) for place in places]
        rows = [row for text in asked for row in continuations_of(text, prompt.labels, tokenizer=tokenizer)]
        values = log_likelihoods(model, rows, adapters=adapters, batch_tokens=batch_tokens, on_rows=on_rows)
        for name, reduce in (("sum", torch.sum), ("mean", torch.mean)):
            scores = torch.tensor([float(reduce(value)) for value in values]).view(-1, len(prompt.labels))
            for place, best in zip(places, scores.argmax(-1).tolist(), strict=True):
                found[name][place] = replace(sentences[place], labels=(prompt.labels[best],))
    return found


def _cache_of(model: AdaptedModel, ids: Sequence[int], *, adapters: Sequence[Adapter]) -> object | None:
    """Keys and values of what all rows open with; ``None`` if that is nothing."""
    if not ids:
        return None
    read = torch.tensor([ids], device=next(model.parameters()).device)
    nowhere = read.new_zeros(1)  # logits at one position, which nobody asks for
    cache: object = model(adapters=adapters, use_cache=True, positions=nowhere, input_ids=read).past_key_values
    return cache


def _num_common(rows: Sequence[Sequence[int]]) -> int:
    """How many tokens all rows open with."""
    columns = enumerate(zip(*rows, strict=False))
    return next((at for at, column in columns if len(set(column)) > 1), min(map(len, rows)))
