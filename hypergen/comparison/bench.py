"""The bench that methods are compared on: one backbone, one set of languages with text, the same for all of them."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import torch
from torch import nn

from hypergen.adapters.core import AdapterSpec, Layout
from hypergen.backbones import sites_of
from hypergen.comparison.amounts import Amount
from hypergen.comparison.arguments import USUAL, FitArgs, LessonArgs
from hypergen.comparison.cells import fingerprint
from hypergen.data.batches import Batch
from hypergen.data.corpora import Corpus
from hypergen.evaluation.groups import Splits
from hypergen.model import AdaptedModel
from hypergen.sources import Typology
from hypergen.typology import TypologyTable

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["Bench", "GeneratorRecipe", "Held", "Texts", "device_of", "held_fingerprint", "languages_of"]

Held = Mapping[str, Sequence[Batch]]
"""Held-back text by domain: masked batches of one language each, language after language."""


@runtime_checkable
class Texts(Protocol):
    """Where text comes from: artificial languages, or a directory."""

    @property
    def tokenizer(self) -> Any:
        """The backbone's."""
        ...

    @property
    def block_size(self) -> int:
        """Tokens a block."""
        ...

    def corpora(self, codes: Sequence[str], *, amount: Amount, lesson: LessonArgs = USUAL) -> Sequence[Corpus]:
        """Text of these languages to train on: so much of each, as a lesson has it; none is held back."""
        ...

    def held_back(self, codes: Sequence[str]) -> Held:
        """Text of these languages that nothing is trained on, the same masks every time."""
        ...


@dataclass(frozen=True)
class GeneratorRecipe:
    """How a generator is made before it is trained."""

    table: TypologyTable
    """What it knows of languages."""
    source: Callable[[AdapterSpec, Layout, Typology, Sequence[str]], nn.Module]
    """Spec, layout, typology and training languages -> a new source with ``generator`` and ``typology``."""
    told: Mapping[str, Any] = field(default_factory=dict)
    """All that decides what ``source`` makes, as plain values."""


@dataclass(frozen=True, eq=False)
class Bench:
    """Everything that one seed's cells share."""

    seed: int
    load: Callable[[torch.dtype], PreTrainedModel]
    """The backbone, anew, held in a precision."""
    backbone: str
    """Its fingerprint."""
    table: TypologyTable
    texts: Texts
    languages: Splits
    seen: tuple[str, ...]
    """Languages of training that are scored too, without text of their own."""
    specs: Mapping[str, AdapterSpec]
    """Adapter methods by name."""
    generators: Mapping[str, GeneratorRecipe]
    cache_dir: Any
    leave_out: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Layers without adapters, counted from 0, of those methods that leave some out."""
    fit: FitArgs = field(default_factory=FitArgs)
    lessons: Mapping[str, LessonArgs] = field(default_factory=dict)
    """What there is to learn from a language's own text, by name."""
    accelerator: str = "cpu"
    dtype: torch.dtype = torch.float32
    """Of the frozen backbone while adapters are trained; scores are in float32."""

    @property
    def trained(self) -> tuple[str, ...]:
        """The languages that sources are trained on: the generator's and the backbone's."""
        return (*self.languages.generator, *self.languages.backbone)

    @cached_property
    def model(self) -> AdaptedModel:
        """The frozen backbone to train over, with hooks for every method's sites."""
        return self._adapted(self.dtype)

    @cached_property
    def scorer(self) -> AdaptedModel:
        """The same in float32, to score with."""
        return self.model if self.dtype == torch.float32 else self._adapted(torch.float32)

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        """Each method's layout on this backbone."""
        backbone = self.load(self.dtype)
        return {
            name: spec.layout(sites_of(backbone, kinds=spec.site_kinds, leave_out=self.leave_out.get(name, ())))
            for name, spec in self.specs.items()
        }

    @cached_property
    def trained_text(self) -> str:
        """A hash of all that sources are trained on."""
        return fingerprint(self.text_fingerprints(self.trained, amount=None))

    @cached_property
    def development(self) -> Held:
        """Held-back text of the development languages."""
        return self.texts.held_back(self.languages.development)

    @cached_property
    def development_fingerprint(self) -> str:
        """A hash of that."""
        return held_fingerprint(self.development)

    @cached_property
    def report(self) -> Held:
        """Held-back text of the languages that are scored."""
        return self.texts.held_back(self.scored)

    @cached_property
    def report_fingerprints(self) -> dict[str, str]:
        """A hash of that of each language."""
        return {code: held_fingerprint(self.report, codes=[code]) for code in self.scored}

    @property
    def scored(self) -> tuple[str, ...]:
        """The languages that are scored."""
        return (*self.languages.report, *self.seen)

    @property
    def device(self) -> torch.device:
        """Where is computed."""
        return device_of(self.accelerator)

    def lesson(self, name: str = "") -> LessonArgs:
        """What is learnt under a name, without one the usual: every method's text, by masked-language modelling."""
        return self.lessons[name] if name else USUAL

    def text_fingerprints(self, codes: Sequence[str], *, amount: Amount, lessons: Sequence[str] = ()) -> dict[str, str]:
        """What text of each language is trained on, and by which objective where it is another than the usual."""
        known: dict[tuple[str, Amount, LessonArgs], str] = self._text_fingerprints
        several = [self.lesson(name) for name in lessons or [""]]
        for code, lesson in itertools.product(codes, several):
            if (code, amount, lesson) not in known:
                corpora = self.texts.corpora([code], amount=amount, lesson=lesson)
                told: list[str] = [] if lesson.objective == "mlm" else [lesson.objective]
                told += [f"{each.script} {each.fingerprint}" for each in corpora]
                known[code, amount, lesson] = " ".join(told)
        return {code: " then ".join(known[code, amount, lesson] for lesson in several) for code in codes}

    def watched_fingerprint(self, codes: tuple[str, ...]) -> str:
        """A hash of the held-back text of some languages."""
        known: dict[tuple[str, ...], str] = self._watched_fingerprints
        if codes not in known:
            known[codes] = held_fingerprint(self.texts.held_back(codes))
        return known[codes]

    @cached_property
    def _text_fingerprints(self) -> dict[tuple[str, Amount, LessonArgs], str]:
        return {}

    @cached_property
    def _watched_fingerprints(self) -> dict[tuple[str, ...], str]:
        return {}

    def forget(self) -> None:
        """Let go of the models; they are loaded again where they are needed."""
        for name in ("model", "scorer"):
            self.__dict__.pop(name, None)

    def _adapted(self, dtype: torch.dtype) -> AdaptedModel:
        return AdaptedModel(self.load(dtype), list(self.layouts.values())).eval().to(self.device)


def device_of(accelerator: str) -> torch.device:
    """Where is computed with an accelerator: cpu, gpu, or auto."""
    gpu = accelerator in ("gpu", "cuda") or (accelerator == "auto" and torch.cuda.is_available())
    return torch.device("cuda" if gpu else "cpu")


def languages_of(bench: Bench) -> dict[str, list[str]]:
    """The languages by the part that they play, as plain values."""
    return {name: list(codes) for name, codes in bench.languages.items() if codes}


def held_fingerprint(held: Held, *, codes: Sequence[str] | None = None) -> str:
    """A hash of held-back text and its masks, of some languages or of all."""
    digest = hashlib.sha256()
    for domain, batches in held.items():
        for batch in batches:
            if codes is None or batch.languages[0] in codes:
                digest.update(f"{domain}{batch.languages}{tuple(batch.input_ids.shape)}".encode())
                for tensor in (batch.input_ids, batch.positions, batch.labels):
                    digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()[:20]
