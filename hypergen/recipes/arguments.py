"""What the commands can be told, in groups: plain frozen values that YAML and command line fill alike."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hypergen.data.objectives import Masks, Objective

__all__ = ["GeneratorArgs", "LabelledArgs", "OptimizerArgs", "TaskOptimizerArgs", "TextArgs"]


@dataclass(frozen=True)
class TextArgs:
    """Which text, and how batches are drawn from it."""

    directory: Path | None = None
    """Files named <iso3>_<Script>.txt (also .xz, .gz, .zst), one line a sentence, a blank line between documents."""
    glotcc: str | None = None
    """GlotCC's layout: cis-lmu/GlotCC-V1 on the hub, or a local directory of the same tree."""
    conceptnet: Path | None = None
    """Sentences made of ConceptNet's edges, files as in ``directory``."""
    weights: dict[str, float] | None = None
    """Share of the batches by group of text, such as {directory: 0.5, conceptnet: 0.5}; equal by default."""
    languages: list[str] | None = None
    """Languages (swh) or languages in a script (swh_Latn) to train on, each in at least one group of text; by default
    all that there are."""
    max_bytes: int | None = None
    """Cap on the text of each corpus, in UTF-8 bytes."""
    on_error: Literal["stop", "skip"] = "stop"
    """What to do about a bad corpus, a language that no text is of, or one without typology: stop, or go on without it
    and say so."""
    block_size: int = 128
    """Tokens a block."""
    batch_size: int = 16
    """Blocks a batch."""
    languages_per_batch: int = 1
    """Languages a batch; 1 as published. A group of text with fewer languages takes what it has."""
    exponent: float = 0.7
    """Languages are drawn in proportion to n ** exponent, n their blocks; the temperature is its inverse."""
    mask_rate: float = 0.15
    """Share of the tokens (mlm) or of the words (flm) to predict."""
    objectives: dict[str, Objective] | None = None
    """What is learnt from each group of text, such as {directory: mlm, conceptnet: tlm-side}: mlm, flm (whole words),
    tlm-side or tlm-token50 (a side, or half of the tokens, of sentences made of triples), clm (the next token). By
    default decoders learn clm, all others mlm."""
    masks: Masks = "dynamic"
    """Drawn anew each time a block is seen, or static: once for ever, which for tlm is as published."""
    validation_share: float = 0.05
    """Share of the documents that is held back."""
    max_validation_blocks: int | None = 16
    """Held-back blocks a language that validation looks at."""


@dataclass(frozen=True)
class GeneratorArgs:
    """Which generator of which adapters."""

    name: Literal["mad-g", "mad-g-ls", "factorised", "static"] = "mad-g"
    """MAD-G (a tensor for each layer), MAD-G-LS (one, told apart by an embedding of the layer), or factorised (one
    adapter for all, and what differs of low rank, told apart by an embedding of each slot); or static: no generator,
    one language's own adapter, as MAD-X has it."""
    head_rank: int = 16
    """Of what differs between languages in each slot, in factorised."""
    method: Literal["seq_bn", "seq_bn_inv", "lora"] = "seq_bn"
    """A bottleneck in every layer, the same with an invertible adapter at the embeddings, or LoRA."""
    reduction: int = 16
    """The bottleneck has hidden_size // reduction units; the invertible adapter, hidden_size // 4."""
    rank: int = 8
    """Of LoRA, at the maps to queries and values, with alpha the same."""
    leave_out: list[int] = field(default_factory=list)
    """Layers without an adapter, counted from 0."""
    feature_sets: str = "syntax_knn+phonology_knn+inventory_knn"
    """Typological features, as lang2vec names its sets, joined by +."""
    typology_csv: Path | None = None
    """A table of your own instead: a header, then a language code and one number a feature in each line."""
    embedding_size: int = 32
    """Length of a language embedding."""
    init: Literal["paper", "near_identity"] = "near_identity"
    """As published, away from the frozen backbone; or starting at it."""
    output_scale: float = 1.0
    """Factor on everything generated."""
    activation: Literal["identity", "relu"] = "identity"
    """Of the typology encoder."""
    feature_dropout: float = 0.0
    """Chance that a feature counts as its mean in a training step; 0 as published."""
    principal_axes: float | None = None
    """Start the typology encoder at the principal axes of the training languages' vectors, embeddings spread by so much
    around their mean (see TypologyEncoder.start_at_principal_axes); by default as published, at random."""
    typology_map: Literal["linear", "constant"] = "linear"
    """Whether typology goes through a linear map; without one all languages have the same adapter."""
    kin: Literal["language", "genus", "family"] = "family"
    """Which languages are kin: none, those of its genus, or of its family."""
    known: list[str] = field(default_factory=list)
    """Languages that the backbone was trained on; an embedding of their own says so, so that typology need not."""
    vector_dropout: float = 0.0
    """Chance that a language goes without its vector in a step, as if it were the mean of the training languages."""
    shrinkage: float = 0.0
    """How far an unseen language that is like no training language goes towards the mean of these, 0 to 1."""


