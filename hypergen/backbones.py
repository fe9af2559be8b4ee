"""Backbones: load one by name or directory, say where its sites are, and tell one from another."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hypergen.adapters.core import Site, SiteKind
from hypergen.errors import BackboneError
from hypergen.shipped import located

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True)
class Family:
    """How one family of architectures names its sites: patterns of module paths, ``{i}`` standing for the layer."""

    norm: str | None
    block: str | None
    linear: str
    embedding: str


_BERT = Family(
    norm=r"(.+\.)?encoder\.layer\.{i}\.output\.LayerNorm",
    block=None,
    linear=r"(.+\.)?encoder\.layer\.{i}\.(attention\.self\.(query|key|value)|attention\.output\.dense|(intermediate|output)\.dense)",
    embedding=r"(.+\.)?embeddings",
)
_LLAMA = Family(
    norm=None,
    block=r"(.+\.)?layers\.{i}",
    linear=r"(.+\.)?layers\.{i}\.(self_attn\.[qkvo]_proj|mlp\.(gate|up|down)_proj)",
    embedding=r"(.+\.)?embed_tokens",
)
FAMILIES: dict[str, Family] = {
    "bert": _BERT, "roberta": _BERT, "xlm-roberta": _BERT, "camembert": _BERT, "electra": _BERT,
    "llama": _LLAMA, "mistral": _LLAMA, "qwen2": _LLAMA, "qwen3": _LLAMA, "gemma": _LLAMA,
}  # fmt: skip
"""Known architectures, by ``config.model_type``."""


def load_backbone(name: str | Path, *, dtype: torch.dtype | None = None) -> PreTrainedModel:
    """A pretrained model with its language-model head, frozen by nobody yet, in evaluation mode.

    Its attention (:func:`attention_for`) and its linear layers (:mod:`hypergen.linear`) are those that are fast here.

    Args:
        name: ``hypergen-mini`` (comes with hypergen), a directory with ``config.json`` and weights, or a name on the
            Hugging Face hub such as ``bert-base-multilingual-cased``.
        dtype: Of the parameters; float32 by default. ``torch.bfloat16`` halves the memory.

    Raises:
        BackboneError: If there is no such model, its files are damaged, or its architecture is not known here.
    """
    from transformers import AutoModelForCausalLM, AutoModelForMaskedLM

    kind = AutoModelForCausalLM if is_decoder(load_config(name)) else AutoModelForMaskedLM
    return _loaded(kind, name, dtype=dtype)


def load_decoder(name: str | Path, *, dtype: torch.dtype | None = None) -> PreTrainedModel:
    """A pretrained model that predicts the next token, of whatever architecture, for use without adapters.

    Arguments as of :func:`load_backbone`.

    Raises:
        BackboneError: If there is no such model, its files are damaged, or it fills in masks.
    """
    from transformers import AutoConfig, AutoModelForCausalLM

    try:
        config = AutoConfig.from_pretrained(located(name))
    except Exception as error:
        raise BackboneError(_cannot_load(name, error)) from error
    if config.model_type in FAMILIES and not is_decoder(config):
        raise BackboneError(f"{str(name)!r} fills in masks; give a model that predicts the next token.")
    return _loaded(AutoModelForCausalLM, name, dtype=dtype)


def load_config(name: str | Path) -> Any:
    """The configuration of a backbone, without its weights; ``name`` as for :func:`load_backbone`.

    Raises:
        BackboneError: If there is none, or its architecture is not known here.
    """
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(located(name))
    except Exception as error:
        raise BackboneError(_cannot_load(name, error)) from error
    family_of(config.model_type)
    return config


def load_tokenizer(name: str | Path) -> PreTrainedTokenizerBase:
    """The tokenizer that belongs to a backbone; ``name`` as for :func:`load_backbone`.

    Raises:
        BackboneError: If there is none.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(located(name))
    except Exception as error:
        raise BackboneError(_cannot_load(name, error)) from error
    return tokenizer


def attention_for(dtype: torch.dtype) -> Literal["eager", "sdpa"]:
    """The kind of attention that trains best here: ``sdpa``, but on a CPU in less than float32 ``eager``.

    On a CPU ``sdpa`` keeps no probabilities for the backward pass, and in float32 is as fast or faster at 64 to 512
    tokens; in bfloat16 its backward pass takes 3 to 10 times as long.
    """
    import torch

    return "sdpa" if torch.cuda.is_available() or dtype == torch.float32 else "eager"


