"""Methods by name: where a language's adapter starts, what kind it is, and what text of the language then tunes.

A name is ``START[:CONTROL][/SPEC][@LESSON][+TUNED]``. ``mad-g`` is generated, ``mad-g:swapped`` from another language's
vector, ``mad-g/lora`` as LoRA; ``mad-g+adapter`` is then tuned on text of the language, all weights,
``mad-g+wider`` all weights and as many fresh units again, ``mad-g+embedding`` only its language embedding,
``mad-g+sparse`` all weights as a Mixture of Sparse Adapters.
``mad-x`` is another name for ``scratch+adapter``, ``mad-x-2.0`` for ``scratch/seq_bn_but_last+adapter``. ``mad-x@flm``
learns something else from the language's text; ``fuse@edges@text`` fuses two adapters that learnt different things.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final, cast

from hypergen.comparison.amounts import Amount
from hypergen.comparison.starts import CONTROLS, LEARNED, STARTS, Start, generated
from hypergen.errors import HypergenError

__all__ = ["ALIASES", "GRIDS", "TUNABLE", "Method", "parse_method"]

GRIDS: Final[Mapping[str, Mapping[str, tuple[float, ...]]]] = {
    "stored": {"source_lr": (2e-2, 1e-2, 4e-2, 5e-3)},
    "source": {"source_lr": (3e-3, 1e-3, 1e-2, 3e-4, 3e-2)},
    "adapter": {"lr": (2e-2, 1e-2, 4e-2), "share": (1.0, 0.4)},
    "wider": {"lr": (2e-2, 4e-2, 1e-2), "share": (1.0, 0.4)},
    "sparse": {"lr": (1e-2, 3e-2, 3e-3), "share": (1.0, 0.4)},
    "embedding": {"pull": (0.1, 0.01, 1.0), "lr": (1e-1, 3e-2, 3e-1), "share": (1.0, 0.4)},
    "backbone": {"lr": (3e-4, 1e-3, 1e-4), "share": (1.0, 0.4)},
    "fusion": {"lr": (1e-3, 3e-3, 3e-4), "share": (1.0, 0.4)},
}
"""What is tried, by what is trained; the usual value first, so that fewer trials are the nearer ones.

``share`` is of the most steps that there may be on so many sentences. Stored adapters are stepped by Muon: rates of
another size.
"""
TUNABLE: Final = ("adapter", "wider", "sparse", "embedding", "backbone", "fusion")
"""What text of a language can tune."""
ALIASES: Final[Mapping[str, str]] = {
    "mad-x": "scratch+adapter",
    "mad-x-2.0": "scratch/seq_bn_but_last+adapter",
    "mad-x-wider": "scratch+wider",
    "mad-x-sparse": "scratch+sparse",
    "mad-x-shared": "shared+adapter",
    "one": "shared",
    "full": "none+backbone",
    "fuse": "scratch+fusion",
}
"""Names that people know."""
_NAME: Final = re.compile(
    r"(?P<start>[^:/+@]+)(:(?P<control>[^:/+@]+))?(/(?P<spec>[^:/+@]+))?"
    r"(?P<lessons>(@[^:/+@]+)*)(\+(?P<tuned>[^:/+@]+))?"
)


@dataclass(frozen=True)
class Method:
    """A name, taken apart."""

    name: str
    start: str
    control: str
    spec: str
    tuned: str | None
    lessons: tuple[str, ...] = ()
    """What is learnt from the language's text, by name; several of a fusion, one for each of its adapters."""

    def amounts(self, amounts: Sequence[Amount]) -> list[Amount]:
        """Those of the amounts at which it is run: none of a language's text, or all the others."""
        return [amount for amount in amounts if (amount == 0) is (self.tuned is None)]

    @property
    def untuned(self) -> Method:
        """Where it starts."""
        return replace(self, tuned=None, lessons=())

    @property
    def fits(self) -> int:
        """How often something is fitted to a language's text, each time for as many steps."""
        return 0 if self.tuned is None else len(self.lessons) + 1 if self.tuned == "fusion" else 1

    @property
    def entry(self) -> Start:
        """How its adapters come about."""
        return STARTS[self.start] if self.start in STARTS else generated(self.start, control=self.control)

    @property
    def grid(self) -> dict[str, tuple[float, ...]]:
        """What there is to choose: for what is tuned, else for where it starts."""
        if self.tuned is not None:
            return dict(GRIDS[self.tuned])
        kind = "stored" if self.entry.trained in ("bank", "shared") else "source"
        return {**(GRIDS[kind] if self.entry.trained else {}), **self.entry.grid}

    def told(self) -> dict[str, object]:
        """All of it but the name and the lessons, as plain values."""
        return {"start": self.start, "control": self.control, "spec": self.spec, "tuned": self.tuned}


