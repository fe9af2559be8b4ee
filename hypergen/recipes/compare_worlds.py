"""What `hypergen compare` compares on: benches of artificial languages, or of a directory of text."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from hypergen.errors import HypergenError
from hypergen.recipes.arguments import GeneratorArgs
from hypergen.recipes.compare_arguments import ArtificialArgs, ComparedTextArgs

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from hypergen.adapters.core import AdapterSpec, Layout
    from hypergen.comparison.arguments import FitArgs
    from hypergen.comparison.bench import Bench, GeneratorRecipe
    from hypergen.sources import Typology
    from hypergen.typology import TypologyTable

SPECS: Final = ("seq_bn", "seq_bn_inv", "lora", "seq_bn_but_last")
"""The names of adapter methods."""
LAYERS: Final = 3
"""Of the backbone of artificial languages."""

__all__ = ["SPECS", "Common", "Worlds", "artificial_worlds", "text_worlds"]


@dataclass(frozen=True)
class Worlds:
    """Where the benches of all seeds come from."""

    bench_of: Callable[[int], Bench]
    prepare: Callable[[int], None]
    """Makes what a seed's bench needs before anything is run on it: a backbone."""
    shape: Callable[[], PreTrainedModel]
    """A backbone of the same size, whatever its weights, to see how fast it is."""
    pretraining: Callable[[int], int]
    """Tokens that this makes it train on."""
    title: str
    left_out: Sequence[str] = field(default_factory=list)
    """Sentences about languages that cannot take part."""


@dataclass(frozen=True)
class Common:
    """What benches have in common, whatever their text."""

    generators: Mapping[str, GeneratorArgs]
    reduction: int
    rank: int
    fit: FitArgs
    accelerator: str
    precision: Literal["auto", "float32", "bfloat16"]
    cache_dir: Path

    def parts(self, *, hidden_size: int, num_layers: int, table: TypologyTable) -> dict[str, Any]:
        """Those arguments of a bench that say what is compared."""
        return {
            "specs": specs_of(hidden_size, reduction=self.reduction, rank=self.rank),
            "leave_out": {"seq_bn_but_last": (num_layers - 1,)},
            "generators": {name: recipe_of(args) for name, args in self.generators.items()},
            "fit": self.fit,
            "accelerator": self.accelerator,
            "dtype": self._dtype(),
            "cache_dir": self.cache_dir,
            "table": table,
        }

    def _dtype(self) -> torch.dtype:
        import torch

        from hypergen.comparison.bench import device_of
        from hypergen.training.backbone import has_fast_bfloat16

        if self.precision != "auto":
            return torch.bfloat16 if self.precision == "bfloat16" else torch.float32
        fast = has_fast_bfloat16(device_of(self.accelerator))
        return torch.bfloat16 if fast else torch.float32


def artificial_worlds(args: ArtificialArgs, *, common: Common, out: Path) -> Worlds:
    """Benches of artificial languages, the same languages for every seed."""
    from hypergen.backbones import load_backbone
    from hypergen.comparison.bench import Bench
    from hypergen.comparison.cells import fingerprint, versions
    from hypergen.evaluation.groups import Splits
    from hypergen.recipes.compare_texts import ArtificialTexts
    from hypergen.recipes.demo import DemoArgs
    from hypergen.recipes.demo_stages import ROWS, train_backbone
    from hypergen.recipes.world import BLOCK, World, choose_languages
    from hypergen.training.backbone import small_bert
    from hypergen.typology import TypologyTable

    table = TypologyTable.from_uriel()
    wanted = args.report_languages + args.development_languages
    chosen = choose_languages(table, num_generator=args.generator_languages, num_unseen=wanted, num_oracle=0)
    report, development = chosen.unseen[: args.report_languages], chosen.unseen[args.report_languages :]
    size = DemoArgs(
        backbone_steps=args.backbone_steps, backbone_sentences=args.backbone_sentences, hidden_size=args.hidden_size,
        held_back_sentences=args.held_back_sentences,
    )  # fmt: skip

    def world(seed: int) -> World:
        return World(table, common.cache_dir, seed)

    def identity(seed: int) -> str:
        text = [world(seed).language(code).fingerprint for code in chosen.backbone]
        return fingerprint({**versions(), "text": text, "seed": seed, "steps": size.backbone_steps,
                            "sentences": size.backbone_sentences, "hidden_size": size.hidden_size})  # fmt: skip

    def directory(seed: int) -> Path:
        return out / "backbones" / identity(seed)

    def prepare(seed: int) -> None:
        if not directory(seed).exists():
            beside = directory(seed).with_suffix(f".{os.getpid()}")
            try:
                train_backbone(world(seed), chosen, size=size, out=beside)
                if not directory(seed).exists():  # another process may have been faster
                    beside.rename(directory(seed))
            finally:
                shutil.rmtree(beside, ignore_errors=True)

    def bench_of(seed: int) -> Bench:
        return Bench(
            seed=seed, load=lambda dtype: load_backbone(directory(seed), dtype=dtype), backbone=identity(seed),
            texts=ArtificialTexts(world(seed), sentences=args.sentences, held_back_sentences=args.held_back_sentences,
                                  trained=frozenset(chosen.trained), trained_sentences=args.trained_sentences),
            languages=Splits(chosen.backbone, chosen.generator, development=development, report=report),
            seen=(*chosen.generator[: args.seen_languages], *chosen.backbone[: args.seen_languages]),
            **common.parts(hidden_size=args.hidden_size, num_layers=LAYERS, table=table),
        )  # fmt: skip

    def shape() -> PreTrainedModel:
        return small_bert(len(world(0).tokenizer), hidden_size=args.hidden_size, num_layers=LAYERS, num_positions=BLOCK,
                          head_size=32, seed=0)  # fmt: skip

    def pretraining(seed: int) -> int:
        return 0 if directory(seed).exists() else args.backbone_steps * ROWS * BLOCK

    return Worlds(_once(bench_of), prepare, shape, pretraining, "Artificial languages made from URIEL")


