"""The stages of the demo, each a few calls of what everybody can call."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hypergen.recipes.arguments import GeneratorArgs, OptimizerArgs
from hypergen.recipes.demo_numbers import mean, pos_summary
from hypergen.recipes.world import BLOCK, Languages, World, fit, losses

if TYPE_CHECKING:
    from hypergen.model import AdaptedModel
    from hypergen.recipes.demo import DemoArgs
    from hypergen.sources import AdapterBank, AdapterSource, GeneratedAdapters, Typology

ROWS: Final = 64
"""Blocks a batch."""
ROWS_OF_ONE: Final = 8
"""Blocks a batch of each language where all of a bank are trained at once."""
FEW_LR: Final = 3e-3
ORACLE_LR: Final = 3e-3
TASK_LR: Final = 3e-3
NUM_SOURCES: Final = 10
GENERATOR: Final = GeneratorArgs(reduction=8, embedding_size=64, feature_dropout=0.5, principal_axes=1.0)
"""MAD-G; what differs from the published choices was chosen on other languages of the same kind."""


def train_backbone(world: World, languages: Languages, *, size: DemoArgs, out: Path) -> dict[str, Any]:
    """A small BERT, trained on its languages and written to ``out``; how that went."""
    import torch

    from hypergen.training.backbone import BackboneModule, small_bert

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
    loss = mean(losses(model, seen, source).values())  # type: ignore[arg-type]
    stage = _stage("generator", steps=size.generator_steps, seconds=seconds, loss=loss)
    info = BackboneInfo("backbone", fingerprint_of(model.backbone))
    bundle = bundle_of(module, generator=GENERATOR, backbone=info, languages=languages.trained, metrics=stage)
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
    return losses(module.model, held_back, module.source.eval())  # type: ignore[arg-type]


def _trained(
    world: World, languages: Languages, *, size: DemoArgs, backbone_dir: Path, typology: Typology
) -> GeneratorModule:
    """A generator, trained on all its languages with the vectors that a typology gives them."""
    import torch

    from hypergen.backbones import load_backbone
    from hypergen.recipes.parts import generator_module
    from hypergen.training.backbone import has_fast_bfloat16

    torch.manual_seed(world.seed)
    dtype = torch.bfloat16 if has_fast_bfloat16(torch.device("cpu")) else torch.float32
    module = generator_module(
        load_backbone(backbone_dir, dtype=dtype), table=world.table, generator=GENERATOR,
        optimizer=OptimizerArgs(lr=1e-3, warmup_steps=50), languages=languages.trained, seed=world.seed,
    )  # fmt: skip
    data = world.text(languages.trained, num_sentences=size.generator_sentences, rows=ROWS, together=16)
    source: Any = module.source
    source.typology = typology
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
    model: AdaptedModel, source: AdapterSource, world: World, codes: Sequence[str], *, sentences: int, steps: int
) -> AdapterBank:
    """The source's adapters of these languages, fine-tuned on a few sentences of each, all at once."""
    from hypergen.sources import AdapterBank
    from hypergen.training.mlm import GeneratorModule

    bank = AdapterBank(dict(zip(codes, source(codes), strict=True)))
    rows = ROWS_OF_ONE * len(codes)
    data = world.text(codes, num_sentences=sentences, rows=rows, together=len(codes))
    module = GeneratorModule(model, bank, lr=FEW_LR, warmup_steps=10, seed=world.seed)
    fit(module, data, steps=steps, title=f"{sentences} sentences of {len(codes)} languages")
    return bank


