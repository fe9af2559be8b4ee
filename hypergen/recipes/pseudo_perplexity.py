"""``hypergen evaluate --pppl``: the pseudo-perplexity of sentences, with and without a bundle's adapters."""

from __future__ import annotations

import json
import shlex
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hypergen.errors import HypergenError
from hypergen.languages import Language
from hypergen.recipes.arguments import TextArgs
from hypergen.recipes.evaluate import groups_of
from hypergen.recipes.quiet import quiet

if TYPE_CHECKING:
    from rich.console import Console

    from hypergen.bundle import Bundle
    from hypergen.evaluation.pseudo_perplexity import PseudoScore
    from hypergen.evaluation.tables import Table
    from hypergen.model import AdaptedModel

UNKNOWN_SHARE = 0.05
"""Above it, a text of mostly [UNK] is easy, and pseudo-perplexity says little."""


def score_sentences(
    sentences: Path,
    *,
    text: TextArgs,
    bundle: str,
    backbone: str | None,
    splits: Path | None,
    precision: Literal["float32", "bfloat16"],
    seed: int,
    out: Path | None,
) -> None:
    """Print, and write if asked, the pseudo-perplexity of each language's sentences without and with its adapter.

    Raises:
        HypergenError: If the sentences are not to be had, the backbone is a decoder, or a language has no adapter.
    """
    from rich.console import Console

    from hypergen.bundle import Bundle
    from hypergen.data.sentences import read_sentences
    from hypergen.evaluation.groups import read_splits
    from hypergen.evaluation.report import provenance, write_json_atomically
    from hypergen.evaluation.tables import rich_table

    console = Console()
    loaded = Bundle.load(bundle)
    known = None if splits is None else read_splits(splits)
    found = read_sentences(sentences, only=text.languages)
    with quiet():
        found = with_adapter(found, bundle=loaded, on_error=text.on_error)
        scores = scores_of(
            loaded, found, backbone=backbone or loaded.backbone.name, precision=precision, console=console
        )
    languages = {name: Language.parse(name).iso3 for name in found}
    groups = groups_of(list(languages.values()), splits=known)
    for table in tables_of(scores):
        console.print(rich_table(table))
    for warning in warned(scores["no adapter"], scores["adapter"]):
        console.print(f"[yellow]{warning}[/]")
    if out is not None:
        rows = [
            {**asdict(score), "language": languages[score.language], "name": score.language,
             "group": groups[languages[score.language]], "method": method}
            for method, several in scores.items() for score in several
        ]  # fmt: skip
        told = {"pppl": sentences, "text": asdict(text), "bundle": bundle, "backbone": backbone, "splits": splits,
                "precision": precision, "seed": seed}  # fmt: skip
        command = f"hypergen evaluate --config {shlex.quote(json.dumps(told, default=str))}"
        write_json_atomically(out, {**provenance(seeds=[seed], command=command), "rows": rows})


def with_adapter(
    sentences: Mapping[str, list[str]], *, bundle: Bundle, on_error: Literal["stop", "skip"]
) -> dict[str, list[str]]:
    """The sentences of languages that the bundle has an adapter for.

    Raises:
        HypergenError: For the first it has none for, unless it is to be skipped (then a warning says the same), or if
            none is left.
    """
    kept = {}
    for name, several in sentences.items():
        language = Language.parse(name).iso3
        try:
            if bundle.generator is not None:
                bundle.typology_table.row_of(language)
            elif language not in bundle.languages:
                raise HypergenError(
                    f"the bundle holds the adapter of {', '.join(bundle.languages)}, and there are sentences of "
                    f"{name}; name the language with --text.languages, or give a generator's bundle."
                )
        except HypergenError as error:
            if on_error == "stop":
                raise
            warnings.warn(f"Left out {name}: {error}", stacklevel=2)
        else:
            kept[name] = several
    if not kept:
        raise HypergenError("no language is left to score; the warnings above say what is missing for each.")
    return kept


