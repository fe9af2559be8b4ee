"""The main experiment on real text: train generators, shuffled controls and MAD-X adapters, score them all.

    python scripts/results/real_text.py train --method mad-g --seed 0 --out runs/real
    python scripts/results/real_text.py ceiling --languages report --out runs/real
    python scripts/results/real_text.py score --languages report --out runs/real --results docs/results/real_text.json

``train`` writes ``OUT/<method>-<seed>/bundle`` (methods ``mad-g``, ``mad-g-ls``, and with ``--shuffled`` the control
trained on permuted vectors). ``ceiling`` trains one MAD-X adapter for each language of a split and for each generator
language, all in one batch. ``score`` measures all of it, and the controls, on held-back text, a row for each language,
domain, method and seed. Choices of any kind are made with ``--languages development``; every scoring of the report
languages is appended to ``docs/results/report_runs.jsonl``. All training text is free of non-commercial terms, except
that of the ceiling.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import torch
from rows import mean_loss, notes
from texts import CACHE, Texts, console, held_back, unigram_scores

from hypergen.adapters import Adapter, BottleneckSpec
from hypergen.backbones import fingerprint_of, load_backbone, load_tokenizer, sites_of
from hypergen.bundle import BackboneInfo, Bundle
from hypergen.comparison.rows import row_of
from hypergen.data.batches import MaskingRule
from hypergen.evaluation.controls import MeanTypology, SubstitutedTypology, nearest_of, shuffled_of, swapped_of
from hypergen.evaluation.groups import Splits, read_splits
from hypergen.evaluation.perplexity import masked_lm_scores
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.languages import Language
from hypergen.model import AdaptedModel
from hypergen.recipes.arguments import GeneratorArgs, OptimizerArgs, TextArgs
from hypergen.recipes.parts import bundle_of, corpus_module, generator_module
from hypergen.sources import AdapterBank, GeneratedAdapters, Typology
from hypergen.training.mlm import GeneratorModule
from hypergen.typology import TypologyTable

NAMES: Final = {"mad-g": "MAD-G", "mad-g-ls": "MAD-G-LS"}
REPORT_LOG: Final = Path("docs/results/report_runs.jsonl")


def main(arguments: Sequence[str] | None = None) -> None:
    """One of the three stages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=["train", "ceiling", "score"])
    parser.add_argument("--text", type=Path, default=Path("runs/text"), help="what scripts/prepare_text.py wrote")
    parser.add_argument("--splits", type=Path, default=Path("configs/languages/splits.yaml"))
    parser.add_argument("--random-generator", action="store_true", help="train on the random list of languages instead")
    parser.add_argument("--backbone", default="hypergen-mini")
    parser.add_argument("--out", type=Path, default=Path("runs/real"))
    parser.add_argument("--method", choices=sorted(NAMES), default="mad-g")
    parser.add_argument("--shuffled", action="store_true", help="permute the vectors among the training languages")
    parser.add_argument("--name", help="of the run's directory; by default METHOD[-shuffled]-SEED")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path, help="ceiling: start from this generator's adapters, not from scratch")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="score: which seeds")
    parser.add_argument(
        "--runs",
        nargs="+",
        default=[f"{name}={label}" for name, label in NAMES.items()],
        help="score: NAME=LABEL of the runs in OUT/NAME-SEED",
    )
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--init", default="near_identity")
    parser.add_argument(
        "--spread",
        type=spread_of,
        default=0.4,
        help="start the encoder at principal axes of this spread; 'random' starts it as published",
    )
    parser.add_argument("--feature-dropout", type=float, default=0.7)
    parser.add_argument("--without-backbone", action="store_true", help="train on the generator's languages only")
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--languages-per-batch", type=int, default=8)
    parser.add_argument("--languages", choices=["development", "report"], default="development")
    parser.add_argument("--max-blocks", type=int, default=16, help="score: held-back blocks a language and domain")
    parser.add_argument("--results", type=Path, help="score: the JSON file to write")
    args = parser.parse_args(arguments)
    splits = read_splits(args.splits)
    {"train": train, "ceiling": ceiling, "score": score}[args.stage](
        args, splits.with_random_generator() if args.random_generator else splits
    )


def spread_of(text: str) -> float | None:
    """The spread of principal axes, ``None`` for a random start."""
    return None if text == "random" else float(text)


