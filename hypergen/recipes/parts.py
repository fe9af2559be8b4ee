"""From what a command was told to corpora, modules and bundles."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hypergen.errors import CorpusError, HypergenError, TypologyError
from hypergen.recipes.arguments import GeneratorArgs, OptimizerArgs, TextArgs
from hypergen.recipes.checks import check_counts
from hypergen.recipes.corpora import code_among
from hypergen.recipes.modules import method_of, training_module

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from hypergen.bundle import BackboneInfo, Bundle
    from hypergen.data.corpora import Corpus
    from hypergen.data.modules import CorpusModule
    from hypergen.data.objectives import Objective
    from hypergen.sources import Typology
    from hypergen.training.mlm import GeneratorModule
    from hypergen.typology import TypologyTable


def corpora_of(text: TextArgs, *, named_by: str = "text.languages") -> dict[str, tuple[Corpus, ...]]:
    """The corpora of every group that is named, read through once.

    A language may be asked for by code or name, and need not be in every group.

    Args:
        text: Which text.
        named_by: What names the languages, for a sentence about those that no text is of.

    Raises:
        CorpusError: If no group is named, one is bad, or a language is in none of them.
    """
    from hypergen.data.corpora import Holdings, gather, text_holdings
    from hypergen.data.glotcc import glotcc_holdings

    groups: dict[str, Holdings] = {}
    for name, root in (("directory", text.directory), ("conceptnet", text.conceptnet)):
        if root is not None:
            groups[name] = text_holdings(root, max_bytes=text.max_bytes)
    if text.glotcc is not None:
        groups["glotcc"] = glotcc_holdings(text.glotcc, max_bytes=text.max_bytes)
    if not groups:
        raise CorpusError("no text was named; give --text.directory DIR or --text.glotcc ROOT.")
    if text.languages is None:
        return gather(groups, only=None, on_error=text.on_error)
    known = set[str]().union(*(holdings.known for holdings in groups.values()))
    wanted = [code_among(known, asked) for asked in text.languages]
    try:
        return gather(groups, only=wanted, on_error=text.on_error)
    except CorpusError as error:
        if known.issuperset(wanted) or text.on_error == "skip":
            raise
        raise CorpusError(
            f"{str(error).rstrip('.')}. {named_by} asks for it: correct that, also where it stands in a configuration, "
            f"which an option behind --config overrides."
        ) from error


def table_of(generator: GeneratorArgs) -> TypologyTable:
    """The typology that a generator is to read: URIEL's, or a file of one's own."""
    from hypergen.typology import TypologyTable

    if generator.typology_csv is not None:
        return TypologyTable.from_csv(generator.typology_csv)
    return TypologyTable.from_uriel(generator.feature_sets)


def with_typology(
    corpora: Mapping[str, tuple[Corpus, ...]], *, table: TypologyTable, on_error: Literal["stop", "skip"]
) -> dict[str, tuple[Corpus, ...]]:
    """The corpora of languages that have a row of typology.

    Raises:
        TypologyError: For the first that has none, unless it is to be skipped; then a warning says the same.
    """

    def has_row(corpus: Corpus) -> bool:
        try:
            table.row_of(corpus.language)
        except TypologyError as error:
            if on_error == "stop":
                raise
            warnings.warn(f"Left out {corpus.name}: {error}", stacklevel=2)
            return False
        return True

    return {name: tuple(filter(has_row, several)) for name, several in corpora.items()}


def generator_module(
    backbone: PreTrainedModel,
    *,
    table: TypologyTable,
    generator: GeneratorArgs,
    optimizer: OptimizerArgs,
    languages: Sequence[str] = (),
    typology: Typology | None = None,
    activation_checkpointing: bool = False,
    seed: int = 0,
) -> GeneratorModule:
    """The Lightning module of a new generator over a backbone, to be trained on ``languages``.

    Args:
        backbone: The backbone, which is frozen.
        table: Whose features the generator reads.
        generator: Which generator.
        optimizer: How to step.
        languages: What it will be trained on, for what is kept of them.
        typology: Whose vectors it is trained with, where not the table's: a control's.
        activation_checkpointing: As of :class:`hypergen.training.mlm.GeneratorModule`.
        seed: As of :class:`hypergen.training.mlm.GeneratorModule`.

    Raises:
        HypergenError: If the reduction leaves no unit of the bottleneck, or parts of the backbone are to be trained in
            bfloat16.
    """
    from hypergen.backbones import sites_of
    from hypergen.recipes.generators import generator_of
    from hypergen.sources import GeneratedAdapters

    spec = method_of(generator, hidden_size=backbone.config.hidden_size)
    layout = spec.layout(sites_of(backbone, kinds=spec.site_kinds, leave_out=generator.leave_out))
    built = generator_of(generator, spec, layout, table=table, languages=languages, typology=typology)
    return training_module(
        backbone,
        GeneratedAdapters(built, table if typology is None else typology),
        layout=layout,
        optimizer=optimizer,
        activation_checkpointing=activation_checkpointing,
        seed=seed,
    )


def corpus_module(
    corpora: Mapping[str, tuple[Corpus, ...]],
    *,
    text: TextArgs,
    tokenizer: PreTrainedTokenizerBase,
    cache_dir: Path,
    seed: int,
    objectives: Mapping[str, Objective] | None = None,
) -> CorpusModule:
    """The Lightning data module of these corpora, tokenised under a progress bar; ``objectives`` before the text's."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from hypergen.data.modules import CorpusModule

    check_counts(
        {"text.batch_size": text.batch_size, "text.max_validation_blocks": text.max_validation_blocks,
         "text.max_bytes": text.max_bytes}
    )  # fmt: skip
    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed} documents"), TimeElapsedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("tokenising", total=None)
        data = CorpusModule(
            corpora,
            tokenizer=tokenizer,
            cache_dir=cache_dir,
            block_size=text.block_size,
            batch_size=text.batch_size,
            languages_per_batch=text.languages_per_batch,
            exponent=text.exponent,
            group_weights=text.weights,
            mask_rate=text.mask_rate,
            objectives=text.objectives if objectives is None else objectives,
            masks=text.masks,
            validation_share=text.validation_share,
            max_validation_blocks=text.max_validation_blocks,
            seed=seed,
            on_error=text.on_error,
            progress=lambda documents: progress.advance(task, documents),
        )
        data.setup()
    return data


