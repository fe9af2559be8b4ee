"""New pieces of a vocabulary, beside a backbone and its tokenizer: what a language needs whose script they leave out.

With ``E`` the backbone's word embeddings and ``N`` the new rows, a piece ``i`` is embedded as ``E[i]`` for ``i < V``
and as ``N[i - V]`` from there on; its logit is ``h E[i] + b[i]``, or ``h N'[i - V] + c[i - V]``, where ``N' = N`` if
the backbone ties its embeddings. The backbone's own tensors stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from hypergen.errors import BackboneError, BundleError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["Vocabulary", "extend_backbone", "extended_tokenizer", "vocabulary_of"]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """New pieces with what a backbone needs for them."""

    pieces: tuple[str, ...]
    """As the tokenizer writes them, ``##`` and all, in the order of their ids."""
    rows: Float[Tensor, "new d"]
    """Their embeddings."""
    output: Float[Tensor, "new d"] | None = None
    """Their output embeddings, where the backbone does not tie the two."""
    bias: Float[Tensor, " new"] | None = None
    """Their output biases, where the backbone has any."""

    def tensors(self) -> dict[str, Tensor]:
        """Its tensors by name."""
        named = {"rows": self.rows, "output": self.output, "bias": self.bias}
        return {name: tensor for name, tensor in named.items() if tensor is not None}

    @classmethod
    def of_tensors(cls, pieces: Sequence[str], tensors: Mapping[str, Tensor]) -> Vocabulary:
        """The inverse of `tensors`.

        Raises:
            ValueError: If there is not a row for each piece.
        """
        vocabulary = cls(tuple(pieces), **tensors)
        if any(len(tensor) != len(vocabulary.pieces) for tensor in vocabulary.tensors().values()):
            raise ValueError(f"its vocabulary has {len(pieces)} pieces and another number of rows")
        return vocabulary


def extended_tokenizer(tokenizer: PreTrainedTokenizerBase, pieces: Sequence[str]) -> PreTrainedTokenizerBase:
    """A tokenizer that knows these pieces too, with ids behind those it has; the one given stays as it is.

    Raises:
        BackboneError: If it is of another kind than WordPiece (BERT's), or knows one of the pieces.
    """
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    told: dict[str, Any] = json.loads(wordpiece(tokenizer).to_str())
    known = told["model"]["vocab"]
    if twice := [piece for i, piece in enumerate(pieces) if piece in known or piece in pieces[:i]]:
        raise BackboneError(f"the tokenizer knows the piece {twice[0]!r} already; add only new ones, each once.")
    told["model"]["vocab"] = known | {piece: len(tokenizer) + i for i, piece in enumerate(pieces)}
    special = {str(kind): str(token) for kind, token in tokenizer.special_tokens_map.items()}
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(told)), model_max_length=tokenizer.model_max_length, **special
    )


def wordpiece(tokenizer: PreTrainedTokenizerBase) -> Any:
    """The tokenizer of the library ``tokenizers`` within.

    Raises:
        BackboneError: If it is not a WordPiece tokenizer.
    """
    backend: Any = getattr(tokenizer, "backend_tokenizer", None)
    kind = "of Python code" if backend is None else type(backend.model).__name__
    if kind != "WordPiece":
        raise BackboneError(f"the tokenizer is {kind}; only WordPiece vocabularies, such as BERT's, can be extended.")
    return backend


