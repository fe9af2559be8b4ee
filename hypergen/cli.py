"""The command line: a table of commands, each a typed function in `hypergen.recipes` that jsonargparse reads.

The parameters of a recipe before its ``*`` are positional on the command line, those behind it are options; one before
the ``*`` that has a default is a list and takes all the words there are. Defaults, types and help come from signature
and docstring. Only the chosen command's module is imported, so help is immediate.
"""

import inspect
import json
import os
import re
import sys
import traceback
from argparse import ArgumentError
from collections.abc import Callable, Sequence, Set
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from hypergen import __version__
from hypergen.errors import HypergenError
from hypergen.file_errors import about_file
from hypergen.recipes.checks import check_seed
from hypergen.recipes.config_files import check_config, configs_of
from hypergen.recipes.refusals import explained, listed, nearest

if TYPE_CHECKING:
    from jsonargparse import ArgumentParser

__all__ = ["COMMANDS", "Command", "main"]


class Command(NamedTuple):
    """Where a command's function lives, and what it does in one line."""

    module: str
    function: str
    summary: str


COMMANDS: Final[dict[str, Command]] = {
    "demo": Command("hypergen.recipes.demo", "demo", "the whole method in minutes, on languages made from URIEL"),
    "train": Command("hypergen.recipes.train", "train", "train a generator of adapters on text of many languages"),
    "train-task": Command("hypergen.recipes.train_task", "train_task", "train a task adapter over language adapters"),
    "generate": Command("hypergen.recipes.generate", "generate", "write the adapter of a language, seen or unseen"),
    "finetune": Command("hypergen.recipes.finetune", "finetune_file", "an adapter of a few sentences"),
    "extend": Command("hypergen.recipes.extend", "extend", "new pieces and an adapter for a script that is left out"),
    "evaluate": Command("hypergen.recipes.evaluate", "evaluate", "score adapters on text, or on a task"),
    "label": Command("hypergen.recipes.label", "label", "do a task in text that nobody labelled"),
    "prompt": Command("hypergen.recipes.prompt", "prompt", "score a decoder on a task by prompting it"),
    "compare": Command("hypergen.recipes.compare", "compare", "compare adapter methods and baselines, every cell once"),
    "export": Command("hypergen.recipes.export", "export", "write an adapter as AdapterHub or PEFT load it"),
    "import": Command("hypergen.recipes.export", "import_adapter", "read an adapter of AdapterHub's or PEFT's"),
    "corpus glotcc": Command("hypergen.recipes.web_corpora", "glotcc", "clean web text of GlotCC"),
    "corpus wikipedia": Command("hypergen.recipes.web_corpora", "wikipedia", "clean articles of Wikipedia"),
    "corpus vocabulary": Command("hypergen.recipes.vocabulary", "vocabulary", "the share of [UNK] in each language"),
    "corpus artificial": Command("hypergen.recipes.corpus_artificial", "artificial", "languages made from URIEL"),
    "corpus conceptnet": Command("hypergen.recipes.conceptnet", "conceptnet", "sentences made of ConceptNet's edges"),
    "languages show": Command("hypergen.recipes.languages", "show_language", "what is known about one language"),
    "languages list": Command("hypergen.recipes.languages", "list_languages", "the languages hypergen knows"),
}

_FAILED: Final = 2
_INTERRUPTED: Final = 130
_BROKEN_PIPE: Final = 141


