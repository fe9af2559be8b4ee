"""What a run on text trains: any source of adapters over a frozen backbone, or the adapter of one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hypergen.errors import HypergenError
from hypergen.recipes.arguments import GeneratorArgs, OptimizerArgs

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel

    from hypergen.adapters import AdapterSpec, Layout
    from hypergen.bundle import BackboneInfo, Bundle
    from hypergen.training.mlm import GeneratorModule

__all__ = ["method_of", "only_language", "static_bundle", "static_module", "training_module"]


def training_module(
    backbone: PreTrainedModel,
    source: nn.Module,
    *,
    layout: Layout,
    optimizer: OptimizerArgs,
    activation_checkpointing: bool = False,
    seed: int = 0,
) -> GeneratorModule:
    """The Lightning module of a source of adapters with this layout.

    Raises:
        HypergenError: If parts of the backbone are to be trained in bfloat16.
    """
    import torch

    from hypergen.model import AdaptedModel
    from hypergen.training.mlm import GeneratorModule

    if (optimizer.train_lm_head or optimizer.train_embeddings) and backbone.dtype != torch.float32:
        raise HypergenError(
            f"the backbone is held in {backbone.dtype}, too coarse to train its head or embeddings; give --precision "
            "float32, or leave them frozen."
        )
    return GeneratorModule(
        AdaptedModel(backbone, [layout]),
        source,
        lr=optimizer.lr,
        warmup_steps=optimizer.warmup_steps,
        weight_decay=optimizer.weight_decay,
        train_lm_head=optimizer.train_lm_head,
        train_embeddings=optimizer.train_embeddings,
        activation_checkpointing=activation_checkpointing,
        seed=seed,
    )


def method_of(generator: GeneratorArgs, *, hidden_size: int) -> AdapterSpec:
    """The adapter method that is generated.

    Raises:
        HypergenError: If the reduction leaves no unit of the bottleneck.
    """
    from hypergen.adapters import BottleneckSpec, ChainSpec, InvertibleSpec, LoraSpec

    if generator.method == "lora":
        return LoraSpec(rank=generator.rank, alpha=float(generator.rank))
    if not 1 <= generator.reduction <= hidden_size:
        raise HypergenError(
            f"generator.reduction is {generator.reduction}; expected 1 to {hidden_size}, the backbone's hidden size."
        )
    bottleneck = BottleneckSpec(size=hidden_size // generator.reduction)
    if generator.method == "seq_bn":
        return bottleneck
    return ChainSpec((InvertibleSpec(size=hidden_size // 4), bottleneck))


def static_module(
    backbone: PreTrainedModel,
    *,
    generator: GeneratorArgs,
    optimizer: OptimizerArgs,
    activation_checkpointing: bool = False,
    seed: int = 0,
) -> GeneratorModule:
    """The Lightning module of one language's adapter, started as its method starts it: nothing is generated.

    Raises:
        HypergenError: If the reduction leaves no unit of the bottleneck.
    """
    import torch

    from hypergen.backbones import sites_of
    from hypergen.sources import StoredAdapter

    spec = method_of(generator, hidden_size=backbone.config.hidden_size)
    layout = spec.layout(sites_of(backbone, kinds=spec.site_kinds, leave_out=generator.leave_out))
    start = spec.initial(layout, rng=torch.Generator().manual_seed(seed))
    return training_module(
        backbone,
        StoredAdapter(start),
        layout=layout,
        optimizer=optimizer,
        activation_checkpointing=activation_checkpointing,
        seed=seed,
    )


def static_bundle(
    module: GeneratorModule, *, backbone: BackboneInfo, language: str, metrics: Mapping[str, Any]
) -> Bundle:
    """The bundle of a trained adapter."""
    from hypergen.bundle import Bundle

    source: Any = module.source
    adapter = source().map(lambda tensor: tensor.detach().cpu())
    return Bundle.of_adapter(
        adapter, language=language, backbone=backbone, patch=module.backbone_patch(), metrics=metrics
    )


def only_language(languages: Sequence[str]) -> str:
    """The one language that a static adapter is trained for.

    Raises:
        HypergenError: If there is text of several.
    """
    if len(languages) > 1:
        raise HypergenError(
            f"there is text of {len(languages)} languages ({', '.join(languages[:3])}...), and a static adapter is of "
            f"one; give --text.languages '[{languages[0]}]', and train one after the other."
        )
    return languages[0]
