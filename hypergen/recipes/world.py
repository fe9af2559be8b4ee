"""Artificial languages ready to train on: who they are, their text, and how anything is measured there."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hypergen.errors import HypergenError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from hypergen.data.artificial import ArtificialLanguage
    from hypergen.data.batches import Batch
    from hypergen.data.modules import CorpusModule
    from hypergen.model import AdaptedModel
    from hypergen.sources import AdapterSource
    from hypergen.typology import TypologyTable

__all__ = ["BLOCK", "EUROPE", "Languages", "World", "choose_languages", "losses"]

EUROPE: Final = ("deu", "ell", "eng", "fra", "ita", "nld", "pol", "por", "ron", "rus", "spa", "swe")
"""The backbone's languages: like those of real multilingual models, many of them relatives and neighbours."""
_MIN_COVERAGE: Final = 0.5
_MIN_DIFFERENCE: Final = 0.1
_CHOICE: Final = "demo-1"


@dataclass(frozen=True)
class Languages:
    """Which language is used for what; nobody is in two lists but the oracle's, which are unseen ones."""

    backbone: tuple[str, ...]
    generator: tuple[str, ...]
    unseen: tuple[str, ...]
    oracle: tuple[str, ...]
    distance: Mapping[str, float] = field(default_factory=dict)
    """The share of the features that rules read in which an unseen language differs from the nearest trained one."""

    @property
    def trained(self) -> tuple[str, ...]:
        """All that a generator is trained on."""
        return (*self.generator, *self.backbone)


def choose_languages(table: TypologyTable, *, num_generator: int, num_unseen: int, num_oracle: int) -> Languages:
    """The same languages for every seed: well observed, the generator's far apart, the unseen drawn at random.

    Of the languages with at least half of their features observed two thirds, drawn at random, are where the
    generator's are chosen from by farthest points; the unseen are drawn from the rest, without those that differ from a
    trained language in less than a tenth of the features that rules read.

    Raises:
        HypergenError: too few languages are left for one of the lists.
    """
    from hypergen.data.artificial import READ_FEATURES
    from hypergen.languages import all_languages
    from hypergen.typology.diversity import farthest_points

    pool = [
        each.iso3
        for each in all_languages()
        if each.iso3 not in EUROPE
        and each.family
        and each.iso3 in table.languages
        and table.row_of(each.iso3) == each.iso3
        and table.coverage(each.iso3) >= _MIN_COVERAGE
    ]
    random.Random(_CHOICE).shuffle(pool)
    rest, candidates = pool[: len(pool) // 3], pool[len(pool) // 3 :]
    generator = farthest_points(candidates, start=EUROPE, count=num_generator, table=table, features=READ_FEATURES)
    columns = [table.features.index(name) for name in READ_FEATURES]
    trained = table.vectors([*generator, *EUROPE])[:, columns]
    distance: dict[str, float] = {}
    for code in rest:
        differing = int((table.vectors([code])[:, columns] != trained).sum(1).min())
        if differing >= math.ceil(_MIN_DIFFERENCE * len(columns)) and len(distance) < num_unseen:
            distance[code] = differing / len(columns)
    if len(distance) < num_unseen or num_oracle > num_unseen:
        raise HypergenError(
            f"{num_unseen} unseen languages and {num_oracle} oracles are wanted and {len(distance)} languages are far "
            "enough from those trained on; ask for fewer."
        )
    return Languages(EUROPE, tuple(generator), tuple(distance), tuple(distance)[:num_oracle], distance)


@dataclass(frozen=True, eq=False)
class World:
    """Where everything about artificial languages comes from."""

    table: TypologyTable
    cache_dir: Path
    seed: int

    @cached_property
    def tokenizer(self) -> PreTrainedTokenizerFast:
        """One letter, one piece."""
        from hypergen.data.artificial.letters import letter_tokenizer

        return letter_tokenizer()

    def language(self, code: str) -> ArtificialLanguage:
        """The artificial language of a code."""
        from hypergen.data.artificial import ArtificialLanguage

        return ArtificialLanguage.from_table(code, table=self.table, seed=self.seed)

    def text(self, codes: Sequence[str], *, num_sentences: int, rows: int, together: int) -> CorpusModule:
        """Training batches of ``rows`` blocks in ``together`` languages of these."""
        from hypergen.data.artificial.corpora import artificial_corpora
        from hypergen.data.modules import CorpusModule

        data = CorpusModule(
            artificial_corpora([self.language(code) for code in codes], num_sentences=num_sentences),
            tokenizer=self.tokenizer, cache_dir=self.cache_dir, block_size=BLOCK, batch_size=rows,
            languages_per_batch=together, exponent=0.0, mask_rate=MASKED, validation_share=0.0, seed=self.seed,
        )  # fmt: skip
        data.setup()
        return data

    def held_back(self, codes: Sequence[str], *, num_sentences: int, together: bool = False) -> list[Batch]:
        """Masked batches of sentences that nothing is trained on: one a language, or one of all, as many rows each."""
        from hypergen.data.artificial.corpora import HELD_BACK, artificial_corpora
        from hypergen.data.batches import MaskingRule, ValidationBatches
        from hypergen.data.blocks import blocks

        special = tuple(sorted(self.tokenizer.all_special_ids))
        rule = MaskingRule(mask_id=self.tokenizer.mask_token_id, vocab_size=len(self.tokenizer), special_ids=special)
        languages = [self.language(code) for code in codes]
        packed = {
            corpus.language: blocks(
                corpus, tokenizer=self.tokenizer, split="train", block_size=BLOCK, validation_share=0.0,
                cache_dir=self.cache_dir,
            )
            for corpus in artificial_corpora(languages, num_sentences=num_sentences, start=HELD_BACK)
        }  # fmt: skip
        if not together:
            return list(ValidationBatches(packed, rule=rule, batch_size=1024))  # type: ignore[call-overload, no-any-return]
        import torch

        count = min(map(len, packed.values()))
        rows = [each.with_format("torch")[:count]["input_ids"] for each in packed.values()]
        return [rule.batch(torch.cat(rows), languages=tuple(packed), seed=self.seed)]


BLOCK: Final = 64
"""Letters a block."""
MASKED: Final = 0.3
"""Share of the letters to predict in training: twice the usual one, to learn more from each step.

Held-back text has the usual 15 %.
"""


def losses(model: AdaptedModel, batches: Sequence[Batch], source: AdapterSource | None) -> dict[str, float]:
    """The held-back loss of each language, nats a masked letter."""
    from hypergen.evaluation.perplexity import masked_lm_scores

    return {score.language: score.loss for score in masked_lm_scores(model, batches, adapter_of=source)}
