"""Masked-language-model training of whatever turns languages into adapters, over a frozen backbone."""

from __future__ import annotations

from typing import Any, Literal

import lightning
import torch
from torch import Tensor, nn

from hypergen.adapters.core import Adapter, Layout
from hypergen.data.batches import Batch, generator_for
from hypergen.errors import HypergenError
from hypergen.losses import consuming_cross_entropy, cross_entropies
from hypergen.model import AdaptedModel
from hypergen.training.muon import Muon
from hypergen.training.processes import summed
from hypergen.training.schedules import with_schedule


class GeneratorModule(lightning.LightningModule):
    """Trains a source (a generator, a bank, one stored adapter) by masked-language modelling; works with any Trainer.

    The loss of a batch is the mean cross-entropy, in nats, over its masked positions. The learning rate rises linearly
    over ``warmup_steps`` and falls to ``final_lr`` of it at the trainer's ``max_steps``, by default linearly. The
    backbone is frozen and in evaluation mode (no dropout): a function. Checkpoints hold what is trained, no backbone.

    Args:
        model: The frozen backbone, with hooks at the source's sites.
        source: Languages -> adapters; its parameters are trained.
        lr: Peak learning rate.
        warmup_steps: Optimizer steps of linear warm-up.
        final_lr: What the rate falls to at the end, as a share of the peak; 1 keeps it constant.
        power: Of the fall: with 2, most steps are small ones, and the loss comes to rest.
        optimizer: AdamW, or Muon for sources that are stored adapters.
        weight_decay: Of AdamW.
        train_lm_head: Train the backbone's language-model head too, its word embeddings excepted; the original code
            does.
        train_embeddings: Train the backbone's word embeddings too, and with them a tied output embedding.
        activation_checkpointing: Keep only what goes into each layer, and compute the rest again in the backward pass:
            the same gradients in less memory and more time.
        seed: Of what is drawn while training (dropout in the source), by step: a resumed run draws the same.

    Raises:
        HypergenError: If the learning rate or the weight decay is negative, or Muon is to train a generator.

    References:
        Ansell et al. (2021), MAD-G, https://aclanthology.org/2021.findings-emnlp.410.
    """

    def __init__(
        self,
        model: AdaptedModel,
        source: nn.Module,
        *,
        lr: float = 1e-3,
        warmup_steps: int = 100,
        final_lr: float = 0.0,
        power: float = 1.0,
        optimizer: Literal["adamw", "muon"] = "adamw",
        weight_decay: float = 0.0,
        train_lm_head: bool = False,
        train_embeddings: bool = False,
        activation_checkpointing: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if lr < 0 or weight_decay < 0:
            raise HypergenError(f"lr is {lr} and weight_decay {weight_decay}; both are 0 or more.")
        if optimizer == "muon" and not isinstance(getattr(source, "layout", None), Layout):
            raise HypergenError(
                f"Muon steps stored adapters, and was given a {type(source).__name__}; train it by adamw."
            )
        self.seed = seed
        self.model, self.source = model, source
        self.lr, self.warmup_steps, self.final_lr, self.power = lr, warmup_steps, final_lr, power
        self.optimizer, self.weight_decay = optimizer, weight_decay
        words = set(model.backbone.get_input_embeddings().parameters())  # type: ignore[operator]
        body = set(model.backbone.base_model.parameters())  # type: ignore[union-attr]
        for parameter in model.backbone.parameters():
            in_head = parameter not in body and parameter not in words
            parameter.requires_grad_((train_lm_head and in_head) or (train_embeddings and parameter in words))
        self.recomputed: list[nn.Module] = []
        if activation_checkpointing:
            model.enable_activation_checkpointing()
            self.recomputed = [layer for layer in model.modules() if getattr(layer, "gradient_checkpointing", False)]
        self.strict_loading = False
        self.losses: dict[str, tuple[float, int]] = {}  # sum and count by language, of the running validation

    def forward(self, batch: Batch) -> Tensor:
        """Logits at the masked positions, (masked, vocabulary)."""
        return self._logits(batch, self.source(batch.languages))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The batch's loss."""
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(generator_for(self.seed, self.global_step, batch_idx, "dropout").initial_seed())
            adapter = self.source(batch.languages)
            loss = consuming_cross_entropy(self._logits(batch, adapter), batch.labels)
            if penalty := getattr(self.source, "penalty", None):  # of a source that is to stay near something
                loss = loss + penalty(batch.languages, adapter)
        self.log("train/loss", loss, prog_bar=True, batch_size=len(batch.input_ids))
        return loss

    def on_validation_epoch_start(self) -> None:
        """Forgets a validation that was interrupted."""
        self.losses = {}

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Adds to the loss of the batch's language (validation batches are of one language)."""
        loss = cross_entropies(self(batch), batch.labels).sum()
        total, count = self.losses.get(batch.languages[0], (0.0, 0))
        self.losses[batch.languages[0]] = (total + float(loss), count + len(batch.labels))

    def on_validation_epoch_end(self) -> None:
        """Logs each language's mean loss over all processes, and ``val/loss``, the mean of these over languages."""
        totals = summed(self.losses)
        values = {f"val/loss/{language}": total / count for language, (total, count) in totals.items() if count}
        if values:
            self.log_dict({**values, "val/loss": sum(values.values()) / len(values)}, sync_dist=True)

    def on_fit_start(self) -> None:
        """The backbone stays in evaluation mode."""
        self._settle_backbone()

    def train(self, mode: bool = True) -> GeneratorModule:
        """Training or evaluation mode of all but the backbone, which stays in evaluation mode."""
        super().train(mode)
        self._settle_backbone()
        return self

    def configure_optimizers(self) -> Any:
        """The optimizer over what requires gradients, warm-up and decay."""
        trained = [parameter for parameter in self.parameters() if parameter.requires_grad]
        optimizer: torch.optim.Optimizer
        if self.optimizer == "muon":
            optimizer = Muon(trained, slots=self.source.layout.slots, lr=self.lr)  # type: ignore[union-attr, arg-type]
        else:
            optimizer = torch.optim.AdamW(trained, lr=self.lr, weight_decay=self.weight_decay, fused=True)
        steps = int(self.trainer.estimated_stepping_batches)
        return with_schedule(optimizer, steps=steps, warmup=self.warmup_steps, final=self.final_lr, power=self.power)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keeps only the source and what else was trained."""
        trained = {name for name, parameter in self.named_parameters() if parameter.requires_grad}
        kept = {n: t for n, t in checkpoint["state_dict"].items() if n in trained or n.startswith("source.")}
        checkpoint["state_dict"] = kept

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Refuses the checkpoint of another source.

        Raises:
            HypergenError: If a tensor of the source is missing in it.
        """
        expected = {name for name in self.state_dict() if name.startswith("source.")}
        if missing := sorted(expected - set(checkpoint["state_dict"])):
            raise HypergenError(
                f"the checkpoint lacks {missing[0]} and {len(missing) - 1} more tensors of this source; "
                "resume with the generator that it was made with."
            )

    def backbone_patch(self) -> dict[str, Tensor]:
        """The backbone's parameters that were trained along (head or embeddings), by name; empty by default."""
        named = self.model.backbone.named_parameters()
        return {name: parameter.detach().clone() for name, parameter in named if parameter.requires_grad}

    def _logits(self, batch: Batch, adapter: Adapter) -> Tensor:
        output = self.model(adapters=[adapter], positions=batch.positions, input_ids=batch.input_ids)
        logits: Tensor = output.logits
        return logits

    def _settle_backbone(self) -> None:
        """Evaluation mode (no dropout); layers recompute if they themselves, not what is in them, are in training."""
        self.model.backbone.eval()
        for layer in self.recomputed:
            layer.training = self.training
