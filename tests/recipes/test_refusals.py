from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jsonargparse
import pytest

from hypergen.recipes.refusals import explained, listed, nearest


@dataclass(frozen=True)
class Text:
    """Which text."""

    train: Path
    """Where."""
    blocks: int = 1
    """How many."""


def bake(
    *,
    languages: list[str] | None = None,
    layers: list[int] | None = None,
    what: Literal["wider", "adapter"] | None = None,
    kind: Literal["a", "b"] = "a",
    lr: float | None = None,
    steps: int = 1,
    resume: bool = False,
    weights: dict[str, float] | None = None,
    text: Text | None = None,
    more: Text | None = None,
) -> None:
    """Bake."""


def said_of(*args: str) -> str:
    parser = jsonargparse.ArgumentParser(prog="hypergen bake", exit_on_error=False)
    parser.add_function_arguments(bake, as_group=False, sub_configs=True)
    with pytest.raises(jsonargparse.ArgumentError) as caught:
        parser.parse_args(list(args))
    return explained(caught.value, parser=parser)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--languages", "swh"], "languages is a list: write '[swh]'"),
        (["--languages", "no"], """languages is a list: write '["no"]'"""),
        (["--layers", "3"], "layers is a list: write '[3]'"),
        (["--layers", "[x]"], "layers was given x; expected a whole number"),
        (["--what", "foo"], "what was given foo; expected wider or adapter"),
        (["--kind", "c"], "kind was given c; expected a or b"),
        (["--lr", "nan"], "lr was given nan; expected a number"),
        (["--steps", "1.5"], "steps was given 1.5; expected a whole number"),
        (["--resume", "maybe"], "resume was given maybe; expected true or false"),
        (["--weights", "{a: x}"], "weights was given x; expected a number"),
        (["--weights", "x"], "weights was given x; expected names with values, such as '{name: value}'"),
        (["--text", "{}"], "still missing: text.train"),
        (["--text", "{train: a, blocks: b}"], "text.blocks was given b; expected a whole number"),
        (["--text", "true"], "text was given true; expected settings by name, such as --text.NAME VALUE"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_a_value_is_refused_with_the_one_thing_that_was_expected(args, said):
    assert said_of(*args) == f"{said}; 'hypergen bake --help' lists what it accepts."


@pytest.mark.parametrize(
    ("given", "has", "quoted"),
    [("[no]", "false", '["no"]'), ("[eus, no]", "false", '["eus", "no"]'), ("[0, 1]", "0", '["0", "1"]')],
)
def test_words_that_yaml_reads_as_something_else_are_to_be_quoted(given, has, quoted):
    said = said_of("--languages", given)
    assert said.startswith(f"languages has {has}, and text was expected")
    assert f"quote it, such as '{quoted}'" in said


def test_no_word_of_the_library_is_left():
    for args in (["--languages", "[no]"], ["--text", "{}"], ["--what", "x"], ["--text", "1"]):
        assert not [word for word in ("Union", "NoneType", "Namespace", "class_path") if word in said_of(*args)]


def test_words_are_listed_and_the_nearest_is_named():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"], last="and") == "a, b and c"
    assert nearest("raet", ["rate", "steps"]) == "; did you mean 'rate'?"
    assert nearest("zzz", ["rate", "steps"]) == "; there are rate and steps."
    assert nearest("zzz", ["rate"], otherwise="see there.") == "; see there."
