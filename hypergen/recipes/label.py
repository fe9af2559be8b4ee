"""``hypergen label``: a task done in text that nobody labelled, in a language that nobody trained it in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from hypergen.errors import TaskError
from hypergen.recipes.checks import check_writable_file
from hypergen.recipes.one_for_all import check_acts_in, languages_under
from hypergen.recipes.quiet import quiet
from hypergen.shipped import GENERATOR

if TYPE_CHECKING:
    from hypergen.data.tasks.sentences import Sentence
    from hypergen.data.tasks.task import Task

__all__ = ["label"]

TOGETHER: Final = 512
"""Sentences that are labelled between two moves of the bar."""


def label(
    language: str,
    *,
    task: Path,
    text: Path,
    out: Path,
    bundle: str = GENERATOR,
    any_bundle: bool = False,
    one_for_all: bool = False,
    backbone: str | None = None,
    split_words: bool = True,
) -> None:
    """Label the lines of a text file with a task: tags, entities, trees, topics, in any language.

    Tags and entities are written as CoNLL (word, tab, label), or tags as CoNLL-U in a file of that name, trees as
    CoNLL-U, topics and sentiment as TSV; `evaluate --task` and `train-task` read them.

    Args:
        language: Code or name: ``yua``, ``swh_Latn``, ``Yucatec Maya``.
        task: A task bundle: OUT/bundle of ``hypergen train-task``.
        text: A file, one sentence a line, also packed as .xz, .gz or .zst; empty lines are left out.
        out: The file to write.
        bundle: The language adapters that the task was trained over, if it was over any.
        any_bundle: Let a bundle act that it was not trained over, such as one of finetune.
        one_for_all: Let one language's adapter act in this one, as a baseline.
        backbone: By default the one that the task names.
        split_words: Whether punctuation at a word's ends is a word of its own; without it words are what is between
            spaces.

    Raises:
        UnknownLanguageError: There is no such language.
        BundleError: A bundle cannot be read, or is not the one that the task was trained over.
        TaskError: The text has no line with anything on it, or one that is longer than the model reads.
    """
    from rich.console import Console
    from rich.progress import track

    from hypergen.backbones import load_backbone, load_tokenizer
    from hypergen.data.tasks.sentences import Sentence
    from hypergen.data.tasks.writing import write_labelled
    from hypergen.languages import Language
    from hypergen.task_bundle import TaskBundle

    console = Console()
    check_writable_file(out)
    code = Language.parse(language).iso3
    loaded = TaskBundle.load(task)
    languages = languages_under(loaded, given=task, bundle=bundle, any_bundle=any_bundle)
    check_acts_in(
        languages, [code], given=str(task) if languages is None else bundle, one_for_all=one_for_all,
        fused_in=loaded.languages,
    )  # fmt: skip
    sentences = sentences_in(text, task=loaded.task, split_words=split_words)
    with quiet():
        name = backbone or loaded.backbone.name
        model = loaded.model(load_backbone(name), languages=languages, any_bundle=any_bundle)
        tokenizer = load_tokenizer(name) if languages is None else languages.tokenizer(load_tokenizer(name))
        encoder, found = loaded.encoder(tokenizer), list[Sentence]()
        for start in track(range(0, len(sentences), TOGETHER), description=code, console=console):
            found += model.label(sentences[start : start + TOGETHER], language=code, encoder=encoder)
    beside = out.with_name(f".part-{out.name}")
    write_labelled(beside, found, task=loaded.task)
    beside.replace(out)
    learned = ", ".join(loaded.languages)
    console.print(f"{out}: {loaded.task.name} of {len(found):,} sentences of {code}, learned in {learned}")


def sentences_in(text: Path, *, task: Task, split_words: bool) -> list[Sentence]:
    """The lines of a file as sentences without labels; a text with one label is a sentence of one word.

    Raises:
        TaskError: There is none.
    """
    from hypergen.data.tasks.sentences import Sentence
    from hypergen.data.text_files import text_lines
    from hypergen.data.words import words_of

    found = []
    for number, line in enumerate(text_lines(text), start=1):
        if stripped := line.strip():
            words = (stripped,) if task.kind == "sequence" else words_of(stripped) if split_words else stripped.split()
            found.append(Sentence(tuple(words), place=f"{text}, line {number}"))
    if not found:
        raise TaskError(f"{text} has no line with anything on it; give a file with one sentence a line.")
    return found
