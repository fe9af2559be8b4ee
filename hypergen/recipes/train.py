"""``hypergen train``: a generator over a frozen backbone, by masked-language modelling on text of many languages."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hypergen.errors import CorpusError, HypergenError, TypologyError
from hypergen.recipes.arguments import GeneratorArgs, OptimizerArgs, TextArgs

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from hypergen.bundle import BackboneInfo, Bundle
    from hypergen.data.corpora import Corpus
    from hypergen.data.modules import CorpusModule
    from hypergen.training.mlm import GeneratorModule
    from hypergen.typology import TypologyTable


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
    accelerator: str = "auto",
    devices: int = 1,
    cache_dir: Path = Path("runs/cache"),
    seed: int = 0,
    resume: bool = False,
) -> None:
    """Train a generator and write it as a bundle: OUT/bundle, with logs and checkpoints beside it.

    Args:
        out: The directory of the run. It must be new, unless ``resume``.
        backbone: hypergen-mini, a directory, or a name on the hub such as bert-base-multilingual-cased.
        text: Which text.
        generator: Which generator.
        optimizer: How to step.
        steps: Optimizer steps.
        accumulate: Batches a step.
        validate_every: Steps between validations.
        checkpoint_every: Steps between checkpoints.
        precision: What the frozen backbone is held in; the generator is always float32.
        accelerator: cpu, gpu, or auto.
        devices: How many of them.
        cache_dir: Where tokenised text is kept between runs.
        seed: Of weights, batches and masks.
        resume: Go on from the last checkpoint in ``out``, exactly.
    """
    run = out / "checkpoints" / "last.ckpt"
    if resume and not run.is_file():
        raise HypergenError(f"{out} has no checkpoint to resume from; leave out --resume to start there.")
    if not resume and out.exists() and any(out.iterdir()):
        raise HypergenError(f"{out} is not empty; choose another directory, or --resume true to go on with its run.")
    if (out / "bundle").exists():
        raise HypergenError(f"{out} is finished: {out / 'bundle'} is there; use it, or choose another directory.")
    corpora = corpora_of(text)  # before anything heavy is loaded: what is wrong with the text is said at once

    import lightning
    import torch
    from lightning.pytorch.callbacks import ModelCheckpoint, RichProgressBar
    from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

    from hypergen.backbones import fingerprint_of, load_backbone, load_tokenizer
    from hypergen.bundle import BackboneInfo
    from hypergen.typology import TypologyTable

    table = TypologyTable.from_uriel(generator.feature_sets)
    corpora = with_typology(corpora, table=table, on_error=text.on_error)
    lightning.seed_everything(seed, verbose=False)
    model = load_backbone(backbone, dtype=getattr(torch, precision))
    info = BackboneInfo(backbone, fingerprint_of(model))
    module = generator_module(model, table=table, generator=generator, optimizer=optimizer)
    data = corpus_module(corpora, text=text, tokenizer=load_tokenizer(backbone), cache_dir=cache_dir, seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    trainer = lightning.Trainer(
        max_steps=steps,
        accelerator=accelerator,
        devices=devices,
        accumulate_grad_batches=accumulate,
        gradient_clip_val=optimizer.max_grad_norm,
        val_check_interval=min(validate_every * accumulate, steps * accumulate),
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        limit_val_batches=None if text.validation_share else 0,
        logger=[CSVLogger(out, name="", version="logs"), TensorBoardLogger(out, name="", version="logs")],
        callbacks=[
            RichProgressBar(),
            ModelCheckpoint(
                out / "checkpoints", every_n_train_steps=checkpoint_every, save_last=True, save_on_exception=False
            ),
        ],
        log_every_n_steps=min(10, steps),
        enable_model_summary=False,
    )
    trainer.fit(module, datamodule=data, ckpt_path=str(run) if resume else None, weights_only=True)
    if trainer.is_global_zero:
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items() if name.startswith("val/")}
        told = {"steps": trainer.global_step, "seed": seed, **metrics}
        bundle_of(module, generator=generator, backbone=info, languages=data.languages, metrics=told).save(
            out / "bundle"
        )


def corpora_of(text: TextArgs) -> dict[str, tuple[Corpus, ...]]:
    """The corpora of every source that is named, read through once.

    Raises:
        CorpusError: If no source is named, or one is bad.
    """
    from hypergen.data.corpora import text_corpora
    from hypergen.data.glotcc import glotcc_corpora

    found: dict[str, tuple[Corpus, ...]] = {}
    for name, root in (("directory", text.directory), ("conceptnet", text.conceptnet)):
        if root is not None:
            found[name] = text_corpora(root, only=text.languages, max_bytes=text.max_bytes, on_error=text.on_error)
    if text.glotcc is not None:
        found["glotcc"] = glotcc_corpora(
            text.glotcc, only=text.languages, max_bytes=text.max_bytes, on_error=text.on_error
        )
    if not found:
        raise CorpusError("no text was named; give --text.directory DIR or --text.glotcc ROOT.")
    return found


def with_typology(
    corpora: Mapping[str, tuple[Corpus, ...]], *, table: TypologyTable, on_error: Literal["stop", "skip"]
) -> dict[str, tuple[Corpus, ...]]:
    """The corpora of languages that have a row of typology.

    Raises:
        TypologyError: For the first that has none, unless it is to be skipped; then a warning says the same.
    """

    def has_row(corpus: Corpus) -> bool:
        try:
            table.row_of(corpus.language)
        except TypologyError as error:
            if on_error == "stop":
                raise
            warnings.warn(f"Left out {corpus.name}: {error}", stacklevel=4)
            return False
        return True

    return {name: tuple(filter(has_row, several)) for name, several in corpora.items()}


def generator_module(
    backbone: PreTrainedModel, *, table: TypologyTable, generator: GeneratorArgs, optimizer: OptimizerArgs
) -> GeneratorModule:
    """The Lightning module of a new generator over a backbone."""
    from hypergen.adapters import BottleneckSpec
    from hypergen.backbones import sites_of
    from hypergen.generators import GENERATORS
    from hypergen.model import AdaptedModel
    from hypergen.sources import GeneratedAdapters
    from hypergen.training.mlm import GeneratorModule

    spec = BottleneckSpec(size=backbone.config.hidden_size // generator.reduction)
    layout = spec.layout(sites_of(backbone, leave_out=generator.leave_out))
    built = GENERATORS[generator.name](spec, layout, **generator_arguments(generator, table=table))
    return GeneratorModule(
        AdaptedModel(backbone, [layout]),
        GeneratedAdapters(built, table),
        lr=optimizer.lr,
        warmup_steps=optimizer.warmup_steps,
        weight_decay=optimizer.weight_decay,
        train_lm_head=optimizer.train_lm_head,
        train_embeddings=optimizer.train_embeddings,
    )


def generator_arguments(generator: GeneratorArgs, *, table: TypologyTable) -> dict[str, Any]:
    """What the generator's class is called with; kept in the bundle to build it again."""
    return {
        "num_features": len(table.features),
        "embedding_size": generator.embedding_size,
        "init": generator.init,
        "output_scale": generator.output_scale,
        "activation": generator.activation,
    }


