"""MAD-G and MAD-G-LS: the adapter of a language as a linear function of its typology vector.

With ``t`` the typology vector and ``lambda = V t + b`` the language embedding, MAD-G generates the parameters of the
adapter at site ``i`` as ``Theta_i lambda``, an own tensor for each site; MAD-G-LS as ``Theta [lambda; mu_i]``, one
tensor for all sites and a learned embedding ``mu_i`` of each.

References:
    Ansell et al. (2021), MAD-G: Multilingual Adapter Generation for Efficient Cross-Lingual Transfer, EMNLP Findings,
    https://aclanthology.org/2021.findings-emnlp.410 (initialisation from its code, adapter-hub/CPGAdapters).
"""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hypergen.adapters.core import Adapter, AdapterSpec, Layout, Slot
from hypergen.errors import HypergenError
from hypergen.generators.encoder import Activation, TypologyEncoder

Init = Literal["paper", "near_identity"]


@runtime_checkable
class Generator(Protocol):
    """Typology vectors -> adapters, by way of language embeddings; knows nothing of codes, backbones or training."""

    def encode(self, typology: Float[Tensor, "lang feat"]) -> Float[Tensor, "lang e"]:
        """Language embeddings, one row per language."""

    def decode(self, embedding: Float[Tensor, "lang e"]) -> Adapter:
        """The adapters of these embeddings, with a leading axis of languages."""

    def __call__(self, typology: Float[Tensor, "lang feat"]) -> Adapter:
        """``decode(encode(typology))``."""


class MadG(nn.Module):
    """``Theta_i (V t + b)``: every site's parameters from the language embedding by a tensor of its own.

    Args:
        spec: The adapter method to generate for.
        layout: Its slots on a backbone, P parameters.
        num_features: Length of a typology vector (289 in the paper).
        embedding_size: Length of a language embedding (32 in the paper).
        init: ``paper``: Theta normal with standard deviation ``1 / embedding_size``, nothing zero, so that training
            starts away from the frozen backbone. ``near_identity``: the same, but zero at the slots that make an
            adapter the identity, so that training starts at the frozen backbone.
        output_scale: Factor on everything generated.
        activation: Of the encoder.
        feature_dropout: Of the encoder.

    Example:
        >>> from hypergen.adapters import BottleneckSpec, Site
        >>> spec = BottleneckSpec(size=48)
        >>> sites = [Site(f"bert.encoder.layer.{i}.output.LayerNorm", "norm", 768, 768) for i in range(12)]
        >>> generator = MadG(spec, spec.layout(sites))
        >>> sum(p.numel() for p in generator.parameters())
        28634176
    """

    def __init__(
        self,
        spec: AdapterSpec,
        layout: Layout,
        *,
        num_features: int = 289,
        embedding_size: int = 32,
        init: Init = "paper",
        output_scale: float = 1.0,
        activation: Activation = "identity",
        feature_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.spec, self.layout, self.output_scale = spec, layout, output_scale
        self.encode = TypologyEncoder(
            num_features, embedding_size, activation=activation, feature_dropout=feature_dropout
        )
        self.theta = nn.Parameter(torch.randn(layout.num_parameters, embedding_size) / embedding_size)
        start_at(self.theta, layout.slots, init=init, identity_slots=spec.identity_slots)

    def forward(self, typology: Float[Tensor, "lang feat"]) -> Adapter:
        """The adapters of these typology vectors, with a leading axis of languages."""
        return self.decode(self.encode(typology))

    def decode(self, embedding: Float[Tensor, "lang e"]) -> Adapter:
        """``output_scale * Theta lambda``, cut into the layout's slots."""
        return Adapter.from_vector(self.spec, self.layout, self.output_scale * (embedding @ self.theta.mT))


class MadGLS(nn.Module):
    """``Theta [V t + b; mu_i]``: one tensor for all sites ("LS": layer-shared), and a learned embedding of each site.

    Arguments as :class:`MadG`; ``site_size`` is the length of ``mu_i`` (32 in the paper), which starts normal with
    standard deviation ``1 / site_size``, Theta with ``1 / (embedding_size + site_size)``.

    Raises:
        HypergenError: If the sites do not all have the same slots.

    Example:
        >>> from hypergen.adapters import BottleneckSpec, Site
        >>> spec = BottleneckSpec(size=48)
        >>> sites = [Site(f"bert.encoder.layer.{i}.output.LayerNorm", "norm", 768, 768) for i in range(12)]
        >>> generator = MadGLS(spec, spec.layout(sites))
        >>> sum(p.numel() for p in generator.parameters())
        4780480
    """

    def __init__(
        self,
        spec: AdapterSpec,
        layout: Layout,
        *,
        num_features: int = 289,
        embedding_size: int = 32,
        site_size: int = 32,
        init: Init = "paper",
        output_scale: float = 1.0,
        activation: Activation = "identity",
        feature_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        first, *others = [[(slot.name, slot.shape) for slot in slots] for slots in layout.slots_of.values()]
        if any(other != first for other in others):
            raise HypergenError("MAD-G-LS shares one tensor among sites of equal slots, and these differ; use MadG.")
        self.spec, self.layout, self.output_scale = spec, layout, output_scale
        self.encode = TypologyEncoder(
            num_features, embedding_size, activation=activation, feature_dropout=feature_dropout
        )
        self.mu = nn.Parameter(torch.randn(len(layout.sites), site_size) / site_size)
        context_size = embedding_size + site_size
        slots = layout.slots_of[layout.sites[0].path]
        self.theta = nn.Parameter(torch.randn(sum(slot.size for slot in slots), context_size) / context_size)
        start_at(self.theta, slots, init=init, identity_slots=spec.identity_slots)

    def forward(self, typology: Float[Tensor, "lang feat"]) -> Adapter:
        """The adapters of these typology vectors, with a leading axis of languages."""
        return self.decode(self.encode(typology))

    def decode(self, embedding: Float[Tensor, "lang e"]) -> Adapter:
        """``output_scale * Theta [lambda; mu_i]`` at every site i, cut into the layout's slots."""
        of_language, of_site = self.theta.split([embedding.shape[-1], self.mu.shape[-1]], dim=-1)
        per_site = (embedding @ of_language.mT).unsqueeze(1) + self.mu @ of_site.mT
        return Adapter.from_vector(self.spec, self.layout, self.output_scale * per_site.flatten(1))


@torch.no_grad()
def start_at(theta: Tensor, slots: tuple[Slot, ...], *, init: Init, identity_slots: tuple[str, ...]) -> None:
    """Zero the rows of ``theta`` that generate ``identity_slots`` where ``init`` is ``near_identity``."""
    if init == "near_identity":
        for slot, rows in zip(slots, theta.split([slot.size for slot in slots]), strict=True):
            if slot.name in identity_slots:
                rows.zero_()
