"""Masking for masked language modelling: which tokens to predict, and what the model sees in their place."""

from collections.abc import Collection
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from hypergen.errors import CorpusError

__all__ = ["Masked", "corrupted", "mask_tokens", "ordinary_tokens", "replaced"]


@dataclass(frozen=True)
class Masked:
    """A corrupted batch and what stood there before."""

    input_ids: Int[Tensor, "batch tokens"]
    """The corrupted copy."""
    positions: Int[Tensor, " masked"]
    """Where to predict: indices into the flattened batch, ascending."""
    labels: Int[Tensor, " masked"]
    """The original ids at those positions."""


def mask_tokens(
    input_ids: Int[Tensor, "batch tokens"],
    *,
    rate: float = 0.15,
    mask_id: int,
    vocab_size: int,
    special_ids: Collection[int],
    rng: torch.Generator,
) -> Masked:
    """Choose each ordinary token with probability ``rate``; 80 % become the mask, 10 % a random token, 10 % stay.

    With ``u ~ U(0, 1)`` per token and ``v ~ U(0, 1)`` per chosen token: chosen if ``u < rate``, or if ``u`` is the
    smallest of its row (so that every row has something to predict); the mask if ``v < 0.8``, a random ordinary token
    if ``0.8 <= v < 0.9``, unchanged otherwise. Special tokens are neither chosen nor used as replacements.

    Args:
        input_ids: token ids, left as they are.
        rate: probability of a token being chosen, above 0 and at most 1.
        mask_id: the id of the mask token.
        vocab_size: replacements are drawn below this.
        special_ids: ids of the special tokens (a tokenizer's ``all_special_ids``).
        rng: draws everything; on the device of ``input_ids``.

    Raises:
        CorpusError: the rate is out of range, a row has only special tokens, or the vocabulary has.

    Example:
        >>> ids = torch.tensor([[1, 7, 8, 9, 2]])
        >>> masked = mask_tokens(ids, mask_id=3, vocab_size=10, special_ids=[0, 1, 2, 3], rng=torch.Generator())
        >>> bool((ids.flatten()[masked.positions] == masked.labels).all())
        True

    References:
        Devlin et al. (2019), BERT, https://arxiv.org/abs/1810.04805.
    """
    ordinary = ordinary_tokens(input_ids, rate=rate, vocab_size=vocab_size, special_ids=special_ids)
    u = torch.rand(input_ids.shape, generator=rng, device=input_ids.device).masked_fill(~ordinary, 2.0)
    chosen = ordinary & ((u < rate) | (u == u.amin(dim=1, keepdim=True)))
    return corrupted(input_ids, chosen, mask_id=mask_id, vocab_size=vocab_size, special_ids=special_ids, rng=rng)


def ordinary_tokens(
    input_ids: Int[Tensor, "batch tokens"], *, rate: float, vocab_size: int, special_ids: Collection[int]
) -> Bool[Tensor, "batch tokens"]:
    """Where the tokens stand that may be chosen: all but the special ones.

    Raises:
        CorpusError: the rate is out of range, a row has only special tokens, or the vocabulary has.
    """
    if not 0 < rate <= 1:
        raise CorpusError(f"The mask rate is {rate}; expected a probability above 0 and at most 1.")
    special = [token for token in special_ids if 0 <= token < vocab_size]
    if vocab_size <= len(set(special)):
        raise CorpusError(f"All {vocab_size} tokens are special; give the size of the whole vocabulary.")
    ordinary = ~torch.isin(input_ids, torch.tensor(special, dtype=input_ids.dtype, device=input_ids.device))
    if not bool(ordinary.any(dim=1).all()):
        raise CorpusError("A row of input_ids has special tokens only, so nothing can be masked; drop that row.")
    return ordinary


def corrupted(
    input_ids: Int[Tensor, "batch tokens"],
    chosen: Bool[Tensor, "batch tokens"],
    *,
    mask_id: int,
    vocab_size: int,
    special_ids: Collection[int],
    rng: torch.Generator,
) -> Masked:
    """The batch with the chosen tokens hidden: ``v ~ U(0, 1)`` per token, 80 / 10 / 10 as in `mask_tokens`."""
    special = sorted({token for token in special_ids if 0 <= token < vocab_size})
    positions = chosen.flatten().nonzero().squeeze(1)
    labels = input_ids.flatten()[positions]
    v = torch.rand(labels.shape, generator=rng, device=labels.device)
    random = torch.randint(
        vocab_size - len(special), labels.shape, generator=rng, device=labels.device, dtype=labels.dtype
    )
    for token in special:  # ascending: the n-th ordinary id is n plus the special ids at or below it
        random = random + (random >= token)
    seen = torch.where(v < 0.8, torch.full_like(labels, mask_id), torch.where(v < 0.9, random, labels))
    return replaced(input_ids, positions, seen)


def replaced(
    input_ids: Int[Tensor, "batch tokens"], positions: Int[Tensor, " masked"], seen: Int[Tensor, " masked"]
) -> Masked:
    """The batch with ``seen`` at the flattened positions, and what stood there as labels."""
    flat = input_ids.flatten()
    return Masked(
        input_ids=flat.index_put((positions,), seen).view_as(input_ids), positions=positions, labels=flat[positions]
    )
