"""A generator trained on text and ConceptNet's sentences against one trained on text alone, for the same steps.

    python scripts/results/conceptnet_generators.py --shares 0 0.2 0.5 --seeds 0 --results runs/conceptnet_development
    python scripts/results/conceptnet_generators.py --languages report --results docs/results/conceptnet_generators

A *share* of the batches is of ConceptNet's sentences, 0 is text alone; all else is equal. The sentences are those of
``conceptnet.py``: Uyghur (edges), Bulgarian and Malay (published as sentences), so the generator also gets three more
languages, whose genera it has without them: no report language changes its group. Uyghur is left out of development
where it is trained on. Share and objective are chosen on development languages; every scoring of report languages is
appended to ``docs/results/report_runs.jsonl``. A generator that is finished (OUT/SHARE-SEED/bundle) is not trained
again, one that was interrupted goes on; RESULTS.json and .md are written at the end.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from conceptnet_adapters import LANGUAGES, commit, commits_of, heading, write_table, write_text
from generators import Setting, train_on
from real_text import REPORT_LOG
from rows import mean_loss
from texts import CACHE, Texts, console, held_back
from variants import BASE

from hypergen.backbones import fingerprint_of, load_backbone, load_tokenizer
from hypergen.bundle import Bundle
from hypergen.comparison.rows import row_of
from hypergen.data.batches import MaskingRule
from hypergen.data.corpora import Corpus, text_corpora
from hypergen.evaluation.groups import Splits, read_splits
from hypergen.evaluation.perplexity import masked_lm_scores
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.evaluation.results import Results, read_results
from hypergen.evaluation.statistics import paired_difference
from hypergen.evaluation.tables import by_language, format_interval, format_p, markdown_table, method_by_group
from hypergen.model import AdaptedModel
from hypergen.recipes.arguments import TextArgs
from hypergen.recipes.parts import corpus_module
from hypergen.recipes.quiet import quiet
from hypergen.sources import GeneratedAdapters
from hypergen.typology import TypologyTable

TEXT: Final = "generated (text)"
READING: Final = """\
Losses are nats per masked position: seeds are averaged for each language first, domains of text weighted by their
masked positions, languages count the same. Differences are paired by language; below zero, the first of the two is
better. Intervals are 95 %, genera resampled with all their languages; p is a two-sided sign-flip test over genera.
Below 20 languages read p, not the interval. The share is that of the batches that are ConceptNet's sentences: at the
same steps, text has so much less. ConceptNet's edges are CC BY-SA 4.0."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is missing, score all of it, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="conceptnet/ in it, unless conceptnet.py wrote its text already")
    parser.add_argument("--text", type=Path, default=Path("runs/text"), help="what scripts/prepare_text.py wrote")
    parser.add_argument("--conceptnet", type=Path, default=Path("runs/conceptnet"), help="OUT of conceptnet.py")
    parser.add_argument("--splits", type=Path, default=Path("configs/languages/splits.yaml"))
    parser.add_argument("--backbone", default="hypergen-mini")
    parser.add_argument("--out", type=Path, default=Path("runs/conceptnet-generators"))
    parser.add_argument("--shares", type=float, nargs="+", default=[0.0, 0.5], help="of batches; 0 is text alone")
    parser.add_argument("--objective", choices=["mlm", "flm", "tlm-side"], default="mlm", help="on ConceptNet")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--languages-per-batch", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--languages", choices=["development", "report"], default="development")
    parser.add_argument("--max-blocks", type=int, default=16, help="held-back blocks a language and domain")
    parser.add_argument("--results", type=Path, required=True, help="the result, without .json and .md")
    args = parser.parse_args(arguments)
    if not (args.conceptnet / "text").exists():
        if args.data is None:
            raise SystemExit(f"{args.conceptnet / 'text'} is not there; give --data, to make it of conceptnet/ there.")
        write_text(args.data, args.conceptnet / "text")
    splits = read_splits(args.splits)
    setting = Setting(
        args.out, splits, Texts(args.text, splits.left_out_scripts), args.backbone, args.steps, args.rows,
        args.languages_per_batch, args.lr, args.max_blocks,
    )  # fmt: skip
    with quiet():
        bundles = {
            (share, seed): trained(args, setting, share=share, seed=seed)
            for seed in args.seeds
            for share in args.shares
        }
        command = "python " + " ".join(sys.argv)
        if args.languages == "report":
            with REPORT_LOG.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"date": date.today().isoformat(), "command": command}) + "\n")
        rows = scored(args, setting, bundles)
    told = {
        "title": f"A generator from text and ConceptNet over {Path(args.backbone).name}, {args.languages} languages",
        "backbone": f"{Path(args.backbone).name} ({fingerprint_of(load_backbone(args.backbone))})",
        "notes": "\n".join(
            f"- {method_of(share)}, seed {seed}: {len(bundle.languages)} languages, {bundle.metrics['steps']} steps of "
            f"{bundle.metrics['rows']} blocks, objective on ConceptNet {args.objective if share else 'none'}, "
            f"{bundle.metrics['seconds']} s."
            for (share, seed), bundle in bundles.items()
        ),
        **provenance(seeds=args.seeds, command=command),
        "commits": commits_of([bundle.metrics for bundle in bundles.values()]),
        "rows": rows,
    }
    write_json_atomically(args.results.with_suffix(".json"), told)
    results = read_results(args.results.with_suffix(".json"))
    write_table(args.results.with_suffix(".md"), document(results, heading(told)))