def train(args: argparse.Namespace, splits: Splits) -> None:
    """Train one generator and write its bundle."""
    name = args.name or f"{args.method}{'-shuffled' if args.shuffled else ''}-{args.seed}"
    torch.manual_seed(args.seed)
    backbone = load_backbone(args.backbone, dtype=torch.bfloat16)
    info = BackboneInfo(Path(args.backbone).name, fingerprint_of(backbone))
    table = TypologyTable.from_uriel()
    text = TextArgs(batch_size=args.rows, languages_per_batch=args.languages_per_batch)
    languages = [*(() if args.without_backbone else splits.backbone), *splits.generator]
    corpora = Texts(args.text, splits.left_out_scripts).corpora("open", languages)
    tokenizer = load_tokenizer(args.backbone)
    data = corpus_module({"text": corpora}, text=text, tokenizer=tokenizer, cache_dir=CACHE, seed=args.seed)
    generator = GeneratorArgs(
        name=args.method, init=args.init, feature_dropout=args.feature_dropout, principal_axes=args.spread
    )
    optimizer = OptimizerArgs(lr=args.lr)
    module = generator_module(
        backbone, table=table, generator=generator, optimizer=optimizer, languages=data.languages, seed=args.seed
    )
    source: Any = module.source
    instead = permutation(data.languages, seed=args.seed) if args.shuffled else {}
    source.typology = SubstitutedTypology(table, instead)
    seconds = fit(module, data, args.out / name, steps=args.steps)
    source.typology = table
    told = {"steps": args.steps, "seed": args.seed, "lr": args.lr, "tokens": args.steps * args.rows * text.block_size,
            "seconds": round(seconds), "shuffled": args.shuffled}  # fmt: skip
    bundle_of(module, generator=generator, backbone=info, languages=data.languages, metrics=told).save(
        args.out / name / "bundle"
    )


