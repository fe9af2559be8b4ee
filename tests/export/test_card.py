from dataclasses import replace

import pytest
import yaml

from hypergen.adapters import BottleneckSpec
from hypergen.bundle import BackboneInfo, Bundle, GeneratorInfo, TypologyInfo
from hypergen.export import Card
from hypergen.typology import TypologyTable

CARD = Card("swh", "tiny", "0123456789ab", "a bottleneck", "trained on text")


@pytest.fixture
def generator(bert, layout, tmp_path):
    (tmp_path / "mine.csv").write_text("language,a,b\nswh,1,0\nyua,0,\nx-far,1,1\n")
    table = TypologyTable.from_csv(tmp_path / "mine.csv")
    return Bundle(
        BottleneckSpec(size=4),
        layout,
        BackboneInfo("tiny", "0123456789ab"),
        {},
        generator=GeneratorInfo("mad-g", {}),
        typology=TypologyInfo(table.feature_sets, table.fingerprint),
        table=table,
        languages=("swh",),
        metrics={"steps": 3},
    )


def header_of(text: str) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load(text.split("---\n")[1])
    return found


@pytest.mark.parametrize(("library", "tag"), [("adapterhub", "adapter-transformers"), ("peft", "peft")])
def test_the_hub_reads_its_header(library, tag):
    header = header_of(replace(CARD, licence="cc-by-sa-4.0").text(library))
    assert (header["language"], header["base_model"], header["license"]) == ("swh", "tiny", "cc-by-sa-4.0")
    assert header["library_name"] == tag
    assert tag in header["tags"]  # type: ignore[operator]


def test_it_names_language_and_family():
    text = CARD.text("adapterhub")
    assert "# A language adapter for Swahili (swh)" in text
    assert "Family: Atlantic-Congo" in text


def test_an_invented_language_goes_by_its_code():
    assert "# A language adapter for x-far\n" in replace(CARD, language="x-far").text("peft")


def test_a_licence_that_nobody_stated_is_not_invented():
    text = CARD.text("adapterhub")
    assert header_of(text)["license"] == "unknown"
    assert "Licence: not stated" in text


def test_it_says_how_to_load_it():
    assert 'AutoAdapterModel.from_pretrained("tiny")' in CARD.text("adapterhub")
    assert 'AutoModelForCausalLM.from_pretrained("tiny")' in CARD.text("peft", auto="AutoModelForCausalLM")


def test_a_generated_adapter_says_by_what_and_how_far_its_typology_was_observed(generator):
    card = Card.of(generator, language="yua")
    assert card.coverage == 0.5
    assert "generated from the typology of yua (mine.csv) by mad-g, trained on text of 1 languages" in card.origin
    assert "not among them" in card.origin
    assert "one of them" in Card.of(generator, language="swh").origin
    assert "50% of its features observed" in card.text("adapterhub")
    assert "- steps: 3" in card.text("adapterhub")


def test_an_adapter_that_was_generated_still_says_so_in_a_bundle_of_its_own(generator, adapter):
    bundle = Bundle.of_adapter(
        adapter, language="yua", backbone=generator.backbone, typology=generator.typology,
        metrics={"generated_from": "yua", "coverage": 0.5},
    )  # fmt: skip
    card = Card.of(bundle, language="yua")
    assert (card.coverage, dict(card.metrics)) == (0.5, {})
    assert card.origin.startswith("generated from the typology of yua")


def test_it_says_on_what_it_was_trained_and_that_is_no_number(generator):
    known = replace(generator, metrics={"steps": 3, "text": {"text": "corpus (mlm)"}})
    text = Card.of(known, language="yua").text("adapterhub")
    assert "- Training data: text corpus (mlm); text of swh" in text
    assert "- text:" not in text


def test_an_imported_adapter_is_not_said_to_be_trained_here(generator, adapter):
    bundle = Bundle.of_adapter(
        adapter, language="swh", backbone=generator.backbone, metrics={"imported_from": "hub/sw"}
    )
    assert Card.of(bundle, language="swh").origin.startswith("imported from hub/sw; the card there")


@pytest.mark.parametrize(("language", "licence"), [("yes", "CC BY: 4.0"), ("swh", "[x")])
def test_whatever_stands_in_its_header_is_read_back(language, licence):
    header = header_of(replace(CARD, language=language, licence=licence).text("peft"))
    assert (header["language"], header["license"]) == (language, licence)


def test_the_backbone_that_is_on_no_hub_is_told_where_to_find():
    assert "located('hypergen-mini')" in replace(CARD, base_model="hypergen-mini").text("adapterhub")


def test_a_trained_adapter_says_so(generator, adapter):
    bundle = Bundle.of_adapter(adapter, language="swh", backbone=generator.backbone, metrics={"loss": 2.5})
    card = Card.of(bundle, language="swh")
    assert card.origin == "trained on text of the language"
    assert card.coverage is None
    assert "- loss: 2.5" in card.text("peft")
