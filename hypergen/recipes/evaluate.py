"""``hypergen evaluate``: masked-language-model loss and perplexity on held-back text, per language and per group."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hypergen.errors import CorpusError, HypergenError
from hypergen.languages import Language
from hypergen.recipes.arguments import LabelledArgs, TextArgs
from hypergen.recipes.checks import check_writable_directory, check_writable_file
from hypergen.recipes.parts import corpora_of, corpus_module, objectives_of, with_typology
from hypergen.recipes.quiet import quiet
from hypergen.recipes.tuned_on import told_tuned_on
from hypergen.shipped import GENERATOR

if TYPE_CHECKING:
    from rich.console import Console

    from hypergen.bundle import Bundle
    from hypergen.evaluation.groups import Splits
    from hypergen.evaluation.perplexity import Score
    from hypergen.evaluation.tables import Table


def evaluate(
    *,
    text: TextArgs = TextArgs(),
    pppl: Path | None = None,
    task: Path | None = None,
    data: LabelledArgs = LabelledArgs(),
    split: Literal["train", "dev", "test"] = "test",
    bundle: str = GENERATOR,
    one_for_all: bool = False,
    any_bundle: bool = False,
    backbone: str | None = None,
    splits: Path | None = None,
    precision: Literal["float32", "bfloat16"] = "float32",
    cache_dir: Path = Path("runs/cache"),
    seed: int = 0,
    predictions: Path | None = None,
    supervised: Path | None = None,
    out: Path | None = None,
) -> None:
    """Score a bundle's adapters on held-back text, beside the backbone alone; or a task, in any number of languages.

    Args:
        text: Which text; its held-back documents are scored.
        pppl: Score the pseudo-perplexity of sentences instead, each token from all others, in FLORES's or SIB-200's
            layout: DIR/swh_Latn.devtest, DIR/swh_Latn/test.tsv, or one test.tsv; of the text options only languages and
            on_error are used.
        task: A bundle of ``hypergen train-task``, to score on labelled sentences instead.
        data: Which labelled sentences; ``--data.languages`` are those that are scored.
        split: Which part of them.
        bundle: A directory that hypergen wrote, or generator-mini, which comes with it.
        one_for_all: With ``task``, let a bundle of one language's adapter act in every language, as a baseline.
        any_bundle: With ``task``, let adapters act that it was not trained over, such as those of finetune or generate.
        backbone: By default the one that the bundle names.
        splits: A file such as configs/languages/splits.yaml, to group languages by what has seen them.
        precision: What the backbone is held in.
        cache_dir: Where tokenised text is kept between runs.
        seed: Of the masks.
        predictions: With ``task``, a directory for a file of each language's predictions.
        supervised: With ``task``, a directory of train-task's runs, one in each language: its own score there stands
            beside, read from <supervised>/<language>/bundle.
        out: A JSON file to write the scores to as well.
    """
    of_a_task = {"one_for_all": one_for_all, "any_bundle": any_bundle, "predictions": predictions is not None,
                 "supervised": supervised is not None, "data": data != LabelledArgs()}  # fmt: skip
    if task is None and (stray := [name for name, is_given in of_a_task.items() if is_given]):
        raise HypergenError(
            f"{stray[0]} goes with --task; give that, a bundle of 'hypergen train-task', or leave {stray[0]} out and "
            "give text with --text.directory."
        )
    check_writable_file(out)
    check_writable_directory(predictions, name="predictions")
    if task is not None and pppl is not None:
        raise HypergenError("--task scores a task and --pppl sentences; give one of the two.")
    if pppl is not None:
        from hypergen.recipes.pseudo_perplexity import score_sentences

        score_sentences(
            pppl, text=text, bundle=bundle, backbone=backbone, splits=splits, precision=precision, seed=seed, out=out
        )
        return
    if task is not None:
        from hypergen.recipes.evaluate_task import evaluate_task

        evaluate_task(
            task,
            data=data,
            split=split,
            bundle=bundle,
            one_for_all=one_for_all,
            any_bundle=any_bundle,
            backbone=backbone,
            splits=splits,
            precision=precision,
            predictions=predictions,
            supervised=supervised,
            out=out,
        )
        return
    from rich.console import Console

    from hypergen.backbones import is_decoder, load_config
    from hypergen.bundle import Bundle
    from hypergen.evaluation.groups import read_splits
    from hypergen.evaluation.report import provenance, write_json_atomically
    from hypergen.evaluation.tables import rich_table

    console = Console()
    loaded = Bundle.load(bundle)
    known = None if splits is None else read_splits(splits)
    with quiet():
        scores = scores_of(
            loaded,
            text=text,
            backbone=backbone or loaded.backbone.name,
            precision=precision,
            cache_dir=cache_dir,
            seed=seed,
            console=console,
        )
    groups = groups_of([score.language for score in scores["adapter"]], splits=known)
    loss_name = "Next-token loss" if is_decoder(load_config(backbone or loaded.backbone.name)) else "Masked-LM loss"
    for table in tables(scores["no adapter"], scores["adapter"], groups=groups, loss_name=loss_name):
        console.print(rich_table(table))
    if out is not None:
        rows = [
            {"language": score.language, "group": groups[score.language], "method": method, "loss": score.loss,
             "perplexity": score.perplexity, "positions": score.positions}
            for method, several in scores.items() for score in several
        ]  # fmt: skip
        told = {"text": asdict(text), "bundle": bundle, "backbone": backbone, "splits": splits, "precision": precision,
                "seed": seed}  # fmt: skip
        command = f"hypergen evaluate --config {shlex.quote(json.dumps(told, default=str))}"
        write_json_atomically(out, {**provenance(seeds=[seed], command=command), "rows": rows})


def scores_of(
    bundle: Bundle,
    *,
    text: TextArgs,
    backbone: str,
    precision: Literal["float32", "bfloat16"],
    cache_dir: Path,
    seed: int,
    console: Console,
) -> dict[str, list[Score]]:
    """Each language's score on the same masked batches, without an adapter and with the bundle's.

    Raises:
        CorpusError: If the bundle has pieces of its own, nothing is held back, or the text is of a language that the
            bundle has no adapter for.
    """
    import torch
    from rich.progress import track

    from hypergen.backbones import load_backbone, load_tokenizer
    from hypergen.evaluation.perplexity import masked_lm_scores
    from hypergen.model import AdaptedModel

    if bundle.vocabulary is not None:
        raise CorpusError(
            "this bundle has pieces of its own, so that its masked pieces are not the backbone's; compare them by the "
            "character with --pppl."
        )
    corpora = corpora_of(text)
    if bundle.generator is not None:
        corpora = with_typology(corpora, table=bundle.typology_table, on_error=text.on_error)
    elif stray := sorted({c.language for group in corpora.values() for c in group} - set(bundle.languages)):
        raise CorpusError(
            f"the bundle holds the adapter of {', '.join(bundle.languages)}, and there is text of {', '.join(stray)}; "
            f"name the language with --text.languages, or give a generator's bundle."
        )
    model = load_backbone(backbone, dtype=getattr(torch, precision))
    objectives = objectives_of(text, groups=corpora, backbone=model)
    tokenizer = load_tokenizer(backbone)
    data = corpus_module(corpora, text=text, tokenizer=tokenizer, cache_dir=cache_dir, seed=seed, objectives=objectives)
    batches: Any = data.val_dataloader()
    if not batches:
        raise CorpusError("nothing is held back to score; give --text.validation_share, a share of the documents.")
    alone = AdaptedModel(model, [])  # scored before the bundle's patch, if it has one, changes the backbone
    none = list(masked_lm_scores(alone, track(batches, "scoring, no adapter", console=console), adapter_of=None))
    if told := told_tuned_on(bundle, corpora, text=text):
        console.print(f"[yellow]{told}[/]", highlight=False)
    adapted = bundle.model(model)
    of_batches = track(batches, "scoring, adapter", console=console)
    return {"no adapter": none, "adapter": list(masked_lm_scores(adapted, of_batches, adapter_of=bundle.source))}


def groups_of(languages: Sequence[str], *, splits: Splits | None) -> dict[str, str]:
    """Each language's group, or ``all`` where no splits are known."""
    from hypergen.evaluation.groups import group_of

    if splits is None:
        return dict.fromkeys(languages, "all")

    def genus_of(language: str) -> str | None:
        return Language.parse(language).genus

    return {language: str(group_of(language, splits=splits, genus_of=genus_of)) for language in languages}


