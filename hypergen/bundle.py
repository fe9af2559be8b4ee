"""A bundle: a generator or an adapter as a directory to publish, JSON and safetensors, nothing that executes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

import hypergen
from hypergen.adapters import SPECS, Adapter, AdapterSpec, Layout, Site, Slot
from hypergen.backbones import fingerprint_of
from hypergen.errors import BundleError
from hypergen.generators import GENERATORS
from hypergen.generators.madg import Generator
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterSource, GeneratedAdapters, StoredAdapter
from hypergen.storage import read_parts, write_parts
from hypergen.typology import TypologyTable
from hypergen.typology.stored import is_uriel, read_table, table_files

if TYPE_CHECKING:
    from torch import nn

PATCH = "backbone:"
_CARD = """\
# A hypergen {kind}

Method: {self.spec}, {self.layout.num_parameters:,} parameters an adapter. Backbone: {self.backbone}.
Typology: {self.typology}. Languages: {languages}.

```python
import hypergen as hg

bundle = hg.Bundle.load("…")
model = bundle.model(hg.load_backbone("{self.backbone.name}"))
output = model(adapters=[bundle.source({call})], **inputs)
```
"""


@dataclass(frozen=True)
class BackboneInfo:
    """Which backbone the weights belong to: its name or directory, and :func:`hypergen.backbones.fingerprint_of` it."""

    name: str
    fingerprint: str


@dataclass(frozen=True)
class TypologyInfo:
    """Which typology a generator reads: the feature sets (or a file's name) and the fingerprint of the table."""

    feature_sets: str
    fingerprint: str


@dataclass(frozen=True)
class GeneratorInfo:
    """How to build the generator again: its name in ``GENERATORS`` and its arguments."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Bundle:
    """What one publishes: weights with all that is needed to use them, and where they come from.

    Attributes:
        spec: The adapter method.
        layout: Its slots on the backbone.
        backbone: The backbone that the weights belong to.
        weights: Tensors by name: a generator's state, or an adapter's ``site/slot``.
        generator: How to build the generator; ``None`` for an adapter.
        typology: What the generator reads, or what an adapter was generated from; ``None`` if it was trained on text.
        table: A typology table of one's own, which the bundle carries; ``None`` where it is URIEL's.
        languages: A generator's training languages, or the one language of an adapter.
        patch: Parameters of the backbone that were trained along, by name; empty unless that was asked for.
        metrics: Numbers worth publishing, and how the weights came about (plain JSON values).
    """

    spec: AdapterSpec
    layout: Layout
    backbone: BackboneInfo
    weights: Mapping[str, torch.Tensor]
    generator: GeneratorInfo | None = None
    typology: TypologyInfo | None = None
    table: TypologyTable | None = None
    languages: tuple[str, ...] = ()
    patch: Mapping[str, torch.Tensor] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of_adapter(
        cls,
        adapter: Adapter,
        *,
        language: str,
        backbone: BackboneInfo,
        typology: TypologyInfo | None = None,
        patch: Mapping[str, torch.Tensor] | None = None,
        metrics: Mapping[str, Any] | None = None,
    ) -> Bundle:
        """The bundle of one language's adapter (without an axis of languages)."""
        weights = {f"{s.site}/{s.name}": adapter.tensors[s.site][s.name].detach() for s in adapter.layout.slots}
        parts = (adapter.spec, adapter.layout, backbone, weights, None, typology, None)
        return cls(*parts, languages=(language,), patch=patch or {}, metrics=metrics or {})

    @cached_property
    def source(self) -> AdapterSource:
        """``language -> adapter``: generated, or the one stored adapter for its language.

        Raises:
            BundleError: If the installed typology is not the one that the generator was trained with.
        """
        if self.generator is None:
            return StoredAdapter(self.adapter())
        return GeneratedAdapters(self.build_generator(), self.typology_table)

    @cached_property
    def typology_table(self) -> TypologyTable:
        """The table that the generator reads, loaded and checked."""
        if self.table is not None:
            return self.table
        if self.typology is None or not is_uriel(self.typology.feature_sets):
            raise BundleError("this bundle of an adapter carries no typology; ask the generator's bundle for it.")
        table = TypologyTable.from_uriel(self.typology.feature_sets)
        if table.fingerprint != self.typology.fingerprint:
            raise BundleError(
                f"the installed typology ({self.typology.feature_sets}, {table.fingerprint[:12]}) is not the one this "
                f"generator was trained with ({self.typology.fingerprint[:12]}); install the same version of lang2vec."
            )
        return table

    def adapter(self) -> Adapter:
        """The stored adapter."""
        if self.generator is not None:
            raise BundleError("this bundle holds a generator, not one adapter; ask bundle.source(language) for one.")
        tensors = {
            path: {slot.name: self.weights[f"{path}/{slot.name}"].float() for slot in slots}
            for path, slots in self.layout.slots_of.items()
        }
        return Adapter(self.spec, self.layout, tensors)

    def build_generator(self) -> Generator:
        """A generator with the bundle's weights, in float32 and evaluation mode."""
        if self.generator is None:
            raise BundleError("this bundle holds one adapter, not a generator; train one with 'hypergen train'.")
        with torch.random.fork_rng(devices=[]):  # the weights that are drawn here are replaced at once
            module: nn.Module = GENERATORS[self.generator.name](self.spec, self.layout, **self.generator.arguments)
        module.load_state_dict({name: tensor.float().clone() for name, tensor in self.weights.items()}, assign=True)
        return module.eval()  # type: ignore[return-value]

    def model(self, backbone: nn.Module, *layouts: Layout) -> AdaptedModel:
        """The backbone with hooks at the sites of this bundle and other layouts, and with its patch, if any (in place).

        Raises:
            BundleError: If the weights belong to another backbone.
        """
        fingerprint = fingerprint_of(backbone)
        if fingerprint != self.backbone.fingerprint:
            raise BundleError(
                f"this bundle belongs to the backbone {self.backbone.name} ({self.backbone.fingerprint}), and the one "
                f"given is {fingerprint}; load the backbone it was trained on, or train for the new one."
            )
        strangers = backbone.load_state_dict(dict(self.patch), strict=False).unexpected_keys
        if strangers:
            raise BundleError(f"the backbone has no parameter {strangers[0]} to patch; fetch the bundle again.")
        return AdaptedModel(backbone, [self.layout, *layouts])

    def save(self, directory: Path) -> None:
        """Write the bundle; the directory appears whole or not at all.

        Raises:
            BundleError: If the directory exists already.
            OSError: If it cannot be written (a full disk, a missing permission).
        """
        patch = {f"{PATCH}{name}": tensor for name, tensor in self.patch.items()}
        table = table_files(self.table) if self.table is not None else {}
        others = {"README.md": self._card().encode(), **table}
        write_parts(directory, description=self._description(), tensors={**self.weights, **patch}, others=others)

    @classmethod
    def load(cls, directory: str | Path) -> Bundle:
        """Read a bundle.

        Raises:
            BundleError: If it is missing, truncated, altered, or made by a later version of hypergen.
        """
        path = Path(directory)
        told, tensors = read_parts(path)
        try:
            return _read(told, tensors=tensors, path=path)
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise BundleError(f"{path} is damaged ({type(error).__name__}: {error}); fetch it again.") from error

    def _description(self) -> dict[str, Any]:
        method = next(name for name, kind in SPECS.items() if isinstance(self.spec, kind))
        return {
            "hypergen": hypergen.__version__,
            "method": method,
            "spec": asdict(self.spec),  # type: ignore[call-overload]
            "generator": asdict(self.generator) if self.generator else None,
            "typology": asdict(self.typology) if self.typology else None,
            "backbone": asdict(self.backbone),
            "languages": list(self.languages),
            "metrics": dict(self.metrics),
            "sites": [asdict(site) for site in self.layout.sites],
            "slots": [[slot.site, slot.name, list(slot.shape)] for slot in self.layout.slots],
        }

    def _card(self) -> str:
        kind = f"generator ({self.generator.name})" if self.generator else f"adapter for {', '.join(self.languages)}"
        languages, call = ", ".join(self.languages), '"yua"' if self.generator else ""
        return _CARD.format(self=self, kind=kind, languages=languages, call=call)


def _read(told: Mapping[str, Any], *, tensors: Mapping[str, torch.Tensor], path: Path) -> Bundle:
    """The bundle of a description and its tensors; a ``ValueError`` or ``KeyError`` says what does not fit."""
    sites = tuple(Site(**site) for site in told["sites"])
    slots = tuple(Slot(site, name, tuple(shape)) for site, name, shape in told["slots"])
    spec, layout = SPECS[told["method"]](**told["spec"]), Layout(sites, slots)
    typology = TypologyInfo(**told["typology"]) if told["typology"] else None
    generator = GeneratorInfo(**told["generator"]) if told["generator"] else None
    table = read_table(path) if generator and typology and not is_uriel(typology.feature_sets) else None
    bundle = Bundle(
        spec=spec,
        layout=layout,
        backbone=BackboneInfo(**told["backbone"]),
        weights={name: tensor for name, tensor in tensors.items() if not name.startswith(PATCH)},
        generator=generator,
        typology=typology,
        table=table,
        languages=tuple(told["languages"]),
        patch={name.removeprefix(PATCH): tensor for name, tensor in tensors.items() if name.startswith(PATCH)},
        metrics=dict(told["metrics"]),
    )
    if spec.layout(sites) != layout:
        raise ValueError("its slots are not those of its method and sites")
    if generator is not None:
        bundle.build_generator()  # its tensors are those of its description, or this says what differs
    elif {n: tuple(t.shape) for n, t in bundle.weights.items()} != {f"{s.site}/{s.name}": s.shape for s in slots}:
        raise ValueError("its tensors are not those that its description speaks of")
    if table is not None and typology is not None and table.fingerprint != typology.fingerprint:
        raise ValueError("the typology table in it is not the one that its description speaks of")
    return bundle
