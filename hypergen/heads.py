"""Heads: from the last hidden states of a backbone to labels of words, of whole texts, and dependency trees.

A head is given hidden states and *places*: where in its row each word's first piece stands, -1 where there are no more
words. *Columns* are what a word is labelled with: one label, or the number of its head and a relation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from hypergen.trees import maximum_tree

__all__ = ["HEADS", "NO_LABEL", "ArcHead", "Head", "SequenceHead", "TokenHead", "head_of"]

NO_LABEL = -100
"""Stands where there is no word, or none whose label is known; no loss is computed there."""

Hidden = Float[Tensor, "batch tokens d"]
Places = Int[Tensor, "batch words"]
Labels = Int[Tensor, "batch words columns"]


@runtime_checkable
class Head(Protocol):
    """What training and evaluation ask of a head."""

    def loss(self, hidden: Hidden, places: Places, labels: Labels) -> Float[Tensor, ""]:
        """The mean loss over what is labelled."""
        ...

    def predict(self, hidden: Hidden, places: Places) -> Labels:
        """The best labels; anything where there is no word."""
        ...


class TokenHead(nn.Module):
    """A label for each word: ``softmax(W dropout(h) + b)`` with ``h`` the hidden state of its first piece.

    The loss is the mean cross-entropy over words, each weighted by its label's weight.

    Args:
        hidden_size: Of the backbone.
        num_labels: How many labels there are.
        dropout: Chance that an entry of ``h`` is dropped in training.
        class_weights: One weight a label, against imbalance; all alike by default.
    """

    class_weights: Tensor | None

    def __init__(
        self,
        hidden_size: int,
        num_labels: int,
        *,
        dropout: float = 0.1,
        class_weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        self.dropout, self.linear = nn.Dropout(dropout), nn.Linear(hidden_size, num_labels)
        weights = None if class_weights is None else torch.tensor(class_weights)
        self.register_buffer("class_weights", weights, persistent=False)

    def forward(self, hidden: Hidden, places: Places) -> Float[Tensor, "batch words labels"]:
        """Logits of the labels of each word."""
        logits: Tensor = self.linear(self.dropout(at(hidden, places)))
        return logits

    def loss(self, hidden: Hidden, places: Places, labels: Labels) -> Float[Tensor, ""]:
        """The mean cross-entropy, in nats."""
        loss: Tensor = _cross_entropy(self(hidden, places), labels[..., 0], weights=self.class_weights)
        return loss

    def predict(self, hidden: Hidden, places: Places) -> Labels:
        """The label with the highest logit, one column."""
        best: Tensor = self(hidden, places).argmax(-1, keepdim=True)
        return best


class SequenceHead(TokenHead):
    """A label for a whole text: ``softmax(W dropout(tanh(V dropout(h) + c)) + b)``, ``h`` the state at its one place.

    That is ``[CLS]`` in encoders; the layer in between is BERT's pooler, as AdapterHub's head for texts has it.
    """

    def __init__(
        self,
        hidden_size: int,
        num_labels: int,
        *,
        dropout: float = 0.1,
        class_weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__(hidden_size, num_labels, dropout=dropout, class_weights=class_weights)
        self.pool = nn.Linear(hidden_size, hidden_size)

    def forward(self, hidden: Hidden, places: Places) -> Float[Tensor, "batch words labels"]:
        """Logits of the labels of each text."""
        pooled = torch.tanh(self.pool(self.dropout(at(hidden, places))))
        logits: Tensor = self.linear(self.dropout(pooled))
        return logits


class ArcHead(nn.Module):
    """A dependency tree: biaffine scores of every word's head and of the relation to it.

    With ``d_i = relu(D h_i)``, ``e_j = relu(E h_j)`` and a 1 appended to ``d``, both of them once for arcs and once for
    relations: ``arc(i, j) = d_i U e_j / sqrt(arc_size)`` and, with a 1 appended to ``e`` too, ``relation(i, j, k) =
    d_i V_k e_j / sqrt(relation_size)``. Head 0 is the root, whose ``h`` is that of the row's first token. The loss is
    the sum of two mean cross-entropies: of the head, and of the relation to the right head. Prediction is the tree with
    one root that has the highest sum of arc log-probabilities, and the best relation of each of its arcs.

    Args:
        hidden_size: Of the backbone.
        num_labels: How many relations there are.
        arc_size: Length of ``d`` and ``e`` for arcs.
        relation_size: Length of ``d`` and ``e`` for relations.
        dropout: Chance that an entry of ``h``, ``d`` or ``e`` is dropped in training.

    References:
        Dozat and Manning (2017), https://arxiv.org/abs/1611.01734.
    """

    def __init__(
        self, hidden_size: int, num_labels: int, *, arc_size: int = 256, relation_size: int = 64, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.arc_of, self.arc_to = nn.Linear(hidden_size, arc_size), nn.Linear(hidden_size, arc_size)
        self.relation_of, self.relation_to = (nn.Linear(hidden_size, relation_size) for _ in range(2))
        self.arc = nn.Parameter(torch.eye(arc_size + 1, arc_size))
        self.relation = nn.Parameter(torch.randn(num_labels, relation_size + 1, relation_size + 1) / relation_size**0.5)

    def forward(
        self, hidden: Hidden, places: Places
    ) -> tuple[Float[Tensor, "batch words heads"], Float[Tensor, "batch words heads labels"]]:
        """Scores of every word's heads, of which there is one more than words, and of the relations to them."""
        words = self.dropout(at(hidden, places))
        heads = torch.cat([self.dropout(hidden[:, :1]), words], dim=1)
        of, to = self._bent(self.arc_of, words), self._bent(self.arc_to, heads)
        arcs = torch.einsum("bwi,ij,bhj->bwh", _with_one(of), self.arc, to) / self.arc_of.out_features**0.5
        of, to = self._bent(self.relation_of, words), self._bent(self.relation_to, heads)
        relations = torch.einsum("bwi,kij,bhj->bwhk", _with_one(of), self.relation, _with_one(to))
        absent = nn.functional.pad(places < 0, (1, 0), value=False)[:, None]
        itself = torch.eye(places.shape[1], dtype=torch.bool, device=places.device)
        never = absent | nn.functional.pad(itself, (1, 0), value=False)
        return arcs.masked_fill(never, -math.inf), relations / self.relation_of.out_features**0.5

    def loss(self, hidden: Hidden, places: Places, labels: Labels) -> Float[Tensor, ""]:
        """The mean cross-entropy of heads plus that of relations, in nats."""
        arcs, relations = self(hidden, places)
        heads, kinds = labels.unbind(-1)
        return _cross_entropy(arcs, heads) + _cross_entropy(_to(relations, heads.clamp(min=0)), kinds)

    def predict(self, hidden: Hidden, places: Places) -> Labels:
        """The heads of the best tree (0 is the root) and the relations to them, two columns."""
        arcs, relations = self(hidden, places)
        heads = torch.zeros_like(places)
        log_p = arcs.float().log_softmax(-1).cpu()
        for row, length in enumerate((places >= 0).sum(1).tolist()):
            tree = maximum_tree(log_p[row, :length, : length + 1].tolist())
            heads[row, :length] = torch.tensor(tree, dtype=heads.dtype, device=heads.device)
        return torch.stack([heads, _to(relations, heads).argmax(-1)], dim=-1)

    def _bent(self, linear: nn.Module, x: Tensor) -> Tensor:
        dropped: Tensor = self.dropout(torch.relu(linear(x)))
        return dropped


