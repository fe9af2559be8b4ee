"""Banks of MAD-X adapters, trained on text, for the transfer of tasks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from real_text import fit
from texts import CACHE, Texts

from hypergen.adapters import AdapterSpec, BottleneckSpec
from hypergen.backbones import load_backbone, load_tokenizer, sites_of
from hypergen.bundle import Bundle
from hypergen.model import AdaptedModel
from hypergen.recipes.arguments import TextArgs
from hypergen.recipes.parts import corpus_module
from hypergen.sources import AdapterBank
from hypergen.training.mlm import GeneratorModule


def train_bank(
    languages: Sequence[str],
    *,
    texts: Texts,
    directory: str,
    backbone: str,
    spec: AdapterSpec,
    start: str | None,
    size: tuple[int, int],
    held_back: float = 0.05,
    lr: float = 2e-3,
    warmup: int = 100,
    out: Path,
) -> None:
    """Train a MAD-X adapter of each language that has text, all of them in every batch, and write OUT/bank.pt.

    Args:
        languages: ISO 639-3.
        texts: What scripts/prepare_text.py wrote.
        directory: Which of its directories.
        backbone: Its name.
        spec: Of the adapters: the generator's.
        start: A generator's bundle whose adapters they start at; None starts all at the same random adapter.
        held_back: Share of the documents that is not trained on, so that the cache of other experiments can be used.
        size: Steps, and blocks of 128 tokens a language and step.
        lr: Peak learning rate, of AdamW.
        warmup: Steps in which it rises.
        out: The directory to write.
    """  # fmt: skip
    steps, rows = size
    model = load_backbone(backbone, dtype=torch.bfloat16)
    layout = spec.layout(sites_of(model))
    corpora = texts.corpora(directory, languages)
    count = len({corpus.language for corpus in corpora})
    text = TextArgs(batch_size=count * rows, languages_per_batch=count, exponent=0.0, validation_share=held_back)
    data = corpus_module({"text": corpora}, text=text, tokenizer=load_tokenizer(backbone), cache_dir=CACHE, seed=0)
    if start is None:
        bank = AdapterBank.initial(data.languages, spec, layout, rng=torch.Generator().manual_seed(0))
    else:
        generated = Bundle.load(start).source(data.languages)
        bank = AdapterBank(dict(zip(data.languages, generated, strict=True)))
    seconds = fit(
        GeneratorModule(AdaptedModel(model, [layout]), bank, lr=lr, warmup_steps=warmup), data, out, steps=steps
    )
    told = {"languages": list(bank.languages), "tokens_each": steps * rows * text.block_size, "seconds": round(seconds),
            "start": start or "from scratch"}  # fmt: skip
    beside = out / "bank.partial"
    torch.save({"vectors": bank.vectors.detach(), **told}, beside)
    beside.replace(out / "bank.pt")


def spec_of(backbone: Any) -> BottleneckSpec:
    """The adapter of a task."""
    return BottleneckSpec(size=backbone.config.hidden_size // 16)
