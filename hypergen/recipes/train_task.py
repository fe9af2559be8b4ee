"""``hypergen train-task``: a task adapter and a head, in one or several source languages, over language adapters."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from hypergen.errors import HypergenError
from hypergen.recipes.arguments import LabelledArgs, TaskOptimizerArgs
from hypergen.recipes.checks import check_counts, check_optimizer
from hypergen.recipes.labelled import class_weights, longest_of, task_of, told_sizes, training_and_development
from hypergen.recipes.one_for_all import check_acts_in
from hypergen.recipes.quiet import quiet
from hypergen.recipes.run_directory import checkpoint_of, may_start, set_logs_aside, write_settings
from hypergen.recipes.train import interruptible
from hypergen.shipped import BACKBONE, GENERATOR

if TYPE_CHECKING:
    from torch import nn

    from hypergen.bundle import Bundle
    from hypergen.data.tasks.task import Task
    from hypergen.sources import FusedAdapters
    from hypergen.training.tasks import TaskModule

TaskName = Literal["pos", "parsing", "ner", "topics", "sentiment"]


def train_task(
    *,
    task: TaskName,
    out: Path,
    data: LabelledArgs,
    bundle: str | None = GENERATOR,
    fuse: dict[str, Path] | None = None,
    fuse_only: bool = False,
    one_for_all: bool = False,
    backbone: str | None = None,
    reduction: int = 16,
    tune_languages: bool = False,
    leave_out: list[int] | None = None,
    keep_overlaps: bool = False,
    optimizer: TaskOptimizerArgs = TaskOptimizerArgs(),
    steps: int = 2000,
    check_every: int = 100,
    precision: Literal["float32", "bfloat16"] = "float32",
    accelerator: str = "auto",
    seed: int = 0,
    resume: bool = False,
) -> None:
    """Train a task adapter and a head and write them as a task bundle: OUT/bundle, with logs and checkpoints beside it.

    Weights are chosen, and training stops early, by the score on development data of the source languages alone.

    Args:
        task: Which task.
        out: The directory of the run. It must be new, unless ``resume``.
        data: Which labelled sentences; ``--data.languages`` are the source languages.
        bundle: Language adapters: a directory that hypergen wrote, generator-mini, which comes with
            hypergen, or null for none.
        fuse: Several bundles of one adapter each instead, such as {conceptnet: runs/a/bundle, text: runs/b/bundle}:
            frozen, and mixed token by token by AdapterFusion, which is trained along and written to OUT/languages.
        fuse_only: With ``fuse``, no task adapter over it, only fusion and head.
        one_for_all: Let ``bundle``, one language's adapter, act in every source language, as a baseline.
        backbone: By default the one that the bundle names, or hypergen-mini.
        reduction: The task adapter's bottleneck has hidden_size // reduction units.
        tune_languages: Train the language adapters too, and write them to OUT/languages.
        leave_out: Layers where language adapters do not act, counted from 0; MAD-X 2.0 leaves out the last.
        keep_overlaps: Train also on sentences that are in development or test data.
        optimizer: How to step.
        steps: The most optimizer steps.
        check_every: Steps between checks on development data, each with a checkpoint.
        precision: What the frozen backbone is held in.
        accelerator: cpu, gpu, or auto.
        seed: Of weights, batches and dropout.
        resume: Go on from the last checkpoint in ``out``, or its start, exactly; OUT/settings.json has the settings.
    """
    settings: dict[str, Any] = {
        "task": task, "out": out, "data": asdict(data), "bundle": bundle, "fuse": fuse, "fuse_only": fuse_only,
        "one_for_all": one_for_all, "backbone": backbone, "reduction": reduction, "tune_languages": tune_languages,
        "leave_out": leave_out, "keep_overlaps": keep_overlaps, "optimizer": asdict(optimizer), "steps": steps,
        "check_every": check_every, "precision": precision, "accelerator": accelerator, "seed": seed,
    }  # fmt: skip
    check_counts({name: settings[name] for name in ("steps", "check_every", "reduction")})
    check_optimizer(settings["optimizer"])
    if fuse_only and fuse is None:
        raise HypergenError("fuse_only is set and nothing to fuse is given; name adapters with --fuse.")
    may_start(out, settings=settings, resume=resume)
    import hypergen.training.trainer  # noqa: F401  (Lightning sets its loggers' levels when it loads: before quiet does)

    with quiet():
        import torch
        from rich.console import Console

        from hypergen.backbones import fingerprint_of, load_backbone, load_tokenizer
        from hypergen.bundle import BackboneInfo, Bundle
        from hypergen.data.tasks.batches import FixedBatches, loader_of
        from hypergen.data.tasks.encoding import Encoder
        from hypergen.data.tasks.sampling import TaskSampler, stream_of
        from hypergen.evaluation.transfer import Majority
        from hypergen.recipes.fusing import fused_bundle, fused_of, tuned_bundle
        from hypergen.task_bundle import TaskBundle
        from hypergen.training.attention import FusionAttention
        from hypergen.training.trainer import seed_everything, task_trainer_of

        console = Console()
        chosen = task_of(task, labelled=data)
        training, development, removed = training_and_development(data, task=chosen, keep_overlaps=keep_overlaps)
        parts = {name: Bundle.load(path) for name, path in (fuse or {}).items()}
        fused = None if fuse is None else fused_of(parts, seed=seed)
        languages = None if bundle is None else Bundle.load(bundle)
        if fused is not None:
            languages = fused_bundle(fused, parts)
        else:
            check_acts_in(languages, training, given=bundle or "this run", one_for_all=one_for_all)
        name = backbone or (languages.backbone.name if languages else BACKBONE)
        seed_everything(seed, verbose=False)
        model, tokenizer = load_backbone(name, dtype=getattr(torch, precision)), load_tokenizer(name)
        info = BackboneInfo(name, fingerprint_of(model))
        tokenizer = tokenizer if languages is None else languages.tokenizer(tokenizer)
        longest = longest_of(data, told=tokenizer.model_max_length, config=model.config)
        encoder = Encoder(chosen, tokenizer, optimizer.pieces, longest, data.on_long)
        sampler = TaskSampler(
            training,
            encoder=encoder,
            num_batches=steps,
            batch_size=optimizer.batch_size,
            languages_per_batch=optimizer.languages_per_batch,
            exponent=optimizer.exponent,
            max_sentences=data.max_sentences,
            window=optimizer.window,
            seed=seed,
        )
        seen = sampler.sentences
        weights = class_weights(chosen, seen)
        module: Any = _module(model, task=chosen, languages=languages, fused=fused, settings=settings, weights=weights)
        checked = FixedBatches(development, encoder=encoder)
        trainer: Any = task_trainer_of(settings)
        if fused is not None:
            trainer.callbacks.append(FusionAttention(list(parts)))
        start = checkpoint_of(out) if resume else None
        write_settings(out, settings=settings)
        set_logs_aside(out / "logs")
        console.print(
            f"{task} in {', '.join(sampler.sizes)} on {name}"
            + (f", over the adapter of {languages.languages[0]} in all" if one_for_all and languages else "")
            + f": {told_sizes(sampler.sizes, too_long=sampler.too_long)}, "
            f"and {removed} left out that are held back" + (f"; going on from {start}" if start else "")
        )
        with interruptible(f"--config {out / 'settings.json'} --resume true goes on from the last checkpoint"):
            trainer.fit(module, stream_of(sampler), loader_of(checked), ckpt_path=start, weights_only=True)
            best: Any = trainer.checkpoint_callback
            module.load_state_dict(torch.load(best.best_model_path, weights_only=True)["state_dict"], strict=False)
            trainer.validate(module, loader_of(checked), verbose=False)
        scores = {name: float(value) for name, value in trainer.callback_metrics.items() if name.startswith("val/")}
        tuned = languages
        if fused is not None:
            tuned = fused_bundle(fused, parts)
        elif languages is not None and tune_languages:
            tuned = tuned_bundle(languages, module.languages)
        if tuned is not None and (fused or tune_languages):
            shutil.rmtree(out / "languages", ignore_errors=True)  # of a run that was stopped right behind this
            tuned.save(out / "languages")
        TaskBundle(
            task=chosen,
            backbone=info,
            head={name: tensor.cpu() for name, tensor in module.head.state_dict().items()},
            adapter=None if fuse_only else module.adapter().map(lambda tensor: tensor.detach().cpu()),
            languages=tuple(sorted(training)),
            over=None if tuned is None else tuned.fingerprint,
            leave_out=module.leave_out,
            metrics={
                "steps": trainer.global_step,
                "best_step": int(Path(best.best_model_path).stem.split("=")[1]),
                "seed": seed,
                "sentences": sampler.sizes,
                "overlaps_removed": removed,
                "labels": dict(Counter(label for several in seen.values() for s in several for label in s.labels)),
                "class_weights": optimizer.class_weights,
                "majority": asdict(Majority.of(s for several in seen.values() for s in several)),
                **scores,
            },
        ).save(out / "bundle")
        console.print(f"{out / 'bundle'} is written, {chosen.metric} {scores['val/score']:.3f} on development data.")


def _module(
    backbone: nn.Module,
    *,
    task: Task,
    languages: Bundle | None,
    fused: FusedAdapters | None,
    settings: dict[str, Any],
    weights: list[float],
) -> TaskModule:
    """The Lightning module of a new task adapter and head."""
    import torch

    from hypergen.adapters import BottleneckSpec
    from hypergen.backbones import sites_of
    from hypergen.heads import HEADS
    from hypergen.model import AdaptedModel
    from hypergen.sources import StoredAdapter
    from hypergen.training.tasks import TaskModule

    config, optimizer = cast(Any, backbone.config), settings["optimizer"]
    spec = BottleneckSpec(size=max(1, config.hidden_size // settings["reduction"]))
    layout = spec.layout(sites_of(backbone))
    kinds: Any = ("embedding", "norm", "linear", "block")
    kept = {s.path for s in sites_of(backbone, kinds=kinds, leave_out=settings["leave_out"] or ())}
    options: dict[str, Any] = {"dropout": optimizer["dropout"]}
    if optimizer["class_weights"] == "balanced":
        if task.kind == "arc":
            raise HypergenError("class_weights weigh labels, and a tree is more; leave them at none for parsing.")
        options["class_weights"] = weights
    source: Any = fused if fused is not None else None if languages is None else languages.source
    start = StoredAdapter(spec.initial(layout, rng=torch.Generator().manual_seed(settings["seed"])))
    return TaskModule(
        AdaptedModel(backbone, [layout]) if languages is None else languages.model(backbone, layout),
        task=task,
        head=HEADS[task.kind](config.hidden_size, len(task.labels), **options),
        adapter=None if settings["fuse_only"] else start,
        languages=source,
        tune_languages=settings["tune_languages"] or fused is not None,
        leave_out=[path for path in (languages or start).layout.slots_of if path not in kept],
        lr=optimizer["lr"],
        languages_lr=optimizer["languages_lr"],
        warmup_steps=optimizer["warmup_steps"],
        weight_decay=optimizer["weight_decay"],
        seed=settings["seed"],
    )