def sites_of(
    model: nn.Module, *, kinds: Collection[SiteKind] = ("norm", "block"), leave_out: Collection[int] = ()
) -> tuple[Site, ...]:
    """The sites of a backbone, layer by layer.

    Args:
        model: A ``transformers`` model of a known architecture.
        kinds: Which kinds of sites; the default is where bottleneck adapters act.
        leave_out: Layers without adapters, counted from 0 (MAD-X 2.0 leaves out the last).

    Raises:
        BackboneError: If the architecture is not known, or has no such site.
    """
    config: Any = model.config
    family = family_of(config.model_type)
    if absent := set(leave_out) - set(range(config.num_hidden_layers)):
        raise BackboneError(f"this backbone has no layer {min(absent)} to leave out; its layers are counted from 0.")
    found = []
    for kind in ("embedding", "norm", "linear", "block"):
        pattern = getattr(family, kind)
        if kind in kinds and pattern is not None:
            expression = re.compile(pattern.replace("{i}", r"(?P<layer>\d+)"))
            for path, module in model.named_modules():
                if match := expression.fullmatch(path):
                    layer = int(match.groupdict().get("layer", -1))  # the embeddings are of no layer
                    if layer not in leave_out:
                        found.append((layer, Site(path, kind, *_sizes(module, kind=kind, config=config))))
    if not found:
        raise BackboneError(f"{type(model).__name__} has no sites of kind {' or '.join(kinds)}; is it a whole model?")
    return tuple(site for _, site in sorted(found, key=lambda item: item[0]))


def is_decoder(model: nn.Module | PretrainedConfig) -> bool:
    """Whether a backbone, or one of this configuration, predicts the next token, not masked ones.

    Raises:
        BackboneError: If the architecture is not known.
    """
    config: Any = getattr(model, "config", model)
    return family_of(config.model_type).norm is None


def family_of(model_type: str) -> Family:
    """The naming of an architecture.

    Raises:
        BackboneError: If it is not known.
    """
    if model_type not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise BackboneError(f"the architecture {model_type!r} is not known; hypergen adapts {known}.")
    return FAMILIES[model_type]


def num_positions(config: Any) -> int:
    """The most tokens that a backbone reads at once; RoBERTa and XLM-R count positions from behind the padding's."""
    first = config.pad_token_id + 1 if "roberta" in config.model_type else 0
    return int(config.max_position_embeddings) - first


def fingerprint_of(model: nn.Module) -> str:
    """Twelve hexadecimal digits that tell a backbone's weights from others', whatever precision it is held in.

    SHA-256 over the names, shapes and bfloat16 values of all parameters. (Float32 weights once rounded to float16 are
    other weights: rounded again to bfloat16, some end elsewhere.)
    """
    import torch

    digest = hashlib.sha256()
    for name, parameter in sorted(model.named_parameters()):
        digest.update(f"{name}{tuple(parameter.shape)}".encode())
        digest.update(parameter.detach().to("cpu", torch.bfloat16).contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:12]


def _loaded(kind: Any, name: str | Path, *, dtype: torch.dtype | None) -> PreTrainedModel:
    """A whole model of this kind, in evaluation mode."""
    import torch

    from hypergen.linear import with_onednn

    dtype = dtype or torch.float32
    model: PreTrainedModel
    try:
        model, told = kind.from_pretrained(
            located(name), dtype=dtype, attn_implementation=attention_for(dtype), output_loading_info=True
        )
    except Exception as error:
        raise BackboneError(_cannot_load(name, error)) from error
    if missing := told["missing_keys"]:
        raise BackboneError(
            f"the weights in {str(name)!r} lack {len(missing)} of {type(model).__name__}'s tensors, {min(missing)} "
            "first, which would be random; give the whole model, with its language-model head."
        )
    model.config.use_cache = False  # of keys and values, which a decoder else keeps at every call
    model.eval()
    return model if torch.cuda.is_available() else with_onednn(model)


def _sizes(module: nn.Module, *, kind: str, config: Any) -> tuple[int, int]:
    """Sizes of the last axes of a site's input and output."""
    width: int = config.hidden_size
    if kind == "embedding":
        width = getattr(config, "embedding_size", width)  # ELECTRA's may be narrower than its layers
    return getattr(module, "in_features", width), getattr(module, "out_features", width)


def _cannot_load(name: str | Path, error: Exception) -> str:
    path = Path(name)
    if not path.exists() and (
        isinstance(name, Path) or path.is_absolute() or len(path.parts) > 2
    ):  # no name on the hub
        reason = "there is no such directory"
    else:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    return (
        f"no backbone could be loaded from {str(name)!r} ({reason}); give hypergen-mini, a directory with config.json, "
        "weights and tokenizer, or the name of a model on the hub while you are online."
    )
