"""Which generator: every variant trained for the same steps on the same text, and scored on development languages.

It is scored, too, on the backbone's own languages, for the harm that it does them, without those whose harm
`hypergen compare` reports.

    python scripts/results/generators.py --out runs/generators --results docs/results/generators_development.json

Text is what scripts/prepare_text.py wrote. A variant that is finished (OUT/NAME-SEED/scores.json) is not run again, one
that was interrupted goes on, and the results are written anew from all that is there after each variant. To use
two cores, run it twice at once, with ``--part 0 2`` and ``--part 1 2``. Report languages are never read. What RESULTS
already has of a variant stays there, and it is not run again; remove RESULTS for that. Beside the JSON, with the same
name and .md, stands the table made from it; ``--table`` only makes it.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from generators_table import assemble, earlier, write_table
from real_text import fit
from rows import mean_loss
from texts import CACHE, Texts, console, held_back
from variants import REFERENCE, Variant, named

from hypergen.backbones import fingerprint_of, load_backbone, load_tokenizer
from hypergen.bundle import BackboneInfo, Bundle
from hypergen.comparison.rows import row_of
from hypergen.data.batches import Batch, MaskingRule
from hypergen.evaluation.controls import MeanTypology, SubstitutedTypology, nearest_of
from hypergen.evaluation.groups import Splits, read_splits
from hypergen.evaluation.perplexity import masked_lm_scores
from hypergen.evaluation.report import write_json_atomically
from hypergen.model import AdaptedModel
from hypergen.recipes.arguments import GeneratorArgs, OptimizerArgs, TextArgs
from hypergen.recipes.parts import bundle_of, corpus_module, generator_module, table_of
from hypergen.recipes.quiet import quiet
from hypergen.sources import GeneratedAdapters
from hypergen.typology import TypologyTable

REPORTED: Final = ("arz", "bho", "ces")
"""The backbone's languages that docs/results/compare_real_text.md reports, so that nothing is chosen on them."""


@dataclass(frozen=True)
class Setting:
    """What all variants have in common."""

    out: Path
    splits: Splits
    texts: Texts
    backbone: str
    steps: int
    rows: int
    together: int
    lr: float
    max_blocks: int

    @property
    def languages(self) -> list[str]:
        """The training languages."""
        return [*self.splits.backbone, *self.splits.generator]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, score and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, default=Path("runs/text"), help="what scripts/prepare_text.py wrote")
    parser.add_argument("--splits", type=Path, default=Path("configs/languages/splits.yaml"))
    parser.add_argument("--backbone", default="hypergen-mini")
    parser.add_argument("--out", type=Path, default=Path("runs/generators"))
    parser.add_argument("--only", nargs="+", help="these variants, and those they need")
    parser.add_argument("--part", type=int, nargs=2, default=(0, 1), help="I N: every N-th variant from the I-th")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--languages-per-batch", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--max-blocks", type=int, default=16, help="held-back blocks a language and domain")
    parser.add_argument("--results", type=Path, default=Path("docs/results/generators_development.json"))
    parser.add_argument("--table", action="store_true", help="only make the table of RESULTS again")
    args = parser.parse_args(arguments)
    if args.table:
        write_table(args.results)
        return
    splits = read_splits(args.splits)
    texts = Texts(args.text, splits.left_out_scripts)
    setting = Setting(
        args.out, splits, texts, args.backbone, args.steps, args.rows, args.languages_per_batch, args.lr,
        args.max_blocks,
    )  # fmt: skip
    tests = tests_of(setting)
    variants = named(args.only)
    trained = [variant for variant in variants if variant.of is None][args.part[0] :: args.part[1]]
    theirs = {variant.name for variant in trained}
    known = {(run["variant"], run["seed"]) for run in earlier(args.results)}
    for seed in args.seeds:
        left = [each for each in [*trained, *(each for each in variants if each.of in theirs)]
                if (each.name, seed) not in known]  # fmt: skip
        parents = [each for each in trained if each not in left and each.name in {other.of for other in left}]
        for variant in [*parents, *left]:
            if not (where(setting, variant, seed) / "scores.json").exists():
                with quiet():
                    bundle = trained_bundle(setting, variant, seed)
                    score(setting, variant, seed, bundle=bundle, tests=tests)
                assemble(args.out, args.results)
    assemble(args.out, args.results)


def where(setting: Setting, variant: Variant, seed: int) -> Path:
    """The directory of a variant."""
    return setting.out / f"{variant.name}-{seed}"


