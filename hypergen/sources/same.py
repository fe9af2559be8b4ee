"""One language's adapter for all: whether it matters which language an adapter is of."""

from __future__ import annotations

from torch import nn

from hypergen.adapters.core import Adapter
from hypergen.sources.core import Languages


class OneForAll(nn.Module):
    """``A(l) = source(k)`` for every language l: the paper's "MAD-G-en" with k = ``eng``.

    Args:
        source: Languages -> adapters.
        language: k.

    References:
        Ansell et al. (2021), MAD-G, https://aclanthology.org/2021.findings-emnlp.410.
    """

    def __init__(self, source: nn.Module, language: str) -> None:
        super().__init__()
        self.source, self.language = source, language

    def forward(self, languages: Languages) -> Adapter:
        """The one adapter, as often as there are languages.

        Raises:
            HypergenError: If the source has none of that language.
        """
        one = self.language
        adapter: Adapter = self.source(one if isinstance(languages, str) else [one] * len(languages))
        return adapter
