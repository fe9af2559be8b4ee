"""Mixture of Sparse Adapters: training that touches a random part of every matrix at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn

from hypergen.adapters.core import Adapter, stack
from hypergen.errors import HypergenError
from hypergen.sources.core import Languages, with_axis

Share = Literal["none", "down", "up"]
_DOWN, _UP = ("down.weight", "A"), ("up.weight", "B")


class SparseAdapter(nn.Module):
    """MoSA: one trainable adapter whose matrices are split, entry by entry, among experts: ``W = sum_k M_k * W_k``.

    The masks ``M_k`` are random, disjoint and fixed. In training mode every call draws one expert for each matrix,
    independently, and gives ``s M_k * W_k`` alone, so that a step updates only its entries; in evaluation mode it gives
    the merged ``W``, an ordinary adapter of the same size. Biases belong to no expert.

    Args:
        adapter: Where the parameters start.
        num_experts: E; the parts differ by at most one entry in size.
        share: Keep the maps ``down`` (or A of LoRA), or ``up`` (B), whole and always active. (Taken to be the paper's
            hierarchical strategy; not checked against it.)
        scale: s. With E, the mean over draws is the merged W, as with dropout; with 1, experts that learn the same add
            up to more than what was trained, and long training makes the merged adapter worse than none.
        rng: Draws the masks. (Experts are drawn from torch's global generator, which training seeds by the step.)

    Raises:
        HypergenError: If there is no expert, or the adapter has an axis of languages.

    References:
        "Split & Merge": Mixture of Sparse Adapters for vision transformers.
    """

    def __init__(
        self,
        adapter: Adapter,
        *,
        num_experts: int = 4,
        share: Share = "none",
        scale: float = 1.0,
        rng: torch.Generator,
    ) -> None:
        super().__init__()
        if num_experts < 1 or adapter.num_languages is not None:
            raise HypergenError(
                f"{num_experts} experts for an adapter of {adapter.num_languages or 'one'} language(s); expected 1 or "
                "more, and an adapter without an axis of languages."
            )
        self.spec, self.layout, self.scale = adapter.spec, adapter.layout, scale
        self.parts = nn.ModuleList()
        for number, slot in enumerate(adapter.layout.slots):
            flat = adapter.tensors[slot.site][slot.name].detach().flatten()
            count = num_experts if _is_split(slot.name, share=share) else 1
            order = torch.randperm(slot.size, generator=rng) if count > 1 else torch.arange(slot.size)
            self.register_buffer(f"order_{number}", order)
            self.parts.append(nn.ParameterList([nn.Parameter(flat[own].clone()) for own in order.tensor_split(count)]))

    def forward(self, languages: Languages = ()) -> Adapter:  # noqa: ARG002 (called like any source)
        """The merged adapter, or in training mode one expert of each matrix, for whatever languages."""
        return Adapter.from_vector(self.spec, self.layout, torch.cat([self._flat(n) for n in range(len(self.parts))]))

    def _flat(self, number: int) -> Tensor:
        """The entries of one slot."""
        order: Tensor = getattr(self, f"order_{number}")
        parts: list[Tensor] = list(self.parts[number])  # type: ignore[call-overload]
        if len(parts) == 1:
            return parts[0]
        if self.training:
            drawn = int(torch.randint(len(parts), ()))
            places = order.tensor_split(len(parts))[drawn]
            return parts[drawn].new_zeros(len(order)).index_copy(0, places, self.scale * parts[drawn])
        return torch.cat(parts)[order.argsort()]


class SparseBank(nn.Module):
    """A :class:`SparseAdapter` of scale E for each of some languages: what an ``AdapterBank`` is, trained as MoSA.

    Args:
        adapters: Language -> the adapter that its parameters start at, all of one spec and layout.
        num_experts: E.
        share: As there.
        rng: Draws the masks.
    """

    def __init__(
        self, adapters: Mapping[str, Adapter], *, num_experts: int = 4, share: Share = "none", rng: torch.Generator
    ) -> None:
        super().__init__()
        how: Any = {"num_experts": num_experts, "scale": float(num_experts), "share": share, "rng": rng}
        self.of = nn.ModuleDict({code: SparseAdapter(adapter, **how) for code, adapter in adapters.items()})

    def forward(self, languages: Languages) -> Adapter:
        """Their merged adapters, or in training mode one expert of each matrix, drawn for each language."""
        return with_axis(languages, lambda several: stack([self.of[language]() for language in several]))


def _is_split(name: str, *, share: Share) -> bool:
    """Whether the matrix in a slot of this name is split; names in chains and couplings open with a prefix."""
    if f".{name}".endswith(tuple(f".{end}" for end in _DOWN)):
        return share != "down"
    return f".{name}".endswith(tuple(f".{end}" for end in _UP)) and share != "up"
