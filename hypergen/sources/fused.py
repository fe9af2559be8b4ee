"""Fused sources: the adapters that several sources have for a language, mixed token by token."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from hypergen.adapters.core import Adapter
from hypergen.adapters.fused import fuse
from hypergen.adapters.fusion import fusion_penalty
from hypergen.sources.core import Languages


class FusedAdapters(nn.Module):
    """``fuse([source(l) for each source], fusion(l))``: AdapterFusion as a source.

    The fusion trains, the sources are frozen here (``fused.sources.requires_grad_()`` trains them too). Adapters that
    are the same for every language, say those of some languages in a bank, are sources too
    (:class:`~hypergen.sources.core.StoredAdapter`).

    Args:
        sources: Languages -> adapters, all of one method and at the same sites.
        fusion: Languages -> a fusion of that method: a stored one, or one for each language.
        penalty: Weight of the penalty on maps to values (0.01 in AdapterHub); a training loop adds it to its loss.

    References:
        Pfeiffer et al. (2021), AdapterFusion, https://arxiv.org/abs/2005.00247.
    """

    def __init__(self, sources: Sequence[nn.Module], fusion: nn.Module, *, penalty: float = 0.01) -> None:
        super().__init__()
        self.sources = nn.ModuleList(sources).requires_grad_(False)
        self.fusion, self.penalty_weight = fusion, penalty

    def forward(self, languages: Languages) -> Adapter:
        """The fused adapters of these languages.

        Raises:
            HypergenError: If the sources' adapters cannot be fused.
        """
        return fuse([source(languages) for source in self.sources], self.fusion(languages))

    def penalty(self, languages: Languages, adapter: Adapter) -> Tensor:  # noqa: ARG002 (like any penalty)
        """``weight * sum |I - V|^2`` of the fusion."""
        return fusion_penalty(self.fusion(languages), weight=self.penalty_weight)
