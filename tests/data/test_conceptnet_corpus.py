import csv
import json
from dataclasses import replace

import pytest

from hypergen.data.conceptnet_corpus import Selection, split_of, write_conceptnet
from hypergen.data.conceptnet_wordings import predicates
from hypergen.data.corpora import text_corpora
from hypergen.errors import CorpusError

from .test_conceptnet import line

CHOSEN = Selection(languages={"uig_Arab": "ug"}, predicates=predicates(33))
WORDS = [f"سۆز{n}" for n in range(300)]


@pytest.fixture
def source(tmp_path):
    """300 edges, one of them twice by another sense, and six that are to be dropped."""
    lines = [line(f"/c/ug/{start}", f"/c/en/word_{n}", relation="Synonym") for n, start in enumerate(WORDS)]
    lines += [
        line(f"/c/ug/{WORDS[0]}/n", "/c/en/word_0/n", relation="Synonym", weight=3.0, license="cc:by/4.0"),
        line(f"/c/ug/{WORDS[0]}", "http://dbpedia.org/resource/Word", relation="ExternalURL"),
        line(f"/c/ug/{WORDS[0]}", "/c/en/word", relation="NotDesires"),
        line(f"/c/ug/{WORDS[0]}/n", f"/c/az/{WORDS[0]}", relation="Synonym"),
        line("/c/en/word_0", f"/c/ug/{WORDS[0]}", relation="IsA"),
        "malformed\n",
    ]
    path = tmp_path / "assertions.csv"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def sentences(out, split, name="uig_Arab"):
    path = out / split / f"{name}.txt"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def test_every_sentence_is_there_once_and_in_one_split(source, tmp_path):
    write_conceptnet(source, out=tmp_path / "out", selection=CHOSEN)
    found = [told for split in ("train", "validation", "test") for told in sentences(tmp_path / "out", split)]
    assert sorted(found) == sorted(f"{start} is a synonym of word {n}." for n, start in enumerate(WORDS))
    assert 200 < len(sentences(tmp_path / "out", "train")) < 280


