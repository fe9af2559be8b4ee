"""A task bundle: task adapter, head and label set as a directory to publish, to predict in any language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

import hypergen
from hypergen.adapters import SPECS, Adapter, Layout, Site, Slot
from hypergen.backbones import fingerprint_of
from hypergen.bundle import BackboneInfo, Bundle
from hypergen.data.tasks.encoding import Encoder, OnLong
from hypergen.data.tasks.task import Task
from hypergen.errors import BundleError
from hypergen.heads import head_of
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterSource, StoredAdapter
from hypergen.storage import read_parts, write_parts
from hypergen.task_model import TaskModel

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedTokenizerBase

__all__ = ["TaskBundle"]

_OUTPUT = {"token": "linear.weight", "sequence": "linear.weight", "arc": "relation"}
"""The weights of a head with an entry for each label."""
ADAPTER, HEAD = "adapter:", "head:"
_CARD = """\
# A hypergen task adapter: {self.task.name}

- Labels: {labels}
- Trained in: {languages}
- Over: {self._over}
- Backbone: {self.backbone.name} ({self.backbone.fingerprint})

```python
import hypergen as hg

bundle = hg.TaskBundle.load("…")
model = bundle.model(hg.load_backbone("{self.backbone.name}"), languages={argument})
encoder = bundle.encoder(hg.load_tokenizer("{self.backbone.name}"))
labelled = model.label([hg.Sentence(("…",))], language="yua", encoder=encoder)
```
"""
_ADAPTERHUB = """\
---
base_model: {self.backbone.name}
license: {licence}
library_name: adapter-transformers
tags: [adapter-transformers, hypergen, task-adapter]
---

# A task adapter: {self.task.name}

- Labels: {labels}
- Trained in: {languages}
- Over: {self._over}
- Backbone: {self.backbone.name} ({self.backbone.fingerprint})
- Layers where language adapters are left out: {left_out}
- {self.task.metric} on development data of these languages: {score}