class _UsageError(Exception):
    """The command line or a configuration file does not say what a command accepts."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code: 0 done, 2 refused with a sentence on stderr, 130 interrupted.

    Example:
        >>> main(["--version"])
        hypergen 0.1.0
        0
    """
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        _run(args)
        sys.stdout.flush()
    except SystemExit as stop:  # how argparse ends after --help and --print_config
        return stop.code if isinstance(stop.code, int) else 0
    except KeyboardInterrupt:
        print("hypergen: interrupted.", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:  # the reader, say `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return _BROKEN_PIPE
    except (HypergenError, OSError, _UsageError) as error:
        if os.environ.get("HYPERGEN_TRACEBACK", "0") != "0":
            traceback.print_exc()
        sentence = about_file(error) if isinstance(error, OSError) else str(error)
        print(f"hypergen: {' '.join(sentence.split())}", file=sys.stderr)
        return _FAILED
    return 0


def _run(args: list[str]) -> None:
    if not args:
        raise _UsageError(f"which command? One of {listed(_first_words())}; 'hypergen --help' says what each does.")
    if args[0] in ("-h", "--help"):
        print(_overview(""))
        return
    if args[0] == "--version":
        print(f"hypergen {__version__}")
        return
    name, rest = _find(args)
    if name is None:
        print(_overview(args[0]))
        return
    module, function, _ = COMMANDS[name]
    _call(getattr(import_module(module), function), rest, prog=f"hypergen {name}")


def _find(args: list[str]) -> tuple[str | None, list[str]]:
    """The command that the arguments open with and what follows it; None where a group of commands needs help."""
    first, rest = args[0], args[1:]
    if first in COMMANDS:
        return first, rest
    within = [name.split()[1] for name in COMMANDS if name.startswith(f"{first} ")]
    if not within:
        raise _UsageError(f"there is no command '{first}'{nearest(first, _first_words())}")
    if rest and rest[0] in ("-h", "--help"):
        return None, []
    if not rest:
        raise _UsageError(f"'hypergen {first}' needs one more word: {listed(within)}.")
    if rest[0] not in within:
        raise _UsageError(f"there is no command '{first} {rest[0]}'{nearest(rest[0], within)}")
    return f"{first} {rest[0]}", rest[1:]


def _call(function: Callable[..., object], args: list[str], *, prog: str) -> None:
    """Read the function's parameters from the arguments and call it."""
    parameters = inspect.signature(function).parameters.values()
    ahead = [parameter for parameter in parameters if parameter.kind is not parameter.KEYWORD_ONLY]
    words = next((parameter.name for parameter in ahead if parameter.default is not parameter.empty), None)
    parser = _parser(function, prog=prog, positional={parameter.name for parameter in ahead} - {words})
    if words is not None:
        parser.usage = f"{prog} [{words.upper()} ...] [OPTIONS]"
        args = _gather(args, into=words)
    for path in configs_of(args):
        check_config(path)
    try:
        settings = parser.instantiate(parser.parse_args(args))
    except HypergenError:
        raise
    except (ArgumentError, ValueError) as error:  # a group of settings that checks itself raises the latter
        raise _UsageError(explained(error, parser=parser)) from error
    if isinstance(seed := settings.get("seed"), int):
        check_seed(seed)
    function(**{parameter.name: settings[parameter.name] for parameter in parameters})


def _parser(function: Callable[..., object], *, prog: str, positional: Set[str | None]) -> "ArgumentParser":
    from jsonargparse import ArgumentParser, set_parsing_settings

    set_parsing_settings(docstring_parse_attribute_docstrings=True)  # fields say beneath themselves what they are
    description = re.split(r"\n\n[A-Z][a-z]+:\n", inspect.getdoc(function) or "")[0]
    parser = ArgumentParser(prog=prog, description=description, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("--config", action="config", help="a YAML file with any of the values below")
    names = inspect.signature(function).parameters
    # Two calls, because jsonargparse makes either all required parameters positional or none.
    for ahead in (True, False):
        others: set[str | int] = {name for name in names if (name in positional) is not ahead}
        parser.add_function_arguments(function, as_positional=ahead, skip=others, as_group=False, sub_configs=True)
    return parser


def _gather(args: list[str], *, into: str) -> list[str]:
    """Move the words that belong to no option into one: jsonargparse has no list of positional words."""
    bare = {"-h", "--help", "--print_config"}  # every option of a recipe takes a value, true and false too
    words, rest, remaining = [], [], iter(args)
    for arg in remaining:
        if not arg.startswith("-"):
            words.append(arg)
            continue
        rest.append(arg)
        if "=" not in arg and arg not in bare:
            rest.extend(islice(remaining, 1))
    return [*rest, f"--{into}={json.dumps(words)}"] if words else rest


def _overview(group: str) -> str:
    """The help text: the commands, or those of one group, one line each."""
    shown = {name: command.summary for name, command in COMMANDS.items() if not group or name.split()[0] == group}
    width = max(map(len, shown)) + 2
    lines = [f"  {name:<{width}}{summary}" for name, summary in shown.items()]
    usage = f"usage: hypergen {group} COMMAND" if group else "usage: hypergen [--help] [--version] COMMAND"
    return "\n".join(
        [
            f"{usage} [--config FILE] ...",
            "",
            "Language adapters for frozen multilingual models, generated from the typology of a language.",
            "",
            "commands:",
            *lines,
            "",
            "'hypergen COMMAND --help' explains a command. Options may stand in a YAML file (--config FILE); those",
            "behind it win. --print_config prints the settings of a run, HYPERGEN_TRACEBACK=1 where an error arose.",
        ]
    )


def _first_words() -> list[str]:
    return list(dict.fromkeys(name.split()[0] for name in COMMANDS))
