"""While a fusion is trained: how it shares its attention among the adapters, and whether one of them has it all."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import lightning
from torch import Tensor

from hypergen.adapters.attention import mean_attention
from hypergen.data.tasks.batches import TaskBatch
from hypergen.task_model import TaskModel
from hypergen.training.tasks import TaskModule

__all__ = ["FusionAttention", "attention_of"]


class FusionAttention(lightning.Callback):
    """Logs the mean attention by layer and adapter, ``attention/<layer>/<adapter>``, on a training batch now and then.

    That takes one more forward pass each time. When training ends and an adapter has more than ``limit`` of the
    attention in some layer, a warning says so: the fusion is then little more than that adapter.

    Args:
        names: Of the fused adapters, in their order.
        every: Steps from one time to the next.
        limit: The share that is warned of.

    Attributes:
        found: The last shares by layer.
    """

    def __init__(self, names: Sequence[str], *, every: int = 10, limit: float = 0.95) -> None:
        super().__init__()
        self.names, self.every, self.limit = tuple(names), every, limit
        self.found: dict[str, Tensor] = {}

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Measures on the batch, when it is time."""
        if not isinstance(pl_module, TaskModule) or (trainer.global_step % self.every and self.found):
            return
        self.found = attention_of(pl_module.task_model, batch)
        told = {
            f"attention/{layer}/{name}": float(share)
            for layer, several in self.found.items()
            for name, share in zip(self.names, several, strict=True)
        }
        pl_module.log_dict(told, batch_size=len(batch.input_ids))

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Warns of an adapter that has all the attention."""
        for number, name in enumerate(self.names):
            layers = [layer for layer, several in self.found.items() if float(several[number]) > self.limit]
            if layers:
                warnings.warn(
                    f"{name} has more than {self.limit:.0%} of the fusion's attention in {len(layers)} of "
                    f"{len(self.found)} layers ({', '.join(layers)}): the other adapters hardly count there. Compare "
                    f"with {name} alone.",
                    stacklevel=2,
                )


def attention_of(model: TaskModel, batch: TaskBatch) -> dict[str, Tensor]:
    """The mean attention of a model's fused language adapters on a batch, by layer.

    Raises:
        HypergenError: If they are not fused by attention.
    """
    languages: Any = model.languages
    adapter = languages(batch.languages)
    acting = adapter.without(model.leave_out) if model.leave_out else adapter
    return mean_attention(
        acting,
        lambda telling: replace(model, languages=lambda _: telling, leave_out=()).hidden(batch),
        mask=batch.attention_mask,
    )
