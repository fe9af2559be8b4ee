"""The command line, with a recipe made up here."""

import errno
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from hypergen import cli
from hypergen.errors import HypergenError


@dataclass(frozen=True)
class Steps:
    """How long to train."""

    max_steps: int = 10
    """Optimizer steps."""


@dataclass(frozen=True)
class Eggs:
    """How many."""

    count: int = 1
    """Eggs."""

    def __post_init__(self) -> None:
        """Check it."""
        if self.count < 1:
            raise HypergenError(f"eggs.count is {self.count}; it counts from 1.")


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def calls() -> list[dict[str, object]]:
    """What the made-up recipe was called with."""
    return []


@pytest.fixture
def run(calls, monkeypatch, capsys) -> Run:
    """Run the command line in this process: exit code, standard output, standard error."""

    def bake(code: str, *, out: Path, rate: float = 0.5, steps: Steps = Steps()) -> Path:
        """Bake one adapter.

        Args:
            code: the language.
            out: where to.
            rate: how hot.
            steps: how long.
        """
        if code == "fail":
            raise HypergenError("'fail' is no language;\n   did you mean 'fao'?")
        if code == "stop":
            raise KeyboardInterrupt
        if code == "full":
            raise OSError(errno.ENOSPC, "No space left on device", str(out))
        if code == "read":
            out.read_text()
        calls.append({"code": code, "out": out, "rate": rate, "steps": steps})
        return out

    module = ModuleType("made_up_recipe")
    vars(module).update(bake=bake)
    monkeypatch.setitem(sys.modules, "made_up_recipe", module)
    command = cli.Command("made_up_recipe", "bake", "bake one adapter")
    monkeypatch.setitem(cli.COMMANDS, "bake", command)
    monkeypatch.setitem(cli.COMMANDS, "oven bake", command)
    monkeypatch.setitem(cli.COMMANDS, "oven clean", command)

    def in_process(*args: object) -> tuple[int, str, str]:
        code = cli.main([str(arg) for arg in args])
        return code, *capsys.readouterr()

    return in_process


def one_sentence(error: str) -> str:
    """The text on standard error, checked to be one line that opens with the program's name."""
    assert error.startswith("hypergen: ")
    assert error.count("\n") == 1
    return error


def test_parameters_before_the_star_are_positional_and_the_others_options(run, calls):
    assert run("bake", "yua", "--out", "there", "--steps.max_steps=3")[0] == 0
    assert calls == [{"code": "yua", "out": Path("there"), "rate": 0.5, "steps": Steps(3)}]


def test_options_may_stand_before_the_positional_argument(run, calls):
    assert run("bake", "--out", "there", "yua")[0] == 0
    assert calls[0]["code"] == "yua"


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["yua", "no", "--out", "x"], ["yua", "no"]),
        (["--out", "x", "yua"], ["yua"]),
        (["yua", "--out", "x", "--config=CONFIG", "1e3"], ["yua", "1e3"]),
        (["--out", "x", "--config", "CONFIG"], ["abk"]),
        (["--out", "x"], None),
    ],
)
def test_a_list_before_the_star_takes_all_words(run, monkeypatch, tmp_path, args, expected):
    def bake(languages: list[str] | None = None, *, out: Path) -> None:
        seen.append(languages)

    seen: list[list[str] | None] = []
    monkeypatch.setattr(sys.modules["made_up_recipe"], "bake", bake)
    (tmp_path / "run.yaml").write_text("languages: [abk]\n")
    assert run("bake", *[arg.replace("CONFIG", str(tmp_path / "run.yaml")) for arg in args])[0] == 0
    assert seen == [expected]


def test_help_shows_that_a_list_takes_words(run, monkeypatch):
    def bake(languages: list[str] | None = None, *, out: Path) -> None:
        """Bake."""

    monkeypatch.setattr(sys.modules["made_up_recipe"], "bake", bake)
    assert "hypergen bake [LANGUAGES ...]" in run("bake", "--help")[1]


def test_a_command_may_have_two_words(run, calls):
    assert run("oven", "bake", "yua", "--out", "there")[0] == 0
    assert calls[0]["code"] == "yua"


def test_a_configuration_gives_values_and_the_command_line_overrides_them(run, calls, tmp_path):
    config = tmp_path / "run.yaml"
    config.write_text("code: yua\nout: there\nrate: 0.1\nsteps:\n  max_steps: 4\n")
    assert run("bake", "--config", config, "--rate", "0.2")[0] == 0
    assert calls == [{"code": "yua", "out": Path("there"), "rate": 0.2, "steps": Steps(4)}]


def test_print_config_prints_what_can_be_read_back(run, calls, tmp_path):
    code, printed, _ = run("bake", "yua", "--out", "there", "--rate", "0.3", "--print_config")
    assert (code, calls) == (0, [])
    config = tmp_path / "run.yaml"
    config.write_text(printed)
    assert run("bake", "--config", config)[0] == 0
    assert calls == [{"code": "yua", "out": Path("there"), "rate": 0.3, "steps": Steps(10)}]


def test_help_lists_every_command_with_its_line(run):
    code, printed, _ = run("--help")
    assert code == 0
    for name, command in cli.COMMANDS.items():
        assert f"  {name} " in printed
        assert command.summary in printed


def test_help_on_a_group_lists_only_its_commands(run):
    code, printed, _ = run("oven", "--help")
    assert code == 0
    assert "oven clean" in printed
    assert "train" not in printed


