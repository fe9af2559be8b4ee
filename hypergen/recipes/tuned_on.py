"""Which lines an adapter was tuned on, kept as hashes in its bundle, so that a score on them is not taken for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from hypergen.recipes.corpora import lines_of

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

    from hypergen.bundle import Bundle
    from hypergen.data.corpora import Corpus
    from hypergen.recipes.arguments import TextArgs

__all__ = ["TUNED_ON", "hashes_of", "told_tuned_on"]

TUNED_ON: Final = "tuned_on"
"""Among a bundle's metrics, the hashes; or a note where there are too many lines for that."""
MOST: Final = 5000
"""Of so many lines the hashes are kept."""


def hashes_of(
    lines: Iterable[str], trained: Sequence[Tensor], *, tokenizer: PreTrainedTokenizerBase, before: object = None
) -> list[str] | str:
    """The hashes of those lines that were trained on, with those of an earlier tuning; a note if they are too many.

    Args:
        lines: All that were given.
        trained: The token ids of those that were not held back.
        tokenizer: What they are the ids of.
        before: What the bundle that tuning started from says of its own lines.
    """
    from hypergen.data.blocks import document_hash
    from hypergen.data.cleaning import clean_line

    if isinstance(before, str) or len(trained) > MOST:
        return f"more than {MOST} lines, too many to keep their hashes"
    seen = {tuple(ids.tolist()) for ids in trained}
    clean = [text for text in dict.fromkeys(map(clean_line, lines)) if text]
    encoded = tokenizer(clean, add_special_tokens=False, verbose=False)["input_ids"]
    own = {f"{document_hash(text):016x}" for text, ids in zip(clean, encoded, strict=True) if tuple(ids) in seen}
    return sorted(own | set(before if isinstance(before, list) else []))


def told_tuned_on(bundle: Bundle, corpora: Mapping[str, Iterable[Corpus]], *, text: TextArgs) -> str:
    """A sentence about those of the held-back lines that a bundle was tuned on; empty if there is none."""
    from hypergen.data.blocks import document_hash

    told: Any = bundle.metrics.get(TUNED_ON, [])
    if isinstance(told, str):
        return f"The adapter was tuned on {told}; if the text that is scored has any of them, the loss is too low."
    known = set(told)
    scored = [line for several in corpora.values() for corpus in several
              for line in lines_of(corpus, text=text, side="validation")] if known else []  # fmt: skip
    found = sum(f"{document_hash(line):016x}" in known for line in scored)
    if not found:
        return ""
    return f"{found:,} of the {len(scored):,} lines scored were tuned on: its loss is too low; score other text."
