"""Training until nothing moves any more: what makes an oracle an oracle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import lightning

from hypergen.errors import HypergenError

__all__ = ["UntilFlat"]


class UntilFlat(lightning.Callback):
    """Stops when the held-back loss has moved by less than ``share`` over the last fifth of the steps.

    ``|1 - L(s) / L(0.8 s)| < share`` with ``L`` the mean over languages of their held-back losses, measured every
    ``every`` steps. Under a learning rate that falls, ``every`` of a fifth of the steps judges it at the end only, by
    what the rate leaves to move.

    Args:
        measure: Gives the held-back losses by language, as they are now.
        every: Steps between measurements.
        share: How little is nothing.

    Attributes:
        history: Steps and losses by language of every measurement.

    Raises:
        HypergenError: If a number is not above 0.
    """

    def __init__(self, measure: Callable[[], Mapping[str, float]], *, every: int = 50, share: float = 0.005) -> None:
        super().__init__()
        if every < 1 or share <= 0:
            raise HypergenError(f"it would measure every {every} steps with a share of {share}; both are above 0.")
        self.measure, self.every, self.share = measure, every, share
        self.history: list[tuple[int, Mapping[str, float]]] = []

    @property
    def moved(self) -> float:
        """The share by which the mean loss moved over the last fifth of the steps; infinite before there is one."""
        then = [losses for step, losses in self.history if step <= 0.8 * self.history[-1][0]] if self.history else []
        if not then:
            return float("inf")
        return abs(1 - _mean(self.history[-1][1]) / _mean(then[-1]))

    @property
    def is_flat(self) -> bool:
        """Whether it has come to rest."""
        return len(self.history) >= 5 and self.moved < self.share

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Measures, when it is time, and stops the trainer when all is flat."""
        if trainer.global_step % self.every:
            return
        pl_module.eval()
        self.history.append((trainer.global_step, self.measure()))
        pl_module.train()
        if self.is_flat:
            trainer.should_stop = True


def _mean(losses: Mapping[str, float]) -> float:
    return sum(losses.values()) / len(losses)
