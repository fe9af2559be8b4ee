import random
import sys

import pytest

from hypergen.data.near_duplicates import NearDuplicates
from hypergen.errors import CorpusError


def text(seed, *, words=200):
    rng = random.Random(seed)
    return " ".join("".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(words))


def with_changes(document, *, share):
    """The document with a share of its words, in one run, replaced."""
    words, other = document.split(), text(99).split()
    n = round(share * len(words))
    return " ".join(other[:n] + words[n:])


def runs(document):
    letters = document.replace(" ", "")
    return {letters[i : i + 5] for i in range(len(letters) - 4)}


def test_a_document_is_known_again_whatever_its_case_marks_and_spaces():
    seen = NearDuplicates()
    assert seen.add("Habari ya asubuhi, wananchi wote!")
    assert not seen.add("HABARI YA ASUBUHI wananchi-wote")
    assert seen.add("Leo tunazungumza juu ya mvua.")


def test_documents_above_the_threshold_are_found_and_those_below_are_kept():
    above = below = 0
    for seed in range(50):
        seen, document = NearDuplicates(threshold=0.8), text(seed)
        near, far = with_changes(document, share=0.04), with_changes(document, share=0.25)
        assert len(runs(document) & runs(near)) / len(runs(document) | runs(near)) > 0.9
        assert len(runs(document) & runs(far)) / len(runs(document) | runs(far)) < 0.65
        seen.add(document)
        above += not seen.add(near)
        below += seen.add(far)
    assert above >= 49  # an estimate of 0.92 from 120 hashes has a standard deviation of 0.025
    assert below >= 49


def test_scripts_without_spaces_are_treated_like_others():
    seen = NearDuplicates()
    assert seen.add("今日は良い天気ですから散歩に行きましょう")
    assert not seen.add("今日は、良い天気ですから、散歩に行きましょう。")


def test_order_alone_decides_and_not_the_process():
    found = [[seen.add(text(seed % 7)) for seed in range(20)] for seen in (NearDuplicates(), NearDuplicates())]
    assert found[0] == found[1] == [True] * 7 + [False] * 13


@pytest.mark.parametrize("threshold", [0.0, 1.1])
def test_a_threshold_out_of_range_is_refused(threshold):
    with pytest.raises(CorpusError, match="expected above 0 and at most 1"):
        NearDuplicates(threshold=threshold)


def test_without_the_library_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "rensa", None)
    with pytest.raises(CorpusError, match=r"pip install -e '\.\[corpora\]' in hypergen's directory"):
        NearDuplicates()
