"""The text of the main experiment: what is trained on, what is held back, and what a unigram model makes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from rich.console import Console

from hypergen.data.batches import Batch, MaskingRule
from hypergen.data.blocks import blocks
from hypergen.data.corpora import Corpus
from hypergen.data.held_back import corpora_in, held_back_batches
from hypergen.evaluation.perplexity import Score, unigram_loss

CACHE: Final = Path("runs/cache")
DOMAINS: Final = ("bible", "seed", "news", "treebank")
console = Console(width=120)


@dataclass(frozen=True)
class Texts:
    """What scripts/prepare_text.py wrote, without the scripts that the splits leave out."""

    root: Path
    left_out_scripts: Sequence[str]

    def corpora(self, directory: str, languages: Sequence[str]) -> tuple[Corpus, ...]:
        """The corpora of those of the languages that have text in one of the directories."""
        return corpora_in(self.root / directory, languages=languages, left_out_scripts=self.left_out_scripts)


def held_back(
    texts: Texts, languages: Sequence[str], *, tokenizer: Any, rule: MaskingRule, max_blocks: int
) -> dict[str, dict[str, list[Batch]]]:
    """Masked batches of held-back documents: domain -> language -> batches."""
    return {
        domain: held_back_batches(
            texts.corpora(domain, languages), tokenizer=tokenizer, rule=rule, cache_dir=CACHE, max_blocks=max_blocks
        )
        for domain in DOMAINS
    }


def unigram_scores(
    texts: Texts, tests: Mapping[str, Mapping[str, Sequence[Batch]]], *, tokenizer: Any, rule: MaskingRule
) -> Iterator[tuple[Score, str]]:
    """Each language's own unigram model, counted on all its training text."""
    languages = sorted({language for held in tests.values() for language in held})
    ids: dict[str, list[torch.Tensor]] = {}
    for corpus in texts.corpora("all", languages):
        kept = blocks(corpus, tokenizer=tokenizer, split="train", cache_dir=CACHE).with_format("torch")
        ids.setdefault(corpus.language, []).append(kept["input_ids"][:].flatten())
    for domain, held in tests.items():
        for language, batches in held.items():
            labels = torch.cat([batch.labels for batch in batches])
            counted = torch.cat(ids[language]).unsqueeze(0)
            loss = unigram_loss(counted, labels, vocab_size=rule.vocab_size, special_ids=rule.special_ids)
            yield Score(language, loss, len(labels)), domain
