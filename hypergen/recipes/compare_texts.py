"""The text that methods are compared on: of artificial languages, or of a directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypergen.comparison.amounts import Amount, bytes_of
from hypergen.comparison.arguments import USUAL, LessonArgs
from hypergen.data.artificial.corpora import artificial_corpora
from hypergen.data.batches import Batch, masking_rules
from hypergen.data.corpora import Corpus
from hypergen.data.held_back import corpora_in, first_sentences, held_back_batches, held_back_hashes
from hypergen.data.noise import noisy
from hypergen.errors import CorpusError, TypologyError
from hypergen.evaluation.groups import Splits
from hypergen.recipes.world import BLOCK, World
from hypergen.typology import TypologyTable

__all__ = ["ArtificialTexts", "DirectoryTexts", "stop_without"]


@dataclass(frozen=True, eq=False)
class ArtificialTexts:
    """Sentences of a world; those that are held back have numbers of their own."""

    world: World
    sentences: int
    held_back_sentences: int
    trained: frozenset[str]
    trained_sentences: int
    block_size: int = BLOCK
    held: dict[str, list[Batch]] = field(default_factory=dict)
    read: dict[tuple[str, int], Sequence[Corpus]] = field(default_factory=dict)

    @property
    def tokenizer(self) -> Any:
        """One letter, one piece."""
        return self.world.tokenizer

    def corpora(self, codes: Sequence[str], *, amount: Amount, lesson: LessonArgs = USUAL) -> Sequence[Corpus]:
        """The first sentences of each language; there are no bytes, no noise and no directories of them."""
        if not isinstance(amount, int | None) or lesson.directory is not None or lesson.noise:
            raise CorpusError("artificial text is by the sentence, and as it is; give amounts such as 50, or --text.")
        found: list[Corpus] = []
        for code in codes:
            count = self.trained_sentences if code in self.trained else self.sentences
            count = count if amount is None else min(amount, count)
            if (code, count) not in self.read:
                self.read[code, count] = artificial_corpora([self.world.language(code)], num_sentences=count)
            found += self.read[code, count]
        return found

    def held_back(self, codes: Sequence[str]) -> Mapping[str, Sequence[Batch]]:
        """The same sentences every time, one batch a language."""
        if missing := [code for code in codes if code not in self.held]:
            for batch in self.world.held_back(missing, num_sentences=self.held_back_sentences):
                self.held.setdefault(batch.languages[0], []).append(batch)
        return {"artificial": [batch for code in codes for batch in self.held[code]]}


@dataclass(frozen=True, eq=False)
class DirectoryTexts:
    """Text of directories, without the documents that are held back in any domain."""

    train: Path
    target: Path
    domains: Mapping[str, Path]
    splits: Splits
    tokenizer: Any
    cache_dir: Path
    block_size: int
    max_blocks: int
    seed: int
    read: dict[tuple[Path, str], tuple[Corpus, ...]] = field(default_factory=dict)
    held: dict[tuple[str, str], list[Batch]] = field(default_factory=dict)
    hashes: dict[str, frozenset[int]] = field(default_factory=dict)
    kept: dict[tuple[str, Amount, LessonArgs], list[Corpus]] = field(default_factory=dict)

    def with_seed(self, seed: int) -> DirectoryTexts:
        """The same text, of which another seed draws other sentences first."""
        return replace(self, seed=seed, kept={})

    def corpora(self, codes: Sequence[str], *, amount: Amount, lesson: LessonArgs = USUAL) -> Sequence[Corpus]:
        """So much of each language, drawn document by document with the seed; then a lesson's noise."""
        for code in codes:
            if (code, amount, lesson) not in self.kept:
                trained = code in (*self.splits.generator, *self.splits.backbone)
                usual = self.train if trained else self.target
                drawn = first_sentences(
                    self._corpora(lesson.directory or usual, code), without={code: self._held_back(code)},
                    sentences=amount if isinstance(amount, int) else None, max_bytes=bytes_of(amount),
                    seed=self.seed,
                )  # fmt: skip
                self.kept[code, amount, lesson] = [noisy(each, share=lesson.noise, seed=self.seed) for each in drawn]
        return [corpus for code in codes for corpus in self.kept[code, amount, lesson]]

    def held_back(self, codes: Sequence[str]) -> Mapping[str, Sequence[Batch]]:
        """Held-back documents of every domain."""
        rule = masking_rules(self.tokenizer, groups=["text"], objectives={})["text"]
        for domain, directory in self.domains.items():
            for code in codes:
                if (domain, code) not in self.held:
                    found = held_back_batches(
                        self._corpora(directory, code), tokenizer=self.tokenizer, rule=rule, cache_dir=self.cache_dir,
                        block_size=self.block_size, max_blocks=self.max_blocks,
                    )  # fmt: skip
                    self.held[domain, code] = found.get(code, [])
        found_in = {domain: [b for code in codes for b in self.held[domain, code]] for domain in self.domains}
        return {domain: batches for domain, batches in found_in.items() if batches}

    def scorable(self, codes: Sequence[str]) -> list[str]:
        """Those of the languages of which some text is held back."""
        self.held_back(codes)
        return [code for code in codes if any(self.held[domain, code] for domain in self.domains)]

    def able(self, table: TypologyTable) -> tuple[dict[str, set[str]], list[str]]:
        """The languages that can play their part, by split, and sentences about the others."""
        able, left_out = dict[str, set[str]](), list[str]()
        for name in ("backbone", "generator", "development", "report"):
            codes = getattr(self.splits, name)
            directory = self.train if name in ("backbone", "generator") else self.target
            with_text = [code for code in codes if self._corpora(directory, code)]
            able[name] = {code for code in self.scorable(with_text) if _has_row(code, table=table)}
            if missing := [code for code in codes if code not in able[name]]:
                left_out.append(f"left out of {name}, for want of text or typology: {', '.join(missing)}.")
        return able, left_out

    def _corpora(self, directory: Path, code: str) -> tuple[Corpus, ...]:
        if (directory, code) not in self.read:
            found = corpora_in(directory, languages=[code], left_out_scripts=self.splits.left_out_scripts)
            self.read[directory, code] = found
        return self.read[directory, code]

    def _held_back(self, code: str) -> frozenset[int]:
        if code not in self.hashes:
            corpora = [corpus for path in self.domains.values() for corpus in self._corpora(path, code)]
            self.hashes[code] = frozenset().union(*(held_back_hashes(corpus) for corpus in corpora))
        return self.hashes[code]


def _has_row(code: str, *, table: TypologyTable) -> bool:
    try:
        table.row_of(code)
    except TypologyError:
        return False
    return True


def stop_without(splits: Splits) -> None:
    """Check that there is somebody for every part.

    Raises:
        CorpusError: There is not.
    """
    for name in ("backbone", "generator", "development", "report"):
        if not getattr(splits, name):
            raise CorpusError(
                f"there is text of no language of the split {name!r}; prepare some, or change the splits."
            )
