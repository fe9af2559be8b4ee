"""``hypergen train``: a generator over a frozen backbone, or one language's adapter, on text."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from hypergen.recipes.arguments import GeneratorArgs, OptimizerArgs, TextArgs
from hypergen.recipes.checks import check_counts, check_optimizer
from hypergen.recipes.modules import only_language, static_bundle, static_module
from hypergen.recipes.parts import (
    bundle_of,
    corpora_of,
    corpus_module,
    generator_module,
    objectives_of,
    table_of,
    with_typology,
)
from hypergen.recipes.quiet import quiet
from hypergen.recipes.run_directory import checkpoint_of, may_start, set_logs_aside, write_settings

__all__ = ["bundle_of", "corpus_module", "generator_module", "train"]


def train(
    *,
    out: Path,
    backbone: str = "hypergen-mini",
    text: TextArgs = TextArgs(),
    generator: GeneratorArgs = GeneratorArgs(),
    optimizer: OptimizerArgs = OptimizerArgs(),
    steps: int = 2000,
    accumulate: int = 1,
    validate_every: int = 500,
    checkpoint_every: int = 500,
    precision: Literal["float32", "bfloat16"] = "float32",
    activation_checkpointing: bool = False,
    accelerator: str = "auto",
    devices: int = 1,
    cache_dir: Path = Path("runs/cache"),
    seed: int = 0,
    resume: bool = False,
) -> None:
    """Train a generator, or one language's adapter, and write it: OUT/bundle, with logs and checkpoints beside it.

    Args:
        out: The directory of the run. It must be new, unless ``resume``.
        backbone: hypergen-mini, a directory, or a name on the hub such as bert-base-multilingual-cased.
        text: Which text.
        generator: Which generator of which adapters, or static for none.
        optimizer: How to step.
        steps: Optimizer steps.
        accumulate: Batches a step.
        validate_every: Steps between validations.
        checkpoint_every: Steps between checkpoints.
        precision: What the frozen backbone is held in; what is trained is always float32.
        activation_checkpointing: Compute what is within the backbone's layers again in the backward pass instead of
            keeping it: the same gradients in less memory and more time, for large backbones.
        accelerator: cpu, gpu, or auto.
        devices: How many of them.
        cache_dir: Where tokenised text is kept between runs.
        seed: Of weights, batches and masks.
        resume: Go on from the last checkpoint in ``out``, or its start, exactly; OUT/settings.json has the settings.
    """
    settings: dict[str, Any] = {
        "out": out, "backbone": backbone, "text": asdict(text), "generator": asdict(generator),
        "optimizer": asdict(optimizer), "steps": steps, "accumulate": accumulate, "validate_every": validate_every,
        "checkpoint_every": checkpoint_every, "precision": precision,
        "activation_checkpointing": activation_checkpointing, "accelerator": accelerator, "devices": devices,
        "cache_dir": cache_dir, "seed": seed,
    }  # fmt: skip
    counted = ("steps", "accumulate", "validate_every", "checkpoint_every", "devices")
    check_counts({name: settings[name] for name in counted})
    check_optimizer(settings["optimizer"])
    is_first_process = os.environ.get("LOCAL_RANK", "0") == "0"  # with several devices Lightning starts the others
    if is_first_process:
        may_start(out, settings=settings, resume=resume)
    import hypergen.training.trainer  # noqa: F401  (Lightning sets its loggers' levels when it loads: before quiet does)

    with quiet():
        import torch
        from rich.console import Console

        from hypergen.backbones import fingerprint_of, load_backbone, load_tokenizer
        from hypergen.bundle import BackboneInfo
        from hypergen.training.trainer import seed_everything, trainer_of, validated

        corpora = corpora_of(text)  # first: what is wrong with the text is said before a backbone is loaded
        table = None if generator.name == "static" else table_of(generator)
        if table is not None:
            corpora = with_typology(corpora, table=table, on_error=text.on_error)
        languages = sorted({corpus.language for several in corpora.values() for corpus in several})
        if table is None:
            only_language(languages)
        console = Console()
        seed_everything(seed, verbose=False)
        model = load_backbone(backbone, dtype=getattr(torch, precision))
        info = BackboneInfo(backbone, fingerprint_of(model))
        options: dict[str, Any] = {
            "generator": generator, "optimizer": optimizer, "activation_checkpointing": activation_checkpointing,
            "seed": seed,
        }  # fmt: skip
        if table is None:
            module = static_module(model, **options)
        else:
            module = generator_module(model, table=table, languages=languages, **options)
        objectives = objectives_of(text, groups=corpora, backbone=model)
        tokenizer = load_tokenizer(backbone)
        data = corpus_module(
            corpora, text=text, tokenizer=tokenizer, cache_dir=cache_dir, seed=seed, objectives=objectives
        )
        data.train_dataloader()  # before anything is written: batches that cannot be drawn are refused here
        trainer = trainer_of(settings)
        start = checkpoint_of(out) if resume else None
        if is_first_process:
            write_settings(out, settings=settings)
            set_logs_aside(out / "logs")
        console.print(
            f"{generator.name} on {backbone}, {len(data.languages)} language{'s' * (len(data.languages) != 1)}, "
            f"{steps:,} steps" + (f", going on from {start}" if start is not None else "")
        )
        with interruptible(f"--config {out / 'settings.json'} --resume true goes on from the last checkpoint"):
            trainer.fit(module, datamodule=data, ckpt_path=start, weights_only=True)
            learnt = {name: f"{getattr(text, name)} ({objectives[name]})" for name in corpora}
            metrics = {"text": learnt, "steps": trainer.global_step, "seed": seed, **validated(trainer, module, data)}
        if trainer.is_global_zero:
            bundle = (
                static_bundle(module, backbone=info, language=languages[0], metrics=metrics)
                if table is None
                else bundle_of(module, generator=generator, backbone=info, languages=data.languages, metrics=metrics)
            )
            bundle.save(out / "bundle")
            loss = f", validation loss {metrics['val/loss']:.3f}" if "val/loss" in metrics else ""
            console.print(f"{out / 'bundle'} is written{loss}.")


@contextmanager
def interruptible(how: str) -> Iterator[None]:
    """Within it Ctrl-C stays a ``KeyboardInterrupt``, which Lightning makes an exit, and works afterwards.

    Args:
        how: What is told then: how the run goes on.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit:
        print(f"stopped; {how}.")
        raise KeyboardInterrupt from None
    finally:
        if in_main_thread:
            signal.signal(signal.SIGINT, before)