def ceiling(args: argparse.Namespace, splits: Splits) -> None:
    """Train MAD-X adapters: every batch holds every language, so they are as good as trained one by one."""
    backbone = load_backbone(args.backbone, dtype=torch.bfloat16)
    layout = (spec := BottleneckSpec(size=backbone.config.hidden_size // 16)).layout(sites_of(backbone))
    wanted = [*getattr(splits, args.languages), *splits.generator]
    corpora = Texts(args.text, splits.left_out_scripts).corpora("all", wanted)
    num_languages = len({corpus.language for corpus in corpora})
    text = TextArgs(batch_size=num_languages * args.rows, languages_per_batch=num_languages)
    data = corpus_module(
        {"text": corpora}, text=text, tokenizer=load_tokenizer(args.backbone), cache_dir=CACHE, seed=args.seed
    )
    if args.start is None:
        bank = AdapterBank.initial(data.languages, spec, layout, rng=torch.Generator().manual_seed(args.seed))
    else:
        generated = Bundle.load(args.start).source(data.languages)
        bank = AdapterBank(dict(zip(data.languages, generated, strict=True)))
    module = GeneratorModule(AdaptedModel(backbone, [layout]), bank, lr=args.lr)
    start = "-scratch" if args.start is None else ""
    directory = args.out / (args.name or f"mad-x{start}-{args.languages}-{args.seed}")
    seconds = fit(module, data, directory, steps=args.steps)
    tokens = args.steps * args.rows * text.block_size
    told = {"languages": list(bank.languages), "tokens_each": tokens, "lr": args.lr, "seconds": round(seconds)}
    told["start"] = "from scratch" if args.start is None else f"from {args.start.parent.name}'s adapters"
    torch.save({"vectors": bank.vectors.detach(), **told}, directory / "bank.pt")
    console.print(told)


def fit(module: GeneratorModule, data: Any, directory: Path, *, steps: int) -> float:
    """Train with checkpoints, on from the last one if there is one; seconds of this call."""
    import lightning
    from lightning.pytorch.callbacks import ModelCheckpoint
    from lightning.pytorch.loggers import CSVLogger

    start = time.monotonic()
    last = directory / "checkpoints" / "last.ckpt"
    trainer = lightning.Trainer(
        max_steps=steps, accelerator="cpu", gradient_clip_val=1.0, logger=CSVLogger(directory, name="", version="logs"),
        callbacks=[ModelCheckpoint(directory / "checkpoints", every_n_train_steps=200, save_last=True)],
        limit_val_batches=0, enable_progress_bar=sys.stdout.isatty(), log_every_n_steps=20, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(module, datamodule=data, ckpt_path=str(last) if last.exists() else None, weights_only=True)
    return time.monotonic() - start


def score(args: argparse.Namespace, splits: Splits) -> None:
    """Every method on every language, domain and seed."""
    command = "python " + " ".join(sys.argv)
    if args.languages == "report":
        with REPORT_LOG.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"date": date.today().isoformat(), "command": command}) + "\n")
    table = TypologyTable.from_uriel()
    backbone = load_backbone(args.backbone)
    tokenizer = load_tokenizer(args.backbone)
    layout = (spec := BottleneckSpec(size=backbone.config.hidden_size // 16)).layout(sites_of(backbone))
    model = AdaptedModel(backbone, [layout])
    wanted = [*splits.backbone, *splits.generator, *getattr(splits, args.languages)]
    trained = sorted([*splits.backbone, *splits.generator])
    rule = MaskingRule(tokenizer.mask_token_id, len(tokenizer), tuple(sorted(tokenizer.all_special_ids)))
    texts = Texts(args.text, splits.left_out_scripts)
    tests = held_back(texts, wanted, tokenizer=tokenizer, rule=rule, max_blocks=args.max_blocks)
    genus = {language: Language.parse(language).genus for language in wanted}
    rows: list[dict[str, object]] = []

    def add(method: str, seed: int, source: Any, only: Sequence[str] | None = None) -> None:
        for domain, languages in tests.items():
            batches = [
                batch
                for language in sorted(languages)
                if only is None or language in only
                for batch in languages[language]
            ]
            for each in masked_lm_scores(model, batches, adapter_of=source):
                rows.append(row_of(each, method=method, seed=seed, domain=domain, splits=splits, table=table))
        console.print(f"{method} seed {seed}: {mean_loss(rows, method, seed, getattr(splits, args.languages)):.3f}")

    for each, domain in unigram_scores(texts, tests, tokenizer=tokenizer, rule=rule):
        rows.append(row_of(each, method="unigram", seed=0, domain=domain, splits=splits, table=table))
    add("none", 0, None)
    for method, infix in (("mad-x", ""), ("mad-x (from scratch)", "scratch-")):
        for path in sorted(args.out.glob(f"mad-x-{infix}{args.languages}-*/bank.pt")):
            saved = torch.load(path, weights_only=True)
            adapters = Adapter.from_vector(spec, layout, saved["vectors"])
            stored = AdapterBank(dict(zip(saved["languages"], adapters, strict=True)))
            add(method, int(path.parent.name.rsplit("-", 1)[1]), stored, only=saved["languages"])
    for method, _, label in (run.partition("=") for run in args.runs):
        for seed in args.seeds:
            if not (args.out / f"{method}-{seed}" / "bundle").exists():
                continue
            generator = Bundle.load(args.out / f"{method}-{seed}" / "bundle").build_generator()
            swapped = swapped_of(wanted, genus=genus, rng=random.Random(seed))
            typologies: dict[str, Typology] = {
                "generated": table,
                "mean": MeanTypology(table, trained),
                "nearest": SubstitutedTypology(table, nearest_of(wanted, among=trained, table=table)),
                "swapped": SubstitutedTypology(table, swapped),
            }
            for control, typology in typologies.items():
                add(f"{control} ({label})", seed, GeneratedAdapters(generator, typology))
            shuffled = args.out / f"{method}-shuffled-{seed}" / "bundle"
            if shuffled.exists():
                bundle = Bundle.load(shuffled)
                permuted = SubstitutedTypology(table, permutation(bundle.languages, seed=seed))
                add(f"shuffled ({label})", seed, GeneratedAdapters(bundle.build_generator(), permuted))
    if args.results:
        told = {
            "title": f"{Path(args.backbone).name} on real text, {args.languages} languages",
            "backbone": f"{Path(args.backbone).name} ({fingerprint_of(backbone)})",
            "notes": notes(args.out, languages=args.languages),
            **provenance(seeds=args.seeds, command=command),
            "rows": rows,
        }
        write_json_atomically(args.results, told)


def permutation(languages: Sequence[str], *, seed: int) -> dict[str, str]:
    """The permutation of the shuffled control."""
    return shuffled_of(sorted(languages), rng=torch.Generator().manual_seed(seed))


if __name__ == "__main__":
    main()