HEADS: Final[Mapping[str, type[nn.Module]]] = {"token": TokenHead, "sequence": SequenceHead, "arc": ArcHead}
"""The head of each kind of task."""


def head_of(kind: str, weights: Mapping[str, Tensor]) -> nn.Module:
    """A head with these weights, of the sizes that they have, in evaluation mode; copies, in float32.

    Raises:
        RuntimeError, KeyError, IndexError: They are no weights of such a head.
    """
    with torch.random.fork_rng(devices=[]):  # the weights that are drawn here are replaced at once
        if kind == "arc":
            arc_size, hidden_size = weights["arc_of.weight"].shape
            num_labels, relation_size, _ = weights["relation"].shape
            sizes = {"arc_size": arc_size, "relation_size": relation_size - 1}
            head: nn.Module = ArcHead(hidden_size, num_labels, **sizes)
        else:
            num_labels, hidden_size = weights["linear.weight"].shape
            head = HEADS[kind](hidden_size, num_labels)
    head.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    return head.eval()


def at(hidden: Hidden, places: Places) -> Float[Tensor, "batch words d"]:
    """The hidden states at ``places``; of a place -1, some other state."""
    index = places.clamp(min=0).unsqueeze(-1).expand(-1, -1, hidden.shape[-1])
    return hidden.gather(1, index)


def _to(relations: Float[Tensor, "batch words heads labels"], heads: Places) -> Float[Tensor, "batch words labels"]:
    """The scores of the relations to these heads."""
    index = heads[..., None, None].expand(-1, -1, 1, relations.shape[-1])
    return relations.gather(2, index).squeeze(2)


def _with_one(x: Tensor) -> Tensor:
    return nn.functional.pad(x, (0, 1), value=1.0)


def _cross_entropy(
    logits: Float[Tensor, "batch words labels"], labels: Places, *, weights: Tensor | None = None
) -> Float[Tensor, ""]:
    """The mean over what is labelled."""
    flat = logits.flatten(0, 1).float()
    return nn.functional.cross_entropy(flat, labels.flatten(), weight=weights, ignore_index=NO_LABEL)
