import csv
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from hypergen.errors import HypergenError, UnknownLanguageError
from hypergen.languages import Language, all_languages, related

TABLE = Path(__file__).parents[1] / "hypergen" / "resources" / "languages.tsv"


@pytest.mark.parametrize(
    ("text", "iso3"),
    [
        ("yua", "yua"),
        ("YUA", "yua"),
        (" yua ", "yua"),
        ("sw", "swa"),
        ("zh", "zho"),
        ("iw", "heb"),
        ("ger", "deu"),
        ("alb", "sqi"),
        ("yuca1254", "yua"),
        ("Yucatec Maya", "yua"),
        ("maya, yucatec", "yua"),
        ("yucatec  maya", "yua"),
        ("Greek", "ell"),
        ("Norwegian", "nor"),
        ("Malay", "msa"),
        ("Arabic", "ara"),
        ("swh_Latn", "swh"),
        ("zh-Hant", "zho"),
        ("stan1293_Latn", "eng"),
        ("fri", "fry"),
    ],
)
def test_a_language_goes_by_codes_aliases_glottocodes_and_names(text, iso3):
    assert Language.parse(text).iso3 == iso3


def test_a_script_is_kept_beside_the_language():
    assert Language.parse("swh_latn").script == "Latn"
    assert Language.parse("kas-Deva").script == "Deva"
    assert Language.parse("swh").script is None


def test_a_language_knows_its_family_genus_glottocode_and_macro_language():
    assert Language.parse("swh") == Language(
        iso3="swh",
        name="Swahili",
        glottocode="swah1253",
        family="Atlantic-Congo",
        genus="Bantu",
        macrolanguage="swa",
        genus_source="WALS",
    )


def test_an_inferred_genus_says_so():
    inferred = Language.parse("lvs")
    assert (inferred.genus, inferred.genus_source is not None and "inferred" in inferred.genus_source) == (
        "Baltic",
        True,
    )


def test_a_near_miss_is_answered_with_suggestions():
    with pytest.raises(
        UnknownLanguageError,
        match=r"^'yuka' is no language hypergen knows \(ISO 639-1/639-3 code, Glottocode or English name\); "
        r"did you mean .*yua \(Yucatec Maya\)",
    ):
        Language.parse("yuka")


@pytest.mark.parametrize(
    ("text", "meant"), [("swahilli", "swh (Swahili)"), ("Yoruva", "yor (Yoruba)"), ("engl", "eng")]
)
def test_a_misspelt_name_suggests_what_was_meant(text, meant):
    with pytest.raises(UnknownLanguageError) as error:
        Language.parse(text)
    assert meant in str(error.value)


@pytest.mark.parametrize("text", ["", "  ", "?" * 500, "swh_Latn_x", "_Latn"])
def test_what_resembles_nothing_is_still_refused_in_one_sentence(text):
    with pytest.raises(UnknownLanguageError, match="is no language hypergen knows"):
        Language.parse(text)


def test_a_name_of_several_languages_asks_for_a_code():
    with pytest.raises(UnknownLanguageError, match=r"several languages: .*; give one of these codes"):
        Language.parse("Jarawa")


def test_an_unknown_language_is_a_hypergen_error():
    assert issubclass(UnknownLanguageError, HypergenError)


def test_a_language_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Language.parse("swh").name = "Kiswahili"  # type: ignore[misc]


def test_related_codes_are_the_code_its_macro_language_and_that_ones_members():
    assert related("lvs") == ("lvs", "lav", "ltg")
    assert related("sw_Latn") == ("swa", "swc", "swh")
    assert related("yua") == ("yua",)


def test_every_code_means_itself_and_every_macro_language_exists():
    languages = all_languages()
    assert all(Language.parse(language.iso3) == language for language in languages)
    assert {language.macrolanguage for language in languages} - {None} <= {language.iso3 for language in languages}


def test_the_table_is_ordered_holds_each_code_once_and_says_where_it_comes_from():
    text = TABLE.read_text(encoding="utf-8")
    rows = list(
        csv.DictReader((line for line in text.splitlines() if line[0] != "#"), delimiter="\t", quoting=csv.QUOTE_NONE)
    )
    codes = [row["iso3"] for row in rows]
    assert codes == sorted(set(codes))
    assert len(codes) > 8000
    assert "CC BY 4.0" in text.split("iso3\t")[0]


def test_glottologs_drawers_for_the_unclassified_are_no_families():
    assert not {"Bookkeeping", "Unattested", "Unclassifiable"} & {language.family for language in all_languages()}


def test_importing_the_module_reads_no_table_and_loads_no_heavy_library():
    code = (
        "import sys, hypergen.languages as lang; "
        "print('torch' in sys.modules, 'numpy' in sys.modules, lang._tables.cache_info())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=TABLE.parents[2]
    )
    assert done.stdout.startswith("False False CacheInfo(hits=0, misses=0")
