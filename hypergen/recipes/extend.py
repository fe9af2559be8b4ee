"""``hypergen extend``: new pieces and an adapter for a language whose script a backbone does not know."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hypergen.errors import CorpusError, HypergenError
from hypergen.recipes.arguments import OptimizerArgs, TextArgs
from hypergen.recipes.checks import check_counts, check_optimizer
from hypergen.recipes.corpora import lines_of
from hypergen.recipes.export import codes_of
from hypergen.recipes.parts import corpora_of, corpus_module, objectives_of
from hypergen.recipes.quiet import quiet
from hypergen.recipes.run_directory import checkpoint_of, may_start, set_logs_aside, write_settings
from hypergen.recipes.train import interruptible
from hypergen.shipped import BACKBONE

__all__ = ["extend", "lines_of", "new_vocabulary", "text_of"]

PIECES: Final = "pieces.json"
"""In a run's directory, the pieces that it trains."""

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from hypergen.adapters import Adapter
    from hypergen.bundle import Bundle
    from hypergen.data.corpora import Corpus
    from hypergen.training.mlm import GeneratorModule
    from hypergen.vocabulary import Vocabulary


def extend(
    language: str,
    *,
    out: Path,
    text: TextArgs = TextArgs(),
    pieces: int = 1000,
    backbone: str = BACKBONE,
    start: str | None = None,
    reduction: int = 16,
    optimizer: OptimizerArgs = OptimizerArgs(lr=2e-3),
    steps: int = 1000,
    validate_every: int = 200,
    checkpoint_every: int = 200,
    accelerator: str = "cpu",
    cache_dir: Path = Path("runs/cache"),
    seed: int = 0,
    resume: bool = False,
) -> None:
    """Add pieces for a language's script to a backbone, and train them with an adapter; all else stays frozen.

    Args:
        language: The language (nqo), or the language in a script (nqo_Nkoo).
        out: The run's directory; OUT/bundle has pieces and adapter, a patch of the backbone and its tokenizer.
        text: Which text, of one group; ``text.languages`` is the language.
        pieces: How many new ones: every letter of the text twice, and as many longer pieces as there is room for.
        backbone: A masked model with a WordPiece vocabulary: a name or a directory.
        start: A bundle whose adapter for the language is trained on, a generator's or the language's own; by default
            a new Seq_bn.
        reduction: A new adapter has hidden_size // reduction units.
        optimizer: How to step.
        steps: Optimizer steps.
        validate_every: Steps between validations.
        checkpoint_every: Steps between checkpoints.
        accelerator: cpu, gpu, or auto.
        cache_dir: Where tokenised text is kept between runs.
        seed: Of what new rows start at, of weights, batches and masks.
        resume: Go on from the last checkpoint in ``out``, or its start, exactly.
    """
    settings: dict[str, Any] = {
        "language": language, "out": out, "text": asdict(text), "pieces": pieces, "backbone": backbone, "start": start,
        "reduction": reduction, "optimizer": asdict(optimizer), "steps": steps, "validate_every": validate_every,
        "checkpoint_every": checkpoint_every, "accelerator": accelerator, "cache_dir": cache_dir, "seed": seed,
    }  # fmt: skip
    settings_of_trainer = {**settings, "accumulate": 1, "devices": 1}
    check_counts({name: settings[name] for name in ("pieces", "steps", "validate_every", "checkpoint_every")})
    check_optimizer(settings["optimizer"])
    if optimizer.train_lm_head or optimizer.train_embeddings:
        raise HypergenError("only new pieces and the adapter are trained here; leave out train_lm_head and the like.")
    may_start(out, settings=settings, resume=resume)
    chosen = out / PIECES
    import hypergen.training.trainer  # noqa: F401  (Lightning sets its loggers' levels when it loads: before quiet does)

    with quiet():
        from rich.console import Console

        from hypergen.backbones import fingerprint_of, load_backbone, load_tokenizer
        from hypergen.bundle import Bundle
        from hypergen.data.corpus_writer import replace_json
        from hypergen.data.pieces import coverage
        from hypergen.description import BackboneInfo
        from hypergen.recipes.finetuning import origin_of
        from hypergen.training.trainer import seed_everything, trainer_of, validated
        from hypergen.vocabulary import extended_tokenizer, vocabulary_of

        console = Console()
        group, corpus = text_of(text, language=language)
        seed_everything(seed, verbose=False)
        model, tokenizer = load_backbone(backbone), load_tokenizer(backbone)
        info, begun = BackboneInfo(backbone, fingerprint_of(model)), None if start is None else Bundle.load(start)
        objectives = objectives_of(text, groups=[group], backbone=model)
        first = adapter_of(model, corpus, begun, reduction, seed)
        before = json.loads(chosen.read_text(encoding="utf-8")) if resume and chosen.is_file() else None
        added = new_vocabulary(model, tokenizer, corpus=corpus, text=text, size=pieces, seed=seed, pieces=before)
        own = extended_tokenizer(tokenizer, added.pieces)
        module = extended_module(model, added, adapter=first, optimizer=optimizer, seed=seed)
        data = corpus_module(
            {group: (corpus,)}, text=text, tokenizer=own, cache_dir=cache_dir, seed=seed, objectives=objectives
        )
        data.train_dataloader()  # before anything is written: batches that cannot be drawn are refused here
        trainer = trainer_of(settings_of_trainer)
        at = checkpoint_of(out) if resume else None
        write_settings(out, settings=settings)
        replace_json(chosen, list(added.pieces))  # training pieces anew, with another library, may end with others
        set_logs_aside(out / "logs")
        held = list(lines_of(corpus, text=text, side="validation")) or list(lines_of(corpus, text=text, side="train"))
        shares = [coverage(held, tokenizer=each).unknown_share for each in (tokenizer, own)]
        console.print(
            f"{len(added.pieces):,} pieces for {corpus.name} on {backbone}: [UNK] {shares[0]:.2%} before, "
            f"{shares[1]:.2%} now" + (f"; going on from {at}" if at else ""),
            markup=False,
        )
        with interruptible(f"--config {out / 'settings.json'} --resume true goes on from the last checkpoint"):
            trainer.fit(module, datamodule=data, ckpt_path=at, weights_only=True)
            metrics = {"steps": trainer.global_step, "seed": seed, **validated(trainer, module, data)}
        source: Any = module.source
        begun_from = {} if begun is None else origin_of(begun, corpus.language)
        Bundle.of_adapter(
            source(),
            language=corpus.language,
            backbone=info,
            typology=None if begun is None else begun.typology,
            vocabulary=vocabulary_of(model, added.pieces),
            metrics={**begun_from, **metrics, "unknown_share_before": shares[0], "unknown_share": shares[1]},
        ).save(out / "bundle")
        console.print(f"{out / 'bundle'} is written; 'hypergen evaluate --pppl' scores it by the character.")