def test_every_edge_behind_a_sentence_keeps_where_it_is_from(source, tmp_path):
    write_conceptnet(source, out=tmp_path / "out", selection=CHOSEN)
    with (tmp_path / "out" / "edges" / "uig_Arab.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["sentence"].endswith(" word 0.")]
    assert [(row["line"], row["weight"], row["license"]) for row in rows] == [
        ("1", "1", "cc:by-sa/4.0"),
        ("301", "3", "cc:by/4.0"),
    ]
    assert rows[0]["split"] == rows[1]["split"]
    assert json.loads(rows[0]["contributors"]) == ["/s/a"]


def test_the_report_accounts_for_every_line(source, tmp_path):
    report = write_conceptnet(source, out=tmp_path / "out", selection=CHOSEN)
    assert report["lines"] == 306
    assert report["malformed"] == {"lines": 1, "first": [306]}
    told = report["languages"]["uig_Arab"]
    assert (told["edges"], sum(told["sentences"].values())) == (301, 300)
    assert told["dropped"] == {"end is an address": 1, "relation not chosen": 1, "start and end alike": 1}
    assert told["licences"] == {"cc:by-sa/4.0": 300, "cc:by/4.0": 1}
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8")) == report


def test_either_end_may_bring_an_edge_to_a_language(source, tmp_path):
    either = replace(CHOSEN, triples="either")
    assert write_conceptnet(source, out=tmp_path / "out", selection=either)["languages"]["uig_Arab"]["edges"] == 302


def test_a_minimum_weight_drops_lighter_edges(source, tmp_path):
    report = write_conceptnet(source, out=tmp_path / "out", selection=replace(CHOSEN, min_weight=2.0))
    assert report["languages"]["uig_Arab"]["edges"] == 1
    assert report["languages"]["uig_Arab"]["dropped"]["weight too low"] == 301


def test_as_published_takes_the_part_of_speech_for_the_word(source, tmp_path):
    selection = replace(CHOSEN, as_published=True, validation_share=0.0, test_share=0.0)
    write_conceptnet(source, out=tmp_path / "out", selection=selection)
    assert f"n is a synonym of {WORDS[0]}." in sentences(tmp_path / "out", "train")


def test_the_shares_are_the_shares():
    selection = replace(CHOSEN, validation_share=0.2, test_share=0.1)
    splits = [split_of(f"a{n}", f"b{n}", selection=selection) for n in range(5000)]
    for split, share in (("train", 0.7), ("validation", 0.2), ("test", 0.1)):
        assert abs(splits.count(split) - 5000 * share) < 5 * (5000 * share * (1 - share)) ** 0.5


def test_two_words_are_in_the_same_split_whichever_comes_first_and_another_seed_splits_anew():
    other = replace(CHOSEN, seed=0)
    pairs = [(f"a{n}", f"b{n}") for n in range(100)]
    assert all(split_of(a, b, selection=CHOSEN) == split_of(b, a, selection=CHOSEN) for a, b in pairs)
    assert any(split_of(a, b, selection=CHOSEN) != split_of(a, b, selection=other) for a, b in pairs)


def test_what_is_written_is_a_directory_of_text(source, tmp_path):
    write_conceptnet(source, out=tmp_path / "out", selection=CHOSEN)
    (corpus,) = text_corpora(tmp_path / "out" / "train")
    documents = "\n".join(corpus.documents())
    assert (corpus.name, documents.split("\n")) == ("uig_Arab", sentences(tmp_path / "out", "train"))


def test_nothing_is_left_behind_when_there_is_nothing_to_write(source, tmp_path):
    with pytest.raises(CorpusError, match=r"no edge for a sentence in ms .* among 306 lines"):
        write_conceptnet(source, out=tmp_path / "out", selection=replace(CHOSEN, languages={"zsm_Latn": "ms"}))
    assert [path.name for path in tmp_path.iterdir()] == ["assertions.csv"]


def test_what_is_there_already_is_not_overwritten(source, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(CorpusError, match="exists already"):
        write_conceptnet(source, out=tmp_path / "out", selection=CHOSEN)


def test_shares_that_leave_nothing_to_train_on_are_refused():
    with pytest.raises(CorpusError, match=r"validation_share is 0.5 and test_share 0.5"):
        replace(CHOSEN, validation_share=0.5, test_share=0.5)


def test_fewer_triples_are_among_more_and_held_back_ones_stay(source, tmp_path):
    whole = write_conceptnet(source, out=tmp_path / "all", selection=CHOSEN)["languages"]["uig_Arab"]["sentences"]
    drawn = {}
    for count in (20, 60):
        report = write_conceptnet(source, out=tmp_path / str(count), selection=replace(CHOSEN, max_triples=count))
        assert report["languages"]["uig_Arab"]["sentences"] == {**whole, "train": count}
        drawn[count] = set(sentences(tmp_path / str(count), "train"))
    assert drawn[20] < drawn[60] < set(sentences(tmp_path / "all", "train"))


def test_noise_makes_that_share_of_the_training_sentences_false_and_no_other(source, tmp_path):
    write_conceptnet(source, out=tmp_path / "true", selection=CHOSEN)
    write_conceptnet(source, out=tmp_path / "noisy", selection=replace(CHOSEN, noise=0.3))
    for split in ("validation", "test"):
        assert sentences(tmp_path / "noisy", split) == sentences(tmp_path / "true", split)
    true, noisy = (
        {told.split()[0]: told for told in sentences(tmp_path / name, "train")} for name in ("true", "noisy")
    )
    assert noisy.keys() == true.keys()  # the words stay, what is said of them changes
    assert 0.2 < sum(noisy[start] != told for start, told in true.items()) / len(true) < 0.4
    with (tmp_path / "noisy" / "edges" / "uig_Arab.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert all(row["end"].split("_")[1].split("/")[0] == row["start"].split("سۆز")[1].split("/")[0] for row in rows)


@pytest.mark.parametrize("option", [{"noise": 1.5}, {"noise": -0.1}, {"max_triples": 0}])
def test_a_share_or_number_that_cannot_be_is_refused(option):
    with pytest.raises(CorpusError, match="expected a share from 0 to 1, and 1 or more"):
        replace(CHOSEN, **option)
