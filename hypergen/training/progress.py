"""The progress of a run that is counted in steps."""

from typing import Any

import lightning
from lightning.pytorch.callbacks import RichProgressBar

__all__ = ["StepProgress"]


class StepProgress(RichProgressBar):
    """Lightning's bar, with the time left, for a stream without epochs.

    Args:
        title: What stands before the bar.
    """

    def __init__(self, title: str = "training") -> None:
        super().__init__()
        self.title = title

    @property
    def total_train_batches(self) -> int | float:
        """All batches of the run: Lightning counts those that are left, and adds those before to what is done."""
        return self.trainer.num_training_batches

    def get_metrics(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> dict[str, Any]:
        """The losses, without the number of the run."""
        metrics = super().get_metrics(trainer, pl_module)
        metrics.pop("v_num", None)
        return dict(metrics)

    def _get_train_description(self, current_epoch: int) -> str:
        return self.title