def corpus_module(
    corpora: Mapping[str, tuple[Corpus, ...]],
    *,
    text: TextArgs,
    tokenizer: PreTrainedTokenizerBase,
    cache_dir: Path,
    seed: int,
) -> CorpusModule:
    """The Lightning data module of these corpora, tokenised under a progress bar."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from hypergen.data.modules import CorpusModule

    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed} documents"), TimeElapsedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("tokenising", total=None)
        data = CorpusModule(
            corpora,
            tokenizer=tokenizer,
            cache_dir=cache_dir,
            block_size=text.block_size,
            batch_size=text.batch_size,
            languages_per_batch=text.languages_per_batch,
            exponent=text.exponent,
            source_weights=text.weights,
            mask_rate=text.mask_rate,
            validation_share=text.validation_share,
            max_validation_blocks=text.max_validation_blocks,
            seed=seed,
            on_error=text.on_error,
            progress=lambda documents: progress.advance(task, documents),
        )
        data.setup()
    return data


def bundle_of(
    module: GeneratorModule,
    *,
    generator: GeneratorArgs,
    backbone: BackboneInfo,
    languages: Sequence[str],
    metrics: Mapping[str, Any],
) -> Bundle:
    """The bundle of a trained generator."""
    from hypergen.bundle import Bundle, GeneratorInfo, TypologyInfo

    source: Any = module.source
    table: TypologyTable = source.typology
    return Bundle(
        spec=source.generator.spec,
        layout=source.generator.layout,
        backbone=backbone,
        weights={name: tensor.detach().cpu() for name, tensor in source.generator.state_dict().items()},
        generator=GeneratorInfo(generator.name, generator_arguments(generator, table=table)),
        typology=TypologyInfo(table.feature_sets, table.fingerprint),
        languages=tuple(languages),
        patch=module.backbone_patch(),
        metrics=metrics,
    )
