import gzip
import lzma
import warnings

import pytest
import zstandard

from hypergen.data.corpora import gather, text_corpora, text_holdings
from hypergen.errors import CorpusError

TEXT = "Habari ya asubuhi\nNinakwenda shule leo\n"
OTHER = "Guten Morgen zusammen\nHeute gehe ich zur Schule\n"


def test_each_file_is_a_language_in_a_script(write):
    corpora = text_corpora(write(swh_Latn__txt=TEXT, deu_Latn__txt=OTHER, manifest__tsv="ignored"))
    assert [(c.language, c.script, c.name) for c in corpora] == [
        ("deu", "Latn", "deu_Latn"),
        ("swh", "Latn", "swh_Latn"),
    ]
    assert list(corpora[1].documents()) == [TEXT.strip()] == list(corpora[1].documents())


@pytest.mark.parametrize(
    ("suffix", "pack"), [("xz", lzma.compress), ("gz", gzip.compress), ("zst", zstandard.ZstdCompressor().compress)]
)
def test_a_packed_file_reads_like_a_plain_one(write, suffix, pack):
    (corpus,) = text_corpora(write(**{f"swh_Latn__txt__{suffix}": pack(TEXT.encode())}))
    assert list(corpus.documents()) == [TEXT.strip()]


def test_a_blank_line_ends_a_document(write):
    (corpus,) = text_corpora(write(swh_Latn__txt="moja\nmbili\n\n \n\ntatu\n\n"))
    assert list(corpus.documents()) == ["moja\nmbili", "tatu"]


def test_a_file_without_blank_lines_is_cut_every_so_many_lines(write):
    (corpus,) = text_corpora(write(swh_Latn__txt="moja\nmbili\ntatu\n\n"), document_lines=2)
    assert list(corpus.documents()) == ["moja\nmbili", "tatu"]


def test_only_takes_languages_and_languages_in_a_script(write):
    root = write(swh_Latn__txt=TEXT, ace_Arab__txt="سلام عليكم", ace_Latn__txt=OTHER)
    assert [c.name for c in text_corpora(root, only=["ace"])] == ["ace_Arab", "ace_Latn"]
    assert [c.name for c in text_corpora(root, only=["ace_Latn", "swh"])] == ["ace_Latn", "swh_Latn"]
    with pytest.raises(CorpusError, match="no corpus for swa; near misses: swh"):
        text_corpora(root, only=["swa"])


def test_what_is_asked_for_and_not_there_is_left_out_with_a_warning_when_skipping(write):
    root, skipped = write(swh_Latn__txt=TEXT), []
    with pytest.warns(UserWarning, match="no corpus for swa; near misses: swh"):
        corpora = text_corpora(root, only=["swa", "swh"], on_error="skip", on_skip=skipped.append)
    assert [c.name for c in corpora] == ["swh_Latn"]
    assert len(skipped) == 1


@pytest.fixture
def groups(tmp_path):
    """Two directories: Swahili and German, German and Maya."""
    for group, names in {"web": ("swh_Latn", "deu_Latn"), "graph": ("deu_Latn", "yua_Latn")}.items():
        (tmp_path / group).mkdir()
        for name in names:
            (tmp_path / group / f"{name}.txt").write_text(f"{TEXT}{name}")
    return {group: text_holdings(tmp_path / group) for group in ("web", "graph")}


@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_a_group_may_lack_what_another_has_and_says_so_in_one_line(groups, on_error):
    with pytest.warns(UserWarning, match="other text has") as said:
        found = gather(groups, only=["swh", "deu", "yua-Latn"], on_error=on_error)
    assert {group: [c.name for c in corpora] for group, corpora in found.items()} == {
        "web": ["deu_Latn", "swh_Latn"],
        "graph": ["deu_Latn", "yua_Latn"],
    }
    web, graph = (str(warning.message) for warning in said)
    assert "web has no corpus for 1 of the 3 that are asked for (yua_Latn); other text has." in web
    assert "graph has no corpus for 1 of the 3 that are asked for (swh); other text has." in graph


def test_what_no_group_has_is_an_error_or_when_skipping_a_warning(groups):
    with pytest.raises(CorpusError, match=r"web and .*graph have no corpus for swa; near misses: swh"):
        gather(groups, only=["deu", "swa"], on_error="stop")
    with pytest.warns(UserWarning, match="have no corpus for swa"):
        found = gather(groups, only=["deu", "swa"], on_error="skip")
    assert [[c.name for c in corpora] for corpora in found.values()] == [["deu_Latn"], ["deu_Latn"]]


