"""The stages of the demo, each a few calls of what everybody can call."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hypergen.recipes.arguments import OptimizerArgs
from hypergen.recipes.demo_numbers import mean
from hypergen.recipes.world import BLOCK, Languages, World, losses

if TYPE_CHECKING:
    from hypergen.data.batches import Batch
    from hypergen.model import AdaptedModel
    from hypergen.recipes.demo import DemoArgs
    from hypergen.sources import AdapterBank, AdapterSource, GeneratedAdapters, Typology
    from hypergen.training.mlm import GeneratorModule

ROWS: Final = 64
"""Blocks a batch."""
ROWS_OF_ONE: Final = 8
"""Blocks a batch of each language where all of a bank are trained at once."""
FEW_LR: Final = 1e-2
FULL_RATE: Final = 30
"""Sentences from which on a generated adapter is tuned at this rate; with fewer, at less in proportion: it has more to
lose than an adapter from scratch."""
ORACLE_LR: Final = 2e-2


def train_backbone(world: World, languages: Languages, *, size: DemoArgs, out: Path) -> dict[str, Any]:
    """A small BERT, trained on its languages and written to ``out``; how that went."""
    import torch

    from hypergen.training.backbone import BackboneModule, small_bert
    from hypergen.training.fitting import fit

    model = small_bert(
        len(world.tokenizer), hidden_size=size.hidden_size, num_layers=3, num_positions=BLOCK, head_size=32,
        seed=world.seed,
    )  # fmt: skip
    data = world.text(languages.backbone, num_sentences=size.backbone_sentences, rows=ROWS, together=4)
    module = BackboneModule(model)
    began = time.monotonic()
    steps = fit(module, data, steps=size.backbone_steps, title="backbone")
    seconds = time.monotonic() - began
    with torch.no_grad():
        test = losses(module.model, world.held_back(languages.backbone, num_sentences=size.held_back_sentences), None)
    model.save_pretrained(out)
    world.tokenizer.save_pretrained(out)
    return _stage("backbone", steps=steps, seconds=seconds, loss=mean(test.values()))


def train_generator(
    world: World, languages: Languages, *, size: DemoArgs, out: Path
) -> tuple[AdaptedModel, GeneratedAdapters, dict[str, Any]]:
    """A generator over the frozen backbone, written to ``out/generator``, and one unseen language's adapter."""
    from hypergen.backbones import fingerprint_of
    from hypergen.description import BackboneInfo
    from hypergen.recipes.generate import write_adapter
    from hypergen.recipes.parts import bundle_of

    began = time.monotonic()
    module = _trained(world, languages, size=size, backbone_dir=out / "backbone", typology=world.table)
    seconds = time.monotonic() - began
    model, source = module.model, module.source.eval()
    seen = world.held_back(languages.generator[:20], num_sentences=size.held_back_sentences)
    loss = mean(losses(model, seen, source).values())
    stage = _stage("generator", steps=size.generator_steps, seconds=seconds, loss=loss)
    info = BackboneInfo("backbone", fingerprint_of(model.backbone))
    bundle = bundle_of(module, generator=size.generator, backbone=info, languages=languages.trained, metrics=stage)
    bundle.save(out / "generator")
    write_adapter(bundle, languages.unseen[0], directory=out / "adapter")
    return model, source, stage  # type: ignore[return-value]


def shuffled(
    world: World, languages: Languages, held_back: list[Batch], *, size: DemoArgs, out: Path
) -> dict[str, float]:
    """The losses on unseen languages of a generator that was trained on vectors permuted among its languages."""
    import torch

    from hypergen.evaluation.controls import SubstitutedTypology, shuffled_of

    instead = shuffled_of(languages.trained, rng=torch.Generator().manual_seed(world.seed))
    typology = SubstitutedTypology(world.table, instead)
    module = _trained(world, languages, size=size, backbone_dir=out / "backbone", typology=typology)
    return losses(module.model, held_back, module.source.eval())


def _trained(
    world: World, languages: Languages, *, size: DemoArgs, backbone_dir: Path, typology: Typology
) -> GeneratorModule:
    """A generator, trained on all its languages with the vectors that a typology gives them."""
    import torch

    from hypergen.backbones import load_backbone
    from hypergen.recipes.parts import generator_module
    from hypergen.training.backbone import has_fast_bfloat16
    from hypergen.training.fitting import fit

    torch.manual_seed(world.seed)
    dtype = torch.bfloat16 if has_fast_bfloat16(torch.device("cpu")) else torch.float32
    module = generator_module(
        load_backbone(backbone_dir, dtype=dtype), table=world.table, generator=size.generator,
        optimizer=OptimizerArgs(lr=1e-3, warmup_steps=50), languages=languages.trained, typology=typology,
        seed=world.seed,
    )  # fmt: skip
    data = world.text(languages.trained, num_sentences=size.generator_sentences, rows=ROWS, together=16)
    fit(module, data, steps=size.generator_steps, title="generator")
    return module


