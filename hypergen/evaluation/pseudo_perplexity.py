"""Pseudo-perplexity: how well a masked model predicts each token of a sentence from all the others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from hypergen.adapters.core import Adapter
from hypergen.errors import CorpusError
from hypergen.model import AdaptedModel

if TYPE_CHECKING:
    import transformers


@dataclass(frozen=True)
class Encoded:
    """Sentences as ids, special tokens included, with what they were made of."""

    ids: tuple[Int[Tensor, "_"], ...]
    inner: tuple[Bool[Tensor, "_"], ...]
    """Which tokens are the sentence's own, not put around it."""
    characters: int
    """Of all sentences."""
    unknown: int
    """Tokens of all sentences that stand for what the vocabulary lacks."""
    truncated: int
    """Sentences cut to the length that the model takes."""


@dataclass(frozen=True)
class PseudoScore:
    """The pseudo-perplexity of a language's sentences, by three definitions."""

    language: str
    sentences: int
    tokens: int
    """Without those put around a sentence."""
    characters: int
    unknown_share: float
    """Of the tokens: a model that may say [UNK] where it knows nothing has an easy text."""
    truncated: int
    published: float
    """Mean over sentences of ``exp(-PLL / n)``, the special tokens among the ``n``; outliers dominate it."""
    per_token: float
    """``exp(-sum of PLL / sum of n)`` over the sentences' own tokens."""
    per_character: float
    """The same sum over the number of characters: comparable between vocabularies."""


def encode(sentences: Sequence[str], *, tokenizer: transformers.PreTrainedTokenizerBase, max_tokens: int) -> Encoded:
    """Sentences as a masked model reads them, one by one, cut at ``max_tokens``.

    Raises:
        CorpusError: there is no sentence, an empty one, or one that the tokenizer leaves no token of.
    """
    if not sentences or not all(map(str.strip, sentences)):
        raise CorpusError("there is no sentence to score, or an empty one; give one sentence a line.")
    lengths = [len(tokenizer(sentence, verbose=False)["input_ids"]) for sentence in sentences]
    told = tokenizer(
        list(sentences), truncation=True, max_length=max_tokens, return_special_tokens_mask=True,
        return_offsets_mapping=True,
    )  # fmt: skip
    inner = tuple(~torch.tensor(mask, dtype=torch.bool) for mask in told["special_tokens_mask"])
    if gone := [sentence for sentence, own in zip(sentences, inner, strict=True) if not own.any()]:
        raise CorpusError(
            f"the tokenizer leaves no token of the sentence {gone[0]!r:.60} ({len(gone)} of {len(sentences)} sentences "
            "are so); remove it, as there is nothing to predict."
        )
    ids = tuple(torch.tensor(row) for row in told["input_ids"])
    kept = [  # characters of which a token is scored: of a sentence that is cut, those before the cut
        len(sentence) if length <= max_tokens else max(end for _, end in offsets)
        for sentence, length, offsets in zip(sentences, lengths, told["offset_mapping"], strict=True)
    ]
    return Encoded(
        ids=ids,
        inner=inner,
        characters=sum(kept),
        unknown=sum(int((row == tokenizer.unk_token_id).sum()) for row in ids),
        truncated=sum(length > max_tokens for length in lengths),
    )


def log_likelihoods(
    model: AdaptedModel,
    sentences: Sequence[Int[Tensor, "_"]],
    *,
    adapters: Sequence[Adapter] = (),
    mask_id: int,
    pad_id: int,
    batch_tokens: int = 8192,
    on_rows: Callable[[int], None] | None = None,
) -> list[Float[Tensor, "_"]]:
    """``log p(token | all other tokens)`` at every position of each sentence (its tensor's one axis), in nats.

    ``PLL`` is their sum. Exact: each position is masked in turn, in a copy of the sentence of its own; copies of
    sentences of about equal length are batched.

    Args:
        model: A masked backbone with hooks; it is put into evaluation mode.
        sentences: Ids, the special tokens included.
        adapters: Acting in this order.
        mask_id: The id of the mask token.
        pad_id: The id that shorter sentences of a batch are filled with, unseen.
        batch_tokens: Tokens a batch, filling included.
        on_rows: Called with the number of positions done since the last call.

    References:
        Salazar et al. (2020), Masked Language Model Scoring, https://aclanthology.org/2020.acl-main.240.
    """
    model.eval()
    device = next(model.parameters()).device
    found = [torch.zeros(len(ids)) for ids in sentences]
    longest_first = sorted(range(len(sentences)), key=lambda i: -len(sentences[i]))
    rows = ((i, position) for i in longest_first for position in range(len(sentences[i])))
    for batch in _batches(rows, sentences, batch_tokens=batch_tokens):
        where, at = [i for i, _ in batch], torch.tensor([position for _, position in batch])
        ids = torch.nn.utils.rnn.pad_sequence([sentences[i] for i in where], batch_first=True, padding_value=pad_id)
        lengths = torch.tensor([len(sentences[i]) for i in where])
        seen = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
        labels = ids.gather(1, at[:, None])
        masked = ids.scatter(1, at[:, None], mask_id)
        positions = at + torch.arange(len(batch)) * ids.shape[1]
        with torch.no_grad():
            inputs = {"input_ids": masked.to(device), "attention_mask": seen.to(device)}
            logits = model(adapters=adapters, positions=positions.to(device), **inputs).logits
            values = logits.float().log_softmax(dim=-1).gather(1, labels.to(device)).squeeze(1).cpu()
        for (i, position), value in zip(batch, values, strict=True):
            found[i][position] = value
        if on_rows is not None:
            on_rows(len(batch))
    return found


def pseudo_score(language: str, encoded: Encoded, values: Sequence[Float[Tensor, "_"]]) -> PseudoScore:
    """The three pseudo-perplexities of sentences, from `log_likelihoods` of their ids."""
    own = [value[inner].double() for value, inner in zip(values, encoded.inner, strict=True)]
    tokens = sum(map(len, own))
    loss = -sum(float(value.sum()) for value in own)
    sentences = [math.exp(-float(value.double().mean())) for value in values]
    return PseudoScore(
        language=language,
        sentences=len(values),
        tokens=tokens,
        characters=encoded.characters,
        unknown_share=encoded.unknown / tokens,
        truncated=encoded.truncated,
        published=sum(sentences) / len(sentences),
        per_token=math.exp(loss / tokens),
        per_character=math.exp(loss / encoded.characters),
    )


def _batches(
    rows: Iterable[tuple[int, int]], sentences: Sequence[Tensor], *, batch_tokens: int
) -> Iterator[list[tuple[int, int]]]:
    """Rows in order, as many a batch as the first and longest allows."""
    remaining = iter(rows)
    for first in remaining:
        num_rows = max(1, batch_tokens // len(sentences[first[0]]))
        yield [first, *islice(remaining, num_rows - 1)]
