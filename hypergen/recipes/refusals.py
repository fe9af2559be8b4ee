"""What jsonargparse refuses, in one sentence: what was given, what was expected, and what was probably meant."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jsonargparse import ArgumentParser

__all__ = ["explained", "listed", "nearest"]

_KINDS: Final = {
    "int": "a whole number", "float": "a number", "bool": "true or false", "str": "text", "Path": "a path",
    "dict": "names with values, such as '{name: value}'", "list": "a list, such as '[one, two]'",
}  # fmt: skip
_UNION: Final = re.compile(
    r"Does not validate against any of the Union subtypes Subtypes: .*? Errors: (?P<errors>.*) "
    r"Given value type: \S+ Given value: (?P<given>.*)"
)
_EXPECTED: Final = re.compile(r"Expected an? (?P<kind>.+?)(?:\. Got value: (?P<got>.*?))?(?= - Expected|$)")


def explained(error: Exception, *, parser: ArgumentParser) -> str:
    """The sentence about an error of ``parser``."""
    message = " ".join(str(error).split())
    options = {action.dest: action.option_strings for action in parser._actions}
    see = f"'{parser.prog} --help' lists what it accepts."
    if found := re.match(r"unrecognized arguments: (.*)", message):
        unknown = found[1].split()[0].partition("=")[0]
        if not unknown.startswith("-"):
            return f"'{unknown}' is one argument too many for '{parser.prog}'; {see}"
        flags = [flag for flags in options.values() for flag in flags]
        return f"'{parser.prog}' has no option {unknown}{nearest(unknown, flags, otherwise=see)}"
    if found := re.search(r"(?:Group '(?P<group>[^']+)' does not accept o|O)ption '(?P<key>[^']+)'", message):
        key = f"{found['group']}.{found['key']}" if found["group"] else found["key"]
        return f"'{parser.prog}' has no setting '{key}'{nearest(key, sorted(options), otherwise=see)}"
    if found := re.match(r"the following arguments are required: (.*)", message):
        missing = [(options.get(key) or [key.upper()])[0] for key in found[1].split(", ")]
        return f"'{parser.prog}' still needs {listed(missing, last='and')}; {see}"
    if found := re.match(r"argument (\S+): expected one argument", message):
        return f"{found[1]} of '{parser.prog}' needs a value behind it; {see}"
    message = re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"\1", message)
    message = re.sub(r'Parser key "([^"]+)": ', r"\1: ", message)
    if wrong := _about_a_value(message):
        return f"{wrong}; {see}"
    return f"'{parser.prog}' cannot use what it was given for {message.rstrip('.')}; {see}"


def nearest(given: str, known: Sequence[str], *, otherwise: str = "") -> str:
    """How a sentence about an unknown word ends: with the nearest known one, or with all there are."""
    if close := get_close_matches(given, known, n=1):
        return f"; did you mean '{close[0]}'?"
    return f"; {otherwise}" if otherwise else f"; there are {listed(known, last='and')}."


def listed(words: Sequence[str], *, last: str = "or") -> str:
    """Words as a sentence lists them."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _about_a_value(message: str) -> str | None:
    """What is wrong with the value of a setting, if the message is about one."""
    if counted := re.search(r"(?:^|- )(\S+ is -?\d+; it counts from \d+)\.", message):  # settings say it of themselves
        return counted[1]
    found = re.match(r"(?P<key>[\w.-]+): (?P<told>.*)", message)
    if found is None:
        return None
    key, told, given = found["key"], found["told"], None
    if union := _UNION.search(told):
        told, given = union["errors"].removeprefix("- "), union["given"]
    while inner := re.search(r"Problem with given class_path '[^']+': (?:(?P<name>[\w.]+): )?(?P<told>.*)", told):
        key, told = ".".join(filter(None, (key, inner["name"]))), inner["told"]
        given = None
    if needed := re.match(r"the following arguments are required: (.*?)(?= - Expected|$)", told):
        return f"still missing: {listed([f'{key}.{name}' for name in needed[1].split(', ')], last='and')}"
    if unread := re.match(r"Unable to load config '(.*?)'", told):
        return f"{key} was given {unread[1]}; {_by_name(key)}, or a YAML file with them"
    return _about_a_kind(key, told, given=given)


def _about_a_kind(key: str, told: str, *, given: str | None) -> str | None:
    """What kind of value a setting has, and which was expected, if the message says that."""
    kinds = [each for each in _EXPECTED.finditer(told) if each["kind"] != "NoneType"]
    if not kinds or not told.startswith("Expected"):
        return None
    if kinds[0]["kind"].startswith("dot import path"):
        return f"{key} was given {given}; {_by_name(key)}"
    got = kinds[0]["got"]
    if kinds[0]["kind"] == "list" and (value := got or given) is not None:
        is_word = re.fullmatch("no|yes|on|off|true|false|null", value, re.IGNORECASE) is None
        return f"{key} is a list: write '[{value if is_word else json.dumps(value)}]'"
    if got is not None and kinds[0]["kind"] == "str":
        return (
            f"{key} has {_as_yaml(got)}, and text was expected: YAML reads unquoted words such as no, on and 0 as "
            f"something else, so quote it, such as '{_quoted(given or f'[{got}]')}'"
        )
    value = got if got is not None else given
    return f"{key} was given {value}; expected {listed(list(_kinds(kinds)))}"


def _kinds(found: Sequence[re.Match[str]]) -> Iterator[str]:
    """What was expected, in words."""
    for each in found:
        if literal := re.fullmatch(r"typing\.Literal\[(.*)\]", each["kind"]):
            yield listed(list(map(str, ast.literal_eval(f"[{literal[1]}]"))))
        else:
            yield _KINDS.get(each["kind"], each["kind"])


def _by_name(key: str) -> str:
    return f"expected settings by name, such as --{key}.NAME VALUE"


def _as_yaml(value: str) -> str:
    return {"True": "true", "False": "false", "None": "null"}.get(value, value)


def _quoted(value: str) -> str:
    """A list as it was probably meant: all of it text."""
    try:
        items = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return '["no"]'
    words = {False: "no", True: "yes", None: "null"}
    several = items if isinstance(items, list) else [items]
    return json.dumps([words[item] if isinstance(item, bool | None) else str(item) for item in several])