def oracle(
    model: AdaptedModel, source: AdapterSource, world: World, codes: Sequence[str], *, size: DemoArgs
) -> tuple[dict[str, float], dict[str, Any]]:
    """The better of two MAD-X adapters for each language, from scratch and from the generated, trained till flat."""
    import torch

    from hypergen.sources import AdapterBank
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
    began, found, told = time.monotonic(), {}, {}
    for name, bank in starts.items():
        flat = UntilFlat(lambda bank=bank: losses(model, held_back, bank))  # type: ignore[misc]
        module = GeneratorModule(model, bank, lr=ORACLE_LR, warmup_steps=50, final_lr=1.0, seed=world.seed)
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

    def after(start: AdapterSource, count: int) -> float:
        tuned = after_sentences(model, start, world, codes, sentences=count, steps=size.few_steps)
        return round(mean(losses(model, held_back, tuned).values()), 4)

    at_once = {name: round(mean([measured[name][code] for code in codes]), 4) for name in ("generated", "none")}
    told = [{"sentences": 0, "generated": at_once["generated"], "scratch": at_once["none"]}]
    return told + [
        {"sentences": count, "generated": after(source, count), "scratch": after(scratch, count)}
        for count in sorted(size.few)
    ]


def transfer(
    model: AdaptedModel,
    sources: Mapping[str, AdapterSource | None],
    world: World,
    languages: Languages,
    *,
    size: DemoArgs,
) -> dict[str, Any]:
    """A part-of-speech adapter trained over five source languages' adapters, in all unseen languages."""
    import lightning
    import torch

    from hypergen.data.artificial.corpora import HELD_BACK
    from hypergen.data.tasks.batches import fixed_batches
    from hypergen.data.tasks.encoding import Encoder
    from hypergen.data.tasks.sampling import training_batches
    from hypergen.data.tasks.sentences import Sentence
    from hypergen.data.tasks.task import POS
    from hypergen.sources import StoredAdapter
    from hypergen.training.tasks import TaskModule

    def labelled(code: str, *, count: int, start: int) -> list[Sentence]:
        several = world.language(code).sentences(count, start=start)
        return [Sentence(tuple(t.form for t in s.tokens), tuple(t.upos for t in s.tokens)) for s in several]

    given = languages.generator[:NUM_SOURCES]
    encoder = Encoder(POS, world.tokenizer, on_long="skip", max_tokens=BLOCK)
    train = {code: labelled(code, count=size.task_sentences, start=0) for code in given}
    test = {code: labelled(code, count=size.held_back_sentences, start=HELD_BACK) for code in languages.unseen}
    spec, layout = sources["mean"](given[0]).spec, sources["mean"](given[0]).layout  # type: ignore[misc]
    task = StoredAdapter(spec.initial(layout, rng=torch.Generator().manual_seed(world.seed)))
    module = TaskModule(model, task=POS, adapter=task, languages=sources["generated"], lr=TASK_LR, warmup_steps=20)  # type: ignore[arg-type]
    stream = training_batches(train, encoder=encoder, num_batches=size.task_steps, batch_size=ROWS)
    steps = fit(module, stream, steps=size.task_steps, title="parts of speech")
    trainer = lightning.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
    accuracy: dict[str, dict[str, float]] = {}
    batches = fixed_batches(test, encoder=encoder, batch_size=512)
    for name in ("generated", "nearest", "none"):
        module.languages = sources[name]  # type: ignore[assignment]
        trainer.validate(module, batches, verbose=False)
        accuracy[name] = {code: float(trainer.callback_metrics[f"val/accuracy/{code}"]) for code in test}
    tags = [tag for sentences in train.values() for sentence in sentences for tag in sentence.labels]
    common = max(sorted(set(tags)), key=tags.count)
    accuracy["majority"] = {
        code: mean([tag == common for sentence in sentences for tag in sentence.labels])
        for code, sentences in test.items()
    }
    return {"sources": list(given), "steps": steps, **pos_summary(accuracy)}


def _stage(name: str, *, steps: int, seconds: float, loss: float, rows: int = ROWS) -> dict[str, Any]:
    tokens = steps * rows * BLOCK
    return {"name": name, "steps": steps, "tokens": tokens, "seconds": round(seconds, 1), "loss": round(loss, 4)}
