"""What a method may offer beyond the core: terms, which can be mixed with those of other adapters, and an inverse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from torch import Tensor

from hypergen.adapters.core import AdapterSpec, Frozen, Site, Weights

Term = Callable[[str, Tensor], Tensor]


@runtime_checkable
class AdditiveMethod(AdapterSpec, Protocol):
    """A method whose adapters add terms; where several are fused, a mixture of their terms is added instead."""

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms' names, which their slots' names open with."""
        ...

    def term_sizes(self, name: str, site: Site) -> tuple[int, int]:
        """Sizes of what a term reads and of what it adds."""
        ...

    def term(self, weights: Weights, name: str, v: Tensor) -> Tensor:
        """What one adapter adds, having read ``v``."""
        ...

    def add(self, term: Term, x: Tensor, y: Tensor, module: Frozen) -> tuple[Tensor, Tensor]:
        """``apply`` with ``term(name, v)`` in the place of its own terms."""
        ...


@runtime_checkable
class InvertibleMethod(Protocol):
    """A method that acts at embeddings, and is undone just before the output embedding."""

    def invert(self, weights: Weights, h: Tensor) -> Tensor:
        """What ``apply`` made of the embeddings, undone on the input of the output embedding."""
        ...


def within(weights: Weights, prefix: str) -> dict[str, Tensor]:
    """The tensors whose names open with ``prefix``, under the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in weights.items() if name.startswith(prefix)}
