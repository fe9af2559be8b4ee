"""The text of the main experiment: what is trained on, what is held back, and what a unigram model makes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from rich.console import Console

from hypergen.data.batches import Batch, MaskingRule, ValidationBatches
from hypergen.data.blocks import blocks
from hypergen.data.corpora import Corpus, text_corpora
from hypergen.errors import CorpusError
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
        stems = [path.stem.split("_") for path in sorted((self.root / directory).glob("*.txt"))]
        names = [f"{code}_{script}" for code, script in stems if code in languages]
        names = [name for name in names if name.split("_")[1] not in self.left_out_scripts]
        return text_corpora(self.root / directory, only=names) if names else ()


def held_back(
    texts: Texts, languages: Sequence[str], *, tokenizer: Any, rule: MaskingRule, max_blocks: int
) -> dict[str, dict[str, list[Batch]]]:
    """Masked batches of held-back documents: domain -> language -> batches."""
    found: dict[str, dict[str, list[Batch]]] = {}
    for domain in DOMAINS:
        held: dict[str, list[Batch]] = {}
        for corpus in texts.corpora(domain, languages):
            try:
                kept = blocks(corpus, tokenizer=tokenizer, split="validation", cache_dir=CACHE)
            except CorpusError:
                console.print(f"{corpus.name} has less than a block of held-back {domain} text; left out there")
                continue
            several = ValidationBatches({corpus.language: kept}, rule=rule, batch_size=16, max_blocks=max_blocks)
            held.setdefault(corpus.language, []).extend(several[i] for i in range(len(several)))
        found[domain] = held
    return found


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