def text_of(text: TextArgs, *, language: str) -> tuple[str, Corpus]:
    """The one corpus of the language, and its group of text.

    Raises:
        CorpusError: If there is none, or several.
    """
    corpora = corpora_of(replace(text, languages=[language]), named_by="LANGUAGE")
    found = [(group, corpus) for group, several in corpora.items() for corpus in several]
    if len(found) > 1:
        names = ", ".join(sorted(corpus.name for _, corpus in found))
        raise CorpusError(f"there are several texts of {language} ({names}); name one, in one group of text.")
    return found[0]


def adapter_of(backbone: PreTrainedModel, corpus: Corpus, start: Bundle | None, reduction: int, seed: int) -> Adapter:
    """What is trained on: a bundle's adapter for the language, or a new one.

    Raises:
        HypergenError: If the reduction leaves no unit, or the bundle belongs to another backbone or changes it, or has
            no adapter for the language.
    """
    import torch

    from hypergen.adapters import BottleneckSpec
    from hypergen.backbones import fingerprint_of, sites_of

    if start is not None:
        if start.backbone.fingerprint != fingerprint_of(backbone) or start.patch or start.vocabulary:
            raise HypergenError(
                "the bundle to start from belongs to another backbone, or changes it; start from one that does not."
            )
        (code,) = codes_of(start, [corpus.language])
        with torch.no_grad():
            return start.source(code)
    hidden_size = backbone.config.hidden_size
    if not 1 <= reduction <= hidden_size:
        raise HypergenError(f"reduction is {reduction}; expected 1 to {hidden_size}, the backbone's hidden size.")
    spec = BottleneckSpec(size=hidden_size // reduction)
    return spec.initial(spec.layout(sites_of(backbone)), rng=torch.Generator().manual_seed(seed))


def new_vocabulary(
    backbone: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    corpus: Corpus,
    text: TextArgs,
    size: int,
    seed: int,
    pieces: Sequence[str] | None = None,
) -> Vocabulary:
    """New pieces of the text that is trained on (or those given, of a run that goes on), where they start."""
    import torch

    from hypergen.data.pieces import initial_rows, new_pieces
    from hypergen.vocabulary import Vocabulary, extended_tokenizer, wordpiece

    wordpiece(tokenizer)
    lines = list(lines_of(corpus, text=text, side="train"))
    if not lines:
        raise CorpusError(f"all of {corpus.name} is held back; give different documents, with blank lines between.")
    if pieces is None:
        pieces = new_pieces(lines, tokenizer=tokenizer, script=corpus.script, size=size)
    extended, rng = extended_tokenizer(tokenizer, pieces), torch.Generator().manual_seed(seed)
    inputs: Any = backbone.get_input_embeddings()
    outputs: Any = backbone.get_output_embeddings()

    def start_of(weight: torch.Tensor) -> torch.Tensor:
        return initial_rows(pieces, old=weight[: len(tokenizer)], extended=extended, lines=lines, rng=rng)

    return Vocabulary(
        tuple(pieces),
        rows=start_of(inputs.weight),
        output=None if outputs.weight is inputs.weight else start_of(outputs.weight),
        bias=None if outputs.bias is None else outputs.bias.detach().mean().expand(len(pieces)).clone(),
    )


def extended_module(
    backbone: PreTrainedModel, vocabulary: Vocabulary, *, adapter: Adapter, optimizer: OptimizerArgs, seed: int
) -> GeneratorModule:
    """The backbone with the new pieces, and the module that trains their rows and the adapter."""
    from hypergen.model import AdaptedModel
    from hypergen.sources import StoredAdapter
    from hypergen.training.mlm import GeneratorModule
    from hypergen.vocabulary import extend_backbone, new_parameters

    extend_backbone(backbone, vocabulary)
    module = GeneratorModule(
        AdaptedModel(backbone, [adapter.layout]),
        StoredAdapter(adapter),
        lr=optimizer.lr,
        warmup_steps=optimizer.warmup_steps,
        weight_decay=optimizer.weight_decay,
        seed=seed,
    )
    for parameter in new_parameters(backbone):
        parameter.requires_grad_(True)
    return module