@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_a_group_with_nothing_that_is_asked_for_is_an_error(groups, on_error):
    with pytest.warns(UserWarning, match="web has no"), pytest.raises(CorpusError, match=r"No corpus of .*web"):
        gather(groups, only=["yua"], on_error=on_error)


def test_holdings_can_be_read_again(groups):
    first, again = (gather(groups, only=None, on_error="stop") for _ in range(2))
    assert first == again


def test_a_cap_holds_for_each_script_by_itself(write):
    root = write(ace_Arab__txt="سلام\n\nعليكم", ace_Latn__txt="assalam\n\nhalo")
    assert [list(c.documents()) for c in text_corpora(root, max_bytes=8)] == [["سلام"], ["assalam"]]


def test_a_fingerprint_changes_with_text_and_options_only(write):
    root = write(swh_Latn__txt=TEXT)
    (first,) = text_corpora(root)
    assert text_corpora(root)[0] == first
    assert text_corpora(root, document_lines=1)[0].fingerprint != first.fingerprint
    assert text_corpora(root, max_bytes=100)[0].fingerprint != first.fingerprint
    write(swh_Latn__txt=TEXT + "zaidi\n")
    assert text_corpora(root)[0].fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"swh_Latn__txt": ""}, "gives no document"),
        ({"swh_Latn__txt": "1 2 3\n"}, "gives no document"),
        ({"swh_Latn__txt": b"moja\nmbil\xe9 tatu\n"}, "swh_Latn.txt is not UTF-8 at byte 9"),
        ({"swh_Latn__txt__xz": lzma.compress(TEXT.encode())[:-20]}, "swh_Latn.txt.xz is cut short or damaged"),
        ({"swh_Latn__txt__xz": TEXT}, "swh_Latn.txt.xz is cut short or damaged"),
        ({"swh_Latn__txt__gz": gzip.compress(TEXT.encode())[:-9]}, "swh_Latn.txt.gz is cut short or damaged"),
        ({"swh_Latn__txt__gz": TEXT}, "swh_Latn.txt.gz is cut short or damaged"),
        ({"swh_Latn__txt__zst": zstandard.compress(TEXT.encode())[:-9]}, "swh_Latn.txt.zst is cut short or damaged"),
        ({"swh_Latn__txt__zst": TEXT}, "swh_Latn.txt.zst is cut short or damaged"),
        ({"qqq_Latn__txt": TEXT}, "qqq_Latn.txt is named after no known language"),
        ({"swahili__txt": TEXT}, "is named 'swahili'; expected <iso3>_<Script>"),
        ({"swh_Latn__txt": TEXT, "swh_Latn__txt__gz": gzip.compress(b"habari")}, "holds swh_Latn twice"),
        ({"swh_Latn__txt": TEXT, "deu_Latn__txt": TEXT}, "are the same bytes under two names"),
    ],
)
def test_a_bad_file_is_one_sentence_or_one_warning(write, files, message):
    root = write(**files)
    with pytest.raises(CorpusError, match=message) as stopped:
        text_corpora(root)
    assert str(root) in str(stopped.value)

    write(yua_Latn__txt=OTHER)
    skipped: list[CorpusError] = []
    with pytest.warns(UserWarning, match=message):
        corpora = text_corpora(root, on_error="skip", on_skip=skipped.append)
    assert "yua_Latn" in [corpus.name for corpus in corpora]
    assert [str(error) for error in skipped] == [str(stopped.value)]


def test_a_damaged_file_that_is_not_asked_for_does_no_harm(write):
    root = write(swh_Latn__txt=TEXT, deu_Latn__txt=b"\xff\xfe")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(text_corpora(root, only=["swh"])) == 1


def test_nothing_to_read_is_an_error_even_when_skipping(write, tmp_path):
    with pytest.raises(CorpusError, match="There is no directory"):
        text_corpora(tmp_path / "absent", on_error="skip")
    with pytest.raises(CorpusError, match="holds no text file"):
        text_corpora(write(notes__md="none"), on_error="skip")
    root = write(swh_Latn__txt="")
    with pytest.warns(UserWarning, match="gives no"), pytest.raises(CorpusError, match="No corpus of"):
        text_corpora(root, on_error="skip")