def scores_of(
    bundle: Bundle,
    sentences: Mapping[str, list[str]],
    *,
    backbone: str,
    precision: Literal["float32", "bfloat16"],
    console: Console,
) -> dict[str, list[PseudoScore]]:
    """Each language's scores, without an adapter and with the bundle's.

    Raises:
        HypergenError: If the backbone is a decoder.
    """
    import torch
    from rich.progress import Progress

    from hypergen.backbones import is_decoder, load_backbone, load_tokenizer, num_positions
    from hypergen.evaluation.pseudo_perplexity import encode, log_likelihoods, pseudo_score
    from hypergen.model import AdaptedModel

    model = load_backbone(backbone, dtype=getattr(torch, precision))
    if is_decoder(model):
        raise HypergenError(f"{backbone} is a decoder; pseudo-perplexity is for models that fill in masks.")

    def scored(adapted: AdaptedModel, told: str, tokenizer: Any, source: Callable[[str], Any] | None) -> Any:
        longest = min(tokenizer.model_max_length, num_positions(model.config))
        encoded = {name: encode(lines, tokenizer=tokenizer, max_tokens=longest) for name, lines in sentences.items()}
        with Progress(console=console) as progress:
            task = progress.add_task(told, total=sum(len(ids) for each in encoded.values() for ids in each.ids))
            for name, each in encoded.items():
                with torch.no_grad():
                    adapters = [] if source is None else [source(Language.parse(name).iso3)]
                values = log_likelihoods(
                    adapted,
                    each.ids,
                    adapters=adapters,
                    mask_id=tokenizer.mask_token_id,
                    pad_id=tokenizer.pad_token_id,
                    on_rows=lambda rows: progress.advance(task, rows),
                )
                yield pseudo_score(name, each, values)

    tokenizer = load_tokenizer(backbone)
    # Without the adapter first: a bundle may change the backbone.
    none = list(scored(AdaptedModel(model, []), "scoring, no adapter", tokenizer, None))
    own, adapted = bundle.tokenizer(tokenizer), bundle.model(model)
    return {"no adapter": none, "adapter": list(scored(adapted, "scoring, adapter", own, bundle.source))}


def tables_of(scores: Mapping[str, Sequence[PseudoScore]]) -> tuple[Table, Table]:
    """The pseudo-perplexities of each language, and what they are of: under each other without and with the adapter."""
    from hypergen.evaluation.tables import Table

    values: list[tuple[str, ...]] = []
    texts: list[tuple[str, ...]] = []
    for several in zip(*scores.values(), strict=True):
        for number, (method, score) in enumerate(zip(scores, several, strict=True)):
            row = ("" if number else score.language, method)
            values.append((*row, f"{score.published:.1f}", f"{score.per_token:.1f}", f"{score.per_character:.3f}"))
            texts.append((*row, str(score.sentences), str(score.tokens), f"{score.unknown_share:.1%}"))
    shared = ("language", "method")
    return (
        Table("Pseudo-perplexity", (*shared, "published", "per token", "per character"), tuple(values)),
        Table("What was scored", (*shared, "sentences", "tokens", "[UNK]"), tuple(texts)),
    )


def warned(none: Sequence[PseudoScore], adapted: Sequence[PseudoScore]) -> list[str]:
    """What makes a number say less than it seems to."""
    sentences = []
    for before, after in zip(none, adapted, strict=True):
        share = max(before.unknown_share, after.unknown_share)
        if share > UNKNOWN_SHARE and after.per_character > before.per_character:
            sentences.append(
                f"{after.language}: {share:.0%} of the tokens are [UNK], which a model that knows the language less "
                f"may predict better; a rise says little here."
            )
        if after.truncated:
            sentences.append(f"{after.language}: {after.truncated} sentences are cut to the length the model takes.")
    return sentences
