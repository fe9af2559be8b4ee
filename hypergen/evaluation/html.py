"""The report of a demo: one page that needs no network, and its pictures as files beside it."""

import importlib.resources
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from hypergen.errors import HypergenError
from hypergen.evaluation.language_table import SORTING, language_table
from hypergen.evaluation.summary import NAMES, format_told, percent

__all__ = ["write_report"]

_KEYS: Final = (
    "title",
    "seed",
    "date",
    "command",
    "seconds",
    "peak_gb",
    "hardware",
    "versions",
    "languages",
    "stages",
    "rows",
    "gap_closed",
    "differences",
    "beats",
    "sentences",
    "embeddings",
    "features",
    "pos",
    "example",
)
_HEADINGS: Final = {
    "loss_by_method": "Where an adapter comes from, and how good it is",
    "gap_by_distance": "How much of what there is to gain is gained",
    "loss_by_sentences": "With a little text of the language",
    "embeddings": "The map of languages that the generator has learnt",
    "features": "Which features the generator uses",
    "pos": "Another task, never trained on the language",
}
_CLOSED: Final = {
    "zero_shot": "of the gap to the oracle closed without any text",
    "fifty_sentences": "closed with fifty sentences",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def write_report(told: Mapping[str, Any], out: Path) -> None:
    """Write ``OUT/report.html``, which holds all it shows, and each picture as ``OUT/NAME.png``.

    A part whose key is there but empty (no tagger was trained, say) is left out of the page.

    Args:
        told: what ``demo.json`` holds.
        out: a directory, made if need be.

    Raises:
        HypergenError: a key of ``demo.json`` is missing, or no language was scored.
    """
    if missing := [key for key in _KEYS if key not in told]:
        raise HypergenError(
            f"what is to be reported has no {', '.join(missing)}; give all that hypergen demo wrote to demo.json."
        )
    if not told["rows"]:
        raise HypergenError("what is to be reported holds the losses of no language; run the demo on one at least.")
    from hypergen.evaluation.captions import caption
    from hypergen.evaluation.plots import pictures

    out.mkdir(parents=True, exist_ok=True)
    body = [_opening(told)]
    for picture in pictures(told):
        (out / f"{picture.name}.png").write_bytes(picture.png)
        seen = escape(caption(picture.name, told))
        body.append(
            f'<section><h2>{_HEADINGS[picture.name]}</h2><figure><div role="img" aria-label="{seen}">'
            f"{picture.svg}</div><figcaption>{seen}</figcaption></figure></section>"
        )
    body += [_example(told), language_table(told), _making(told)]
    style = importlib.resources.files("hypergen").joinpath("resources/report.css").read_text(encoding="utf-8")
    page = _PAGE.format(title=escape(told["title"]), style=style + SORTING, body="\n".join(filter(None, body)))
    (out / "report.html").write_text(page, encoding="utf-8")


def _opening(told: Mapping[str, Any]) -> str:
    """The title, what was done, and the numbers that matter most."""
    num = {use: len(codes) for use, codes in told["languages"].items()}
    minutes, seconds = divmod(round(told["seconds"]), 60)
    lead = (
        f"A small backbone was trained on {num['backbone']} artificial languages made from the typology of real "
        f"ones, a generator of adapters on {num['generator']}. The {num['unseen']} languages below were "
        "seen by neither: their adapters come from typology alone. "
        f"All of it took {minutes} min {seconds:02} s and at most {told['peak_gb']:.1f} GB of memory."
    )
    tiles = []
    for key, words in _CLOSED.items():
        if key in told["gap_closed"]:
            share, _, ends = format_told(told["gap_closed"][key], percent=True).partition(" [")
            tiles.append((share, words, f"95 %: {ends.removesuffix(']')}"))
    for method, share in told["beats"].items():
        tiles.append((percent(share), f"of languages better than with {NAMES[method]}", ""))
    shown = "".join(
        f"<li><b>{escape(number)}</b><span>{escape(words)}</span><small>{escape(small)}</small></li>"
        for number, words, small in tiles
    )
    return f'<header><h1>{escape(told["title"])}</h1><p>{escape(lead)}</p><ul class="tiles">{shown}</ul></header>'


def _example(told: Mapping[str, Any]) -> str:
    """Sentences of an artificial language, each word over its meaning where there are as many of both."""
    example = told["example"]
    if not example or not example["sentences"]:
        return ""
    shown = []
    for sentence in example["sentences"]:
        words, meanings = sentence["text"].split(), re.sub(r" (?=\W$)", "", sentence["gloss"]).split()
        if len(words) == len(meanings):
            pairs = zip(words, meanings, strict=True)
            line = "".join(f"<span><i>{escape(word)}</i>{escape(meaning)}</span>" for word, meaning in pairs)
        else:
            line = f"<span><i>{escape(sentence['text'])}</i>{escape(sentence['gloss'])}</span>"
        shown.append(f'<p class="gloss">{line}</p>')
    name = escape(f"{example['name']} ({example['language']})")
    return f"<section><h2>What the artificial {name} looks like</h2>{''.join(shown)}</section>"


def _making(told: Mapping[str, Any]) -> str:
    """How the numbers came about: command, stages, machine, versions, languages."""
    stages = [
        (of["name"], f"{of['steps']:,}", f"{of['tokens']:,}", f"{of['seconds']:.0f} s", f"{of['loss']:.2f}")
        for of in told["stages"]
    ]
    facts = {
        "command": told["command"],
        "date": told["date"],
        "seed": told["seed"],
        **told["hardware"],
        **told["versions"],
        **{f"languages, {use}": " ".join(codes) for use, codes in told["languages"].items()},
    }
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in facts.items())
    table = _table(("training of", "steps", "tokens", "time", "last loss"), stages) if stages else ""
    return f"<section><h2>How it was made</h2>{table}<dl>{listed}</dl></section>"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column holds words, and the others numbers."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="plain"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
