"""Training and validation in one call, on the CPU, without logs and checkpoints: for what takes minutes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import lightning

from hypergen.training.progress import StepProgress

__all__ = ["fit", "validation_metrics"]


def fit(
    module: lightning.LightningModule,
    data: Any,
    *,
    steps: int,
    title: str,
    callbacks: Sequence[lightning.Callback] = (),
) -> int:
    """Train for so many steps, under a bar with the time left; the number of steps there were.

    Args:
        module: What is trained.
        data: A data module, or a loader of batches.
        steps: At most.
        title: What stands before the bar.
        callbacks: More than the bar.
    """
    trainer = lightning.Trainer(
        max_steps=steps, accelerator="cpu", gradient_clip_val=1.0, logger=False, enable_checkpointing=False,
        callbacks=[StepProgress(title), *callbacks], limit_val_batches=0, enable_model_summary=False,
    )  # fmt: skip
    with warnings.catch_warnings():  # nothing is validated here, and what is frozen is in evaluation mode on purpose
        warnings.filterwarnings("ignore", message=r"Found \d+ module\(s\) in eval mode")
        warnings.filterwarnings("ignore", message="You passed in a `val_dataloader` but have no `validation_step`")
        warnings.filterwarnings("ignore", message="You defined a `validation_step` but have no `val_dataloader`")
        trainer.fit(module, data)
    return trainer.global_step


def validation_metrics(module: lightning.LightningModule, batches: Any) -> dict[str, float]:
    """What a module logs when it is validated on a loader of batches."""
    trainer = lightning.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
    trainer.validate(module, batches, verbose=False)
    return {name: float(value) for name, value in trainer.callback_metrics.items()}
