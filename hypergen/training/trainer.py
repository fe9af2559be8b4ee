"""Lightning's trainer as the commands use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lightning
from lightning import seed_everything
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from hypergen.data.modules import CorpusModule
from hypergen.errors import HypergenError
from hypergen.training.mlm import GeneratorModule
from hypergen.training.progress import StepProgress

__all__ = ["seed_everything", "task_trainer_of", "trainer_of", "validated"]


def trainer_of(settings: Mapping[str, Any]) -> lightning.Trainer:
    """Lightning's trainer, with a progress bar, logs for people and for TensorBoard, and checkpoints.

    Raises:
        HypergenError: If this machine lacks the accelerator.
    """
    out, steps, accumulate = settings["out"], settings["steps"], settings["accumulate"]
    checkpoints = ModelCheckpoint(
        out / "checkpoints", every_n_train_steps=settings["checkpoint_every"], save_last=True, save_on_exception=False
    )
    try:
        return lightning.Trainer(
            max_steps=steps,
            accelerator=settings["accelerator"],
            devices=settings["devices"],
            accumulate_grad_batches=accumulate,
            gradient_clip_val=settings["optimizer"]["max_grad_norm"],
            val_check_interval=min(settings["validate_every"], steps) * accumulate,
            check_val_every_n_epoch=None,
            num_sanity_val_steps=0,
            limit_val_batches=None if settings["text"]["validation_share"] else 0,
            logger=[CSVLogger(out, name="", version="logs"), TensorBoardLogger(out, name="", version="logs")],
            callbacks=[StepProgress(), checkpoints],
            log_every_n_steps=min(10, steps),
            enable_model_summary=False,
        )
    except (MisconfigurationException, ModuleNotFoundError, ValueError) as error:
        raise HypergenError(
            f"this machine has no {settings['accelerator']} to train on ({error}); give --accelerator cpu, or auto."
        ) from error


class UntilStopped(ModelCheckpoint):
    """A checkpoint after each validation but the one that stops training: from before that, it is stopped again."""

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Saves, unless training is to stop."""
        if not trainer.should_stop:
            super().on_validation_end(trainer, pl_module)


def task_trainer_of(settings: Mapping[str, Any]) -> lightning.Trainer:
    """Lightning's trainer of a task: as `trainer_of`, keeping the best weights, and stopping when they get no better.

    A checkpoint is written after each validation: ``last`` to go on from, and the best by ``val/score``.

    Raises:
        HypergenError: If this machine lacks the accelerator.
    """
    out, steps = settings["out"], settings["steps"]
    best = ModelCheckpoint(
        out / "checkpoints",
        filename="best-{step}",
        monitor="val/score",
        mode="max",
        save_on_train_epoch_end=False,
        save_on_exception=False,
    )
    last = UntilStopped(
        out / "checkpoints",
        filename="last",
        enable_version_counter=False,
        save_on_train_epoch_end=False,
        save_on_exception=False,
    )
    stop = EarlyStopping("val/score", mode="max", patience=settings["optimizer"]["patience"])
    try:
        return lightning.Trainer(
            max_steps=steps,
            accelerator=settings["accelerator"],
            devices=1,
            gradient_clip_val=settings["optimizer"]["max_grad_norm"],
            val_check_interval=min(settings["check_every"], steps),
            check_val_every_n_epoch=None,
            num_sanity_val_steps=0,
            logger=[CSVLogger(out, name="", version="logs"), TensorBoardLogger(out, name="", version="logs")],
            callbacks=[StepProgress(), stop, best, last],
            log_every_n_steps=min(10, steps),
            enable_model_summary=False,
        )
    except (MisconfigurationException, ModuleNotFoundError, ValueError) as error:
        raise HypergenError(
            f"this machine has no {settings['accelerator']} to train on ({error}); give --accelerator cpu, or auto."
        ) from error


def validated(trainer: lightning.Trainer, module: GeneratorModule, data: CorpusModule) -> dict[str, float]:
    """The losses of the trained weights on held-back text, by language; empty if none is held back."""
    if not data.val_dataloader():
        return {}
    trainer.validate(module, datamodule=data, verbose=False)
    return {name: float(value) for name, value in trainer.callback_metrics.items() if name.startswith("val/")}
