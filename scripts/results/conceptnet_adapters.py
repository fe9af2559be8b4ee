"""What the experiments on ConceptNet share: one language's adapter from text or edges, stopped early, as a bundle."""

import lzma
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import lightning
import torch
from rich.console import Console

from hypergen.adapters import Adapter, BottleneckSpec
from hypergen.backbones import fingerprint_of, load_backbone, load_tokenizer, sites_of
from hypergen.bundle import BackboneInfo, Bundle
from hypergen.data.conceptnet_corpus import Selection, write_conceptnet
from hypergen.data.conceptnet_wordings import predicates
from hypergen.data.corpora import text_corpora
from hypergen.data.objectives import Objective
from hypergen.evaluation.perplexity import masked_lm_scores
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.model import AdaptedModel
from hypergen.recipes.arguments import TextArgs
from hypergen.recipes.parts import corpus_module
from hypergen.sources import StoredAdapter
from hypergen.training.fitting import fit
from hypergen.training.mlm import GeneratorModule

BACKBONE: Final = "hypergen-mini"
LANGUAGES: Final = {"uig": "uig_Arab", "bul": "bul_Cyrl", "zsm": "zsm_Latn"}
OBJECTIVES: Final[tuple[Objective, ...]] = ("mlm", "flm", "tlm-side")
VERBALISED: Final = ("bul", "zsm")
"""Languages whose edges are there as sentences only."""
PATIENCE: Final = 3
console = Console(width=120)


@dataclass(frozen=True)
class Schedule:
    """How long an adapter is trained, at most, and how often its held-back loss is looked at."""

    steps: int = 300
    check_every: int = 25
    lr: float = 1e-3