def objectives_of(text: TextArgs, *, groups: Iterable[str], backbone: PreTrainedModel) -> dict[str, Objective]:
    """What is learnt from each group of text: as told, else the objective that the backbone was made for.

    Raises:
        HypergenError: If a decoder is to fill in masks, or an encoder, which sees what follows, to predict it.
    """
    from hypergen.backbones import is_decoder

    decoder = is_decoder(backbone)
    objectives: dict[str, Objective] = dict.fromkeys(groups, "clm" if decoder else "mlm")
    objectives |= text.objectives or {}
    for group, objective in objectives.items():
        if (objective == "clm") is not decoder:
            kind = "is a decoder, which learns clm" if decoder else "is none that learns clm"
            raise HypergenError(
                f"text.objectives has {objective} for {group}, and the backbone {kind}; leave the option out, or give "
                f"{'clm' if decoder else 'mlm'}."
            )
    return objectives


def bundle_of(
    module: GeneratorModule,
    *,
    generator: GeneratorArgs,
    backbone: BackboneInfo,
    languages: Sequence[str],
    metrics: Mapping[str, Any],
) -> Bundle:
    """The bundle of a trained generator."""
    from hypergen.bundle import Bundle, GeneratorInfo, TypologyInfo
    from hypergen.recipes.generators import arguments_of
    from hypergen.typology.stored import is_uriel

    source: Any = module.source
    table: TypologyTable = source.typology
    return Bundle(
        spec=source.generator.spec,
        layout=source.generator.layout,
        backbone=backbone,
        weights={name: tensor.detach().cpu() for name, tensor in source.generator.state_dict().items()},
        generator=GeneratorInfo(generator.name, arguments_of(source.generator, generator, table=table)),
        typology=TypologyInfo(table.feature_sets, table.fingerprint),
        table=None if is_uriel(table.feature_sets) else table,
        languages=tuple(languages),
        patch=module.backbone_patch(),
        metrics=metrics,
    )
