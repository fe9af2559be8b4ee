from dataclasses import replace

import pytest
import torch

from hypergen.adapters import BottleneckSpec, Site
from hypergen.backbones import load_backbone
from hypergen.generators import MadG
from hypergen.recipes import demo_stages as stages
from hypergen.recipes.demo import DemoArgs
from hypergen.recipes.world import Languages, World
from hypergen.shipped import BACKBONE
from hypergen.sources import GeneratedAdapters
from hypergen.typology import TypologyTable

LANGUAGES = Languages(("eng", "deu"), ("zul", "fin"), ("swh", "yua"), ("swh",))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(TypologyTable.from_uriel(), tmp_path_factory.mktemp("cache"), 0)


def test_each_control_gives_the_generator_another_vector(world):
    spec = BottleneckSpec(size=2)
    layout = spec.layout([Site("layer.norm", "norm", in_size=4, out_size=4)])
    source = GeneratedAdapters(MadG(spec, layout, num_features=289), world.table)
    sources = stages.controls(source, world, LANGUAGES)
    given = {name: source.typology.vectors(["swh"])[0] for name, source in sources.items() if source is not None}
    own, nearest = world.table.vectors(["swh"])[0], world.table.vectors(["zul"])[0]
    assert torch.equal(given["generated"], own)
    assert torch.equal(given["nearest"], nearest)
    assert torch.allclose(given["mean"], world.table.vectors(list(LANGUAGES.trained)).mean(0))
    assert torch.equal(given["swapped"], world.table.vectors(["yua"])[0])
    assert sources["none"] is None


def test_the_shuffled_control_keeps_nothing_of_the_languages_own_vectors(world, tmp_path, monkeypatch):
    from hypergen.recipes.arguments import GeneratorArgs

    made = []
    monkeypatch.setattr(stages, "losses", lambda model, held_back, source: made.append(source) or {})
    monkeypatch.setattr("hypergen.training.fitting.fit", lambda *_, **__: 0)
    monkeypatch.setattr(World, "text", lambda *_, **__: None)
    monkeypatch.setattr("hypergen.backbones.load_backbone", lambda *_, **__: load_backbone(BACKBONE))
    size = replace(SMALL, generator=GeneratorArgs(known=["eng"]))
    stages.shuffled(world, LANGUAGES, [], size=size, out=tmp_path)
    (source,) = made
    given, own = (each.vectors(LANGUAGES.trained) for each in (source.typology, world.table))
    assert not torch.equal(given, own)
    assert torch.equal(source.generator.encode.anchors.vectors, given)


def test_the_generator_is_trained_on_its_own_languages_and_the_backbones():
    assert LANGUAGES.trained == ("zul", "fin", "eng", "deu")


SMALL = DemoArgs(
    generator_languages=2, unseen_languages=2, oracle_languages=1, backbone_steps=2, generator_steps=2, oracle_steps=2,
    backbone_sentences=60, generator_sentences=60, oracle_sentences=60, held_back_sentences=20, few_steps=2, few=[20],
    hidden_size=64,
)  # fmt: skip
FOUR = Languages(
    ("eng", "deu", "fra", "rus"),
    ("zul", "fin", "tur", "quy", "ewe", "kat", "hin", "tam", "tha", "khm", "ind", "hun"),
    ("swh", "yua"),
    ("swh",),
)


@pytest.mark.filterwarnings("ignore:The number of training batches")
@pytest.mark.filterwarnings("ignore:Found .* module.* in eval mode")
def test_the_same_seed_gives_the_same_numbers_at_every_stage(world, tmp_path):
    def run(name: str) -> list[object]:
        seeded = World(world.table, tmp_path / name, 3)
        told = [stages.train_backbone(seeded, FOUR, size=SMALL, out=tmp_path / name / "backbone")]
        model, source, stage = stages.train_generator(seeded, FOUR, size=SMALL, out=tmp_path / name)
        losses, oracle = stages.oracle(model, source, seeded, FOUR.oracle, size=SMALL)
        told += [stage, oracle, losses]
        for each in told:
            each.pop("seconds", None)
        return told

    assert run("one") == run("again")


def test_fewer_than_thirty_sentences_are_given_a_lower_rate_from_the_generated_start_only(world, monkeypatch):
    spec = BottleneckSpec(size=2)
    layout = spec.layout([Site("layer.norm", "norm", in_size=4, out_size=4)])
    source = GeneratedAdapters(MadG(spec, layout, num_features=289), world.table)
    rates: dict[tuple[int, bool], float] = {}

    def tuned(model, start, world, codes, *, sentences, steps, lr):
        rates[sentences, start is source] = lr
        return start

    monkeypatch.setattr(stages, "after_sentences", tuned)
    monkeypatch.setattr(stages, "losses", lambda model, held_back, source: {"swh": 1.0})
    measured = {name: {"swh": 1.0} for name in ("generated", "none")}
    size = replace(SMALL, few=[15, 60])
    stages.sentences_curve(None, source, world, ["swh"], measured, size=size)
    assert rates[15, True] == pytest.approx(rates[60, True] / 2)
    assert rates[15, False] == rates[60, False] == rates[60, True]