def text_worlds(args: ComparedTextArgs, *, common: Common) -> Worlds:
    """Benches of the same backbone and languages for every seed."""
    from hypergen.backbones import fingerprint_of, load_backbone, load_tokenizer
    from hypergen.comparison.arguments import LESSONS
    from hypergen.comparison.bench import Bench
    from hypergen.evaluation.groups import Splits, read_splits
    from hypergen.recipes.compare_texts import DirectoryTexts, stop_without
    from hypergen.typology import TypologyTable

    table, splits = TypologyTable.from_uriel(args.feature_sets), read_splits(args.splits)
    own = [lesson.directory for lesson in args.lessons.values()]
    for path in (args.train, args.target, *args.held_back.values(), *own):
        if path is not None and not path.is_dir():
            raise HypergenError(f"there is no directory {path} of text; prepare it first, or name another.")
    lessons = {**LESSONS, **args.lessons}
    backbone = load_backbone(args.backbone)
    texts = partial(
        DirectoryTexts, train=args.train, target=args.target, domains=args.held_back, splits=splits,
        tokenizer=load_tokenizer(args.backbone), cache_dir=common.cache_dir, block_size=args.block_size,
        max_blocks=args.max_blocks,
    )  # fmt: skip
    first = texts(seed=0)
    able, left_out = first.able(table)
    most = {"development": args.development_languages, "report": args.report_languages}
    kept = Splits(
        **{name: tuple(c for c in getattr(splits, name) if c in able[name])[: most.get(name)] for name in able}
    )
    stop_without(kept)
    identity = fingerprint_of(backbone)

    def bench_of(seed: int) -> Bench:
        scored = [
            code for part in (kept.generator, kept.backbone) for code in first.scorable(part)[: args.seen_languages]
        ]
        return Bench(
            seed=seed, load=lambda dtype: load_backbone(args.backbone, dtype=dtype), backbone=identity,
            texts=first.with_seed(seed), languages=kept, seen=tuple(scored), lessons=lessons,
            **common.parts(hidden_size=backbone.config.hidden_size, num_layers=backbone.config.num_hidden_layers,
                           table=table),
        )  # fmt: skip

    return Worlds(
        _once(bench_of),
        lambda _seed: None,
        lambda: backbone,
        lambda _seed: 0,
        f"{Path(args.backbone).name} on text",
        left_out,
    )


def specs_of(hidden_size: int, *, reduction: int, rank: int) -> dict[str, AdapterSpec]:
    """The adapter methods by name.

    Raises:
        HypergenError: If the reduction leaves no unit of the bottleneck.
    """
    from hypergen.adapters import BottleneckSpec, ChainSpec, InvertibleSpec, LoraSpec

    if not 1 <= reduction <= hidden_size:
        raise HypergenError(f"reduction is {reduction}; expected 1 to {hidden_size}, the backbone's hidden size.")
    bottleneck = BottleneckSpec(size=hidden_size // reduction)
    return {
        "seq_bn": bottleneck,
        "seq_bn_inv": ChainSpec((InvertibleSpec(size=hidden_size // 4), bottleneck)),
        "lora": LoraSpec(rank=rank, alpha=float(rank)),
        "seq_bn_but_last": bottleneck,
    }


def recipe_of(args: GeneratorArgs) -> GeneratorRecipe:
    """How a generator is made, and of which typology."""
    from hypergen.comparison.bench import GeneratorRecipe
    from hypergen.recipes.generators import generator_of
    from hypergen.recipes.parts import table_of
    from hypergen.sources import GeneratedAdapters

    table = table_of(args)

    def source(spec: AdapterSpec, layout: Layout, typology: Typology, languages: Sequence[str]) -> Any:
        built = generator_of(args, spec, layout, table=table, languages=languages, typology=typology)
        return GeneratedAdapters(built, typology)

    told = {name: value for name, value in asdict(args).items() if name not in ("reduction", "leave_out")}
    return GeneratorRecipe(table, source, {**told, "typology_csv": str(told["typology_csv"])})


def _once(bench_of: Callable[[int], Bench]) -> Callable[[int], Bench]:
    benches: dict[int, Bench] = {}

    def cached(seed: int) -> Bench:
        if seed not in benches:
            benches[seed] = bench_of(seed)
        return benches[seed]

    return cached
