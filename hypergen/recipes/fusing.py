"""From bundles of language adapters to what is trained of them beside a task, and back to a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypergen.errors import HypergenError

if TYPE_CHECKING:
    from hypergen.bundle import Bundle
    from hypergen.sources import FusedAdapters

__all__ = ["fused_bundle", "fused_of", "tuned_bundle"]


def fused_of(bundles: Mapping[str, Bundle], *, seed: int = 0) -> FusedAdapters:
    """The adapters of these bundles, frozen, under a new fusion.

    Raises:
        HypergenError: If there is only one, one is a generator, or they do not belong together.
    """
    import torch

    from hypergen.adapters import fusion_of
    from hypergen.sources import FusedAdapters, StoredAdapter

    if len(bundles) < 2:
        raise HypergenError(f"{len(bundles)} adapter is given to fuse; give two or more, or one as --bundle.")
    first = next(iter(bundles.values()))
    for name, bundle in bundles.items():
        if bundle.generator is not None:
            raise HypergenError(
                f"{name} is a generator, and what is fused are adapters; write one first, with 'hypergen generate "
                "LANGUAGE --bundle DIR --out DIR'."
            )
        if bundle.patch:
            raise HypergenError(f"{name} has trained parts of the backbone too, which cannot be fused; leave it out.")
        if bundle.vocabulary is not None:
            raise HypergenError(f"{name} has pieces of its own, which cannot be fused; leave it out.")
        if bundle.backbone.fingerprint != first.backbone.fingerprint:
            raise HypergenError(
                f"{name} belongs to the backbone {bundle.backbone.name} ({bundle.backbone.fingerprint}), and the first "
                f"one to {first.backbone.name} ({first.backbone.fingerprint}); fuse adapters of one backbone."
            )
    method = fusion_of(first.spec)
    start = method.initial(method.layout(first.layout.sites), rng=torch.Generator().manual_seed(seed))
    fused = FusedAdapters([StoredAdapter(bundle.adapter()) for bundle in bundles.values()], StoredAdapter(start))
    fused(())  # says now what does not fit together
    return fused


def fused_bundle(fused: FusedAdapters, bundles: Mapping[str, Bundle]) -> Bundle:
    """The fusion as it is now, with what it fuses, as one adapter in a bundle, for the first one's language."""
    from hypergen.bundle import Bundle

    first = next(iter(bundles.values()))
    return Bundle.of_adapter(
        fused(()).map(lambda tensor: tensor.detach().cpu().clone()),
        language=first.languages[0],
        backbone=first.backbone,
        metrics={"fused": list(bundles), "languages": {name: list(each.languages) for name, each in bundles.items()}},
    )


def tuned_bundle(languages: Bundle, source: Any) -> Bundle:
    """The bundle with its adapters as they are after training."""
    if languages.generator is not None:
        state = source.generator.state_dict()
        return replace(languages, weights={name: tensor.detach().cpu() for name, tensor in state.items()})
    adapter = source()
    slots = adapter.layout.slots
    return replace(languages, weights={f"{s.site}/{s.name}": adapter.tensors[s.site][s.name].detach() for s in slots})
