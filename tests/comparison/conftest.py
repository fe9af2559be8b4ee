"""A bench that takes a moment: a tiny random BERT, ten languages of made-up words, typology of seven features."""

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from hypergen.adapters import BottleneckSpec, ChainSpec, InvertibleSpec, LoraSpec
from hypergen.comparison.arguments import USUAL, FitArgs, LessonArgs
from hypergen.comparison.bench import Bench, GeneratorRecipe
from hypergen.data.batches import Batch, ValidationBatches, masking_rules
from hypergen.data.blocks import blocks
from hypergen.data.corpora import Corpus
from hypergen.evaluation.groups import Splits
from hypergen.generators import MadG
from hypergen.sources import GeneratedAdapters
from hypergen.typology import TypologyTable

WORDS = [f"kata{n}" for n in range(45)]
SPLITS = Splits(
    backbone=("eng", "deu"), generator=("swh", "fin", "tur"), development=("zul", "hun"), report=("yor", "eus")
)
CODES = [code for _, codes in SPLITS.items() for code in codes]
FIT = FitArgs(steps=20, source_steps=6, rows=4, languages_per_batch=2, rows_of_one=2, together=2, warmup_steps=1)


def make_tokenizer() -> PreTrainedTokenizerFast:
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    special = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **{f"{k}_token": v for k, v in special.items()})


class SmallTexts:
    """Every language likes some words."""

    block_size = 16

    def __init__(self, cache_dir: Path) -> None:
        self.cache_dir, self.tokenizer = cache_dir, make_tokenizer()
        self.asked: list[tuple[tuple[str, ...], int | None]] = []

    def _corpus(self, code: str, *, count: int, name: str) -> Corpus:
        rng = random.Random(f"{code} {name}")
        liked = WORDS[3 * CODES.index(code) :][:12]
        documents = [" ".join(rng.choices(liked, k=20)) for _ in range(count)]
        return Corpus(code, "Latn", f"{code}/{name}/{count}", read=lambda: iter(documents))

    def corpora(self, codes: Sequence[str], *, amount: Any, lesson: LessonArgs = USUAL) -> Sequence[Corpus]:
        self.asked.append((tuple(codes), amount))
        name = "train" if lesson.directory is None else str(lesson.directory)
        return [self._corpus(code, count=amount or 40, name=name) for code in codes]

    def held_back(self, codes: Sequence[str]) -> Mapping[str, Sequence[Batch]]:
        rule = masking_rules(self.tokenizer, groups=["text"], objectives={})["text"]
        packed = {
            code: blocks(self._corpus(code, count=4, name="held"), tokenizer=self.tokenizer, split="train",
                         block_size=16,
                         validation_share=0.0, cache_dir=self.cache_dir)
            for code in codes
        }  # fmt: skip
        return {"made up": list(ValidationBatches(packed, rule=rule, batch_size=64))}


def table() -> TypologyTable:
    values = np.random.default_rng(0).integers(0, 2, (len(CODES), 7)).astype(np.float32)
    return TypologyTable(
        tuple(CODES), tuple(f"f{n}" for n in range(7)), values, np.ones_like(values, dtype=bool), "made up", "none"
    )


def tiny_bert(dtype: torch.dtype, *, num_layers: int = 1) -> BertForMaskedLM:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=num_layers, num_attention_heads=2,
                            intermediate_size=16,
                            max_position_embeddings=16, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
                            initializer_range=0.2)  # fmt: skip
        return BertForMaskedLM(config).to(dtype).eval()


def make_bench(tmp_path: Path, *, seed: int = 0, **changes: Any) -> Bench:
    known = table()

    def source(spec: Any, layout: Any, typology: Any, languages: Sequence[str]) -> GeneratedAdapters:
        return GeneratedAdapters(MadG(spec, layout, num_features=7, embedding_size=3, init="near_identity"), typology)

    given: dict[str, Any] = {
        "seed": seed, "load": tiny_bert, "backbone": "tiny", "table": known, "texts": SmallTexts(tmp_path / "cache"),
        "languages": SPLITS, "seen": ("swh", "eng"),
        "specs": {
            "seq_bn": BottleneckSpec(size=2), "lora": LoraSpec(rank=1),
            "seq_bn_inv": ChainSpec((InvertibleSpec(size=2), BottleneckSpec(size=2))),
        },
        "generators": {"mad-g": GeneratorRecipe(known, source, {"name": "mad-g"})}, "cache_dir": tmp_path / "cache",
        "fit": FIT, "lessons": {"usual": LessonArgs(), "other": LessonArgs(directory=Path("other"))},
    }  # fmt: skip
    return Bench(**{**given, **changes})


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


@pytest.fixture
def bench_of(tmp_path: Path) -> Callable[[int], Bench]:
    """A bench for each seed, always the same."""
    benches: dict[int, Bench] = {}
    return lambda seed: benches.setdefault(seed, make_bench(tmp_path, seed=seed))


class Clock:
    """A clock that goes on by a second each time it is read, so that costs are the same in every run."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def meter() -> Any:
    from hypergen.comparison.meter import Meter

    return Meter(clock=Clock(), gauge=lambda: 0.5, reset=lambda: None)
