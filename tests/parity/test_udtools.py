"""UAS and LAS beside the official scorer of Universal Dependencies."""

import random

import pytest

from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import PARSING
from hypergen.data.tasks.writing import write_labelled
from hypergen.trees import maximum_tree

udeval = pytest.importorskip("udtools.udeval", reason="the official scorer is not installed (pip install udtools)")


def drawn(rng, *, like=None):
    """A random tree; with ``like``, one of the same words that agrees with it now and then."""
    size = rng.randint(1, 8) if like is None else len(like.words)
    heads = maximum_tree([[rng.random() for _ in range(size + 1)] for _ in range(size)])
    labels = rng.choices(PARSING.labels[:5], k=size)
    if like is not None and rng.random() < 0.4:
        heads, labels = list(like.heads), [*like.labels[: size // 2], *labels[size // 2 :]]
    words = tuple(rng.choice("abc") for _ in range(size)) if like is None else like.words
    return Sentence(words, tuple(labels), tuple(heads))


def read(path):
    with path.open(encoding="utf-8") as file:
        return udeval.load_conllu(file, str(path), {})


def test_attachment_scores_are_those_of_the_official_scorer(tmp_path):
    rng = random.Random(0)
    gold = [drawn(rng) for _ in range(60)]
    found = [drawn(rng, like=sentence) for sentence in gold]
    for name, sentences in (("gold", gold), ("found", found)):
        write_labelled(tmp_path / f"{name}.conllu", sentences, task=PARSING)
    official = udeval.evaluate(read(tmp_path / "gold.conllu"), read(tmp_path / "found.conllu"))
    ours = PARSING.scores(gold, found)
    assert 0.1 < ours["las"] < ours["uas"] < 0.9
    assert ours == pytest.approx({"las": official["LAS"].f1, "uas": official["UAS"].f1}, abs=1e-9)
