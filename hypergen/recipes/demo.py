"""``hypergen demo``: the whole method in minutes, on languages made from URIEL."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from hypergen.errors import HypergenError
from hypergen.recipes.arguments import GeneratorArgs
from hypergen.recipes.quiet import quiet

__all__ = ["DemoArgs", "demo", "run_demo"]

GENERATOR: Final = GeneratorArgs(reduction=8, embedding_size=64, feature_dropout=0.5, principal_axes=1.0)


@dataclass(frozen=True)
class DemoArgs:
    """How large everything is. The defaults take six to nine minutes on two cores."""

    generator_languages: int = 80
    """Languages that the generator is trained on, besides the backbone's."""
    unseen_languages: int = 30
    """Languages that nothing is trained on."""
    oracle_languages: int = 8
    """Unseen languages that get an adapter trained on much text of their own, too."""
    backbone_steps: int = 800
    """Of pretraining the backbone."""
    generator_steps: int = 1200
    """Of training the generator."""
    oracle_steps: int = 1000
    """Of training an oracle, enough for its held-back loss to come to rest."""
    few_steps: int = 120
    """Of fine-tuning on few sentences."""
    task_steps: int = 400
    """Of training the task adapter."""
    backbone_sentences: int = 4000
    """Text of each language of the backbone."""
    generator_sentences: int = 500
    """Text of each language of the generator."""
    oracle_sentences: int = 3000
    """Text of each oracle's language."""
    held_back_sentences: int = 150
    """Held-back text of each language."""
    task_sentences: int = 400
    """Labelled sentences of each source language of the task."""
    feature_sentences: int = 60
    """Held-back text of each oracle's language on which features are hidden from the generator."""
    few: list[int] = field(default_factory=lambda: [10, 50, 200])
    """Numbers of sentences of an oracle's language to fine-tune on, to see what they bring."""
    hidden_size: int = 128
    """Of the backbone."""
    generator: GeneratorArgs = GENERATOR
    """MAD-G; what differs from the published choices was chosen on other languages of the same kind."""
    shuffled: bool = False
    """Train a second generator, on permuted vectors: the control that tests whether typology's structure is used."""


def demo(*, out: Path, seed: int = 0, size: DemoArgs = DemoArgs()) -> None:
    """Make a world of artificial languages, train a backbone and a generator in it, and see what unseen languages get.

    Needs no network and no data. OUT/report.html shows what came of it, OUT/demo.json has every number; OUT/backbone,
    OUT/generator and OUT/adapter can be used by the other commands.

    Args:
        out: The directory to write; it must be new or empty.
        seed: Of weights, text and batches; the same seed gives the same numbers.
        size: How large everything is.
    """
    if out.exists() and any(out.iterdir()):
        raise HypergenError(f"{out} is not empty; choose another directory for the demo.")
    import hypergen.training.trainer  # noqa: F401  (Lightning sets its loggers' levels when it loads: before quiet does)

    with quiet():
        from rich.console import Console

        from hypergen.evaluation.html import write_report
        from hypergen.evaluation.report import write_json_atomically
        from hypergen.evaluation.summary import summary_table

        console = Console()
        told = run_demo(out, seed=seed, size=size, say=console.print)
        write_json_atomically(out / "demo.json", told)
        write_report(told, out)
        console.print(summary_table(told))
        console.print(f"{out / 'report.html'} shows it all; {told['seconds']:.0f} s, {told['peak_gb']:.1f} GB.")


def run_demo(out: Path, *, seed: int, size: DemoArgs, say: Callable[[str], None]) -> dict[str, Any]:
    """All of the demo but its report: every number of it; backbone, generator and an adapter are written to ``out``."""
    import torch

    from hypergen.evaluation.report import provenance
    from hypergen.recipes import demo_numbers as numbers
    from hypergen.recipes import demo_stages as stages
    from hypergen.recipes.demo_transfer import transfer
    from hypergen.recipes.world import World, choose_languages
    from hypergen.recipes.world import losses as losses_of
    from hypergen.typology import TypologyTable

    began = time.monotonic()
    torch.manual_seed(seed)
    world = World(TypologyTable.from_uriel(), out / "cache", seed)
    languages = choose_languages(
        world.table, num_generator=size.generator_languages, num_unseen=size.unseen_languages,
        num_oracle=size.oracle_languages,
    )  # fmt: skip
    say(
        f"{len(languages.backbone)} languages for the backbone, {len(languages.generator)} more for the generator, "
        f"{len(languages.unseen)} that nothing is trained on."
    )
    told = [stages.train_backbone(world, languages, size=size, out=out / "backbone")]
    say(f"Backbone: {told[0]['loss']:.2f} nats a letter in its own languages, after {told[0]['tokens']:,} letters.")
    model, source, stage = stages.train_generator(world, languages, size=size, out=out)
    told.append(stage)
    say(f"Generator: {stage['loss']:.2f} nats a letter in languages it was trained on.")
    sources = stages.controls(source, world, languages)
    held_back = world.held_back(languages.unseen, num_sentences=size.held_back_sentences)
    losses = {name: losses_of(model, held_back, each) for name, each in sources.items()}
    if size.shuffled:
        losses["shuffled"] = stages.shuffled(world, languages, held_back, size=size, out=out)
    tuned = stages.after_sentences(model, source, world, languages.unseen, sentences=50, steps=size.few_steps)
    losses["fifty"] = losses_of(model, held_back, tuned)
    losses["oracle"], stage = stages.oracle(model, source, world, languages.oracle, size=size)
    told.append(stage)
    say(f"Oracles: {stage['loss']:.2f} nats a letter, after {stage['tokens']:,} letters.")
    together = world.held_back(languages.oracle, num_sentences=size.feature_sentences, together=True)[0]
    result = {
        "title": "Artificial languages made from URIEL",
        "seed": seed,
        **provenance(seeds=[seed], command=f"hypergen demo --out {out} --seed {seed}"),
        "size": asdict(size),
        "languages": {name: list(getattr(languages, name)) for name in ("backbone", "generator", "unseen", "oracle")},
        "stages": told,
        "rows": numbers.rows(losses, world, languages),
        **numbers.summary(losses),
        "sentences": stages.sentences_curve(model, source, world, languages.oracle, losses, size=size),
        "embeddings": numbers.embeddings(source.generator, world, languages),
        "features": numbers.features(model, source.generator, world, languages, losses, batch=together),
        "pos": transfer(model, sources, world, languages, size=size),
        "example": numbers.example(world, languages.unseen[0]),
    }
    result["seconds"] = round(time.monotonic() - began, 1)
    result["peak_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    return result
