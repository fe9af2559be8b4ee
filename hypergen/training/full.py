"""Full fine-tuning: masked-language modelling continued on a language's own text, with all of the backbone trained."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch

from hypergen.errors import HypergenError
from hypergen.training.backbone import BackboneModule
from hypergen.training.fitting import fit

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["continued"]


def continued(
    backbone: PreTrainedModel,
    data: Any,
    *,
    steps: int,
    lr: float = 1e-4,
    warmup_steps: int = 10,
    weight_decay: float = 0.01,
    seed: int = 0,
    title: str = "full fine-tuning",
) -> PreTrainedModel:
    """A copy of the backbone, all of it trained on; the one given stays as it is. What adapters are compared with.

    As with any method, ``data`` are batches of the language's text (:class:`hypergen.data.lines.LineBatches`, or a data
    module). The copy is scored without adapters, as ``AdaptedModel(copy, [])``, where others have an adapter.

    Args:
        backbone: In float32.
        data: A data module, or a loader of batches.
        steps: At most.
        lr: Peak learning rate of AdamW, with linear warm-up and decay.
        warmup_steps: Steps of linear warm-up.
        weight_decay: Of AdamW.
        seed: Of the backbone's dropout.
        title: What stands before the bar.

    Raises:
        HypergenError: If the backbone is held in bfloat16, too coarse to be trained.
    """
    if backbone.dtype != torch.float32:
        raise HypergenError(f"the backbone is held in {backbone.dtype}, too coarse to be trained; load it in float32.")
    copy = deepcopy(backbone)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = BackboneModule(copy, lr=lr, warmup_steps=warmup_steps, weight_decay=weight_decay)
        fit(module, data, steps=steps, title=title)
    copy.requires_grad_(False).eval()
    return copy
