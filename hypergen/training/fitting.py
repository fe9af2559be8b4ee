"""Training and validation in one call, without logs and checkpoints: for what takes minutes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import lightning

from hypergen.training.progress import StepProgress

__all__ = ["OnStep", "fit", "validation_metrics"]


def fit(
    module: lightning.LightningModule,
    data: Any,
    *,
    steps: int,
    title: str | None,
    callbacks: Sequence[lightning.Callback] = (),
    accelerator: str = "cpu",
) -> int:
    """Train for so many steps, under a bar with the time left; the number of steps there were.

    Args:
        module: What is trained.
        data: A data module, or a loader of batches.
        steps: At most.
        title: What stands before the bar; ``None`` shows none.
        callbacks: More than the bar.
        accelerator: As Lightning names it.
    """
    bar = [] if title is None else [StepProgress(title)]
    trainer = lightning.Trainer(
        max_steps=steps, accelerator=accelerator, devices=1, gradient_clip_val=1.0, logger=False,
        enable_checkpointing=False, enable_progress_bar=bool(bar), callbacks=[*bar, *callbacks], limit_val_batches=0,
        enable_model_summary=False,
    )  # fmt: skip
    with warnings.catch_warnings():  # nothing is validated here, and what is frozen is in evaluation mode on purpose
        warnings.filterwarnings("ignore", message=r"Found \d+ module\(s\) in eval mode")
        warnings.filterwarnings("ignore", message="You passed in a `val_dataloader` but have no `validation_step`")
        warnings.filterwarnings("ignore", message="You defined a `validation_step` but have no `val_dataloader`")
        trainer.fit(module, data)
    return trainer.global_step


class OnStep(lightning.Callback):
    """Calls a function after every step."""

    def __init__(self, call: Callable[[], None]) -> None:
        super().__init__()
        self.call = call

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Calls it."""
        self.call()


def validation_metrics(module: lightning.LightningModule, batches: Any) -> dict[str, float]:
    """What a module logs when it is validated on a loader of batches."""
    trainer = lightning.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
    trainer.validate(module, batches, verbose=False)
    return {name: float(value) for name, value in trainer.callback_metrics.items()}
