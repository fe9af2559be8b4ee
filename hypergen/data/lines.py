"""A few lines of text in one language: which are held back, and batches of the others without a token lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Int
from torch import Tensor
from torch.utils.data import Dataset

from hypergen.data.batches import Batch, MaskingRule, generator_for
from hypergen.data.blocks import BUCKETS, document_hash, frame_of
from hypergen.data.cleaning import clean_line
from hypergen.data.corpora import text_corpora
from hypergen.data.text_files import text_lines
from hypergen.errors import CorpusError

if TYPE_CHECKING:
    import transformers

__all__ = ["LineBatches", "Lines", "held_back_batches", "read_lines"]


def read_lines(path: Path, *, language: str) -> list[str]:
    """The lines of a text file, packed or not, or those of one language in a directory of `text_corpora`'s layout.

    Args:
        path: a file, one sentence a line, or the directory.
        language: ``"swh"``, or ``"swh_Latn"`` for one script; a file is taken to be of it.

    Raises:
        CorpusError: a file that is damaged or not UTF-8, or a directory without text of the language.
    """
    if not path.is_dir():
        return list(text_lines(path))
    corpora = text_corpora(path, only=[language])
    return [line for corpus in corpora for document in corpus.documents() for line in document.split("\n")]


@dataclass(frozen=True, eq=False)
class Lines:
    """Token ids of lines, without special tokens around them, as they are trained on and held back."""

    train: tuple[Int[Tensor, " _"], ...]
    held_back: tuple[Int[Tensor, " _"], ...]
    """In order of the hash of the line."""
    num_dropped: int = 0
    """Lines that were left out: repeated, without three letters, or unknown to the tokenizer."""

    @classmethod
    def of(
        cls, lines: Sequence[str], *, tokenizer: "transformers.PreTrainedTokenizerBase", held_back: float = 0.2
    ) -> "Lines":
        """Clean, tokenise and divide lines.

        A line ``x`` is held back if ``blake2b(x) mod 10000 < 10000 * held_back``, so it is whenever it is given. If no
        line is, the one with the smallest remainder; if all are, all but the one with the largest.

        Raises:
            CorpusError: a share that is none, or fewer than two lines with something to learn: one is to be held back.
        """
        if not 0 < held_back < 1:
            raise CorpusError(f"held_back is {held_back}; expected a share of the lines above 0 and below 1.")
        clean = [text for text in dict.fromkeys(map(clean_line, lines)) if text]
        encoded = tokenizer(clean, add_special_tokens=False, verbose=False)["input_ids"] if clean else []
        special = set(tokenizer.all_special_ids)
        found = {text: ids for text, ids in zip(clean, encoded, strict=True) if not special.issuperset(ids)}
        if len(found) < 2:
            raise CorpusError(
                f"{len(found)} of {len(lines)} lines can be learnt from (different ones, of three letters or more, in "
                "a script that the tokenizer knows), and 2 are the fewest, one to train on and one to see whether it "
                "helps; give more lines, or use what 'hypergen generate' writes."
            )
        ranked = sorted((document_hash(text) % BUCKETS, document_hash(text), text) for text in found)
        count = sum(bucket < held_back * BUCKETS for bucket, _, _ in ranked)
        count = min(max(count, 1), len(ranked) - 1)
        away = [text for _, _, text in ranked[:count]]
        train = found.keys() - set(away)
        return cls(
            train=tuple(torch.tensor(ids) for text, ids in found.items() if text in train),
            held_back=tuple(torch.tensor(found[text]) for text in away),
            num_dropped=len(lines) - len(found),
        )


class LineBatches(Dataset[Batch]):
    """Training batches of few lines: every row is other lines in another order, one after the other, cut at its end.

    A row has ``min(block_size, n)`` tokens, with ``n`` the tokens of the language that has fewest: nothing is padded,
    and no line stands in a row twice, where it could be copied. Batch ``i`` depends on the seed and ``i`` alone.

    Args:
        lines: the token ids of each language's lines.
        tokenizer: the backbone's.
        rule: how batches are masked.
        num_batches: how many there are.
        rows: rows a language in each batch.
        block_size: the most tokens a row, special tokens included; what is longer is cut into pieces of this size.
        seed: of orders and masks.
    """

    def __init__(
        self,
        lines: Mapping[str, Sequence[Int[Tensor, " _"]]],
        *,
        tokenizer: "transformers.PreTrainedTokenizerBase",
        rule: MaskingRule,
        num_batches: int,
        rows: int = 8,
        block_size: int = 128,
        seed: int = 0,
    ) -> None:
        self._frame, self._rule = frame_of(tokenizer), rule
        room = block_size - sum(map(len, self._frame))
        self._size = min(room, *(sum(map(len, several)) for several in lines.values()))
        self._pieces = {
            language: [piece for line in several for piece in line.split(room)] for language, several in lines.items()
        }
        self._num_batches, self._rows, self._seed = num_batches, rows, seed

    def __len__(self) -> int:
        return self._num_batches

    def __getitem__(self, index: int) -> Batch:
        if not 0 <= index < len(self):
            raise IndexError(f"There is no batch {index}, only {len(self)}.")
        rng = generator_for(self._seed, "rows", index)
        rows = [self._row(pieces, rng=rng) for pieces in self._pieces.values() for _ in range(self._rows)]
        return self._rule.batch(torch.stack(rows), languages=tuple(self._pieces), seed=(self._seed, index))

    def _row(self, pieces: Sequence[Int[Tensor, " _"]], *, rng: torch.Generator) -> Int[Tensor, " block"]:
        taken, size = [], 0
        for number in torch.randperm(len(pieces), generator=rng).tolist():
            if size >= self._size:
                break
            taken.append(pieces[number])
            size += len(pieces[number])
        return framed(torch.cat(taken)[: self._size], frame=self._frame)


def held_back_batches(
    lines: Sequence[Int[Tensor, " _"]],
    *,
    language: str,
    tokenizer: "transformers.PreTrainedTokenizerBase",
    rule: MaskingRule,
    repeats: int = 8,
    max_lines: int = 200,
    block_size: int = 128,
) -> list[Batch]:
    """A batch a line, masked ``repeats`` times, always alike; of a line longer than a block, its beginning.

    Args:
        lines: token ids; the first ``max_lines`` of them are taken.
        language: theirs.
        tokenizer: the backbone's.
        rule: how they are masked.
        repeats: rows a batch, each masked anew.
        max_lines: the most batches.
        block_size: the most tokens a row, special tokens included.
    """
    frame = frame_of(tokenizer)
    room = block_size - sum(map(len, frame))
    return [
        rule.batch(framed(line[:room], frame=frame).repeat(repeats, 1), languages=(language,), seed="held back")
        for line in lines[:max_lines]
    ]


def framed(ids: Int[Tensor, " tokens"], *, frame: tuple[Sequence[int], Sequence[int]]) -> Int[Tensor, " block"]:
    """The ids between those that open and close a block."""
    first, last = frame
    return torch.cat([ids.new_tensor(list(first)), ids, ids.new_tensor(list(last))])
