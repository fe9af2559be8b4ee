"""A bundle: a generator or an adapter as a directory to publish, JSON and safetensors, nothing that executes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

import hypergen
from hypergen.adapters import SPECS, Adapter, AdapterSpec, Layout
from hypergen.adapters.plain import plain
from hypergen.backbones import fingerprint_of
from hypergen.bundle_parts import all_tensors, fields_of, weights_fingerprint
from hypergen.description import BackboneInfo, GeneratorInfo, TypologyInfo, card_of, named
from hypergen.errors import BundleError
from hypergen.generators import GENERATORS, build
from hypergen.generators.madg import Generator
from hypergen.model import AdaptedModel
from hypergen.shipped import located
from hypergen.sources import AdapterSource, GeneratedAdapters, StoredAdapter
from hypergen.storage import read_parts, write_parts
from hypergen.typology import TypologyTable
from hypergen.typology.stored import is_uriel, table_files
from hypergen.vocabulary import Vocabulary, extend_backbone, extended_tokenizer

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedTokenizerBase

__all__ = ["BackboneInfo", "Bundle", "GeneratorInfo", "TypologyInfo"]


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
        vocabulary: Pieces that the backbone's vocabulary lacks, with their rows; ``None`` where it is enough.
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
    vocabulary: Vocabulary | None = None
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
        vocabulary: Vocabulary | None = None,
        metrics: Mapping[str, Any] | None = None,
    ) -> Bundle:
        """The bundle of one language's adapter.

        Raises:
            BundleError: If the adapter has an axis of languages.
        """
        if adapter.num_languages is not None:
            raise BundleError(
                f"the adapter for {language} has an axis of {adapter.num_languages} languages, and a bundle holds one; "
                "give adapter[0], or another of them."
            )
        return cls(
            spec=adapter.spec,
            layout=adapter.layout,
            backbone=backbone,
            weights={f"{s.site}/{s.name}": adapter.tensors[s.site][s.name].detach() for s in adapter.layout.slots},
            typology=typology,
            languages=(language,),
            patch=patch or {},
            vocabulary=vocabulary,
            metrics=metrics or {},
        )

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
        """A generator with the bundle's weights, in float32 and evaluation mode.

        Raises:
            BundleError: If the bundle holds an adapter, or a generator that is not known here.
        """
        if self.generator is None:
            raise BundleError("this bundle holds one adapter, not a generator; train one with 'hypergen train'.")
        kind = named(self.generator.name, GENERATORS, what="generator")
        with torch.random.fork_rng(devices=[]):  # the weights that are drawn here are replaced at once
            module: nn.Module = build(kind, self.spec, self.layout, arguments=self.generator.arguments)
        module.load_state_dict({name: tensor.float().clone() for name, tensor in self.weights.items()}, assign=True)
        return module.eval()  # type: ignore[return-value]

    def model(self, backbone: nn.Module, *layouts: Layout) -> AdaptedModel:
        """The backbone with hooks at the sites of this bundle and other layouts; its patch and pieces go in (in place).

        Raises:
            BundleError: If the weights belong to another backbone.
        """
        fingerprint = fingerprint_of(backbone)
        if fingerprint != self.backbone.fingerprint:
            raise BundleError(
                f"this bundle belongs to the backbone {self.backbone.name} ({self.backbone.fingerprint}), and the one "
                f"given is {fingerprint}; load the backbone it was trained on, or train for the new one."
            )
        if strangers := sorted(self.patch.keys() - backbone.state_dict().keys()):
            raise BundleError(f"the backbone has no parameter {strangers[0]} to patch; fetch the bundle again.")
        backbone.load_state_dict(dict(self.patch), strict=False)
        if self.vocabulary is not None:
            extend_backbone(backbone, self.vocabulary)
        return AdaptedModel(backbone, [self.layout, *layouts])

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that tell what it computes from what other bundles do."""
        return weights_fingerprint(self.weights, patch=self.patch, vocabulary=self.vocabulary)

    def tokenizer(self, tokenizer: PreTrainedTokenizerBase) -> PreTrainedTokenizerBase:
        """The backbone's tokenizer with the bundle's pieces, if it has any of its own."""
        return tokenizer if self.vocabulary is None else extended_tokenizer(tokenizer, self.vocabulary.pieces)

    def save(self, directory: str | Path) -> None:
        """Write the bundle; the directory appears whole or not at all.

        Raises:
            BundleError: If the directory exists already, or the adapter method has no name to be written.
            OSError: If it cannot be written (a full disk, a missing permission).
        """
        told = self._description()
        table = table_files(self.table) if self.table is not None else {}
        tensors = all_tensors(self.weights, patch=self.patch, vocabulary=self.vocabulary)
        others = {"README.md": card_of(told).encode(), **table}
        write_parts(Path(directory), description=told, tensors=tensors, others=others)

    @classmethod
    def load(cls, name: str | Path) -> Bundle:
        """Read a bundle.

        Args:
            name: A directory that hypergen wrote, or ``generator-mini``: the generator that comes with hypergen, for
                the backbone ``hypergen-mini``.

        Raises:
            BundleError: If it is missing, truncated, altered, made by a later version of hypergen, or of a task.
        """
        path = Path(located(name))
        told, tensors = read_parts(path)
        if "task" in told:
            raise BundleError(
                f"{path} holds a task and no language adapters; give the bundle of 'hypergen train' or 'generate'."
            )
        try:
            return _checked(cls(**fields_of(told, tensors=tensors, path=path)))
        except BundleError as error:
            raise BundleError(f"{path} cannot be read: {error}") from error
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise BundleError(f"{path} is damaged or of another version ({error!r}); get or make it again.") from error

    def _description(self) -> dict[str, Any]:
        """The bundle but for its tensors, as plain values; :func:`fields_of` is the inverse."""
        return {
            "hypergen": hypergen.__version__,
            **plain(self.spec, methods=SPECS),
            "generator": asdict(self.generator) if self.generator else None,
            "typology": asdict(self.typology) if self.typology else None,
            "backbone": asdict(self.backbone),
            "languages": list(self.languages),
            "metrics": dict(self.metrics),
            "vocabulary": list(self.vocabulary.pieces) if self.vocabulary else None,
            "sites": [asdict(site) for site in self.layout.sites],
            "slots": [[slot.site, slot.name, list(slot.shape)] for slot in self.layout.slots],
        }


def _checked(bundle: Bundle) -> Bundle:
    """The bundle, if its parts fit each other.

    Raises:
        BundleError: If its generator is not known here.
        ValueError, RuntimeError: If anything else in it does not fit; they say what.
    """
    slots = bundle.layout.slots
    if bundle.spec.layout(bundle.layout.sites) != bundle.layout:
        raise ValueError("its slots are not those of its method and sites")
    if bundle.generator is not None:
        bundle.build_generator()  # its tensors are those of its description, or this says what differs
    elif {n: tuple(t.shape) for n, t in bundle.weights.items()} != {f"{s.site}/{s.name}": s.shape for s in slots}:
        raise ValueError("its tensors are not those that its description speaks of")
    table, typology = bundle.table, bundle.typology
    if table is not None and typology is not None and table.fingerprint != typology.fingerprint:
        raise ValueError("the typology table in it is not the one that its description speaks of")
    return bundle