def test_help_on_a_command_shows_docstring_and_options(run):
    code, printed, _ = run("bake", "--help")
    assert code == 0
    for words in ("hypergen bake", "Bake one adapter.", "how hot", "--steps.max_steps", "Optimizer steps.", "--config"):
        assert words in printed


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], ["which command", "train"]),
        (["bakke"], ["no command 'bakke'", "did you mean 'bake'"]),
        (["zzz"], ["no command 'zzz'", "train"]),
        (["oven"], ["bake or clean"]),
        (["oven", "clena"], ["no command 'oven clena'", "did you mean 'clean'"]),
        (["oven", "zzz"], ["bake and clean"]),
        (["bake", "yua", "--out", "x", "--raet", "3"], ["no option --raet", "did you mean '--rate'"]),
        (["bake", "yua", "--out", "x", "--steps.max-steps=3"], ["did you mean '--steps.max_steps'"]),
        (["bake", "yua", "--out", "x", "--zzzzzz"], ["no option --zzzzzz", "hypergen bake --help"]),
        (["bake", "yua", "--ou", "x"], ["no option --ou", "did you mean '--out'"]),
        (["bake", "yua", "--out", "x", "more"], ["'more' is one argument too many"]),
        (["bake", "yua"], ["still needs --out"]),
        (["bake", "--out", "x"], ["still needs CODE"]),
        (["bake", "yua", "--out"], ["--out", "needs a value"]),
        (["bake", "yua", "--out", "x", "--rate", "hot"], ["rate was given hot; expected a number"]),
        (["bake", "yua", "--config", "nowhere.yaml"], ["config", "does not exist", "nowhere.yaml"]),
        (["bake", "fail", "--out", "x"], ["'fail' is no language; did you mean 'fao'?"]),
        (["bake", "full", "--out", "x"], ["no space", "'x'"]),
        (["bake", "read", "--out", "/nowhere/at/all"], ["no file or directory '/nowhere/at/all'"]),
        (["bake", "read", "--out", "/"], ["'/' is a directory"]),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(run, calls, args, words):
    code, _, error = run(*args)
    assert (code, calls) == (2, [])
    for word in words:
        assert word in one_sentence(error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raet: 3\n", ["no setting 'raet'", "did you mean 'rate'"]),
        ("steps:\n  max_stepps: 3\n", ["no setting 'steps.max_stepps'", "did you mean 'steps.max_steps'"]),
        ("rate: hot\n", ["rate was given hot; expected a number"]),
        ("rate: [\n", ["run.yaml, line 2, column 1 is not YAML"]),
        ("- rate\n", ["run.yaml has no names"]),
        ("rate: 0.1\nrate: 0.2\n", ["run.yaml has rate twice, in line 1 and in line 2"]),
        ("", ["run.yaml is empty"]),
    ],
)
def test_a_wrong_configuration_is_said_in_one_sentence(run, calls, tmp_path, text, words):
    config = tmp_path / "run.yaml"
    config.write_text(text)
    code, _, error = run("bake", "yua", "--out", "there", "--config", config)
    assert (code, calls) == (2, [])
    for word in words:
        assert word in one_sentence(error)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "f"), "no permission to use 'f'"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "f"), "'f' is a file"),
        (OSError(errno.EROFS, "Read-only file system", "f"), "read-only"),
        (OSError(errno.EIO, "Input/output error"), "a file: Input/output error"),
        (OSError("a library's\nown text"), "a library's own text"),
    ],
)
def test_an_error_of_the_file_system_is_said_in_one_sentence(run, monkeypatch, error, words):
    def fail(code: str) -> None:
        raise error

    monkeypatch.setattr(sys.modules["made_up_recipe"], "bake", fail)
    code, _, said = run("bake", "yua")
    assert code == 2
    assert words in one_sentence(said)


def test_a_seed_that_libraries_do_not_take_is_refused_in_every_command(run, monkeypatch):
    def bake(*, seed: int = 0) -> None:
        raise AssertionError

    monkeypatch.setattr(sys.modules["made_up_recipe"], "bake", bake)
    for seed in (-1, 2**32, 10**22):
        code, _, error = run("bake", "--seed", seed)
        assert code == 2
        assert f"seed is {seed}; expected a whole number from 0 to 4294967295" in one_sentence(error)


def test_settings_that_check_themselves_are_refused_in_one_sentence(run, monkeypatch):
    def bake(*, eggs: Eggs | None = None, more: Eggs = Eggs()) -> None:
        """Bake."""

    monkeypatch.setattr(sys.modules["made_up_recipe"], "bake", bake)
    for option in ("--eggs.count", "--more.count"):
        code, _, error = run("bake", option, "0")
        assert code == 2
        assert error.startswith("hypergen: eggs.count is 0; it counts from 1")
        one_sentence(error)


def test_an_interruption_ends_with_130_and_a_sentence(run):
    code, _, error = run("bake", "stop", "--out", "x")
    assert code == 130
    assert "interrupted" in one_sentence(error)


def test_the_traceback_is_shown_on_request(run, monkeypatch):
    monkeypatch.setenv("HYPERGEN_TRACEBACK", "1")
    code, _, error = run("bake", "fail", "--out", "x")
    assert code == 2
    assert "Traceback" in error


def test_a_mistake_of_the_program_is_not_hidden(run, monkeypatch):
    def wrong(code: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sys.modules["made_up_recipe"], "bake", wrong)
    with pytest.raises(ZeroDivisionError):
        run("bake", "yua")
