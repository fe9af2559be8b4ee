"""A bundle: a generator or an adapter as a directory to publish, JSON and safetensors, nothing that executes."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

import hypergen
from hypergen.backbones import fingerprint_of
from hypergen.adapters import SPECS, Adapter, AdapterSpec, Layout, Site, Slot
from hypergen.errors import BundleError
from hypergen.generators import GENERATORS
from hypergen.generators.madg import Generator
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterSource, GeneratedAdapters, StoredAdapter
from hypergen.typology import TypologyTable

if TYPE_CHECKING:
    from torch import nn

FORMAT = 1
DESCRIPTION, WEIGHTS, CARD = "bundle.json", "weights.safetensors", "README.md"
PATCH = "backbone:"


@dataclass(frozen=True)
class BackboneInfo:
    """Which backbone the weights belong to: its name or directory, and :func:`hypergen.backbones.fingerprint_of` it."""

    name: str
    fingerprint: str


@dataclass(frozen=True)
class TypologyInfo:
    """Which typology a generator reads: the feature sets and the fingerprint of the table."""

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
        typology: What the generator reads, or what an adapter was generated from; ``None`` for one trained from text only.
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
        metrics: Mapping[str, Any] | None = None,
    ) -> Bundle:
        """The bundle of one language's adapter (without an axis of languages)."""
        weights = {
            f"{slot.site}/{slot.name}": adapter.tensors[slot.site][slot.name].detach() for slot in adapter.layout.slots
        }
        parts = (adapter.spec, adapter.layout, backbone, weights, None, typology)
        return cls(*parts, languages=(language,), metrics=metrics or {})

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
        if self.typology is None:
            raise BundleError("this bundle holds an adapter trained from text only; it reads no typology.")
        table = TypologyTable.from_uriel(self.typology.feature_sets)
        if table.fingerprint != self.typology.fingerprint:
            raise BundleError(
                f"the installed typology ({self.typology.feature_sets}, {table.fingerprint[:12]}) is not the one this "
                f"generator was trained with ({self.typology.fingerprint[:12]}); install the same version of lang2vec."
            )
        return table

    def adapter(self) -> Adapter:
        """The stored adapter.

        Raises:
            BundleError: If the bundle holds a generator.
        """
        if self.generator is not None:
            raise BundleError("this bundle holds a generator, not one adapter; ask bundle.source(language) for one.")
        tensors = {
            path: {slot.name: self.weights[f"{path}/{slot.name}"].float() for slot in slots}
            for path, slots in self.layout.slots_of.items()
        }
        return Adapter(self.spec, self.layout, tensors)

    def build_generator(self) -> Generator:
        """The generator with the bundle's weights, in float32 and evaluation mode."""
        if self.generator is None:
            raise BundleError("this bundle holds one adapter, not a generator; train one with 'hypergen train'.")
        module: nn.Module = GENERATORS[self.generator.name](self.spec, self.layout, **self.generator.arguments)
        module.load_state_dict({name: tensor.float() for name, tensor in self.weights.items()})
        return module.eval()  # type: ignore[return-value]

    def model(self, backbone: nn.Module) -> AdaptedModel:
        """The backbone with hooks at this bundle's sites, and with the patch if it has one (in place).

        Raises:
            BundleError: If the weights belong to another backbone.
        """
        fingerprint = fingerprint_of(backbone)
        if fingerprint != self.backbone.fingerprint:
            raise BundleError(
                f"this bundle belongs to the backbone {self.backbone.name} ({self.backbone.fingerprint}), and the one "
                f"given is {fingerprint}; load the backbone it was trained on, or train for the new one."
            )
        backbone.load_state_dict(dict(self.patch), strict=False)
        return AdaptedModel(backbone, [self.layout])

    def save(self, directory: Path) -> None:
        """Write the bundle; the directory appears whole or not at all.

        Raises:
            BundleError: If the directory exists already.
            OSError: If it cannot be written (a full disk, a missing permission).
        """
        if directory.exists():
            raise BundleError(f"{directory} exists already; choose another directory or remove it first.")
        directory.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=directory.parent, prefix=f".{directory.name}-"))
        try:
            patch = {f"{PATCH}{name}": tensor for name, tensor in self.patch.items()}
            save_file({n: t.contiguous() for n, t in {**self.weights, **patch}.items()}, beside / WEIGHTS)
            (beside / DESCRIPTION).write_text(
                json.dumps(self._description(beside / WEIGHTS), indent=1), encoding="utf-8"
            )
            (beside / CARD).write_text(self._card(), encoding="utf-8")
            beside.chmod(0o755)
            beside.rename(directory)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise

    @classmethod
    def load(cls, directory: str | Path) -> Bundle:
        """Read a bundle.

        Raises:
            BundleError: If it is missing, truncated, altered, or made by a later version of hypergen.
        """
        path = Path(directory)
        if not (path / DESCRIPTION).is_file():
            raise BundleError(f"{path} is no bundle: it has no {DESCRIPTION}; give a directory that hypergen wrote.")
        try:
            told = json.loads((path / DESCRIPTION).read_text(encoding="utf-8"))
            if told["format"] > FORMAT:
                raise BundleError(
                    f"{path} has format {told['format']}, and this hypergen reads {FORMAT}; update hypergen."
                )
            digest = hashlib.sha256((path / WEIGHTS).read_bytes()).hexdigest()
            if digest != told["weights_sha256"]:
                raise BundleError(
                    f"{path / WEIGHTS} is truncated or altered (its checksum differs); fetch the bundle again."
                )
            sites = tuple(Site(**site) for site in told["sites"])
            slots = tuple(Slot(site, name, tuple(shape)) for site, name, shape in told["slots"])
            tensors = load_file(path / WEIGHTS)
            return cls(
                spec=SPECS[told["method"]](**told["spec"]),
                layout=Layout(sites, slots),
                backbone=BackboneInfo(**told["backbone"]),
                weights={name: tensor for name, tensor in tensors.items() if not name.startswith(PATCH)},
                generator=GeneratorInfo(**told["generator"]) if told["generator"] else None,
                typology=TypologyInfo(**told["typology"]) if told["typology"] else None,
                languages=tuple(told["languages"]),
                patch={n.removeprefix(PATCH): t for n, t in tensors.items() if n.startswith(PATCH)},
                metrics=told["metrics"],
            )
        except (KeyError, TypeError, ValueError, SafetensorError, FileNotFoundError) as error:
            if isinstance(error, BundleError):
                raise
            raise BundleError(
                f"{path} is damaged ({type(error).__name__}: {error}); fetch the bundle again."
            ) from error

    def _description(self, weights: Path) -> dict[str, Any]:
        method = next(name for name, kind in SPECS.items() if isinstance(self.spec, kind))
        return {
            "format": FORMAT,
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
            "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        }

    def _card(self) -> str:
        kind = f"generator ({self.generator.name})" if self.generator else f"adapter for {', '.join(self.languages)}"
        use = '"yua"' if self.generator else ""
        return (
            f"# A hypergen {kind}\n\nMethod: {type(self.spec).__name__}, {self.layout.num_parameters:,} parameters an adapter.\n"
            f"Backbone: `{self.backbone.name}` ({self.backbone.fingerprint}).\n"
            f"Typology: {self.typology.feature_sets if self.typology else 'none'}.\n"
            f"Languages: {', '.join(self.languages)}.\n\n```python\nimport hypergen as hg\n\n"
            f'bundle = hg.Bundle.load("…")\nmodel = bundle.model(hg.load_backbone("{self.backbone.name}"))\n'
            f"output = model(adapters=[bundle.source({use})], **inputs)\n```\n"
        )