@dataclass(frozen=True)
class LabelledArgs:
    """Which labelled sentences, and how they are read."""

    directory: Path | None = None
    """A folder a language, a file a split: swh/train.conll, eng_LinES/dev.conllu, swh/test.tsv (also packed), or one
    train.tsv of all languages with a column iso3."""
    hub: str | None = None
    """Or a parquet data set: its name on the hub, such as unimelb-nlp/wikiann, or a local directory of its tree."""
    languages: list[str] = field(default_factory=list)
    """Languages (swh), or folders and scripts of one (eng_LinES, knc_Latn): the source languages in training, those
    that are scored in evaluation; none are all there are."""
    labels: list[str] | None = None
    """A label set of your own instead of the task's, such as [negative, positive]; in evaluation those of the
    task bundle hold."""
    leave_out_types: list[str] = field(default_factory=list)
    """Types of entities that count as none, such as [DATE] where a source language does not label it."""
    score_unseen: bool = False
    """In evaluation, count words with a label that no training sentence had as wrong, instead of refusing them."""
    on_long: Literal["stop", "skip"] = "stop"
    """What to do about a sentence longer than the model: stop, or leave it out and say how many."""
    max_tokens: int | None = None
    """The most tokens a sentence may have; by default, and at most, what the model reads."""
    max_sentences: int | None = None
    """In training, the most sentences of all source languages together, split evenly; in evaluation, of each."""


@dataclass(frozen=True)
class TaskOptimizerArgs:
    """How a task is trained: which batches, AdamW, linear warm-up, linear decay to zero, and when to stop."""

    lr: float = 1e-3
    """Peak learning rate."""
    languages_lr: float | None = None
    """That of language adapters, where they are tuned too or fused; by default the same."""
    warmup_steps: int = 100
    """Optimizer steps of linear warm-up."""
    weight_decay: float = 0.0
    """Of AdamW."""
    max_grad_norm: float = 1.0
    """Gradients are clipped to this norm."""
    dropout: float = 0.1
    """In the head."""
    class_weights: Literal["none", "balanced"] = "none"
    """Whether rare labels weigh more: balanced gives all labels of the training data the same weight together."""
    batch_size: int = 16
    """Sentences a batch."""
    languages_per_batch: int = 1
    """Source languages a batch; 1 as published."""
    exponent: float = 0.0
    """Source languages are drawn in proportion to n ** exponent, n their sentences: 0 uniformly, as published."""
    window: int = 1
    """So many batches of a language are put together by length, which saves padding; 1 as published."""
    pieces: Literal["first", "all"] = "first"
    """Which pieces of a word carry its label in training; scores are always of words."""
    patience: int = 5
    """Validations without a better score after which training stops."""


@dataclass(frozen=True)
class OptimizerArgs:
    """How to step: AdamW, linear warm-up, linear decay to zero."""

    lr: float = 1e-3
    """Peak learning rate."""
    warmup_steps: int = 100
    """Optimizer steps of linear warm-up."""
    weight_decay: float = 0.0
    """Of AdamW."""
    max_grad_norm: float = 1.0
    """Gradients are clipped to this norm."""
    train_lm_head: bool = False
    """Train the backbone's language-model head too."""
    train_embeddings: bool = False
    """Train the backbone's word embeddings too."""