def tables(
    none: Sequence[Score], adapted: Sequence[Score], *, groups: dict[str, str], loss_name: str = "Masked-LM loss"
) -> list[Table]:
    """One table by language, one by group: losses in nats a predicted piece, perplexities, and the difference."""
    from hypergen.evaluation.tables import Table

    by_language, by_group = [], []
    pairs = [(before, after) for before, after in zip(none, adapted, strict=True)]
    for before, after in pairs:
        gain = f"{after.loss - before.loss:+.3f}"
        loss = (f"{before.loss:.3f}", f"{after.loss:.3f}", gain)
        perplexity = (f"{before.perplexity:.0f}", f"{after.perplexity:.0f}")
        by_language.append((after.language, groups[after.language], str(after.positions), *loss, *perplexity))
    for group in sorted(set(groups.values())):
        several = [(before.loss, after.loss) for before, after in pairs if groups[after.language] == group]
        means = [sum(column) / len(several) for column in zip(*several, strict=True)]
        by_group.append((group, str(len(several)), f"{means[0]:.3f}", f"{means[1]:.3f}", f"{means[1] - means[0]:+.3f}"))
    header = ("no adapter", "adapter", "difference")
    return [
        Table(
            f"{loss_name} by language",
            ("language", "group", "pieces", *header, "ppl none", "ppl"),
            tuple(by_language),
        ),
        Table("Means over languages", ("group", "languages", *header), tuple(by_group)),
    ]