def trained_bundle(setting: Setting, variant: Variant, seed: int) -> Bundle:
    """The bundle of a variant, trained if it is not there, on from the last checkpoint if there is one."""
    directory, generator = where(setting, variant, seed), variant.arguments(tuple(setting.splits.backbone))
    if variant.of is not None:
        bundle = Bundle.load(setting.out / f"{variant.of}-{seed}" / "bundle")
        info: Any = bundle.generator
        before = info.arguments["encoder"]
        encoder = before | {name: value for name, value in variant.options.items() if name in before}
        return replace(bundle, generator=replace(info, arguments=info.arguments | {"encoder": encoder}))
    if (directory / "bundle").exists():
        return Bundle.load(directory / "bundle")
    data = data_of(setting, seed=seed, rows=setting.rows, together=setting.together)
    return train_on(data, setting, generator, seed=seed, directory=directory)


def train_on(
    data: Any,
    setting: Setting,
    generator: GeneratorArgs,
    *,
    seed: int,
    directory: Path,
    more: Mapping[str, Any] | None = None,
) -> Bundle:
    """Train a generator on these texts and write its bundle; ``more`` goes to its metrics."""
    torch.manual_seed(seed)
    backbone = load_backbone(setting.backbone, dtype=torch.bfloat16)
    belongs = BackboneInfo(Path(setting.backbone).name, fingerprint_of(backbone))
    module = generator_module(
        backbone, table=table_of(generator), generator=generator, optimizer=OptimizerArgs(lr=setting.lr),
        languages=data.languages, seed=seed,
    )  # fmt: skip
    seconds = fit(module, data, directory, steps=setting.steps)
    parameters = sum(p.numel() for p in module.source.parameters() if p.requires_grad)
    told = {"steps": setting.steps, "seed": seed, "lr": setting.lr, "rows": setting.rows, "seconds": round(seconds),
            "parameters": parameters, **(more or {})}  # fmt: skip
    bundle = bundle_of(module, generator=generator, backbone=belongs, languages=data.languages, metrics=told)
    bundle.save(directory / "bundle")
    return bundle


def data_of(setting: Setting, *, seed: int, rows: int, together: int) -> Any:
    """The training text: the main experiment's."""
    corpora = setting.texts.corpora("open", setting.languages)
    return corpus_module(
        {"text": corpora}, text=TextArgs(batch_size=rows, languages_per_batch=together),
        tokenizer=load_tokenizer(setting.backbone), cache_dir=CACHE, seed=seed,
    )  # fmt: skip


def tests_of(setting: Setting) -> dict[str, dict[str, list[Batch]]]:
    """Held-back text of the development languages, and of those of the backbone that no comparison reports."""
    tokenizer = load_tokenizer(setting.backbone)
    rule = MaskingRule(tokenizer.mask_token_id, len(tokenizer), tuple(sorted(tokenizer.all_special_ids)))
    unreported = [code for code in setting.splits.backbone if code not in REPORTED]
    return held_back(
        setting.texts, [*setting.splits.development, *unreported], tokenizer=tokenizer, rule=rule,
        max_blocks=setting.max_blocks,
    )  # fmt: skip


def score(setting: Setting, variant: Variant, seed: int, *, bundle: Bundle, tests: Any) -> None:
    """Losses on development languages: with adapters generated for them, and for the mean of the training languages."""
    directory = where(setting, variant, seed)
    model = AdaptedModel(load_backbone(setting.backbone), [bundle.layout])
    generator, table, plain = bundle.build_generator(), bundle.typology_table, TypologyTable.from_uriel()
    sources: dict[str, Any] = {
        variant.name: GeneratedAdapters(generator, table),
        f"own mean of {variant.name}": GeneratedAdapters(generator, MeanTypology(table, bundle.languages)),
    }
    if variant.name == REFERENCE:
        scored = {language for languages in tests.values() for language in languages}
        nearest = nearest_of(sorted(scored), among=bundle.languages, table=plain)
        sources["nearest"] = GeneratedAdapters(generator, SubstitutedTypology(table, nearest))
        sources["none"] = None
    began = time.monotonic()
    rows: list[dict[str, object]] = []
    for method, source in sources.items():
        for domain, languages in tests.items():
            batches = [batch for language in sorted(languages) for batch in languages[language]]
            for each in masked_lm_scores(model, batches, adapter_of=source):
                told = row_of(each, method=method, seed=seed, domain=domain, splits=setting.splits, table=plain)
                rows.append(told)
    options = asdict(variant.arguments(tuple(setting.splits.backbone)))
    found = {
        "variant": variant.name,
        "seed": seed,
        "backbone": f"{bundle.backbone.name} ({bundle.backbone.fingerprint})",
        "options": {name: str(value) if isinstance(value, Path) else value for name, value in options.items()},
        "metrics": dict(bundle.metrics),
        "seconds_scoring": round(time.monotonic() - began),
        "rows": rows,
    }
    write_json_atomically(directory / "scores.json", found)
    loss = mean_loss(rows, variant.name, seed, setting.splits.development)
    console.print(f"{variant.name} seed {seed}: {loss:.3f} after {bundle.metrics['seconds']} s of training")


if __name__ == "__main__":
    main()
