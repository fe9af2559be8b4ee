"""Training of a task: an adapter stacked on those of languages, and a head, over a frozen backbone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import lightning
import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.data.batches import generator_for
from hypergen.data.tasks.batches import TaskBatch
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import Task
from hypergen.errors import HypergenError
from hypergen.heads import HEADS
from hypergen.model import AdaptedModel
from hypergen.sources import StoredAdapter
from hypergen.task_model import TaskModel
from hypergen.training.schedules import with_schedule


class TaskModule(lightning.LightningModule):
    """Trains a task adapter and a head in source languages; afterwards another language is only another adapter.

    ``head(backbone(language adapter, then task adapter))``; a batch brings its languages. AdamW; the learning rate
    rises linearly over ``warmup_steps`` and falls linearly to zero at the trainer's ``max_steps``. The backbone, and
    languages unless ``tune_languages``, are frozen and in evaluation mode. Checkpoints hold what is trained.

    Validation logs ``val/score`` (the mean over languages of the task's metric) and each language's own scores: choose
    and stop by it, on development data of source languages only.

    Args:
        model: The frozen backbone, with hooks at the sites of the adapters.
        task: What is learned.
        head: By default the task's own kind of head.
        adapter: The task adapter, which is trained; ``None`` trains the head alone.
        languages: Languages -> adapters: generated, stored, banked; ``None`` for no language adapters.
        tune_languages: Train the source of language adapters too, as far as it requires gradients: of AdapterFusion
            and ZGUL, only the fusion.
        leave_out: Paths of sites where the language adapter does not act (MAD-X 2.0: those of the last layer).
        lr: Peak learning rate.
        languages_lr: That of language adapters that are tuned; by default the same.
        warmup_steps: Optimizer steps of linear warm-up.
        weight_decay: Of AdamW.
        seed: Of what is drawn while training (dropout), by step: a resumed run draws the same.

    Raises:
        HypergenError: If a learning rate or the weight decay is negative, or there are no languages to tune.

    References:
        Pfeiffer et al. (2020), MAD-X, https://arxiv.org/abs/2005.00052.
    """

    def __init__(
        self,
        model: AdaptedModel,
        *,
        task: Task,
        head: nn.Module | None = None,
        adapter: StoredAdapter | None = None,
        languages: nn.Module | None = None,
        tune_languages: bool = False,
        leave_out: Collection[str] = (),
        lr: float = 1e-3,
        languages_lr: float | None = None,
        warmup_steps: int = 100,
        weight_decay: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        told = {"lr": lr, "languages_lr": languages_lr or 0.0, "weight_decay": weight_decay}
        for name, value in told.items():
            if value < 0:
                raise HypergenError(f"{name} is {value}; expected 0 or more.")
        if tune_languages and languages is None:
            raise HypergenError("tune_languages is set and there are no language adapters; give a source of them.")
        config: Any = model.backbone.config
        self.task, self.model, self.adapter = task, model, adapter
        self.head: Any = head or HEADS[task.kind](config.hidden_size, len(task.labels))
        self.languages = languages if languages is None or tune_languages else languages.requires_grad_(False)
        self.tune_languages, self.leave_out = tune_languages, tuple(leave_out)
        self.lr, self.languages_lr = lr, languages_lr
        self.warmup_steps, self.weight_decay, self.seed = warmup_steps, weight_decay, seed
        self.strict_loading = False
        self._predicted: dict[str, list[tuple[Sentence, Sentence]]] = {}

    @property
    def task_model(self) -> TaskModel:
        """What is trained, as it is now, to predict with."""
        return TaskModel(self.task, self.model, self.head, self.adapter, self.languages, self.leave_out)

    def forward(self, batch: TaskBatch) -> Float[Tensor, "batch tokens d"]:
        """The last hidden states, with the adapters of the batch's languages and of the task."""
        return self.task_model.hidden(batch)

    def training_step(self, batch: TaskBatch, batch_idx: int) -> Tensor:
        """The batch's loss."""
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(generator_for(self.seed, self.global_step, batch_idx, "dropout").initial_seed())
            language = None if self.languages is None else self.languages(batch.languages)
            hidden = self.task_model.hidden(batch, language=language)
            loss: Tensor = self.head.loss(hidden, batch.places, batch.labels)
            if self.tune_languages and (penalty := getattr(self.languages, "penalty", None)):
                loss = loss + penalty(batch.languages, language)
        self.log("train/loss", loss, prog_bar=True, batch_size=len(batch.input_ids))
        return loss

    def on_validation_epoch_start(self) -> None:
        """Forgets a validation that was interrupted."""
        self._predicted = defaultdict(list)

    def validation_step(self, batch: TaskBatch, batch_idx: int) -> None:
        """Keeps the predictions for the languages of the batch."""
        rows = zip(batch.row_languages, batch.sentences, self.task_model.predict(batch), strict=True)
        for language, sentence, found in rows:
            self._predicted[language].append((sentence, found))

    def on_validation_epoch_end(self) -> None:
        """Logs each language's scores, and ``val/score``, the mean over languages of the task's metric."""
        told: dict[str, float] = {}
        for language, pairs in sorted(self._predicted.items()):
            gold, predicted = zip(*pairs, strict=True)
            scores = self.task.scores(gold, predicted)
            told |= {f"val/{name}/{language}": score for name, score in scores.items()}
        if told:
            chosen = [told[f"val/{self.task.metric}/{language}"] for language in self._predicted]
            self.log_dict({**told, "val/score": sum(chosen) / len(chosen)}, sync_dist=True)

    def train(self, mode: bool = True) -> TaskModule:
        """Training or evaluation mode of what is trained; what is frozen stays in evaluation mode."""
        super().train(mode)
        self.model.backbone.eval()
        if self.languages is not None and not self.tune_languages:
            self.languages.eval()
        return self

    def configure_optimizers(self) -> Any:
        """AdamW over what requires gradients, linear warm-up and decay."""
        trained = [parameter for parameter in self.parameters() if parameter.requires_grad]
        apart: set[nn.Parameter] = set()
        if self.languages is not None and self.languages_lr is not None:
            apart = set(self.languages.parameters())
        groups: list[dict[str, Any]] = [
            {"params": [parameter for parameter in trained if parameter not in apart]},
            {"params": [parameter for parameter in trained if parameter in apart], "lr": self.languages_lr},
        ]
        optimizer = torch.optim.AdamW(
            [group for group in groups if group["params"]], lr=self.lr, weight_decay=self.weight_decay, fused=True
        )
        steps = int(self.trainer.estimated_stepping_batches)
        return with_schedule(optimizer, steps=steps, warmup=self.warmup_steps)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keeps only what is trained."""
        trained = self._trained()
        checkpoint["state_dict"] = {n: t for n, t in checkpoint["state_dict"].items() if n in trained}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Refuses the checkpoint of another adapter, head or source.

        Raises:
            HypergenError: If not all that is trained is in it.
        """
        now = self.state_dict()
        found = checkpoint["state_dict"]
        if other := sorted(n for n in self._trained() if n not in found or found[n].shape != now[n].shape):
            raise HypergenError(
                f"the checkpoint has no fitting {other[0]} nor {len(other) - 1} more tensors of this task; resume with "
                "the task, adapter, head and languages that it was made with."
            )

    def _trained(self) -> set[str]:
        """Names of the parameters that are trained."""
        return {name for name, parameter in self.named_parameters() if parameter.requires_grad}
