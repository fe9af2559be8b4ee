from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
import yaml

from hypergen.bundle import Bundle
from hypergen.evaluation.groups import read_splits
from hypergen.languages import Language
from hypergen.recipes.arguments import GeneratorArgs, OptimizerArgs, TextArgs
from hypergen.typology import TypologyTable

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs" / "train").glob("*.yaml"))
TASK_CONFIGS = sorted((ROOT / "configs" / "train-task").glob("*.yaml"))


def flat(settings, under=""):
    for name, value in settings.items():
        if isinstance(value, dict) and name != "weights":
            yield from flat(value, f"{under}{name}.")
        else:
            yield f"{under}{name}", value


@pytest.mark.parametrize("config", [*CONFIGS, *TASK_CONFIGS], ids=lambda path: path.stem)
def test_a_configuration_is_read_as_it_stands(run, config):
    code, printed, error = run(config.parent.name, "--config", config, "--print_config")
    assert (code, error) == (0, "")
    read, written = dict(flat(yaml.safe_load(printed))), dict(flat(yaml.safe_load(config.read_text())))
    assert {name: read[name] for name in written} == written


@pytest.mark.parametrize("config", [*CONFIGS, *TASK_CONFIGS], ids=lambda path: path.stem)
def test_a_configuration_opens_with_what_it_is_for(config):
    head = config.read_text().partition("\nout:")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    kind = config.parent.name
    for word in ("Command:   ", f"hypergen {kind} --config configs/{kind}/{config.name}", "Hardware:  ", "Measured:  "):
        assert word in head


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_language_of_a_configuration_is_known_and_has_typology(config):
    names, table = yaml.safe_load(config.read_text())["text"]["languages"], TypologyTable.from_uriel()
    assert len(set(names)) == len(names)
    for name in names:
        code, script = name.split("_")
        assert (Language.parse(name).iso3, Language.parse(name).script) == (code, script)
        assert table.row_of(code)


def test_a_task_is_trained_over_what_the_configurations_beside_it_write():
    written = {str(Path(yaml.safe_load(path.read_text())["out"]) / "bundle") for path in CONFIGS}
    for config in TASK_CONFIGS:
        told = yaml.safe_load(config.read_text())
        read = {told["bundle"]} if told.get("fuse") is None else set(told["fuse"].values())
        assert read <= written
        for train in CONFIGS:
            settings = yaml.safe_load(train.read_text())
            if str(Path(settings["out"]) / "bundle") in read:
                languages = [Language.parse(name).iso3 for name in settings["text"]["languages"]]
                assert languages == told["data"]["languages"]
                assert f"configs/train/{train.name}" in config.read_text()


@pytest.mark.parametrize(
    ("config", "splits"),
    [
        ("madg-mini", "splits.yaml"),
        ("generator-mini-held-out", "splits_all.yaml"),
        ("madg-mini-held-out", "splits_all.yaml"),
    ],
)
def test_no_language_that_is_to_stay_unseen_is_trained_on(config, splits):
    names = yaml.safe_load((ROOT / "configs" / "train" / f"{config}.yaml").read_text())["text"]["languages"]
    known = read_splits(ROOT / "configs" / "languages" / splits)
    assert {name.split("_")[0] for name in names} == {*known.backbone, *known.generator}


def test_what_comes_with_hypergen_and_what_is_measured_differ_in_their_languages_alone():
    shipped, held_out = (
        yaml.safe_load((ROOT / "configs" / "train" / f"{name}.yaml").read_text())
        for name in ("generator-mini", "generator-mini-held-out")
    )
    names, fewer = (each["text"].pop("languages") for each in (shipped, held_out))
    assert set(fewer) < set(names)
    assert set(Bundle.load("generator-mini").languages) == {name.split("_")[0] for name in names}
    del shipped["out"], held_out["out"]
    assert held_out == shipped


@pytest.mark.parametrize("kind", [TextArgs, GeneratorArgs, OptimizerArgs])
def test_arguments_are_frozen_and_each_is_explained(run, kind):
    with pytest.raises(FrozenInstanceError):
        setattr(kind(), fields(kind)[0].name, None)
    group = {TextArgs: "text", GeneratorArgs: "generator", OptimizerArgs: "optimizer"}[kind]
    _, shown, _ = run("train", "--help")
    for field in fields(kind):
        explained = shown.partition(f"--{group}.{field.name} ")[2].partition("\n  --")[0]
        assert len(explained.split()) > 4, field.name
