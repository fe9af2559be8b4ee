from pathlib import Path

import pytest
import yaml

from hypergen.comparison.amounts import amount_name, checked_amount
from hypergen.comparison.arguments import LESSONS
from hypergen.comparison.methods import parse_method
from hypergen.errors import HypergenError
from hypergen.evaluation.groups import read_splits
from hypergen.recipes.compare_arguments import ArtificialArgs, ComparedTextArgs
from hypergen.recipes.compare_worlds import SPECS

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs" / "compare").glob("*.yaml"))


def test_nobody_is_chosen_on_who_is_reported_by_default():
    args = ArtificialArgs()
    assert args.development_languages > 0
    assert args.report_languages > 0


def test_text_names_its_own_held_back_domains():
    args = ComparedTextArgs(train=Path("a"), target=Path("b"), held_back={"bible": Path("c")})
    assert args.splits == Path("configs/languages/splits.yaml")


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_config_that_is_shipped_can_be_compared(config):
    told = yaml.safe_load(config.read_text(encoding="utf-8"))
    text = told.get("text")
    lessons = [] if text is None else [*LESSONS, *text.get("lessons", ())]
    methods = [
        parse_method(name, generators=told.get("generators", ["mad-g"]), specs=SPECS, lessons=lessons)
        for name in told["methods"]
    ]
    amounts = [checked_amount(amount) for amount in told["amounts"]]
    assert [amount_name(amount) for amount in amounts] == [str(amount) for amount in told["amounts"]]
    assert all(method.amounts(amounts) for method in methods)
    assert told["out"] == f"runs/compare/{config.stem}"
    if text is not None:
        splits = read_splits(ROOT / text["splits"])
        assert splits.development
        assert splits.report


@pytest.mark.parametrize("config", [path for path in CONFIGS if path.stem != "tiny"], ids=lambda path: path.stem)
def test_every_config_says_how_it_is_run_and_what_that_takes(config):
    head = config.read_text(encoding="utf-8").split("out:")[0]
    command = f"hypergen compare --config configs/compare/{config.name}"
    assert all(word in head for word in ("Command:   ", command, "Hardware:  ", "Budget:    ", "Measured:  "))


@pytest.mark.parametrize("name", ["sentences", "generator_languages", "report_languages", "development_languages"])
def test_a_world_of_none_is_refused(name):
    with pytest.raises(HypergenError, match=f"artificial.{name} is 0; it counts from 1"):
        ArtificialArgs(**{name: 0})


@pytest.mark.parametrize("name", ["report_languages", "development_languages", "block_size", "max_blocks"])
def test_text_of_none_is_refused(name):
    with pytest.raises(HypergenError, match=f"text.{name} is 0; it counts from 1"):
        ComparedTextArgs(train=Path("a"), target=Path("b"), held_back={}, **{name: 0})


def test_languages_that_were_seen_may_be_left_out():
    assert ArtificialArgs(seen_languages=0).seen_languages == 0
    with pytest.raises(HypergenError, match=r"artificial.seen_languages is -1; it counts from 0"):
        ArtificialArgs(seen_languages=-1)
