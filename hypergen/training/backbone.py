"""Pretraining of a small backbone from nothing, where none can be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightning
import torch
from torch import Tensor, nn

from hypergen.data.batches import Batch
from hypergen.model import AdaptedModel
from hypergen.training.schedules import with_schedule

if TYPE_CHECKING:
    from transformers import BertForMaskedLM, PreTrainedModel

__all__ = ["BackboneModule", "small_bert", "start_at_neighbours"]


class BackboneModule(lightning.LightningModule):
    """Trains a whole model by masked-language modelling, in bfloat16 autocast where the processor is fast at it.

    The loss of a batch is the mean cross-entropy, in nats, over its masked positions. AdamW; the learning rate rises
    linearly over ``warmup_steps`` and falls to ``final_lr`` of it at the trainer's ``max_steps``, by default linearly.

    Args:
        backbone: The model, all of which is trained.
        lr: Peak learning rate.
        warmup_steps: Optimizer steps of linear warm-up.
        weight_decay: Of AdamW.
        final_lr: What the rate falls to at the end, as a share of the peak; 1 keeps it constant.
        power: Of the fall.
    """

    def __init__(
        self,
        backbone: PreTrainedModel,
        *,
        lr: float = 2e-3,
        warmup_steps: int = 100,
        weight_decay: float = 0.01,
        final_lr: float = 0.0,
        power: float = 1.0,
    ) -> None:
        super().__init__()
        self.model = AdaptedModel(backbone, [])
        backbone.requires_grad_(True).train()
        self.lr, self.warmup_steps, self.weight_decay = lr, warmup_steps, weight_decay
        self.final_lr, self.power = final_lr, power

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The batch's loss."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=has_fast_bfloat16(self.device)):
            logits = self.model(positions=batch.positions, input_ids=batch.input_ids).logits
        loss = nn.functional.cross_entropy(logits.float(), batch.labels)
        self.log("train/loss", loss, prog_bar=True, batch_size=len(batch.input_ids))
        return loss

    def configure_optimizers(self) -> Any:
        """AdamW, linear warm-up and decay."""
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.lr, weight_decay=self.weight_decay, fused=True)
        steps = int(self.trainer.estimated_stepping_batches)
        return with_schedule(optimizer, steps=steps, warmup=self.warmup_steps, final=self.final_lr, power=self.power)


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether matrix products in bfloat16 are fast there: on GPUs, and on processors with AVX512-BF16 or AMX."""
    return device.type != "cpu" or "avx512_bf16" in _cpu_flags()


def small_bert(
    vocabulary: int, *, hidden_size: int, num_layers: int, num_positions: int, head_size: int, seed: int
) -> BertForMaskedLM:
    """A new BERT without dropout, started by :func:`start_at_neighbours`."""
    from transformers import AutoModelForMaskedLM, BertConfig

    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=hidden_size,
        num_hidden_layers=num_layers,
        num_attention_heads=hidden_size // head_size,
        intermediate_size=4 * hidden_size,
        max_position_embeddings=num_positions,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: BertForMaskedLM = AutoModelForMaskedLM.from_config(config, attn_implementation="eager")
    start_at_neighbours(model, offsets={0: (-1, 1, -2, 2), 1: (-1, 1, -3, 3)})
    model.eval()
    return model


@torch.no_grad()
def start_at_neighbours(
    model: BertForMaskedLM, *, offsets: Mapping[int, Sequence[int]], gain: float | None = None
) -> None:
    """Sinusoidal positions in the last dimensions, and heads that look at fixed offsets; a start, all of it is trained.

    It saves the long plateau at the unigram loss in which a small BERT learns to find its neighbours. With heads of
    ``h`` dimensions, position i is ``p_i = (sin(w_f i), cos(w_f i))`` for ``h / 2`` frequencies ``w_f`` from 0.1 to
    2.5. A head of offset k has the query ``g p_{i+k}``, a rotation of ``p_i``, and the key ``g p_j``: its scores are
    largest at ``j = i + k``.

    Args:
        model: A new BERT.
        offsets: By layer, the offset of each of its first heads, of as many as there are.
        gain: ``g``; by default 0.7 for 256 dimensions and in proportion less for more.
    """
    config, embeddings = model.config, model.bert.embeddings
    size = config.hidden_size // config.num_attention_heads
    gain = 0.7 * 256 / config.hidden_size if gain is None else gain
    frequency = 0.1 * 25 ** (torch.arange(size // 2) / (size // 2 - 1))
    angle = torch.arange(config.max_position_embeddings).unsqueeze(1) * frequency
    embeddings.word_embeddings.weight[:, -size:] *= 0.25
    embeddings.position_embeddings.weight.zero_()
    embeddings.position_embeddings.weight[:, -size:] = 0.04 * 2**0.5 * torch.cat([angle.sin(), angle.cos()], dim=1)
    for layer, several in offsets.items():
        attention: Any = model.bert.encoder.layer[layer].attention
        for head, offset in zip(range(config.num_attention_heads), several, strict=False):
            rows = slice(size * head, size * head + size)
            sine, cosine = torch.diag((frequency * offset).sin()), torch.diag((frequency * offset).cos())
            rotation = torch.cat([torch.cat([cosine, sine], dim=1), torch.cat([-sine, cosine], dim=1)])
            attention.self.query.weight[rows, -size:] += gain * rotation
            attention.self.key.weight[rows, -size:] += gain * torch.eye(size)
        attention.self.value.weight *= 2.5
        attention.output.dense.weight *= 2.5


def _cpu_flags() -> str:
    """The processor's features as the kernel tells them; nothing where it tells none."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
            return next((line for line in file if line.startswith("flags")), "")
    except OSError:
        return ""
