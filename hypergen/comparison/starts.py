"""Where adapters come from before any text of their language: entries of a few lines, and controls of generators."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

import torch
from torch import nn

from hypergen.comparison.bench import Bench
from hypergen.comparison.mixtures import MIXTURES, AtTestTime
from hypergen.evaluation.controls import (
    MeanTypology,
    RandomTypology,
    SubstitutedTypology,
    nearest_of,
    shuffled_of,
    swapped_of,
)
from hypergen.languages import Language
from hypergen.sources import (
    AdapterBank,
    AdapterSource,
    AveragedAdapters,
    GeneratedAdapters,
    LearnedEmbeddings,
    LineageAdapters,
    StoredAdapter,
    Typology,
    mean_weights,
    nearest_weights,
    tipa_weights,
)
from hypergen.sources.averaged import Weighting
from hypergen.typology import Metric, TypologyTable

__all__ = ["CONTROLS", "LEARNED", "STARTS", "Control", "Place", "Start", "generated", "untrained"]

LEARNED: Final = "learned"
"""In the place of a control: no vectors at all, but an embedding learned for each training language."""
Settings = Mapping[str, float]
"""What was chosen for a method, by name."""


@dataclass(frozen=True)
class Place:
    """What a start is made of."""

    bench: Bench
    spec: str
    """The name of the adapter method."""
    settings: Settings
    trained: Any = None
    """The source that was trained on the training languages, if the start asks for one."""


@dataclass(frozen=True)
class Start:
    """One way to have an adapter for any language."""

    about: str
    source: Callable[[Place], AdapterSource | AtTestTime | None]
    trained: str = ""
    """What it asks to be trained on the training languages: ``bank``, ``shared``, a generator; nothing."""
    grid: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """What there is to choose beside the learning rate, the usual value first."""
    tunable: bool = True
    """Whether text of a language can tune what it gives for it."""
    without: tuple[str, ...] = ()
    """Adapter methods, by name, that it cannot do."""


def averaged(about: str, weights: Callable[[Place], Weighting], **grid: tuple[float, ...]) -> Start:
    """A start that averages the adapters of a bank of MAD-X adapters."""
    return Start(about, lambda place: AveragedAdapters(place.trained, weights(place)), "bank", grid)


def nearest(metric: Metric) -> Start:
    """The trained adapter of the nearest language."""
    about = f"the nearest language's trained adapter ({metric})"
    return averaged(about, lambda place: nearest_weights(place.bench.table, metric=metric))


STARTS: Final[dict[str, Start]] = {
    "none": Start("no adapter", lambda _place: None),
    "scratch": Start("an adapter as its method starts it", lambda place: scratch(place.bench, place.spec)),
    "shared": Start("one adapter trained on all training languages", lambda place: place.trained, "shared"),
    "mean": averaged("the mean of trained adapters", lambda _place: mean_weights),
    "nearest-hamming": nearest("hamming"),
    "nearest-cosine": nearest("cosine"),
    "nearest-euclidean": nearest("euclidean"),
    "tipa": averaged(
        "trained adapters weighted by typological distance",
        lambda place: tipa_weights(place.bench.table, temperature=place.settings["temperature"]),
        temperature=(1.0, 0.03, 0.1),
    ),
    "lineage": Start("a stack of its family's, genus's and own adapter", lambda place: place.trained, "lineage"),
    "lineage-sum": Start("the sum of these", lambda place: place.trained, "lineage-sum"),
    "fusion": Start("AdapterFusion of trained adapters", lambda place: place.trained, "fusion", tunable=False),
    "zgul": Start(
        "ZGUL over trained adapters", lambda place: place.trained, "zgul", tunable=False, without=("seq_bn_inv",)
    ),
    "emea": Start(
        "EMEA over relatives' trained adapters, fitted to the text that is scored",
        lambda place: AtTestTime(place.trained, place.bench.table, lr=place.settings["step"]),
        "bank",
        {"step": (10.0, 1.0, 100.0)},
        tunable=False,
        without=("seq_bn_inv",),
    ),
}
"""Starts by name. Every generator is one more, under its own name."""


@dataclass(frozen=True)
class Control:
    """What stands in the place of a language's own vector: when a generator is used, and when it is trained."""

    about: str
    used: Callable[[Bench, TypologyTable], Typology]
    trained: Callable[[Bench, TypologyTable], Typology] | None = None
    """``None``: the generator is the one that was trained on the languages' own vectors."""


