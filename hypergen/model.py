"""The adapted model: a frozen backbone that takes adapters as arguments of the call."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from hypergen.adapters.core import Adapter, Layout, Site
from hypergen.adapters.sites import module_at
from hypergen.adapters.terms import InvertibleMethod
from hypergen.errors import HypergenError


class AdaptedModel(nn.Module):
    """A frozen backbone at whose sites the adapters of a call act, one after the other.

    ``model(adapters=[a, b], **inputs)`` is the backbone with, at each site, ``(x, y)`` replaced by ``b(a(x, y))``.
    What they do at the embeddings is undone just before the output embedding, if there is one. Nothing in the model has
    changed afterwards; without adapters it is the backbone, bit for bit. Forward hooks do it, installed once, here, so
    that ``model.backbone.compile()`` afterwards gives one graph for many sets of weights.

    A model serves one call at a time: threads wait for each other, a call within a call is refused. Two models may
    share a backbone in turn, not at once.

    Args:
        backbone: A ``transformers`` model (or any module with the layouts' sites). Its parameters are frozen.
        layouts: The layouts of the adapters to come; their sites get the hooks.

    Raises:
        HypergenError: If the backbone lacks a site of a layout, or has one of another size there.
    """

    _adapters: tuple[Adapter, ...]
    _positions: Tensor | None
    _owner: int | None

    def __init__(self, backbone: nn.Module, layouts: Sequence[Layout]) -> None:
        super().__init__()
        self.backbone = backbone.requires_grad_(False)
        found = {site.path: (site, module_at(site, backbone)) for layout in layouts for site in layout.sites}
        self.sites: dict[str, Site] = {path: site for path, (site, _) in found.items()}
        self.embeddings = {path for path, site in self.sites.items() if site.kind == "embedding"}
        self._reset()
        for site, module in found.values():
            module.register_forward_hook(partial(self._at_site, site))
        output: nn.Module | None = getattr(backbone, "get_output_embeddings", lambda: None)()
        self.has_output = output is not None
        if output is not None:
            output.register_forward_pre_hook(self._at_output)

    def forward(
        self,
        *,
        adapters: Sequence[Adapter] = (),
        positions: Int[Tensor, " masked"] | None = None,
        **inputs: Any,
    ) -> Any:
        """What the backbone returns for ``inputs`` with these adapters acting in this order.

        Args:
            adapters: Each without an axis of languages, or with G of them and a batch of G equal groups of rows.
            positions: Indices into the flattened (batch x tokens) positions. If given, ``logits`` are computed there
                only: (masked, vocabulary) instead of (batch, tokens, vocabulary).
            **inputs: As the backbone takes them (``input_ids``, ``attention_mask``, ...).

        Raises:
            HypergenError: For a call within a call, an adapter of a site without a hook or of another size, positions
                without an output embedding, or checkpointing that would lose the adapters.
        """
        if positions is not None and not self.has_output:
            raise HypergenError("this backbone has no output embedding to compute at positions; leave them out.")
        with self._arm(adapters, positions):
            return self.backbone(**inputs)

    def hidden(self, *, adapters: Sequence[Adapter] = (), **inputs: Any) -> Float[Tensor, "batch tokens d"]:
        """The last hidden states, for a head of one's own; the language-model head is not computed. Else as a call."""
        with self._arm(adapters):
            states: Tensor = self.backbone.base_model(**inputs).last_hidden_state  # type: ignore[operator]
        return states

    def _arm(self, adapters: Sequence[Adapter], positions: Tensor | None = None) -> _Armed:
        """What a call runs in, once it has been checked."""
        if self._owner == threading.get_ident():
            raise HypergenError(
                "this model is in the middle of a call; finish it before the next, or use a second model."
            )
        if isinstance(adapters, Adapter):
            raise HypergenError("adapters is one adapter; give a list: adapters=[...].")
        for adapter in adapters:
            missing = [site for site in adapter.layout.sites if self.sites.get(site.path) != site]
            if missing:
                raise HypergenError(
                    f"an adapter acts at {missing[0].path} on {missing[0].out_size} values, where this model has no "
                    "hook; name its layout in AdaptedModel(...)."
                )
        if self.backbone.training and adapters:
            self._refuse_foreign_checkpointing()
        dtype = next((p.dtype for p in self.backbone.parameters()), torch.float32)
        return _Armed(self, tuple(a.map(lambda t: t.to(dtype)) for a in adapters), positions)

    def enable_activation_checkpointing(self) -> None:
        """Recompute activations in the backward pass instead of keeping them, exactly, also after several calls."""
        new, old = "activation_checkpointing_enable", "gradient_checkpointing_enable"  # old: in transformers 4
        enable = getattr(self.backbone, new if hasattr(self.backbone, new) else old)
        enable({"use_reentrant": False, "context_fn": self.recomputation_contexts})

    def recomputation_contexts(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        """``context_fn`` of ``torch.utils.checkpoint``: recomputation sees the adapters of the call it belongs to."""
        return nullcontext(), _Armed(self, self._adapters, self._positions)

    def _at_site(self, site: Site, module: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
        """The forward hook: adapters applied to what went in and what came out."""
        acting = [adapter for adapter in self._adapters if site.path in adapter.tensors]
        if not acting:
            return None
        y = output[0] if isinstance(output, tuple) else output
        x, frozen = (args[0], module.forward) if site.kind in ("norm", "linear") else (y, lambda unmapped: unmapped)
        for adapter in acting:
            x, y = adapter.spec.apply(adapter.tensors[site.path], x, y, frozen)
        return (y, *output[1:]) if isinstance(output, tuple) else y

    def _at_output(self, _module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The pre-hook of the output embedding: embeddings are restored, only the positions asked for go on."""
        h = args[0]
        for adapter in reversed(self._adapters):
            for path in self.embeddings & adapter.tensors.keys():
                if isinstance(adapter.spec, InvertibleMethod):
                    h = adapter.spec.invert(adapter.tensors[path], h)
        return (h if self._positions is None else h.flatten(0, -2)[self._positions], *args[1:])

    def _refuse_foreign_checkpointing(self) -> None:
        for module in self.backbone.modules():
            function = getattr(module, "_gradient_checkpointing_func", None)
            if getattr(module, "gradient_checkpointing", False) and isinstance(function, partial):
                if function.keywords.get("context_fn") != self.recomputation_contexts:
                    raise HypergenError(
                        "activation checkpointing would recompute layers without this call's adapters; "
                        "switch it on by model.enable_activation_checkpointing() instead."
                    )
                return

    def _reset(self) -> None:
        self._adapters, self._positions, self._owner = (), None, None
        self._lock = threading.RLock()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        self._reset()


class _Armed(AbstractContextManager[None]):
    """In it the model's hooks see these adapters and other threads wait; recomputing twice enters it twice."""

    def __init__(self, model: AdaptedModel, adapters: tuple[Adapter, ...], positions: Tensor | None) -> None:
        self.model, self.adapters, self.positions = model, adapters, positions

    def __enter__(self) -> None:
        model = self.model
        model._lock.acquire()
        self.before = model._adapters, model._positions, model._owner
        model._adapters, model._positions, model._owner = self.adapters, self.positions, threading.get_ident()

    def __exit__(self, *_: object) -> None:
        self.model._adapters, self.model._positions, self.model._owner = self.before
        self.model._lock.release()
