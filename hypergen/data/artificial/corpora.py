"""Text of artificial languages, as corpora in memory and as files."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from hypergen.data.artificial.language import ArtificialLanguage
from hypergen.data.corpora import Corpus
from hypergen.errors import CorpusError

__all__ = ["HELD_BACK", "artificial_corpora", "write_language"]

HELD_BACK: Final = 1_000_000
"""The number that held-back sentences begin at; those to train on begin at 0."""
_DOCUMENT: Final = 25


def artificial_corpora(
    languages: Sequence[ArtificialLanguage], *, num_sentences: int, start: int = 0
) -> tuple[Corpus, ...]:
    """A corpus of each language: its sentences from number ``start`` on, in documents of 25.

    Example:
        >>> from hypergen.typology import TypologyTable
        >>> yucatec = ArtificialLanguage.from_table("yua", table=TypologyTable.from_uriel())
        >>> (corpus,) = artificial_corpora([yucatec], num_sentences=60)
        >>> corpus.name, len(list(corpus.documents()))
        ('yua_Latn', 3)

    Raises:
        CorpusError: fewer than one sentence is asked for, or some to train on together with some that are held back.
    """
    if num_sentences < 1:
        raise CorpusError(f"{num_sentences} sentences were asked for; a corpus needs at least 1.")
    if start < HELD_BACK < start + num_sentences:
        raise CorpusError(
            f"{num_sentences} sentences from number {start} on reach into those held back, from {HELD_BACK} on; ask "
            f"for {HELD_BACK - start} at most."
        )
    return tuple(
        Corpus(
            language=language.code,
            script="Latn",
            fingerprint=f"{language.fingerprint}/{start}/{num_sentences}",
            read=partial(_documents, language, num_sentences=num_sentences, start=start),
        )
        for language in languages
    )


def write_language(language: ArtificialLanguage, out: Path, *, num_sentences: int, start: int = 0) -> None:
    """Write ``OUT/<iso3>_Latn.txt`` (documents parted by blank lines) and ``OUT/<iso3>_Latn.conllu``.

    The treebank holds words, concepts as lemmas, UPOS, dependency trees, entities, topic and sentiment. Both files are
    written beside and renamed.
    """
    (corpus,) = artificial_corpora([language], num_sentences=num_sentences, start=start)
    out.mkdir(parents=True, exist_ok=True)
    texts = (f"{document}\n\n" for document in corpus.documents())
    trees = (
        sentence.conllu(f"{language.code}-{number}")
        for number, sentence in enumerate(language.sentences(num_sentences, start=start), start=start)
    )
    for ending, parts in (("txt", texts), ("conllu", trees)):
        path = out / f"{corpus.name}.{ending}"
        beside = path.with_suffix(f".{ending}.partial")
        with beside.open("w", encoding="utf-8") as file:
            file.writelines(parts)
        beside.replace(path)


def _documents(language: ArtificialLanguage, *, num_sentences: int, start: int) -> Iterator[str]:
    for first in range(start, start + num_sentences, _DOCUMENT):
        count = min(_DOCUMENT, start + num_sentences - first)
        yield "\n".join(sentence.text for sentence in language.sentences(count, start=first))