def write_text(data: Path, out: Path) -> None:
    """A sentence a line, each once, a file a language: Uyghur's made of its edges, the others' as they are."""
    if out.exists():
        return
    selection = Selection(languages={"uig_Arab": "ug"}, predicates=predicates(33), validation_share=0, test_share=0)
    if not (out.parent / "uig").exists():
        write_conceptnet(data / "conceptnet" / "assertions_uig.csv.xz", out=out.parent / "uig", selection=selection)
    beside = out.with_name(f".{out.name}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    lines = {"uig_Arab": (out.parent / "uig" / "train" / "uig_Arab.txt").read_text(encoding="utf-8").splitlines()}
    for code in VERBALISED:
        with lzma.open(data / "conceptnet" / f"verbalised_{code}_train.txt.xz", "rt", encoding="utf-8") as file:
            lines[LANGUAGES[code]] = file.read().splitlines()
    for name, several in lines.items():
        (beside / f"{name}.txt").write_text("\n".join(dict.fromkeys(several)) + "\n", encoding="utf-8")
    beside.rename(out)


def adapter_bundle(
    directory: Path, *, text: Path, name: str, objective: Objective, seed: int, schedule: Schedule, cache: Path
) -> Bundle:
    """The bundle of an adapter trained on ``text/name.txt``: the one in ``directory``, or a new one that is kept there.

    Training stops after `PATIENCE` looks without a lower loss of the objective on held-back text, and the weights of
    the lowest are kept. The bundle's metrics say how it went.

    Raises:
        SystemExit: The adapter that is there was trained otherwise.
    """
    asked = {"objective": objective, "seed": seed, "at_most": schedule.steps, "check_every": schedule.check_every}
    if directory.exists():
        bundle = Bundle.load(directory)
        if asked.items() - bundle.metrics.items():
            raise SystemExit(f"{directory} was trained with {dict(bundle.metrics)}, not {asked}; choose another --out.")
        return bundle
    backbone = load_backbone(BACKBONE)
    spec = BottleneckSpec(size=backbone.config.hidden_size // 16)
    layout = spec.layout(sites_of(backbone))
    source = StoredAdapter(spec.initial(layout, rng=torch.Generator().manual_seed(seed)))
    module = GeneratorModule(
        AdaptedModel(backbone, [layout]), source, lr=schedule.lr, warmup_steps=20, final_lr=1, seed=seed
    )
    args = TextArgs(block_size=64, batch_size=16, objectives={"text": objective}, max_validation_blocks=32)
    data = corpus_module(
        {"text": text_corpora(text, only=[name])},
        text=args,
        tokenizer=load_tokenizer(BACKBONE),
        cache_dir=cache,
        seed=seed,
    )
    best = Best(source, batches=data.val_dataloader(), every=schedule.check_every)
    steps = fit(module, data, steps=schedule.steps, title=directory.name, callbacks=[best])
    told = {"steps": steps, "best_step": best.step, "before": best.history[0], "after": min(best.history)}
    info = BackboneInfo(BACKBONE, fingerprint_of(backbone))
    language = name.partition("_")[0]
    bundle = Bundle.of_adapter(best.adapter(), language=language, backbone=info, metrics=asked | told)
    bundle.save(directory)
    return bundle


class Best(lightning.Callback):
    """Keeps the weights of the lowest held-back loss, and stops after `PATIENCE` looks without a lower one."""

    def __init__(self, source: StoredAdapter, *, batches: Any, every: int) -> None:
        super().__init__()
        self.source, self.batches, self.every = source, batches, every
        self.history: list[float] = []
        self.step, self.weights = 0, source.parameters_vector.detach().clone()

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:  # noqa: ARG002
        """The loss before anything is trained."""
        self.history.append(self.loss(pl_module))

    def on_train_batch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, *_: object) -> None:
        """Looks when it is time."""
        if trainer.global_step % self.every:
            return
        loss = self.loss(pl_module)
        if loss < min(self.history):
            self.step, self.weights = trainer.global_step, self.source.parameters_vector.detach().clone()
        self.history.append(loss)
        trainer.should_stop = is_over(self.history)

    def loss(self, module: Any) -> float:
        """The held-back loss as the weights are."""
        score = next(iter(masked_lm_scores(module.model, self.batches, adapter_of=self.source)))
        module.train()
        return score.loss

    def adapter(self) -> Adapter:
        """The adapter with the best weights."""
        return Adapter.from_vector(self.source.spec, self.source.layout, self.weights)


def is_over(losses: list[float]) -> bool:
    """Whether none of the last `PATIENCE` losses is below all before them.

    Example:
        >>> is_over([3.0, 2.0, 2.1, 2.2]), is_over([3.0, 2.0, 2.1, 2.2, 2.0])
        (False, True)
    """
    return len(losses) > PATIENCE and min(losses[-PATIENCE:]) >= min(losses[:-PATIENCE])


def once(path: Path, work: Callable[[], Mapping[str, Any]]) -> None:
    """Do the work and keep what it tells, unless it has been done."""
    if not path.exists():
        told = {**work(), "commit": commit()}
        write_json_atomically(path, told)
        console.print(path.stem, {name: value for name, value in told.items() if isinstance(value, float)})


def spread(values: list[float], *, digits: int) -> str:
    """The mean over seeds, the least and the most.

    Example:
        >>> spread([1.0, 2.0], digits=1), spread([2.0], digits=2), spread([], digits=1)
        ('1.5 [1.0, 2.0]', '2.00', '–')
    """
    if not values:
        return "–"
    apart = f" [{min(values):.{digits}f}, {max(values):.{digits}f}]" if len(values) > 1 else ""
    return f"{sum(values) / len(values):.{digits}f}{apart}"


def command_of(script: str, options: Mapping[str, Any]) -> str:
    """The command that makes a result again.

    Example:
        >>> command_of("conceptnet.py", {"data": Path("/here"), "seeds": [0, 1], "check_every": 25})
        'python scripts/results/conceptnet.py --data "$HYPERGEN_DATA" --seeds 0 1 --check-every 25'
    """
    shown = {name: " ".join(map(str, value)) if isinstance(value, list) else value for name, value in options.items()}
    told = (f"--{name.replace('_', '-')} {value}" for name, value in (shown | {"data": '"$HYPERGEN_DATA"'}).items())
    return " ".join([f"python scripts/results/{script}", *told])


def heading(told: Mapping[str, Any]) -> str:
    """How a result file opens: its title, and where its numbers come from."""
    shown = {
        name: ", ".join(f"{key} {value}" for key, value in told[name].items()) for name in ("hardware", "versions")
    }
    seeds, commits = (", ".join(map(str, told[name])) for name in ("seeds", "commits"))
    return (
        f"# {told['title']}\n\n- Command: `{told['command']}`\n- Date: {told['date']}\n"
        f"- Seeds: {seeds}\n- Commits of the runs: {commits}\n"
        f"- Hardware: {shown['hardware']}\n- Versions: {shown['versions']}"
    )


def commit() -> str:
    """The commit that runs, as a result file names it."""
    versions: Any = provenance(seeds=(), command="")["versions"]
    return str(versions["git"])


def commits_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The commits of runs, each once."""
    return sorted({row.get("commit", "unknown") for row in rows})


def write_table(path: Path, text: str) -> None:
    """Write a table so that a reader finds the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
