"""Which features a generator uses: what is lost when it is not told one of them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.data.batches import Batch
from hypergen.generators import Generator
from hypergen.losses import cross_entropies
from hypergen.model import AdaptedModel


@torch.no_grad()
def losses_without(
    columns: Sequence[int],
    *,
    generator: Generator,
    vectors: Float[Tensor, "lang feat"],
    mean: Float[Tensor, " feat"],
    model: AdaptedModel,
    batch: Batch,
) -> tuple[float, dict[int, float]]:
    """The loss of a batch with adapters from ``vectors``, and by column the loss when that column holds its mean.

    The second minus the first, over the gain of an oracle, is the share of that gain which hangs on the one feature as
    this generator uses it.

    Args:
        columns: The features to hide, one after the other.
        generator: Vectors -> adapter.
        vectors: Of the batch's languages, in their order.
        mean: What stands in a feature's place: its mean over the training languages.
        model: The frozen backbone.
        batch: A batch of all the languages.
    """

    def loss(given: Float[Tensor, "lang feat"]) -> float:
        logits = model(adapters=[generator(given)], positions=batch.positions, input_ids=batch.input_ids).logits
        return float(cross_entropies(logits, batch.labels).mean())

    if isinstance(generator, nn.Module):
        generator.eval()
    hidden = {}
    for column in columns:
        changed = vectors.clone()
        changed[:, column] = mean[column]
        hidden[column] = loss(changed)
    return loss(vectors), hidden
