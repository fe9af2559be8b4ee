import gzip
import json
import lzma

import pytest

from hypergen.data.conceptnet import last_part, read_edges, word
from hypergen.errors import CorpusError


def line(start, end, *, relation="IsA", weight=1.0, **others):
    told = {"dataset": "/d/wiktionary/en", "license": "cc:by-sa/4.0", "sources": [{"contributor": "/s/a"}], **others}
    info = json.dumps({**told, "weight": weight})
    return f"/a/[/r/{relation}/,{start}/,{end}/]\t/r/{relation}\t{start}\t{end}\t{info}\n"


LINES = [
    line("/c/ug/قىز/n", "/c/en/girl", weight=2.5),
    line("/c/en/girl", "/c/ug/قىز"),
    line("/c/ug/قىز", "http://en.wiktionary.org/wiki/قىز", relation="ExternalURL"),
    line("/c/en/girl", "/c/fr/fille"),
]


@pytest.fixture
def assertions(tmp_path):
    def write(lines=LINES, name="assertions.csv"):
        path = tmp_path / name
        opener = {".gz": gzip.open, ".xz": lzma.open}.get(path.suffix, open)
        with opener(path, "wb") as file:
            file.writelines(text if isinstance(text, bytes) else text.encode() for text in lines)
        return path

    return write


def numbers(source, **options):
    return [edge.line for edge in read_edges(source, languages=["ug"], **options)]


def test_an_edge_keeps_weight_source_and_licence(assertions):
    edge = next(read_edges(assertions(), languages=["ug"]))
    assert (edge.line, edge.relation, edge.start, edge.end) == (1, "IsA", "/c/ug/قىز/n", "/c/en/girl")
    assert (edge.weight, edge.dataset, edge.license) == (2.5, "/d/wiktionary/en", "cc:by-sa/4.0")
    assert edge.contributors == ("/s/a",)


def test_an_edge_belongs_to_the_language_it_starts_in_or_to_either(assertions):
    assert numbers(assertions()) == [1, 3]
    assert numbers(assertions(), triples="either") == [1, 2, 3]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.csv.xz"])
def test_packed_files_and_addresses_read_like_plain_ones(assertions, name):
    path = assertions(name=name)
    assert numbers(path) == numbers(path.as_uri()) == [1, 3]


def test_a_malformed_line_is_left_out_and_told_by_its_number(assertions):
    bad = [
        "only\tfour\tcolumns\there\n",
        line("/c/ug/قىز", "/c/en/girl").replace("/r/", "/q/"),
        line("قىز", "/c/en/girl"),
        line("/c/ug", "/c/en/girl"),
        line("/c/ug/قىز", "girl"),
        line("/c/ug/قىز", "/c/en/"),
        line("/c/ug/قىز", "/c/en/girl", weight="heavy"),
        line("/c/ug/قىز", "/c/en/girl", sources=5),
        line("/c/ug/قىز", "/c/en/girl").replace("{", "", 1),
        b"\xff" + line("/c/ug/\udcff", "/c/en/girl").encode(errors="surrogateescape"),
        "\n",
    ]
    told = []
    assert numbers(assertions([LINES[0], *bad, LINES[0]]), on_malformed=told.append) == [1, len(bad) + 2]
    assert told == list(range(2, len(bad) + 2))


def test_the_lines_read_are_told_at_the_end_too(assertions):
    told = []
    numbers(assertions(), on_line=told.append)
    assert told == [4]


def test_a_file_cut_short_says_after_which_line(assertions):
    path = assertions(LINES * 500, name="assertions.csv.gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CorpusError, match=r"assertions.csv.gz is cut short or damaged after line \d+"):
        numbers(path)


def test_an_address_that_does_not_answer_is_a_sentence(tmp_path):
    with pytest.raises(CorpusError, match=r"absent.csv does not answer .*give a local copy"):
        numbers((tmp_path / "absent.csv").as_uri())


@pytest.mark.parametrize(
    ("uri", "correct", "published"),
    [
        ("/c/en/milch_cow", "milch cow", "milch cow"),
        ("/c/en/milch_cow/n", "milch cow", "n"),
        ("/c/en/test/n/wikt/en_1", "test", "en 1"),
        ("/c/en", "", "en"),
    ],
)
def test_the_word_of_a_node_is_the_part_behind_the_language(uri, correct, published):
    assert (word(uri), last_part(uri)) == (correct, published)
