"""A generator is trained on languages that differ in four features only, and asked for one with a feature flipped."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from hypergen.recipes import demo_stages as stages
from hypergen.recipes.demo import DemoArgs
from hypergen.recipes.world import Languages, World, losses
from hypergen.sources import AdapterSource, GeneratedAdapters
from hypergen.typology import TypologyTable

FLIPPED = {"P_NASALS": ("m", "b"), "INV_CLOSE_BACK_ROUNDED_VOWEL": ("u", "o")}
"""Features, each with a letter that leaves without it, and the letter that comes instead."""
FEATURES = (*FLIPPED, "INV_CLOSE_MID_FRONT_UNROUNDED_VOWEL", "S_SVO")
TRAINED = (
    "zul",
    "xho",
    "sna",
    "nya",
    "lin",
    "kin",
    "run",
    "lug",
    "ewe",
    "yor",
    "ibo",
    "wol",
    "aka",
    "twi",
    "tsn",
    "sot",
)
UNSEEN = "swh"
SIZE = DemoArgs(
    backbone_steps=150, generator_steps=150, backbone_sentences=200, generator_sentences=200, held_back_sentences=100,
    hidden_size=64,
)  # fmt: skip


def changed(table: TypologyTable, code: str, values: dict[str, float]) -> TypologyTable:
    """A table in which some features of a language have other values."""
    array = table.values.copy()
    for name, value in values.items():
        array[table.languages.index(code), table.features.index(name)] = value
    return dataclasses.replace(table, values=array)


@pytest.fixture(scope="module")
def alike() -> TypologyTable:
    """All are Swahili, but for four features that are drawn anew for each; Swahili itself has them all."""
    table = TypologyTable.from_uriel().select([UNSEEN, *TRAINED])
    values = np.repeat(table.vectors([UNSEEN]).numpy(), len(table.languages), axis=0)
    columns = [table.features.index(name) for name in FEATURES]
    bits = np.arange(len(table.languages))[:, None] >> np.arange(len(FEATURES)) & 1  # all sixteen combinations
    values[:, columns] = bits
    values[table.languages.index(UNSEEN), columns] = 1
    observed = np.ones_like(table.observed)
    return dataclasses.replace(table, values=values.astype(np.float32), observed=observed, feature_sets="like-swahili")


@pytest.fixture(scope="module")
def trained(alike, tmp_path_factory):
    """A model, and the generator over it that was trained on all but one."""
    out: Path = tmp_path_factory.mktemp("flipped")
    world = World(alike, out / "cache", 0)
    languages = Languages(TRAINED[:4], TRAINED[4:], (UNSEEN,), ())
    stages.train_backbone(world, languages, size=SIZE, out=out / "backbone")
    model, source, _ = stages.train_generator(world, languages, size=SIZE, out=out)
    return model, source.generator, out / "cache"


@pytest.mark.filterwarnings("ignore:The number of training batches")
@pytest.mark.filterwarnings("ignore:Found .* module.* in eval mode")
@pytest.mark.parametrize("feature", FLIPPED)
def test_flipping_a_feature_moves_text_as_its_rule_says_and_the_generators_prediction_with_it(trained, alike, feature):
    model, generator, cache_dir = trained
    had, has = FLIPPED[feature]
    tables = {"as it is": alike, "flipped": changed(alike, UNSEEN, {feature: 0.0})}
    worlds = {name: World(table, cache_dir, 0) for name, table in tables.items()}
    text = {name: "".join(s.text for s in world.language(UNSEEN).sentences(50)) for name, world in worlds.items()}
    assert had in text["as it is"]
    assert had not in text["flipped"]
    assert text["flipped"].count(has) > text["as it is"].count(has)

    def loss(of: str, by: str) -> float:
        source: AdapterSource = GeneratedAdapters(generator, tables[by])
        held_back = worlds[of].held_back([UNSEEN], num_sentences=SIZE.held_back_sentences)
        return losses(model, held_back, source)[UNSEEN]

    for own, other in (("as it is", "flipped"), ("flipped", "as it is")):
        assert loss(own, by=own) < loss(own, by=other)
