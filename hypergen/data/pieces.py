"""Pieces that a vocabulary lacks: how much of a text it cannot say, which new pieces would, and where they start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import torch
from jaxtyping import Float
from torch import Tensor

from hypergen.data.scripts import main_script, script_share
from hypergen.errors import CorpusError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["Coverage", "coverage", "initial_rows", "new_pieces"]

_LINES = 1000
_MIN_FREQUENCY = 2


@dataclass(frozen=True)
class Coverage:
    """What a tokenizer makes of a text."""

    characters: int
    """Without spaces."""
    pieces: int
    unknown_pieces: int
    """``[UNK]``, each of which stands for a whole word."""
    unknown_characters: int
    """In the words that became ``[UNK]``."""

    @property
    def unknown_share(self) -> float:
        """Share of the pieces that are ``[UNK]``."""
        return self.unknown_pieces / max(1, self.pieces)

    @property
    def lost_share(self) -> float:
        """Share of the characters that are in words that became ``[UNK]``."""
        return self.unknown_characters / max(1, self.characters)


def coverage(lines: Iterable[str], *, tokenizer: PreTrainedTokenizerBase) -> Coverage:
    """Count what a tokenizer knows of lines of text, and what not."""
    characters = pieces = unknown = lost = 0
    for several in _batches(lines):
        told = tokenizer(several, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        for line, ids, offsets in zip(several, told["input_ids"], told["offset_mapping"], strict=True):
            found = [line[i:j] for token, (i, j) in zip(ids, offsets, strict=True) if token == tokenizer.unk_token_id]
            characters += _size(line)
            pieces, unknown, lost = pieces + len(ids), unknown + len(found), lost + sum(map(_size, found))
    return Coverage(characters, pieces, unknown, lost)


def new_pieces(lines: Iterable[str], *, tokenizer: PreTrainedTokenizerBase, script: str, size: int) -> tuple[str, ...]:
    """Pieces in a script that a WordPiece tokenizer lacks: every letter of the text, then the most useful longer ones.

    Pieces are trained on the text by the tokenizers library, words cut as the tokenizer cuts them. Each letter comes
    twice, as the beginning of a word and as what follows (``##``), so that no word in these letters is ``[UNK]``; so
    do signs of no script that the vocabulary lacks, such as a comma that the script shares with another.

    Args:
        lines: text of the language.
        tokenizer: whose vocabulary is to be extended.
        script: ISO 15924; a longer piece has at least one letter of it.
        size: how many; all letters, and as many more as there is room for.

    Raises:
        CorpusError: the tokenizer knows all letters of that script in the text, or the size is too small for them.
    """
    several, backend = list(lines), cast(Any, tokenizer).backend_tokenizer
    known, prefix = tokenizer.get_vocab(), backend.model.continuing_subword_prefix
    found = sorted({c for piece in _trained(several, tokenizer=tokenizer) for c in piece.removeprefix(prefix)})
    # Ties go to the lower id, and the library gives out ids of what follows in an order that no two processes share.
    first = [f"{prefix}{c}" for c in found]
    trained = _trained(several, tokenizer=tokenizer, first=first, size=size + len(known))
    letters = sorted(c for c in found if script_share(c, script) or main_script([c]) is None)
    single = [piece for c in letters for piece in (c, f"{prefix}{c}") if piece not in known]
    if not any(script_share(c, script) for piece in single for c in piece.removeprefix(prefix)):
        raise CorpusError(f"the tokenizer knows every letter of {script} in this text; nothing is to be extended.")
    if len(single) > size:
        raise CorpusError(f"{size} pieces are too few for {len(letters)} letters; give at least {len(single)}.")
    seen = set(single)
    longer = [p for p in trained if p not in seen and p not in known and script_share(p.removeprefix(prefix), script)]
    return (*single, *longer)[:size]


def _trained(
    lines: Sequence[str], *, tokenizer: PreTrainedTokenizerBase, first: Sequence[str] = (), size: int = 0
) -> list[str]:
    """A WordPiece vocabulary of the text, in the order of its ids: ``first``, all letters, then longer pieces."""
    from tokenizers import Tokenizer, models, trainers

    backend: Any = tokenizer.backend_tokenizer
    fresh = Tokenizer(models.WordPiece(unk_token=str(tokenizer.unk_token)))
    fresh.normalizer, fresh.pre_tokenizer = backend.normalizer, backend.pre_tokenizer
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        min_frequency=_MIN_FREQUENCY,
        special_tokens=list(first),
        continuing_subword_prefix=backend.model.continuing_subword_prefix,
        show_progress=False,
    )
    fresh.train_from_iterator(_batches(lines), trainer)
    vocabulary = fresh.get_vocab()
    return sorted(vocabulary, key=lambda piece: vocabulary[piece])


def initial_rows(
    pieces: Sequence[str],
    *,
    old: Float[Tensor, "vocabulary d"],
    extended: PreTrainedTokenizerBase,
    lines: Iterable[str],
    rng: torch.Generator,
) -> Float[Tensor, "new d"]:
    """Where the embeddings of new pieces start: from their characters' and their neighbours' old ones.

    ``n = m + g z``, with ``m`` the mean of two means: of the old embeddings of the piece's own characters, as far as
    the vocabulary has them, and of the nearest old pieces before and after it in the text. Where neither is known it is
    the mean of all. ``z`` is normal, and ``g`` so large that ``E[|n|^2]`` is the mean of ``|e|^2`` over old rows: new
    pieces that stand between the same neighbours can be told apart.

    Args:
        pieces: the new ones, in the order of their ids.
        old: the backbone's embeddings.
        extended: the tokenizer that knows the new pieces.
        lines: text they occur in.
        rng: of ``z``.
    """
    old, vocabulary, count = old.detach().float().cpu(), extended.get_vocab(), len(extended) - len(pieces)
    backend: Any = extended.backend_tokenizer
    prefix: str = backend.model.continuing_subword_prefix
    special, neighbours = set(extended.all_special_ids), [Counter[int]() for _ in pieces]
    for several in _batches(lines):
        for ids in extended(several, add_special_tokens=False, verbose=False)["input_ids"]:
            for way in (ids, ids[::-1]):
                before = None
                for token in way:
                    if token >= count and before is not None:
                        neighbours[token - count][before] += 1
                    elif token < count and token not in special:
                        before = token
    rows, everywhere = [], old.mean(0)
    for piece, around in zip(pieces, neighbours, strict=True):
        names = [name for c in piece.removeprefix(prefix) for name in (c, f"{prefix}{c}")]
        own = [i for name in names if (i := vocabulary.get(name, count)) < count]
        means = [old[own].mean(0)] if own else []
        if around:
            weight = torch.tensor([float(n) for n in around.values()])
            means.append(weight @ old[list(around)] / weight.sum())
        rows.append(torch.stack(means).mean(0) if means else everywhere)
    found = torch.stack(rows)
    spare = (old.square().sum(1).mean() - found.square().sum(1)).clamp(min=0)
    return found + (spare / old.shape[1]).sqrt().unsqueeze(1) * torch.randn(found.shape, generator=rng)


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(lines)
    while several := list(islice(remaining, _LINES)):
        yield several


def _size(text: str) -> int:
    return sum(not c.isspace() for c in text)
