"""Labelled sentences as files that others read: CoNLL, CoNLL-U and TSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hypergen.data.tasks.files import suffix_of
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import Task

__all__ = ["suffix_for", "write_labelled"]


_SUFFIXES = {"token": ".conll", "sequence": ".tsv", "arc": ".conllu"}


def suffix_for(sentences: Sequence[Sentence], *, task: Task) -> str:
    """What a file of these sentences ends in: ``.conllu`` where all were read from such files, else as the task has it.

    Example:
        >>> from hypergen.data.tasks.task import POS
        >>> suffix_for([Sentence(("Juma",), ("PROPN",), place="swh/test.conllu.xz, line 3")], task=POS)
        '.conllu'
    """
    read_from = {suffix_of(Path(sentence.place.rpartition(",")[0])) for sentence in sentences}
    return ".conllu" if read_from == {".conllu"} else _SUFFIXES[task.kind]


def write_labelled(path: Path, sentences: Sequence[Sentence], *, task: Task) -> None:
    """Write the sentences of a task so that `read_labelled` reads them again, in UTF-8.

    Trees, and parts of speech where ``path`` ends in ``.conllu``, are CoNLL-U; other labels of words are CoNLL (word,
    tab, label); texts are TSV with the columns ``text`` and ``label``, tabs and line ends in a text made spaces.

    Raises:
        OSError: It cannot be written.
    """
    if task.kind == "sequence":
        rows = [("text", "label"), *((" ".join(s.words[0].split()), s.labels[0]) for s in sentences)]
        lines = ["\t".join(row) for row in rows]
    elif task.kind == "arc" or path.suffix == ".conllu":
        lines = [line for sentence in sentences for line in _conllu(sentence, is_tree=task.kind == "arc")]
    else:
        lines = [line for s in sentences for line in (*map("\t".join, zip(s.words, s.labels, strict=True)), "")]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _conllu(sentence: Sentence, *, is_tree: bool) -> Iterator[str]:
    """Ten columns a word; without trees heads and relations are ``_``, so that nobody reads a parse there."""
    yield f"# text = {' '.join(sentence.words)}"
    for number, (word, label) in enumerate(zip(sentence.words, sentence.labels, strict=True), start=1):
        head, relation, upos = (str(sentence.heads[number - 1]), label, "_") if is_tree else ("_", "_", label)
        yield "\t".join((str(number), word, "_", upos, "_", "_", head, relation, "_", "_"))
    yield ""
