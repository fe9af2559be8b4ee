"""One cell of the transfer of tasks: a task adapter over one kind of language adapters, and its scores."""

import hashlib
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import torch
from transfer_bank import spec_of
from transfer_common import FULL_LR, last_layer, row_of
from transfer_plan import Cell, Plan, Size, language_of

from hypergen.adapters import Adapter
from hypergen.backbones import load_backbone, load_tokenizer, sites_of
from hypergen.bundle import Bundle
from hypergen.comparison.cells import fingerprint
from hypergen.data.tasks.batches import FixedBatches, loader_of
from hypergen.data.tasks.encoding import Encoder
from hypergen.data.tasks.sampling import TaskSampler, stream_of
from hypergen.evaluation.transfer import Majority, transfer_scores
from hypergen.model import AdaptedModel
from hypergen.recipes.arguments import LabelledArgs, TaskOptimizerArgs
from hypergen.recipes.labelled import sentences_of, task_of, training_and_development
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
from hypergen.task_model import TaskModel
from hypergen.training.tasks import TaskModule
from hypergen.training.trainer import task_trainer_of

MAX_TOKENS: Final = 128


class Laboratory:
    """All that the cells of a task have in common, loaded once.

    Args:
        plan: The task's languages.
        data: The directory of its sentences.
        backbone: Its name.
        bundle: The generator's bundle.
        mad_g: That of MAD-G as published; it may be missing until a cell needs it.
        bank: OUT of `train_bank`, with ``bank.pt``; and that of a few sentences, if there is one.
        size: How much is trained and scored.
        work: Where cells keep their checkpoints while they are trained.
    """

    def __init__(
        self, plan: Plan, *, data: Path, backbone: str, bundle: str, mad_g: str, bank: Path, few: Path, size: Size,
        work: Path,
    ) -> None:  # fmt: skip
        self.plan, self.size, self.work, self.backbone_name = plan, size, work, backbone
        self.labelled = LabelledArgs(
            directory=data, leave_out_types=list(plan.leave_out_types), on_long="skip", max_tokens=MAX_TOKENS
        )
        self.task = task_of(plan.task, labelled=self.labelled)
        self.encoder = Encoder(self.task, load_tokenizer(backbone), max_tokens=MAX_TOKENS, on_long="skip")
        self.backbone = load_backbone(backbone, dtype=torch.bfloat16)
        self.generator, self.mad_g_name = Bundle.load(bundle), mad_g
        self.spec = spec_of(self.backbone)
        self.layout = self.spec.layout(sites_of(self.backbone))
        self.leave_out = last_layer(self.backbone)
        self.model = self.generator.model(self.backbone, self.layout)
        self.bank = self._bank(bank)
        self.few = self._bank(few)

    def options(self, cell: Cell) -> dict[str, Any]:
        """What else decides a cell's scores: sizes, and the weights that its language adapters come from."""
        told = {**asdict(self.size), "backbone": self.backbone_name, "lr": self._rate(cell)}
        if cell.family not in ("none", "full"):
            told["leave_out"] = list(self.leave_out)
        if cell.family in ("english", "generated", "supervised"):
            told["generator"] = self.generator.fingerprint
        if cell.family == "mad-g":
            told["generator"] = self.mad_g.fingerprint
        if cell.family == "bank":
            told["bank"] = _digest(self._bank_or_none())
        if cell.family == "generated":
            told["few"] = None if self.few is None else _digest(self.few)
        return told

    def _bank(self, directory: Path) -> AdapterBank | None:
        if not (directory / "bank.pt").exists():
            return None
        saved = torch.load(directory / "bank.pt", weights_only=True)
        adapters = Adapter.from_vector(self.generator.spec, self.generator.layout, saved["vectors"])
        return AdapterBank(dict(zip(saved["languages"], adapters, strict=True))).requires_grad_(False)

    def _rate(self, cell: Cell) -> float:
        return FULL_LR if cell.family == "full" else self.plan.lr

    @cached_property
    def targets(self) -> FixedBatches:
        """The targets' test sentences."""
        return self._batches(list(self.plan.targets), split="test", count=self.size.test_sentences, together=4)

    def _batches(self, names: list[str], *, split: Any, count: int, together: int = 1) -> FixedBatches:
        found = sentences_of(self._of(names), task=self.task, split=split)
        return FixedBatches(found, encoder=self.encoder, languages_per_batch=together, max_sentences=count)

    def _of(self, names: Sequence[str]) -> LabelledArgs:
        return replace(self.labelled, languages=list(names))

    def methods(self, cell: Cell) -> dict[str, AdapterSource | None]:
        """The language adapters that a cell's task adapter is scored over, by the method's name; its own come first."""
        match cell.family:
            case "none":
                return {"none": None}
            case "full":
                return {"full fine-tuning": None}
            case "english":
                return {"english": self._english}
            case "mad-g":
                return {"mad-g": self.mad_g.source}
            case "supervised":
                return {"supervised": self.generator.source}
            case "generated":
                english = {"english": self._english} if len(cell.sources) == 1 else {}
                few = {"generated + few sentences": self.few} if self.few else {}
                return {"generated": self.generator.source, **english, **few}
            case "bank":
                bank, table = self._bank_or_none(), self.generator.typology_table
                trained = self._others(bank)
                weights = {"nearest": nearest_weights(table), "mean": mean_weights, "tipa": tipa_weights(table)}
                averaged = {name: AveragedAdapters(trained, weight) for name, weight in weights.items()}
                return {"mad-x": bank, **averaged}

    @cached_property
    def mad_g(self) -> Bundle:
        """MAD-G as published."""
        return Bundle.load(self.mad_g_name)

    def _bank_or_none(self) -> AdapterBank:
        if self.bank is None:
            raise SystemExit("there is no bank of MAD-X adapters yet; run the stage 'bank' first.")
        return self.bank

    def _others(self, bank: AdapterBank) -> AdapterBank:
        """The bank's adapters of the generator's languages without the targets: what has not seen a target's text."""
        targets = {language_of(name) for name in self.plan.targets}
        kept = [each for each in bank.languages if each in self.generator.languages and each not in targets]
        return AdapterBank(dict(zip(kept, bank(kept), strict=True))).requires_grad_(False)

    @property
    def _english(self) -> AdapterSource:
        """The generator's adapter of English, whatever the language: the paper's MAD-G-en."""
        source: Any = self.generator.source
        return OneForAll(source, "eng")

    def run(self, cell: Cell) -> dict[str, Any]:
        """Train a cell and score it: what its file says."""
        began = time.monotonic()
        training, development, removed = self._read(cell.sources, cell.keep_overlaps)
        methods = self.methods(cell)
        module, log = self._trained(cell, training, development, languages=next(iter(methods.values())))
        majority = Majority.of(sentence for several in training.values() for sentence in several)
        trained_seconds = time.monotonic() - began
        if cell.family == "supervised":
            batches = self._batches(list(cell.sources), split="test", count=self.size.test_sentences)
        else:
            batches = self.targets
        rows = [
            {"method": name, **row}
            for name, source in methods.items()
            for row in self._scored(module, source, batches, majority=majority)
        ]
        seconds = {
            "training": round(trained_seconds, 1),
            "scoring": round(time.monotonic() - began - trained_seconds, 1),
        }
        told = {"family": cell.family, "sources": list(cell.sources), "seed": cell.seed, "removed": removed}
        return told | {"keep_overlaps": cell.keep_overlaps, **log, "seconds": seconds, "rows": rows}

    @cache  # noqa: B019 (there is one laboratory a process)
    def _read(self, sources: tuple[str, ...], keep_overlaps: bool) -> tuple[Any, Any, int]:
        """Training and development data, read once for all families."""
        return training_and_development(self._of(sources), task=self.task, keep_overlaps=keep_overlaps)

    def _trained(
        self, cell: Cell, training: Any, development: Any, *, languages: Any
    ) -> tuple[TaskModule, dict[str, Any]]:
        """A trained module with its best weights on development data of the source languages."""
        torch.manual_seed(cell.seed)
        options = TaskOptimizerArgs(patience=self.size.patience, lr=self._rate(cell))
        full = cell.family == "full"
        rng = torch.Generator().manual_seed(cell.seed)
        module = TaskModule(
            AdaptedModel(load_backbone(self.backbone_name), []) if full else self.model,
            task=self.task,
            adapter=None if full else StoredAdapter(self.spec.initial(self.layout, rng=rng)),
            languages=languages,
            leave_out=() if languages is None else self.leave_out,
            lr=options.lr,
            warmup_steps=options.warmup_steps,
            seed=cell.seed,
        )
        if full:
            module.model.backbone.requires_grad_(True)
        sampler = TaskSampler(
            training, encoder=self.encoder, num_batches=self.size.steps, batch_size=options.batch_size,
            max_sentences=self.size.sentences, window=16, seed=cell.seed,
        )  # fmt: skip
        each = self.size.dev_sentences // len(cell.sources)
        checked = FixedBatches(development, encoder=self.encoder, max_sentences=each)
        out = self.work / f"{cell.name}-{fingerprint(self.options(cell))}"  # never on from a cell of other options
        trainer = task_trainer_of({
            "out": out, "steps": self.size.steps, "check_every": self.size.check_every, "accelerator": "cpu",
            "optimizer": {"patience": options.patience, "max_grad_norm": options.max_grad_norm},
        })  # fmt: skip
        last = out / "checkpoints" / "last.ckpt"
        start = str(last) if last.exists() else None
        trainer.fit(module, stream_of(sampler), loader_of(checked), ckpt_path=start, weights_only=True)
        best: Any = trainer.checkpoint_callback
        module.load_state_dict(torch.load(best.best_model_path, weights_only=True)["state_dict"], strict=False)
        shutil.rmtree(out)
        dev = None if best.best_model_score is None else round(float(best.best_model_score), 4)
        return module, {"steps": trainer.global_step, "development": dev, "sentences": sampler.sizes}

    def _scored(
        self, module: TaskModule, source: Any, batches: FixedBatches, *, majority: Majority
    ) -> Iterator[dict[str, Any]]:
        """The scores of one method in each target that it has an adapter of."""
        model = TaskModel(self.task, module.model, module.head, module.adapter, source, module.leave_out)
        stored = source.languages if isinstance(source, AdapterBank) else batches.sizes.keys()
        there = {language: several for language, several in batches.sentences.items() if language in stored}
        kept = FixedBatches(there, encoder=self.encoder, languages_per_batch=4)
        for score in transfer_scores(model, kept, majority=majority):
            yield row_of(score)


def _digest(bank: AdapterBank) -> str:
    """Twelve hexadecimal digits of a bank's weights."""
    return hashlib.sha256(bank.vectors.detach().numpy().tobytes()).hexdigest()[:12]