def generated(generator: str, *, control: str) -> Start:
    """The start of a generator under a control."""
    if control == LEARNED:
        about = f"{generator} with an embedding learned for each training language"
        return Start(about, lambda place: place.trained, f"{generator}:{LEARNED}")
    of = CONTROLS[control]

    def source(place: Place) -> AdapterSource:
        table = place.bench.generators[generator].table
        return GeneratedAdapters(place.trained.generator, of.used(place.bench, table))

    kind = generator if of.trained is None else f"{generator}:{control}"
    return Start(f"generated by {generator} from {of.about}", source, kind)


def untrained(kind: str, *, bench: Bench, spec: str, bank: AdapterBank | None = None) -> nn.Module:
    """What a start asks to be trained on the training languages, before it is trained; a mixture is of a bank."""
    if kind in MIXTURES:
        return MIXTURES[kind](bench, cast(AdapterBank, bank))
    if kind in ("bank", "shared"):
        start = scratch(bench, spec)
        return start if kind == "shared" else AdapterBank(dict.fromkeys(bench.trained, start()))
    method, layout, rng = bench.specs[spec], bench.layouts[spec], torch.Generator().manual_seed(bench.seed)
    if kind in ("lineage", "lineage-sum"):
        join: Literal["chain", "sum"] = "chain" if kind == "lineage" else "sum"
        return LineageAdapters(method, layout, bench.trained, join=join, rng=rng)
    name, _, control = kind.partition(":")
    recipe, of_control = bench.generators[name], None if control == LEARNED else CONTROLS[control].trained
    typology = recipe.table if of_control is None else of_control(bench, recipe.table)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(bench.seed)
        source: Any = recipe.source(method, layout, typology, bench.trained)
    if control != LEARNED:
        return cast(nn.Module, source)
    size = source.generator.encode(typology.vectors(bench.trained[:1])).shape[-1]
    return LearnedEmbeddings(source.generator, bench.trained, embedding_size=size, rng=rng)


def scratch(bench: Bench, spec: str) -> StoredAdapter:
    """An adapter as its method starts it, the same for every language."""
    rng = torch.Generator().manual_seed(bench.seed)
    return StoredAdapter(bench.specs[spec].initial(bench.layouts[spec], rng=rng))


def _targets(bench: Bench) -> list[str]:
    return [*bench.scored, *bench.languages.development]


def _mean(bench: Bench, table: TypologyTable) -> Typology:
    return MeanTypology(table, bench.trained)


def _nearest(bench: Bench, table: TypologyTable) -> Typology:
    return SubstitutedTypology(table, nearest_of(_targets(bench), among=bench.trained, table=table))


def _one(bench: Bench, table: TypologyTable) -> Typology:
    return SubstitutedTypology(table, dict.fromkeys(_targets(bench), bench.languages.backbone[0]))


def _swapped(bench: Bench, table: TypologyTable) -> Typology:
    """Each language with the vector of another that is scored with it, of another genus."""
    instead: dict[str, str] = {}
    for codes in (bench.scored, bench.languages.development):
        genus = {code: Language.parse(code).genus for code in codes}
        instead |= swapped_of(codes, genus=genus, rng=random.Random(bench.seed))
    return SubstitutedTypology(table, instead)


def _shuffled(bench: Bench, table: TypologyTable) -> Typology:
    """Training languages with each other's vectors; every other language with its own."""
    rng = torch.Generator().manual_seed(bench.seed)
    return SubstitutedTypology(table, shuffled_of(sorted(bench.trained), rng=rng))


def _random(bench: Bench, table: TypologyTable) -> Typology:
    return RandomTypology(table, bench.trained, seed=bench.seed)


CONTROLS: Final[dict[str, Control]] = {
    "": Control("its own vector", lambda _bench, table: table),
    "mean": Control("the mean vector", _mean),
    "nearest": Control("the nearest language's vector", _nearest),
    "swapped": Control("another language's vector", _swapped),
    "one": Control("one language's vector for all", _one),
    "shuffled": Control("permuted vectors", _shuffled, _shuffled),
    "random": Control("random vectors", _random, _random),
}
"""What a generator is compared with that differs in the vectors alone. The first is no control but the thing itself."""