def method_of(share: float) -> str:
    """What rows call a generator.

    Example:
        >>> method_of(0.5), method_of(0)
        ('generated (text, ConceptNet 50 %)', 'generated (text)')
    """
    return f"generated (text, ConceptNet {share:.0%})".replace("%)", " %)") if share else TEXT


def groups_of_text(
    texts: Sequence[Corpus], sentences: Sequence[Corpus], *, share: float
) -> tuple[dict[str, Sequence[Corpus]], dict[str, float] | None]:
    """The groups of text that are trained on, and their shares of the batches."""
    if not share:
        return {"text": texts}, None
    return {"text": texts, "conceptnet": sentences}, {"text": 1 - share, "conceptnet": share}


def trained(args: argparse.Namespace, setting: Setting, *, share: float, seed: int) -> Bundle:
    """The generator of a share and seed, trained if it is not there.

    Raises:
        SystemExit: The one that is there was trained otherwise.
    """
    directory = setting.out / (f"{share:g}-{args.objective}-{seed}" if share else f"text-{seed}")
    if (directory / "bundle").exists():
        bundle = Bundle.load(directory / "bundle")
        asked = {"steps": setting.steps, "rows": setting.rows, "lr": setting.lr, "seed": seed}
        if asked.items() - bundle.metrics.items():
            raise SystemExit(f"{directory} was trained with {dict(bundle.metrics)}, not {asked}; choose another --out.")
        return bundle
    texts = setting.texts.corpora("open", setting.languages)
    groups, weights = groups_of_text(texts, text_corpora(args.conceptnet / "text"), share=share)
    data = corpus_module(
        groups,  # type: ignore[arg-type]
        text=TextArgs(
            batch_size=setting.rows, languages_per_batch=setting.together, weights=weights,
            objectives={"conceptnet": args.objective} if share else None,
        ),
        tokenizer=load_tokenizer(setting.backbone), cache_dir=CACHE, seed=seed,
    )  # fmt: skip
    return train_on(data, setting, BASE, seed=seed, directory=directory, more={"commit": commit()})


def scored(
    args: argparse.Namespace, setting: Setting, bundles: dict[tuple[float, int], Bundle]
) -> list[dict[str, object]]:
    """Losses of the backbone alone and with every generator, on held-back text of seen and held-out languages."""
    tokenizer = load_tokenizer(setting.backbone)
    rule = MaskingRule(tokenizer.mask_token_id, len(tokenizer), tuple(sorted(tokenizer.all_special_ids)))
    held_out = scored_languages(setting.splits, which=args.languages)
    tests = held_back(
        setting.texts, [*setting.languages, *held_out], tokenizer=tokenizer, rule=rule, max_blocks=setting.max_blocks
    )
    table = TypologyTable.from_uriel()
    model = AdaptedModel(load_backbone(setting.backbone), [next(iter(bundles.values())).layout])
    methods: list[tuple[str, int, Any]] = [("none", 0, None)]
    methods += [
        (method_of(share), seed, GeneratedAdapters(bundle.build_generator(), bundle.typology_table))
        for (share, seed), bundle in bundles.items()
    ]
    rows: list[dict[str, object]] = []
    for method, seed, source in methods:
        for domain, languages in tests.items():
            batches = [batch for language in sorted(languages) for batch in languages[language]]
            rows += [
                row_of(each, method=method, seed=seed, domain=domain, splits=setting.splits, table=table)
                for each in masked_lm_scores(model, batches, adapter_of=source)
            ]
        console.print(f"{method} seed {seed}: {mean_loss(rows, method, seed, held_out):.3f}")
    return rows


def scored_languages(splits: Splits, *, which: str) -> list[str]:
    """The held-out languages of a split that ConceptNet's sentences are not of."""
    return [language for language in getattr(splits, which) if language not in LANGUAGES]


def document(results: Results, opening: str) -> str:
    """The result as markdown: losses by group, differences by group, losses by language."""
    header, rows = ("group", "method", "minus", "languages", "genera", "difference [95 %]", "p"), []
    unseen = replace(results, rows=tuple(row for row in results.rows if row.group.startswith("unseen")))
    within = {str(group): results.only(group=group) for group in results.groups} | {"unseen: all": unseen}
    others = [method for method in results.methods if method not in ("none", TEXT)]
    pairs = [(method, TEXT) for method in others] if TEXT in results.methods else []
    pairs += [(method, "none") for method in results.methods if method != "none"]
    for group, some in within.items():
        for method, control in pairs:
            ours, theirs = some.losses(method, control)
            if ours:
                found = paired_difference(ours, theirs, genus=some.genus)
                counts = (str(found.num_languages), str(found.num_genera))
                shown = (format_interval(found, digits=3), format_p(found.p))
                rows.append((group, method, control, *counts, *shown))
    tables = [method_by_group(results), by_language(results)]
    drawn = [f"## {table.title}\n\n{markdown_table(table.header, table.rows)}" for table in tables]
    differences = f"## Paired difference in loss\n\n{markdown_table(header, rows)}"
    return "\n\n".join([opening, results.notes, READING, drawn[0], differences, drawn[1]]) + "\n"


if __name__ == "__main__":
    main()