```python
{composition}from adapters import AutoAdapterModel

model = AutoAdapterModel.from_pretrained("{self.backbone.name}")
{language}task = model.load_adapter("PATH OR NAME OF THIS REPOSITORY")
model.active_adapters = {active}
```
{words}"""


@dataclass(frozen=True, eq=False)
class TaskBundle:
    """What one publishes of a task: its adapter and head, with all that is needed to use them in any language.

    Attributes:
        task: The task, with its label set.
        backbone: The backbone that the weights belong to.
        head: The head's weights by name.
        adapter: The task adapter; ``None`` if the head was trained alone.
        languages: The source languages it was trained in, ISO 639-3.
        over: Fingerprint of the language adapters it was trained over (`Bundle.fingerprint`); ``None`` without any.
        leave_out: Paths of sites where language adapters do not act.
        metrics: Numbers worth publishing, and how the weights came about (plain JSON values).
    """

    task: Task
    backbone: BackboneInfo
    head: Mapping[str, torch.Tensor]
    adapter: Adapter | None = None
    languages: tuple[str, ...] = ()
    over: str | None = None
    leave_out: tuple[str, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)

    def model(
        self, backbone: nn.Module, *, languages: Bundle | AdapterSource | None = None, any_bundle: bool = False
    ) -> TaskModel:
        """The model to predict with.

        Args:
            backbone: The backbone, which is frozen; a language bundle's patch, if it has one, is put in.
            languages: The bundle that the task was trained over; or any source, which is not compared with that.
            any_bundle: Take a bundle that the task was not trained over, too, with what it adds to the backbone.

        Raises:
            BundleError: If the weights belong to another backbone, or the bundle is another one, and may not be.
        """
        if (found := fingerprint_of(backbone)) != self.backbone.fingerprint:
            raise BundleError(
                f"this task belongs to the backbone {self.backbone.name} ({self.backbone.fingerprint}), and the one "
                f"given is {found}; load the backbone it was trained on."
            )
        layouts = [] if self.adapter is None else [self.adapter.layout]
        if isinstance(languages, Bundle):
            if (given := languages.fingerprint) != self.over and not any_bundle:
                raise BundleError(
                    f"this task was trained over {self._over}, and those given, with what they add to the backbone, "
                    f"are {given}; give the bundle it was trained over, or set any_bundle to use this one all the same."
                )
            source: AdapterSource | None = languages.source
            model = languages.model(backbone, *layouts)
        else:
            layout = getattr(getattr(languages, "generator", languages), "layout", None)
            source, model = languages, AdaptedModel(backbone, layouts if layout is None else [*layouts, layout])
        return TaskModel(
            task=self.task,
            model=model,
            head=head_of(self.task.kind, self.head),
            adapter=None if self.adapter is None else StoredAdapter(self.adapter),
            languages=source,
            leave_out=self.leave_out,
        )

    def encoder(self, tokenizer: PreTrainedTokenizerBase, *, on_long: OnLong = "stop") -> Encoder:
        """How sentences are encoded for this task."""
        return Encoder(self.task, tokenizer, on_long=on_long)

    def save(self, directory: Path) -> None:
        """Write the bundle; the directory appears whole or not at all.

        Raises:
            BundleError: If the directory exists already.
            OSError: If it cannot be written.
        """
        adapter = self.adapter
        slots = () if adapter is None else adapter.layout.slots
        tensors = {f"{HEAD}{name}": tensor.detach() for name, tensor in self.head.items()}
        if adapter is not None:
            named = {f"{slot.site}/{slot.name}": adapter.tensors[slot.site][slot.name] for slot in slots}
            tensors |= {f"{ADAPTER}{name}": tensor.detach().clone() for name, tensor in named.items()}
        told = {
            "hypergen": hypergen.__version__,
            "task": asdict(self.task),
            "backbone": asdict(self.backbone),
            "languages": list(self.languages),
            "over": self.over,
            "leave_out": list(self.leave_out),
            "metrics": dict(self.metrics),
            "method": None if adapter is None else next(n for n, k in SPECS.items() if isinstance(adapter.spec, k)),
            "spec": None if adapter is None else asdict(adapter.spec),  # type: ignore[call-overload]
            "sites": [] if adapter is None else [asdict(site) for site in adapter.layout.sites],
            "slots": [[slot.site, slot.name, list(slot.shape)] for slot in slots],
        }
        write_parts(directory, description=told, tensors=tensors, others={"README.md": self._card().encode()})

    @classmethod
    def load(cls, directory: str | Path) -> TaskBundle:
        """Read a task bundle.

        Raises:
            BundleError: If it is missing, truncated, altered, made by a later version of hypergen, or of no task.
        """
        path = Path(directory)
        told, tensors = read_parts(path)
        if "task" not in told:
            raise BundleError(f"{path} holds language adapters and no task; give a bundle of hypergen train-task.")
        try:
            return _read(told, tensors)
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise BundleError(f"{path} is damaged or of another version ({error!r}); get or make it again.") from error

    @property
    def _over(self) -> str:
        return "no language adapters" if self.over is None else f"language adapters {self.over}"

    def adapterhub_card(self, *, licence: str | None = None) -> str:
        """The model card of what is exported to AdapterHub."""
        return _ADAPTERHUB.format(
            self=self,
            labels=", ".join(self.task.labels),
            languages=", ".join(self.languages),
            licence=licence or "unknown",
            left_out=", ".join(self.leave_out) or "none",
            score=f"{self.metrics['val/score']:.3f}" if "val/score" in self.metrics else "not known",
            composition="import adapters.composition as ac\n" if self.over else "",
            language='language = model.load_adapter("PATH OR NAME OF A LANGUAGE ADAPTER")\n' if self.over else "",
            active="ac.Stack(language, task)" if self.over else "task",
            words="\nA word's label is that of its first piece.\n" if self.task.kind == "token" else "",
        )

    def _card(self) -> str:
        argument = "None" if self.over is None else 'hg.Bundle.load("…")'
        labels, languages = ", ".join(self.task.labels), ", ".join(self.languages)
        return _CARD.format(self=self, labels=labels, languages=languages, argument=argument)


def _read(told: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> TaskBundle:
    """The bundle of a description and its tensors; a ``ValueError`` or ``KeyError`` says what does not fit."""
    task = Task(**{**told["task"], "labels": tuple(told["task"]["labels"])})
    head = {name.removeprefix(HEAD): tensor for name, tensor in tensors.items() if name.startswith(HEAD)}
    head_of(task.kind, head)
    if (num_labels := len(head[_OUTPUT[task.kind]])) != len(task.labels):
        raise ValueError(f"its head has {num_labels} labels and its task {len(task.labels)}")
    adapter = None
    if told["method"] is not None:
        sites = tuple(Site(**site) for site in told["sites"])
        layout = Layout(sites, tuple(Slot(site, name, tuple(shape)) for site, name, shape in told["slots"]))
        spec = SPECS[told["method"]](**told["spec"])
        if spec.layout(sites) != layout:
            raise ValueError("its slots are not those of its method and sites")
        parts = [tensors[f"{ADAPTER}{slot.site}/{slot.name}"].reshape(-1).float() for slot in layout.slots]
        adapter = Adapter.from_vector(spec, layout, torch.cat(parts))
    return TaskBundle(
        task=task,
        backbone=BackboneInfo(**told["backbone"]),
        head=head,
        adapter=adapter,
        languages=tuple(told["languages"]),
        over=told["over"],
        leave_out=tuple(told["leave_out"]),
        metrics=dict(told["metrics"]),
    )
