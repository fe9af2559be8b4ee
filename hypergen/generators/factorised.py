"""Factorised heads: adapters of low rank in what differs between languages, told apart by an embedding of each slot."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.adapters.core import Adapter, AdapterSpec, Layout, Slot
from hypergen.errors import HypergenError
from hypergen.generators.encoder import Activation, TypologyEncoder
from hypergen.generators.madg import Init


class Factorised(nn.Module):
    """``W_s(lambda) = W_s + sum_k c_k a_k b_k^T`` with ``c = H (lambda * nu_s)``: what all share, and a low rank of it.

    ``W_s``, of slot s, is the same for every language; what differs is ``rank`` outer products of vectors that all
    slots of one name and shape have in common. Their weights come from the language's embedding times the slot's,
    ``nu_s``, entry by entry. Biases are sums of vectors, ``c_k a_k``. Of the P numbers that MAD-G
    learns for each coordinate of the embedding, P remain for all of them together.

    Args:
        spec: The adapter method to generate for.
        layout: Its slots on a backbone, P parameters.
        num_features: Length of a typology vector.
        embedding_size: Length of a language embedding.
        rank: Outer products a slot.
        init: As :class:`MadG`: ``W`` and ``H`` zero at the slots that make an adapter the identity, or nowhere.
        output_scale: Factor on everything generated.
        activation: Of the encoder.
        feature_dropout: Of the encoder.

    Raises:
        HypergenError: If the rank is below 1.

    References:
        Mahabadi et al. (2021), Parameter-efficient Multi-task Fine-tuning via Shared Hypernetworks,
        https://aclanthology.org/2021.acl-long.47 (embeddings of layers and positions); Harshman (1970), canonical
        decomposition of a tensor.
    """

    def __init__(
        self,
        spec: AdapterSpec,
        layout: Layout,
        *,
        num_features: int = 289,
        embedding_size: int = 32,
        rank: int = 16,
        init: Init = "paper",
        output_scale: float = 1.0,
        activation: Activation = "identity",
        feature_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if rank < 1:
            raise HypergenError(f"rank is {rank}; a factorised head needs 1 or more.")
        self.spec, self.layout, self.output_scale = spec, layout, output_scale
        self.encode = TypologyEncoder(
            num_features, embedding_size, activation=activation, feature_dropout=feature_dropout
        )
        alike: dict[str, list[Slot]] = {}
        for slot in layout.slots:
            alike.setdefault("x".join([slot.name.replace(".", "_"), *map(str, slot.shape)]), []).append(slot)
        self.alike = {name: tuple(slots) for name, slots in alike.items()}
        self.heads = nn.ModuleDict(
            {
                name: SlotHead(
                    len(slots),
                    slots[0].shape,
                    embedding_size=embedding_size,
                    rank=rank,
                    zero=init == "near_identity" and slots[0].name in spec.identity_slots,
                )
                for name, slots in self.alike.items()
            }
        )

    def forward(self, typology: Float[Tensor, "lang feat"]) -> Adapter:
        """The adapters of these typology vectors, with a leading axis of languages."""
        return self.decode(self.encode(typology))

    def decode(self, embedding: Float[Tensor, "lang e"]) -> Adapter:
        """The equation above for every slot."""
        tensors: dict[str, dict[str, Tensor]] = {site.path: {} for site in self.layout.sites}
        for name, slots in self.alike.items():
            for slot, tensor in zip(slots, self.heads[name](embedding).unbind(1), strict=True):
                tensors[slot.site][slot.name] = self.output_scale * tensor
        return Adapter(self.spec, self.layout, tensors)


class SlotHead(nn.Module):
    """The tensors of all slots of one name and shape, ``(lang, slot, *shape)``.

    Everything starts normal: ``W`` with standard deviation ``1 / e``, ``a`` and ``b`` with 1, ``H`` such that what
    differs is as large as in MAD-G, ``nu`` around 1.
    """

    def __init__(self, num_slots: int, shape: tuple[int, ...], *, embedding_size: int, rank: int, zero: bool) -> None:
        super().__init__()
        self.shape = shape
        rows, columns = shape[0], math.prod(shape[1:])
        small = 0.0 if zero else 1 / embedding_size
        self.shared = nn.Parameter(small * torch.randn(num_slots, *shape))
        self.slots = nn.Parameter(1 + 0.1 * torch.randn(num_slots, embedding_size))
        self.weights = nn.Parameter(small * rank**-0.5 * torch.randn(rank, embedding_size))
        self.left = nn.Parameter(torch.randn(rank, rows))
        self.right = nn.Parameter(torch.randn(rank, columns)) if len(shape) > 1 else None

    def forward(self, embedding: Float[Tensor, "lang e"]) -> Float[Tensor, "lang slot *shape"]:
        """What these languages' embeddings make of the slots."""
        counts = (embedding.unsqueeze(1) * self.slots) @ self.weights.mT
        outer = self.left if self.right is None else (self.left.unsqueeze(2) * self.right.unsqueeze(1)).flatten(1)
        tensors: Tensor = self.shared + (counts @ outer).unflatten(-1, self.shape)
        return tensors