def parse_method(
    name: str,
    *,
    generators: Collection[str],
    specs: Collection[str],
    spec: str = "seq_bn",
    lessons: Collection[str] = (),
) -> Method:
    """A method by its name.

    Args:
        name: ``START[:CONTROL][/SPEC][@LESSON][+TUNED]``; a start may be a name of `ALIASES`.
        generators: The names of generators.
        specs: The names of adapter methods.
        spec: The one that is meant where none is said.
        lessons: The names of lessons.

    Raises:
        HypergenError: There is no such start, control, spec, lesson or thing to tune, or they do not go together.

    Example:
        >>> parse_method("mad-x/lora", generators=["mad-g"], specs=["seq_bn", "lora"])
        Method(name='mad-x/lora', start='scratch', control='', spec='lora', tuned='adapter', lessons=())
    """
    parts = _NAME.fullmatch(name)
    if parts is None:
        raise HypergenError(
            f"{name!r} is no method; write START[:CONTROL][/SPEC][@LESSON][+TUNED], such as mad-g/lora."
        )
    given, control, whole = parts["start"], parts["control"] or "", ALIASES.get(parts["start"], parts["start"])
    _known("start", given, [*STARTS, *generators, *ALIASES], name=name)
    implied = cast(re.Match[str], _NAME.fullmatch(whole))
    for part, what in (("tuned", "what is tuned"), ("spec", "its adapter method")):
        if implied[part] and parts[part]:
            raise HypergenError(f"the method {name!r} says twice {what}: {given} is {whole}.")
    start, tuned, spec = implied["start"], parts["tuned"] or implied["tuned"], parts["spec"] or implied["spec"] or spec
    _known("adapter method", spec, specs, name=name)
    is_generator = start in generators
    if control:
        _known("control", control, [*filter(None, CONTROLS), LEARNED], name=name)
    if control and not is_generator:
        raise HypergenError(f"the method {name!r} has a control, and {given} is no generator; leave out :{control}.")
    if tuned is not None:
        _known("thing to tune", tuned, TUNABLE, name=name)
    if tuned == "embedding" and (not is_generator or control == LEARNED):
        has_none = f"{given}:{control}" if is_generator else given
        raise HypergenError(f"the method {name!r} tunes an embedding, which {has_none} has not; name a generator.")
    if (start == "none" and tuned not in (None, "backbone")) or (start != "none" and tuned == "backbone"):
        raise HypergenError(f"the method {name!r} does not go together; write none+backbone, or START+adapter.")
    if start == "scratch" and tuned is None:
        raise HypergenError(f"the method {name!r} changes nothing, as none does; write scratch+adapter (mad-x).")
    learnt = tuple(parts["lessons"].split("@")[1:])
    for lesson in learnt:
        _known("lesson", lesson, lessons, name=name)
    _check_lessons(name, learnt, tuned=tuned)
    method = Method(name, start, control, spec, tuned, learnt)
    if tuned is not None and not method.entry.tunable:
        raise HypergenError(f"the method {name!r} tunes a mixture of adapters; leave out +{tuned}.")
    if method.spec in method.entry.without:
        raise HypergenError(f"the method {name!r} mixes adapters of {method.spec}, which {start} cannot; take seq_bn.")
    return method


def _check_lessons(name: str, lessons: Sequence[str], *, tuned: str | None) -> None:
    if lessons and tuned is None:
        raise HypergenError(f"the method {name!r} learns nothing of a language's text; leave out @{lessons[0]}.")
    if tuned == "fusion" and len(set(lessons)) < 2:
        raise HypergenError(f"the method {name!r} fuses {len(set(lessons))} adapters; name two lessons: fuse@mlm@flm.")
    if tuned != "fusion" and len(lessons) > 1:
        raise HypergenError(f"the method {name!r} learns {len(lessons)} things; name one, or fuse them: fuse@mlm@flm.")


def _known(what: str, given: str, known: Collection[str], *, name: str) -> None:
    if given not in known:
        close = get_close_matches(given, known, n=1)
        meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(known) or 'none'}."
        raise HypergenError(f"the method {name!r} has no {what} {given!r}; {meant}")
