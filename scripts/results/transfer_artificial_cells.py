"""One seed of tasks among artificial languages: its world, backbone and generator, and what is trained over them."""

import argparse
import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import torch
from transfer_artificial_summary import NUM_UNSEEN, SIZES
from transfer_common import FULL_LR, last_layer, row_of
from transfer_table import WHOLE

from hypergen.adapters import Adapter
from hypergen.backbones import load_backbone
from hypergen.bundle import Bundle
from hypergen.data.artificial.corpora import HELD_BACK
from hypergen.data.tasks.batches import FixedBatches
from hypergen.data.tasks.encoding import Encoder
from hypergen.data.tasks.sampling import training_batches
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import Task
from hypergen.evaluation.transfer import Majority, transfer_scores
from hypergen.heads import HEADS
from hypergen.model import AdaptedModel
from hypergen.recipes import demo_stages as stages
from hypergen.recipes.demo import DemoArgs
from hypergen.recipes.demo_stages import ROWS
from hypergen.recipes.world import BLOCK, Languages, World, choose_languages
from hypergen.sources import (
    AdapterBank,
    AdapterSource,
    AveragedAdapters,
    OneForAll,
    StoredAdapter,
    mean_weights,
    nearest_weights,
    tipa_weights,
)
from hypergen.storage import new_directory
from hypergen.task_model import TaskModel
from hypergen.training.backbone import has_fast_bfloat16
from hypergen.training.fitting import fit
from hypergen.training.tasks import TaskModule
from hypergen.typology import TypologyTable

TUNED_LR: Final = 3e-4
"""Of a generator that is tuned with a task."""
LANGUAGES_PER_BATCH: Final = 16


@dataclass(frozen=True)
class Family:
    """What a task adapter is trained over, and the methods that are scored with it, by name."""

    source: Any
    methods: Mapping[str, AdapterSource | None]
    tuned: bool = False
    """The source is tuned with the task."""
    full: bool = False
    """The whole backbone is fine-tuned, without a task adapter."""