def controls(source: GeneratedAdapters, world: World, languages: Languages) -> dict[str, AdapterSource | None]:
    """What generated adapters are compared with, and they themselves."""
    from hypergen.evaluation.controls import MeanTypology, SubstitutedTypology, nearest_of, swapped_of
    from hypergen.languages import Language
    from hypergen.sources import GeneratedAdapters

    trained, unseen, table = languages.trained, languages.unseen, world.table
    genus = {code: Language.parse(code).genus for code in unseen}
    typologies: dict[str, Typology] = {
        "mean": MeanTypology(table, trained),
        "nearest": SubstitutedTypology(table, nearest_of(unseen, among=trained, table=table)),
        "swapped": SubstitutedTypology(table, swapped_of(unseen, genus=genus, rng=random.Random(world.seed))),
        "generated": table,
    }
    generator = source.generator
    return {"none": None} | {name: GeneratedAdapters(generator, each) for name, each in typologies.items()}


def after_sentences(
    model: AdaptedModel,
    source: AdapterSource,
    world: World,
    codes: Sequence[str],
    *,
    sentences: int,
    steps: int,
    lr: float = FEW_LR,
) -> AdapterBank:
    """The source's adapters of these languages, fine-tuned on a few sentences of each, all at once."""
    from hypergen.sources import AdapterBank
    from hypergen.training.finetuning import tune

    bank = AdapterBank(dict(zip(codes, source(codes), strict=True)))
    rows = ROWS_OF_ONE * len(codes)
    data = world.text(codes, num_sentences=sentences, rows=rows, together=len(codes))
    title = f"{sentences} sentences of {len(codes)} languages"
    tune(model, bank, data, optimizer="muon", steps=steps, lr=lr, seed=world.seed, title=title)
    return bank


def oracle(
    model: AdaptedModel, source: AdapterSource, world: World, codes: Sequence[str], *, size: DemoArgs
) -> tuple[dict[str, float], dict[str, Any]]:
    """The better of two MAD-X adapters for each language, from scratch and from the generated, trained till flat."""
    import torch

    from hypergen.sources import AdapterBank
    from hypergen.training.fitting import fit
    from hypergen.training.flat import UntilFlat
    from hypergen.training.mlm import GeneratorModule

    generated = source(codes)
    spec, layout = generated.spec, generated.layout
    starts = {
        "scratch": AdapterBank.initial(codes, spec, layout, rng=torch.Generator().manual_seed(world.seed)),
        "generated": AdapterBank(dict(zip(codes, generated, strict=True))),
    }
    data = world.text(codes, num_sentences=size.oracle_sentences, rows=ROWS_OF_ONE * len(codes), together=len(codes))
    held_back = world.held_back(codes, num_sentences=size.held_back_sentences)
    began = time.monotonic()
    found: dict[str, dict[str, float]] = {}
    told: dict[str, dict[str, Any]] = {}
    for name, bank in starts.items():
        flat = UntilFlat(lambda bank=bank: losses(model, held_back, bank), every=max(1, size.oracle_steps // 5))  # type: ignore[misc]
        module = GeneratorModule(
            model, bank, optimizer="muon", lr=ORACLE_LR, warmup_steps=50, power=3.0, seed=world.seed
        )
        steps = fit(module, data, steps=size.oracle_steps, title=f"oracles from {name}", callbacks=[flat])
        found[name] = losses(model, held_back, bank)
        told[name] = {"steps": steps, "flat": flat.is_flat, "moved": round(flat.moved, 5),
                      "tokens_each": steps * ROWS_OF_ONE * BLOCK, "loss": mean(found[name].values())}  # fmt: skip
    best = {code: min(found[name][code] for name in found) for code in codes}
    steps, seconds = sum(each["steps"] for each in told.values()), time.monotonic() - began
    stage = _stage("oracle", steps=steps, seconds=seconds, loss=mean(best.values()), rows=ROWS_OF_ONE * len(codes))
    return best, stage | {"starts": told}


def sentences_curve(
    model: AdaptedModel,
    source: AdapterSource,
    world: World,
    codes: Sequence[str],
    measured: Mapping[str, Mapping[str, float]],
    *,
    size: DemoArgs,
) -> list[dict[str, Any]]:
    """The mean loss after so many sentences of the target language, from the generated start and from scratch."""
    import torch

    from hypergen.sources import AdapterBank

    generated = source(codes)
    rng = torch.Generator().manual_seed(world.seed)
    scratch = AdapterBank.initial(codes, generated.spec, generated.layout, rng=rng)
    held_back = world.held_back(codes, num_sentences=size.held_back_sentences)

    def after(start: AdapterSource, count: int, lr: float) -> float:
        tuned = after_sentences(model, start, world, codes, sentences=count, steps=size.few_steps, lr=lr)
        return round(mean(losses(model, held_back, tuned).values()), 4)

    at_once = {name: round(mean([measured[name][code] for code in codes]), 4) for name in ("generated", "none")}
    told = [{"sentences": 0, "generated": at_once["generated"], "scratch": at_once["none"]}]
    return told + [
        {
            "sentences": count,
            "generated": after(source, count, FEW_LR * min(1.0, count / FULL_RATE)),
            "scratch": after(scratch, count, FEW_LR),
        }
        for count in sorted(size.few)
    ]


def _stage(name: str, *, steps: int, seconds: float, loss: float, rows: int = ROWS) -> dict[str, Any]:
    tokens = steps * rows * BLOCK
    return {"name": name, "steps": steps, "tokens": tokens, "seconds": round(seconds, 1), "loss": round(loss, 4)}
