"""Masking of sentences made of triples (TLM): one whole side, or half of the tokens outside the predicate."""

from collections.abc import Collection

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from hypergen.data.masking import Masked, ordinary_tokens, replaced
from hypergen.data.triples import OBJECT, SUBJECT

__all__ = ["mask_outside_predicate", "mask_sides"]


def mask_sides(
    input_ids: Int[Tensor, "batch tokens"],
    *,
    marks: Int[Tensor, "batch tokens"],
    mask_id: int,
    vocab_size: int,
    special_ids: Collection[int],
    rng: torch.Generator,
) -> Masked:
    """All tokens of one side of each sentence become the mask: the subject with probability 1/2, else the object.

    With ``u ~ U(0, 1)`` per sentence: its subject if ``u < 0.5``, else its object; predicate, full stop and the other
    side stay visible. A sentence of which the block's edge cut off a whole side stays visible too. A row where nothing
    would be masked has one ordinary token masked, drawn uniformly.

    Args:
        input_ids: token ids, left as they are.
        marks: what each token is, as in `hypergen.data.triples`; a new sentence begins where they fall.
        mask_id: the id of the mask token.
        vocab_size: size of the whole vocabulary.
        special_ids: ids of the special tokens, which are not masked (an unknown word has nothing to learn).
        rng: draws everything; on the device of ``input_ids``.

    Raises:
        CorpusError: a row has only special tokens, or the vocabulary has.

    References:
        Gurgurov et al. (2024), https://arxiv.org/abs/2407.01406: as their code runs, but for drawing anew each time.
    """
    ordinary = ordinary_tokens(input_ids, rate=1.0, vocab_size=vocab_size, special_ids=special_ids)
    falls = torch.zeros_like(ordinary)
    falls[:, 1:] = marks[:, 1:] < marks[:, :-1]
    sentence = falls.cumsum(dim=1)
    u = torch.rand(input_ids.shape, generator=rng, device=input_ids.device)
    side = torch.where(u.gather(1, sentence) < 0.5, SUBJECT, OBJECT)
    whole = _has(marks == SUBJECT, sentence) & _has(marks == OBJECT, sentence)
    return _masked(input_ids, (marks == side) & whole & ordinary, ordinary=ordinary, mask_id=mask_id, rng=rng)


def mask_outside_predicate(
    input_ids: Int[Tensor, "batch tokens"],
    *,
    marks: Int[Tensor, "batch tokens"],
    mask_id: int,
    vocab_size: int,
    special_ids: Collection[int],
    rng: torch.Generator,
) -> Masked:
    """Each token of a subject or an object becomes the mask with probability 1/2.

    The other reading of the paper's text; arguments, errors and the row with nothing to mask as in `mask_sides`.
    """
    ordinary = ordinary_tokens(input_ids, rate=1.0, vocab_size=vocab_size, special_ids=special_ids)
    outside = (marks == SUBJECT) | (marks == OBJECT)
    u = torch.rand(input_ids.shape, generator=rng, device=input_ids.device)
    return _masked(input_ids, outside & ordinary & (u < 0.5), ordinary=ordinary, mask_id=mask_id, rng=rng)


def _has(tokens: Bool[Tensor, "batch tokens"], sentence: Int[Tensor, "batch tokens"]) -> Bool[Tensor, "batch tokens"]:
    """Whether the sentence of each token has one of ``tokens``."""
    count = torch.zeros_like(sentence).scatter_add(1, sentence, tokens.to(sentence.dtype))
    return count.gather(1, sentence) > 0


def _masked(
    input_ids: Int[Tensor, "batch tokens"],
    chosen: Bool[Tensor, "batch tokens"],
    *,
    ordinary: Bool[Tensor, "batch tokens"],
    mask_id: int,
    rng: torch.Generator,
) -> Masked:
    """The chosen tokens as the mask; in a row without any, the ordinary token of the smallest draw."""
    v = torch.rand(input_ids.shape, generator=rng, device=input_ids.device).masked_fill(~ordinary, 2.0)
    nothing = ~chosen.any(dim=1, keepdim=True)
    chosen = chosen | (nothing & ordinary & (v == v.amin(dim=1, keepdim=True)))
    positions = chosen.flatten().nonzero().squeeze(1)
    seen = torch.full(positions.shape, mask_id, dtype=input_ids.dtype, device=input_ids.device)
    return replaced(input_ids, positions, seen)
