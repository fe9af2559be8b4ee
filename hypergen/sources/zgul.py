"""ZGUL: an unseen language is adapted by the adapters of several others, weighted by typology and by what is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from hypergen.adapters.core import Adapter
from hypergen.adapters.fused import fuse
from hypergen.adapters.terms import AdditiveMethod
from hypergen.adapters.zgul import LANGUAGE, ZgulSpec
from hypergen.generators.encoder import TypologyEncoder
from hypergen.sources.core import AdapterBank, Languages, Typology, with_axis


class ZgulAdapters(nn.Module):
    """The adapters of a bank, frozen, mixed for a language l by :class:`~hypergen.adapters.zgul.ZgulSpec`.

    The weights of the language at site s are ``a_i = (T_s lambda(l) + b_s) . lambda(i)``, i a language of the bank,
    with ``lambda = V t + b`` the embedding of a typology vector. V, T and the mixture's own tensors are trained, on a
    task in the bank's languages.

    Args:
        bank: Trained adapters of source languages.
        typology: Vectors of these and of the languages to come.
        embedding_size: Length of a language embedding (32 in the authors' code).
        rng: Draws the start.

    References:
        Rathore et al. (2023), ZGUL, https://arxiv.org/abs/2310.16393.
    """

    def __init__(
        self, bank: AdapterBank, typology: Typology, *, embedding_size: int = 32, rng: torch.Generator
    ) -> None:
        super().__init__()
        self.bank, self.typology = bank.requires_grad_(False), typology
        self.spec = ZgulSpec(cast(AdditiveMethod, bank.spec), len(bank.languages))
        self.layout = self.spec.layout(bank.layout.sites)
        self.mixture = nn.Parameter(self.spec.initial(self.layout, rng=rng).vector())
        self.sources = typology.vectors(bank.languages)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(torch.randint(2**31, (), generator=rng)))
            self.encode = TypologyEncoder(self.sources.shape[-1], embedding_size)
        places = [(slot.site, slot.name) for slot in self.layout.slots if slot.name.endswith(LANGUAGE)]
        self.places = {place: number for number, place in enumerate(places)}
        self.turn = nn.Parameter(torch.eye(embedding_size).repeat(len(places), 1, 1))
        self.shift = nn.Parameter(torch.zeros(len(places), embedding_size))

    def forward(self, languages: Languages) -> Adapter:
        """The mixed adapters for these languages, in the bank or not.

        Raises:
            TypologyError: If a language has no row in the table.
        """
        return with_axis(languages, self._mixed)

    def language_weights(self, languages: Sequence[str]) -> Tensor:
        """``a_i`` before the softmax, (place, lang, language of the bank)."""
        device = self.turn.device
        own = self.encode(self.typology.vectors(languages).to(device))
        turned = torch.einsum("sef,lf->sle", self.turn, own) + self.shift.unsqueeze(1)
        logits: Tensor = turned @ self.encode(self.sources.to(device)).mT
        return logits

    def _mixed(self, languages: Sequence[str]) -> Adapter:
        logits, shared = self.language_weights(languages), self.layout.split(self.mixture)
        tensors = {
            path: {
                name: logits[self.places[path, name]]
                if (path, name) in self.places
                else tensor.expand(len(languages), *tensor.shape)
                for name, tensor in weights.items()
            }
            for path, weights in shared.items()
        }
        parts = list(self.bank(list(self.bank.languages)))
        return fuse(parts, Adapter(self.spec, self.layout, tensors))