@dataclass(frozen=True, eq=False)
class Laboratory:
    """One seed's world, backbone and generator."""

    world: World
    languages: Languages
    targets: tuple[str, ...]
    size: DemoArgs
    place: Path
    """Of backbone and generator."""
    out: Path
    given: tuple[str, ...]
    """The languages that tasks are learned in."""
    lr: float
    bank_steps: int

    @classmethod
    def of(cls, args: argparse.Namespace) -> "Laboratory":
        """As the command says; backbone and generator are trained when first needed, unless a world has them."""
        size, out = SIZES[args.size], args.out / f"seed-{args.seed}"
        world = World(TypologyTable.from_uriel(), out / "cache", args.seed)
        several = choose_languages(
            world.table, num_generator=size.generator_languages, num_unseen=2 * NUM_UNSEEN, num_oracle=1
        )
        languages = replace(several, unseen=several.unseen[:NUM_UNSEEN], oracle=several.unseen[:1])
        place = args.world or out
        if args.world and not (place / "generator").exists():
            raise SystemExit(f"{place} has no generator; give --world the directory of a finished `hypergen demo`.")
        targets = languages.unseen if args.targets == "report" else several.unseen[NUM_UNSEEN:]
        given = languages.generator[: args.sources]
        return cls(world, languages, targets, size, place, out, given, args.lr, args.bank_steps)

    @cached_property
    def bundle(self) -> Bundle:
        """The generator's."""
        if not (self.place / "generator").exists():
            stages.train_generator(self.world, self.languages, size=self.size, out=self.backbone.parent)
        return Bundle.load(self.place / "generator")

    @cached_property
    def backbone(self) -> Path:
        """The directory of the backbone."""
        directory = self.place / "backbone"
        if not directory.exists():
            torch.manual_seed(self.world.seed)
            with new_directory(directory) as beside:
                stages.train_backbone(self.world, self.languages, size=self.size, out=beside)
        return directory

    @cached_property
    def model(self) -> AdaptedModel:
        """The frozen backbone."""
        dtype = torch.bfloat16 if has_fast_bfloat16(torch.device("cpu")) else torch.float32
        return self.bundle.model(load_backbone(self.backbone, dtype=dtype))

    def family(self, name: str) -> Family:
        """The family of a name."""
        tuned = name.endswith("-tuned")
        pattern = "{}, tuned" if tuned else "{}"
        match name.removesuffix("-tuned"):
            case "none":
                return Family(None, {"none": None})
            case "full":
                return Family(None, {WHOLE: None}, full=True)
            case "full-generated":
                source = self._generator()
                return Family(source, self._by_vector(source, f"{WHOLE}, {{}}"), tuned=True, full=True)
            case "full-english":
                english = OneForAll(self._generator(), "eng")
                return Family(english, {f"{WHOLE}, english": english}, tuned=True, full=True)
            case "english":
                english = OneForAll(self._generator(), "eng")
                return Family(english, {pattern.format("english"): english}, tuned)
            case "bank":
                weights = {
                    "nearest": nearest_weights(self.world.table), "mean": mean_weights,
                    "tipa": tipa_weights(self.world.table),
                }  # fmt: skip
                averaged = {each: AveragedAdapters(self.bank, weight) for each, weight in weights.items()}
                return Family(self.bank, averaged)
            case _:
                source = self._generator()
                return Family(source, self._by_vector(source, pattern), tuned)

    def _generator(self) -> Any:
        """A copy of the source of generated adapters, which may be tuned."""
        generated: Any = self.bundle.source
        return copy.deepcopy(generated).requires_grad_(True)

    def _by_vector(self, source: Any, pattern: str) -> dict[str, AdapterSource | None]:
        """Generated adapters, and for control those of other vectors, by the names that a pattern makes of these."""
        controls = stages.controls(source, self.world, replace(self.languages, unseen=self.targets))
        others = {f"{each} vector": controls[each] for each in ("mean", "nearest", "swapped")}
        return {pattern.format(name): each for name, each in {"generated": source, **others}.items()}

    @cached_property
    def bank(self) -> AdapterBank:
        """An adapter of each language of the generator and the backbone, trained on its text."""
        path = self.out / "bank.pt"
        if not path.exists():
            tuned = stages.after_sentences(
                self.model, self.bundle.source, self.world, self.languages.trained,
                sentences=self.size.generator_sentences, steps=self.bank_steps,
            )  # fmt: skip
            beside = path.with_suffix(".partial")
            torch.save({"languages": list(tuned.languages), "vectors": tuned.vectors.detach()}, beside)
            beside.replace(path)
        saved = torch.load(path, weights_only=True)
        adapters = Adapter.from_vector(self.bundle.spec, self.bundle.layout, saved["vectors"])
        return AdapterBank(dict(zip(saved["languages"], adapters, strict=True))).requires_grad_(False)

    def scored(self, task: Task, family: Family, *, steps: int, open_names: bool = False) -> list[dict[str, Any]]:
        """Train a task adapter over a family; rows of its methods in the targets."""
        seed = self.world.seed
        model = self._whole(family.source is not None) if family.full else self.model
        backbone: Any = model.backbone
        torch.manual_seed(seed)
        encoder = Encoder(task, self.world.tokenizer, on_long="skip", max_tokens=BLOCK)
        labelled = partial(self._labelled, task=task, open_names=open_names)
        given = {code: labelled(code, count=self.size.task_sentences, start=0) for code in self.given}
        test = {code: labelled(code, count=self.size.held_back_sentences, start=HELD_BACK) for code in self.targets}
        module = TaskModule(
            model, task=task, head=HEADS[task.kind](backbone.config.hidden_size, len(task.labels)),
            adapter=None if family.full else self._adapter(),
            languages=family.source, tune_languages=family.tuned,
            leave_out=() if family.source is None else last_layer(backbone),
            lr=FULL_LR if family.full else self.lr, languages_lr=TUNED_LR if family.tuned else None, warmup_steps=20,
            seed=seed,
        )  # fmt: skip
        stream = training_batches(given, encoder=encoder, num_batches=steps, batch_size=ROWS,
                                  languages_per_batch=LANGUAGES_PER_BATCH, seed=seed)  # fmt: skip
        fit(module, stream, steps=steps, title=task.name)
        module.eval()
        batches = FixedBatches(test, encoder=encoder, batch_size=256, languages_per_batch=4)
        majority = Majority.of(sentence for several in given.values() for sentence in several)
        return [
            {"method": name, **row_of(score)}
            for name, source in family.methods.items()
            for score in transfer_scores(
                TaskModel(task, model, module.head, module.adapter, source, module.leave_out), batches,
                majority=majority,
            )
        ]  # fmt: skip

    def _adapter(self) -> StoredAdapter:
        """A new task adapter, of the language adapters' method."""
        rng = torch.Generator().manual_seed(self.world.seed)
        return StoredAdapter(self.bundle.spec.initial(self.bundle.layout, rng=rng))

    def _whole(self, with_languages: bool) -> AdaptedModel:
        """The backbone to be fine-tuned, with or without language adapters."""
        backbone = load_backbone(self.backbone)
        model = self.bundle.model(backbone) if with_languages else AdaptedModel(backbone, [])
        backbone.requires_grad_(True)
        return model

    def _labelled(self, code: str, *, task: Task, open_names: bool, count: int, start: int) -> list[Sentence]:
        """Sentences of an artificial language with what a task labels."""
        found = []
        language = replace(self.world.language(code), open_names=open_names)
        for sentence in language.sentences(count, start=start):
            words = tuple(token.form for token in sentence.tokens)
            if task.kind == "arc":
                labels = tuple(token.deprel.partition(":")[0] for token in sentence.tokens)
                found.append(Sentence(words, labels, tuple(token.head for token in sentence.tokens)))
            elif task.metric == "span_f1":
                found.append(Sentence(words, tuple(token.entity for token in sentence.tokens)))
            else:
                found.append(Sentence(words, tuple(token.upos for token in sentence.tokens)))
        return found