def extend_backbone(backbone: nn.Module, vocabulary: Vocabulary) -> None:
    """Give a backbone the rows of new pieces, in place; `vocabulary_of` reads them again.

    Raises:
        BackboneError: If it has other sizes, or new rows already.
    """
    inputs: Any = backbone.get_input_embeddings()  # type: ignore[operator]
    outputs: Any = backbone.get_output_embeddings()  # type: ignore[operator]
    if not isinstance(inputs, nn.Embedding) or not isinstance(outputs, nn.Linear):
        raise BackboneError("the backbone has new pieces already, or no output embedding; load it anew.")
    if inputs.embedding_dim != vocabulary.rows.shape[1]:
        raise BackboneError(
            f"the new pieces have embeddings of {vocabulary.rows.shape[1]} values, and the backbone's have "
            f"{inputs.embedding_dim}; give the backbone that they were trained on."
        )
    tied = outputs.weight is inputs.weight
    if tied is (vocabulary.output is not None) or (outputs.bias is None) is (vocabulary.bias is not None):
        raise BackboneError("the new pieces fit a backbone with another kind of output embedding; give theirs.")
    extended = ExtendedEmbedding(inputs, vocabulary.rows)
    _replace(backbone, inputs, extended)
    _replace(backbone, outputs, ExtendedOutput(outputs, extended, output=vocabulary.output, bias=vocabulary.bias))
    config: Any = backbone.config
    config.vocab_size = inputs.num_embeddings + len(vocabulary.pieces)


def vocabulary_of(backbone: nn.Module, pieces: Sequence[str]) -> Vocabulary:
    """The new rows of a backbone that `extend_backbone` gave it, as they are now.

    Raises:
        BundleError: If it has none.
    """
    embedding: Any = backbone.get_input_embeddings()  # type: ignore[operator]
    output: Any = backbone.get_output_embeddings()  # type: ignore[operator]
    if not isinstance(embedding, ExtendedEmbedding):
        raise BundleError("the backbone has no new pieces; extend it first.")
    new = {"rows": embedding.new, "output": output.new, "bias": output.new_bias}
    return Vocabulary.of_tensors(pieces, {n: t.detach().cpu().clone() for n, t in new.items() if t is not None})


def new_parameters(backbone: nn.Module) -> list[nn.Parameter]:
    """The parameters of the new pieces."""
    kinds = (ExtendedEmbedding, ExtendedOutput)
    found = [module for module in backbone.modules() if isinstance(module, kinds)]
    return list(dict.fromkeys(parameter for module in found for parameter in module.parameters(recurse=False)))


class ExtendedEmbedding(nn.Module):
    """``E`` with new rows behind it."""

    def __init__(self, old: nn.Embedding, rows: Float[Tensor, "new d"]) -> None:
        super().__init__()
        self.old = old
        self.new = nn.Parameter(rows.detach().clone().to(old.weight))

    def forward(self, ids: Int[Tensor, "*shape"]) -> Float[Tensor, "*shape d"]:
        """The embedding of each piece."""
        count, last = self.old.num_embeddings, len(self.new) - 1
        new = nn.functional.embedding((ids - count).clamp(0, last), self.new)
        return torch.where((ids >= count).unsqueeze(-1), new, self.old(ids.clamp(max=count - 1)))


class ExtendedOutput(nn.Module):
    """The logits of the backbone's own pieces, then those of the new ones."""

    def __init__(
        self, old: nn.Linear, embedding: ExtendedEmbedding, *, output: Tensor | None, bias: Tensor | None
    ) -> None:
        super().__init__()
        self.old = old
        self._embedding = (embedding,)  # in a tuple: its rows belong to the embedding, and are saved once
        self.new = None if output is None else nn.Parameter(output.detach().clone().to(old.weight))
        self.new_bias = None if bias is None else nn.Parameter(bias.detach().clone().to(old.weight))

    def forward(self, h: Float[Tensor, "*rows d"]) -> Float[Tensor, "*rows vocabulary"]:
        """Logits."""
        weight = self._embedding[0].new if self.new is None else self.new
        return torch.cat([self.old(h), nn.functional.linear(h, weight, self.new_bias)], dim=-1)


def _replace(model: nn.Module, old: nn.Module, new: nn.Module) -> None:
    """Put one module where another is, wherever that is."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if child is old and parent is not new:
                setattr(parent, name, new)
