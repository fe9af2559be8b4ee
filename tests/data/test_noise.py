import pytest

from hypergen.data.corpora import Corpus
from hypergen.data.noise import noisy
from hypergen.errors import CorpusError

LINES = [f"sun{n} is a type of star{n}." for n in range(400)]


def lines(share, *, seed=0, told=LINES):
    corpus = Corpus("eng", "Latn", "demo", read=lambda: iter(["\n".join(told[:150]), "\n".join(told[150:])]))
    changed = noisy(corpus, share=share, seed=seed)
    documents = list(changed.documents())
    assert [len(document.split("\n")) for document in documents] == [150, len(told) - 150]
    return "\n".join(documents).split("\n"), changed.fingerprint


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_share_of_false_sentences_is_the_share(share):
    found, _ = lines(share)
    false = sum(a != b for a, b in zip(found, LINES, strict=True))
    assert false / len(LINES) == pytest.approx(share, abs=0.07 if 0 < share < 1 else 0)


def test_a_false_sentence_ends_in_the_end_of_another_and_begins_as_before():
    found, _ = lines(1.0)
    assert all(line.split(" star")[0] == own.split(" star")[0] for line, own in zip(found, LINES, strict=True))
    assert {line.split(" of ")[1] for line in found} <= {line.split(" of ")[1] for line in LINES}


def test_what_is_false_at_a_smaller_share_is_false_at_a_larger_one():
    few, many = (lines(share)[0] for share in (0.2, 0.6))
    assert all(b == c for a, b, c in zip(LINES, few, many, strict=True) if a != b)


def test_another_share_or_seed_has_another_fingerprint():
    assert len({lines(share, seed=seed)[1] for share, seed in ((0.0, 0), (0.5, 0), (0.6, 0), (0.5, 1))}) == 4


def test_where_all_sentences_end_alike_there_is_nothing_to_change():
    told = [f"sun{n} is a type of star." for n in range(200)]
    assert lines(1.0, told=told)[0] == told


def test_sentences_that_are_no_triples_and_shares_above_one_are_refused():
    with pytest.raises(CorpusError, match=r"noise is 1\.5; expected a share from 0 to 1"):
        lines(1.5)
    with pytest.raises(CorpusError, match="it has no wording of ConceptNet's relations"):
        lines(0.5, told=["the sun shines"] * 200)
