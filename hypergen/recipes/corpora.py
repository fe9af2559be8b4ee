"""What is asked of corpora: which of them a name means, and the lines of theirs that are held back or trained on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Literal

from hypergen.errors import UnknownLanguageError
from hypergen.languages import Language, related

if TYPE_CHECKING:
    from hypergen.data.corpora import Corpus
    from hypergen.recipes.arguments import TextArgs

__all__ = ["code_among", "lines_of"]


def code_among(known: Collection[str], asked: str) -> str:
    """A language that is asked for by code or name as one of those known; else as it is.

    A macro-language is the one member of it that is known, if there is one.

    Example:
        >>> code_among(["swh", "swh_Latn", "eus"], "Swahili"), code_among(["swh", "swh_Latn"], "sw-Latn")
        ('swh', 'swh_Latn')
    """
    plain = asked.replace("-", "_")
    if plain in known:
        return plain
    try:
        language = Language.parse(asked)
    except UnknownLanguageError:
        return plain
    codes = related(language.iso3) if language.macrolanguage is None else (language.iso3,)
    names = [code if language.script is None else f"{code}_{language.script}" for code in codes]
    there = [name for name in names if name in known]
    return there[0] if there and (there[0] == names[0] or len(there) == 1) else plain


def lines_of(corpus: Corpus, *, text: TextArgs, side: Literal["train", "validation"]) -> Iterator[str]:
    """The lines of a corpus' documents that are trained on, or held back: `blocks` divides them the same way."""
    from hypergen.data.blocks import document_hash
    from hypergen.data.held_back import held_back_hashes

    held = held_back_hashes(corpus, validation_share=text.validation_share)
    for document in corpus.documents():
        if (document_hash(document) in held) is (side == "validation"):
            yield from document.split("\n")
