"""Starts that mix trained languages' adapters inside the model: AdapterFusion, ZGUL, and EMEA at test time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from hypergen.adapters import fusion_of
from hypergen.adapters.core import Adapter
from hypergen.comparison.bench import Bench
from hypergen.data.batches import Batch
from hypergen.evaluation.emea import emea
from hypergen.languages import Language
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterBank, FusedAdapters, StoredAdapter, ZgulAdapters
from hypergen.typology.diversity import farthest_points
from hypergen.typology.table import TypologyTable

__all__ = ["MIXTURES", "NUM_MIXED", "AtTestTime", "mixed_languages", "relatives"]

NUM_MIXED: Final = 8
"""Adapters in a fusion; each of them is computed for every token."""
NUM_RELATIVES: Final = 3
"""Adapters in a mixture of relatives."""


@dataclass(frozen=True)
class AtTestTime:
    """Adapters that are made for a language when its text is read: EMEA over those of its relatives in a bank."""

    bank: AdapterBank
    table: TypologyTable
    lr: float
    """Of the descent on the entropy, one step."""

    def adapter_of(self, language: str, *, model: AdaptedModel, batches: Sequence[Batch]) -> Adapter:
        """The mixture that makes the model surest of the masked pieces of these batches; no label is read."""
        own = [batch for batch in batches if batch.languages[0] == language]

        def predict(adapter: Adapter) -> Tensor:
            told = [model(adapters=[adapter], positions=b.positions, input_ids=b.input_ids).logits for b in own]
            return torch.cat(told)

        among = relatives(language, among=self.bank.languages, table=self.table, k=NUM_RELATIVES)
        return emea([self.bank(code) for code in among], predict, lr=self.lr)


def relatives(language: str, *, among: Sequence[str], table: TypologyTable, k: int) -> list[str]:
    """Other languages of its genus, then of its family, then of any, each time the nearest in typology first."""
    own = Language.parse(language)

    def apart(code: str) -> int:
        other = Language.parse(code)
        return 0 if other.genus and other.genus == own.genus else 1 + (not other.family or other.family != own.family)

    near = [code for code, _ in table.nearest(language, k=len(among), among=among)]
    return sorted(near, key=apart)[:k]


def mixed_languages(bench: Bench) -> list[str]:
    """The training languages whose adapters are fused: the backbone's first, and those farthest from all before."""
    first, *others = (*bench.languages.backbone, *bench.languages.generator)
    count = min(NUM_MIXED - 1, len(others))
    return [first, *farthest_points(others, start=[first], count=count, table=bench.table)]


def _fusion(bench: Bench, bank: AdapterBank) -> nn.Module:
    method = fusion_of(bank.spec)
    start = method.initial(method.layout(bank.layout.sites), rng=torch.Generator().manual_seed(bench.seed))
    return FusedAdapters([StoredAdapter(bank(code)) for code in mixed_languages(bench)], StoredAdapter(start))


def _zgul(bench: Bench, bank: AdapterBank) -> nn.Module:
    part = AdapterBank({code: bank(code) for code in mixed_languages(bench)})
    return ZgulAdapters(part, bench.table, rng=torch.Generator().manual_seed(bench.seed))


MIXTURES: Final[dict[str, Callable[[Bench, AdapterBank], nn.Module]]] = {"fusion": _fusion, "zgul": _zgul}
"""What is trained on the training languages over some of a bank's adapters, which stay as they are."""
