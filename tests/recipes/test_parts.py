import pytest

from hypergen.errors import CorpusError, HypergenError, TypologyError
from hypergen.recipes.arguments import GeneratorArgs, TextArgs
from hypergen.recipes.parts import corpora_of, objectives_of, table_of, with_typology
from hypergen.typology import TypologyTable

from .conftest import write_text


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("language,a\nswh,1\n")
    return table_of(GeneratorArgs(typology_csv=path))


def test_every_group_that_is_named_is_read(text):
    corpora = corpora_of(TextArgs(directory=text, conceptnet=text, languages=["swh"]))
    assert {name: [corpus.name for corpus in group] for name, group in corpora.items()} == {
        "directory": ["swh_Latn"],
        "conceptnet": ["swh_Latn"],
    }


@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_a_language_need_not_be_in_every_group(text, tmp_path, on_error):
    graph = write_text(tmp_path / "graph", "swh_Latn")
    with pytest.warns(UserWarning, match=r"graph has no corpus for 1 of the 2 that are asked for \(yor\)"):
        corpora = corpora_of(TextArgs(directory=text, conceptnet=graph, languages=["swh", "yor"], on_error=on_error))
    assert {name: [corpus.name for corpus in group] for name, group in corpora.items()} == {
        "directory": ["swh_Latn", "yor_Latn"],
        "conceptnet": ["swh_Latn"],
    }


def test_without_a_group_there_is_nothing_to_read():
    with pytest.raises(CorpusError, match="no text was named"):
        corpora_of(TextArgs())


def test_the_typology_is_uriel_or_a_file_of_ones_own(table):
    assert (table.feature_sets, table.languages) == ("mine.csv", ("swh",))
    assert (
        table_of(GeneratorArgs(feature_sets="syntax_knn")).fingerprint
        == TypologyTable.from_uriel("syntax_knn").fingerprint
    )


def test_a_language_without_typology_stops_or_is_left_out_with_a_warning(text, table):
    corpora = corpora_of(TextArgs(directory=text, languages=["swh", "yor"]))
    with pytest.raises(TypologyError, match="no row for yor"):
        with_typology(corpora, table=table, on_error="stop")
    with pytest.warns(UserWarning, match="Left out yor_Latn"):
        kept = with_typology(corpora, table=table, on_error="skip")
    assert [corpus.name for corpus in kept["directory"]] == ["swh_Latn"]


def test_a_decoder_learns_the_next_token_and_an_encoder_what_is_masked(bert, llama):
    text = TextArgs(objectives={"conceptnet": "tlm-side"})
    groups = ["directory", "conceptnet"]
    assert objectives_of(text, groups=groups, backbone=bert) == {"directory": "mlm", "conceptnet": "tlm-side"}
    assert objectives_of(TextArgs(), groups=groups, backbone=llama) == dict.fromkeys(groups, "clm")
    with pytest.raises(HypergenError, match="has tlm-side for conceptnet, and the backbone is a decoder"):
        objectives_of(text, groups=groups, backbone=llama)


def test_languages_are_asked_for_by_name_too_and_the_list_is_named_where_one_is_missing(text):
    (found,) = corpora_of(TextArgs(directory=text, languages=["Basque", "sw-Latn"])).values()
    assert [corpus.name for corpus in found] == ["eus_Latn", "swh_Latn"]
    with pytest.raises(CorpusError, match=r"has no corpus for Zulu.*text.languages asks for it: correct that"):
        corpora_of(TextArgs(directory=text, languages=["Zulu"]))
    with pytest.raises(CorpusError, match="LANGUAGE asks for it"):
        corpora_of(TextArgs(directory=text, languages=["zul"]), named_by="LANGUAGE")
