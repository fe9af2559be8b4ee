"""Every language stands in exactly one of five groups."""

import pytest

from hypergen.evaluation.groups import Group, Splits, SplitsError, group_of, read_splits, write_splits

GENUS = {
    "eng": "Germanic",
    "deu": "Germanic",
    "nld": "Germanic",
    "swh": "Bantu",
    "zul": "Bantu",
    "yua": "Mayan",
    "quc": "Mayan",
    "eus": "Basque",
}
SPLITS = Splits(
    backbone=("eng", "deu"), generator=("swh",), generator_random=("yua",), development=("nld",), report=("zul",)
)


@pytest.mark.parametrize(
    ("language", "group"),
    [
        ("eng", Group.BACKBONE_SEEN),
        ("swh", Group.GENERATOR_SEEN),
        ("nld", Group.UNSEEN_BACKBONE_GENUS),
        ("zul", Group.UNSEEN_GENERATOR_GENUS),
        ("yua", Group.UNSEEN_NEW_GENUS),
        ("eus", Group.UNSEEN_NEW_GENUS),
    ],
)
def test_a_language_stands_where_it_was_seen_or_else_where_its_genus_was(language, group):
    assert group_of(language, splits=SPLITS, genus_of=GENUS.get) is group


def test_the_five_groups_partition_the_languages():
    groups = {language: group_of(language, splits=SPLITS, genus_of=GENUS.get) for language in GENUS}
    assert set(groups.values()) == set(Group)
    assert len(Group) == 5


def test_a_generator_trained_on_random_languages_has_groups_of_its_own():
    groups = {
        language: group_of(language, splits=SPLITS.with_random_generator(), genus_of=GENUS.get) for language in GENUS
    }
    assert groups["yua"] is Group.GENERATOR_SEEN
    assert groups["quc"] is Group.UNSEEN_GENERATOR_GENUS
    assert groups["zul"] is Group.UNSEEN_NEW_GENUS


def test_the_two_lists_for_a_generator_are_alternatives_and_may_overlap():
    splits = Splits(backbone=("eng",), generator=("swh", "yua"), generator_random=("yua", "zul"))
    assert splits.with_random_generator().generator == ("yua", "zul")


def test_a_genus_of_both_backbone_and_generator_counts_as_the_backbones():
    splits = Splits(backbone=("eng",), generator=("deu",))
    assert group_of("nld", splits=splits, genus_of=GENUS.get) is Group.UNSEEN_BACKBONE_GENUS


def test_two_languages_of_unknown_genus_are_not_relatives():
    splits = Splits(backbone=("xxa",), generator=("xxb",))
    assert group_of("xxc", splits=splits, genus_of=GENUS.get) is Group.UNSEEN_NEW_GENUS


@pytest.mark.parametrize("seen", ["backbone", "generator", "generator_random", "development"])
def test_no_language_is_in_two_splits(seen):
    with pytest.raises(SplitsError, match=f"'swh' is in '{seen}' and 'report'"):
        Splits(**{seen: ("swh",), "report": ("swh",)})


def test_no_language_is_twice_in_a_split():
    with pytest.raises(SplitsError, match="twice in 'report'"):
        Splits(report=("swh", "swh"))


@pytest.mark.parametrize("code", ["sw", "swh_Latn", "SWH", ""])
def test_a_split_holds_iso_639_3_codes_only(code):
    with pytest.raises(SplitsError, match="ISO 639-3"):
        Splits(report=(code,))


@pytest.mark.parametrize("script", ["nkoo", "Nko", "swh_Latn"])
def test_a_script_to_leave_out_is_an_iso_15924_code(script):
    with pytest.raises(SplitsError, match="ISO 15924"):
        Splits(left_out_scripts=(script,))


def test_a_script_to_leave_out_is_no_split():
    assert "left_out_scripts" not in dict(Splits(left_out_scripts=("Nkoo",)).items())


def test_splits_read_back_as_written_even_where_a_code_is_a_word_of_yaml(tmp_path):
    splits = Splits(backbone=("eng",), generator=("yes", "nan"), report=("zul",), left_out_scripts=("Nkoo",))
    write_splits(splits, tmp_path / "languages" / "splits.yaml", comment="How these were chosen:\nby hand.")
    assert read_splits(tmp_path / "languages" / "splits.yaml") == splits


def test_a_bare_yes_in_a_file_is_the_language_yeskwa(tmp_path):
    (tmp_path / "splits.yaml").write_text("generator: [yes, swh]  # unquoted\n")
    assert read_splits(tmp_path / "splits.yaml").generator == ("yes", "swh")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("reprot: [swh]", "unknown splits"),
        ("report: swh", "not a list"),
        ("- swh", "holds list"),
        ("report: [swh", "not YAML"),
    ],
)
def test_a_file_that_is_no_set_of_splits_is_refused(tmp_path, text, message):
    (tmp_path / "splits.yaml").write_text(text)
    with pytest.raises(SplitsError, match=message):
        read_splits(tmp_path / "splits.yaml")
