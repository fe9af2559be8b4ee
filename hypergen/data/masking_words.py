"""Whole-word masking (FLM): as masked language modelling, but all pieces of a word are chosen together."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import torch
from jaxtyping import Int
from torch import Tensor

from hypergen.data.masking import Masked, corrupted, ordinary_tokens

if TYPE_CHECKING:
    import transformers

__all__ = ["continuations", "mask_words"]

_CONTINUING = "##"
"""What a piece of a WordPiece vocabulary opens with where it continues a word."""
_BEGINNING = {"▁": ("▁",), "Ġ": ("Ġ", "Ċ")}
"""What the pieces of SentencePiece and of byte-level vocabularies open with where a word begins."""
_MARKS = (_CONTINUING, *_BEGINNING)


def mask_words(
    input_ids: Int[Tensor, "batch tokens"],
    *,
    continuing: Collection[int],
    rate: float = 0.15,
    mask_id: int,
    vocab_size: int,
    special_ids: Collection[int],
    rng: torch.Generator,
) -> Masked:
    """Choose each word with probability ``rate``; of its tokens 80 % become the mask, 10 % a random token, 10 % stay.

    A word is a token and those after it that continue it. With ``u ~ U(0, 1)`` per word: chosen if ``u < rate``, or if
    ``u`` is the smallest of its row. A token is in one word, so it too is chosen with probability ``rate``; the rest is
    `mask_tokens`.

    Args:
        input_ids: token ids, left as they are.
        continuing: ids of the pieces that continue a word, see `continuations`.
        rate: probability of a word being chosen, above 0 and at most 1.
        mask_id: the id of the mask token.
        vocab_size: replacements are drawn below this.
        special_ids: ids of the special tokens, which are never chosen and end a word.
        rng: draws everything; on the device of ``input_ids``.

    Raises:
        CorpusError: the rate is out of range, a row has only special tokens, or the vocabulary has.

    Example:
        >>> ids = torch.tensor([[1, 7, 8, 9, 2]])  # 8 and 9 continue the word that 7 begins
        >>> options = {"mask_id": 3, "vocab_size": 10, "special_ids": [0, 1, 2, 3]}
        >>> mask_words(ids, continuing=[8, 9], rate=0.01, rng=torch.Generator(), **options).positions
        tensor([1, 2, 3])

    References:
        Whole-word masking of BERT, https://github.com/google-research/bert; Gurgurov et al. (2024),
        https://arxiv.org/abs/2407.01406.
    """
    ordinary = ordinary_tokens(input_ids, rate=rate, vocab_size=vocab_size, special_ids=special_ids)
    continues = torch.isin(input_ids, torch.tensor(sorted(continuing), dtype=input_ids.dtype, device=input_ids.device))
    continues[:, 1:] &= ordinary[:, 1:] & ordinary[:, :-1]
    continues[:, :1] = False
    word = (~continues).cumsum(dim=1) - 1
    u = torch.rand(input_ids.shape, generator=rng, device=input_ids.device).gather(1, word).masked_fill(~ordinary, 2.0)
    chosen = ordinary & ((u < rate) | (u == u.amin(dim=1, keepdim=True)))
    return corrupted(input_ids, chosen, mask_id=mask_id, vocab_size=vocab_size, special_ids=special_ids, rng=rng)


def continuations(tokenizer: "transformers.PreTrainedTokenizerBase") -> tuple[int, ...]:
    """The ids of the pieces that continue a word, ascending: ``##...``, or those that do not open with a space.

    Which of the conventions a vocabulary keeps is told by which of the marks most pieces open with: each may also occur
    as itself (Ġ is a letter of Maltese). Within spaces SentencePiece vocabularies have no words; where a script writes
    none, a word is a clause.
    """
    pieces = [str(piece) for piece in tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))]
    counts = {mark: sum(len(piece) > len(mark) and piece.startswith(mark) for piece in pieces) for mark in _MARKS}
    mark = max(counts, key=lambda mark: counts[mark])
    special = set(tokenizer.all_special_ids)
    if not counts[mark]:
        return ()
    if mark == _CONTINUING:
        continuing = [piece.startswith(mark) and len(piece) > len(mark) for piece in pieces]
    else:
        continuing = [not piece.startswith(_BEGINNING[mark]) for piece in pieces]
    return tuple(token for token, continues in enumerate(continuing) if continues and token not in special)
