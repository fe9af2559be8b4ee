"""Sources: what turns a language into an adapter. Stored, looked up, or generated from typology.

A source called with one language gives its adapter; called with a sequence of languages, one adapter with a leading
axis of those languages, for a batch whose rows are grouped in that order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.adapters.core import Adapter, AdapterSpec, Layout, stack
from hypergen.errors import HypergenError, UnknownLanguageError
from hypergen.generators.madg import Generator

Languages = str | Sequence[str]


@runtime_checkable
class Typology(Protocol):
    """What a generated source asks of a table of typology: one vector a language (:class:`hypergen.TypologyTable`)."""

    def vectors(self, languages: Sequence[str]) -> Float[Tensor, "lang feat"]:
        """The vectors of these languages, one row each."""


@runtime_checkable
class AdapterSource(Protocol):
    """``language(s) -> Adapter``."""

    def __call__(self, languages: Languages) -> Adapter:
        """The adapter of one language, or of several along a leading axis."""


class StoredAdapter(nn.Module):
    """One adapter as trainable parameters, the same for every language: a task adapter, or one fine-tuned language.

    Args:
        adapter: Where the parameters start; copied, and detached from how it came about.
    """

    def __init__(self, adapter: Adapter) -> None:
        super().__init__()
        self.spec, self.layout = adapter.spec, adapter.layout
        self.parameters_vector = nn.Parameter(adapter.vector().detach().clone())

    def forward(self, languages: Languages = ()) -> Adapter:  # noqa: ARG002 (called like any source)
        """The adapter as it is now, for whatever languages."""
        return Adapter.from_vector(self.spec, self.layout, self.parameters_vector)


class AdapterBank(nn.Module):
    """MAD-X: one stored adapter for each of some languages, all trainable.

    Args:
        adapters: Language -> the adapter that its parameters start at, all of one spec and layout.
    """

    def __init__(self, adapters: Mapping[str, Adapter]) -> None:
        super().__init__()
        start = stack(list(adapters.values()))
        self.spec, self.layout, self.languages = start.spec, start.layout, tuple(adapters)
        self.vectors = nn.Parameter(start.vector().detach())

    @classmethod
    def initial(
        cls, languages: Sequence[str], spec: AdapterSpec, layout: Layout, *, rng: torch.Generator
    ) -> AdapterBank:
        """A bank in which every language starts as the method starts it, all alike."""
        return cls(dict.fromkeys(languages, spec.initial(layout, rng=rng)))

    def forward(self, languages: Languages) -> Adapter:
        """The stored adapters of these languages.

        Raises:
            UnknownLanguageError: If a language is not in the bank.
        """
        return with_axis(languages, lambda several: Adapter.from_vector(self.spec, self.layout, self._rows(several)))

    def _rows(self, languages: Sequence[str]) -> Float[Tensor, "lang parameters"]:
        missing = [language for language in languages if language not in self.languages]
        if missing:
            told, known = ", ".join(missing), ", ".join(self.languages)
            raise UnknownLanguageError(f"no adapter of {told} is stored here, only of {known}; train it first.")
        return self.vectors[[self.languages.index(language) for language in languages]]


class GeneratedAdapters(nn.Module):
    """MAD-G and what comes after: adapters generated from the typology of the language, seen in training or not."""

    def __init__(self, generator: Generator, typology: Typology) -> None:
        super().__init__()
        self.generator, self.typology = generator, typology

    def forward(self, languages: Languages) -> Adapter:
        """The generated adapters of these languages; gradients reach the generator.

        Raises:
            TypologyError: If a language has no row in the table.
        """
        return with_axis(languages, self._generate)

    def _generate(self, languages: Sequence[str]) -> Adapter:
        theta = next(self.generator.parameters())  # type: ignore[attr-defined]
        return self.generator(self.typology.vectors(languages).to(theta.device, theta.dtype))


def with_axis(languages: Languages, source: Callable[[Sequence[str]], Adapter]) -> Adapter:
    """``source`` of several languages, or its first adapter where one was asked for by its name."""
    if not languages:
        raise HypergenError(f"{languages!r} names no language; give one, such as 'yua', or a list of at least one.")
    return source([languages])[0] if isinstance(languages, str) else source(languages)
