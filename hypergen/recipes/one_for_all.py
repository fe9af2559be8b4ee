"""Which language adapters act under a task, and whether they are of the languages they act in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hypergen.errors import BundleError, HypergenError, UnknownLanguageError
from hypergen.shipped import GENERATOR

if TYPE_CHECKING:
    from pathlib import Path

    from hypergen.bundle import Bundle
    from hypergen.task_bundle import TaskBundle

__all__ = ["check_acts_in", "languages_under"]


def languages_under(
    task: TaskBundle, *, given: Path, bundle: str, any_bundle: bool, used_besides: bool = False
) -> Bundle | None:
    """The language adapters that are to act under a task; ``None`` under one that was trained over none.

    Args:
        task: The task.
        given: Where it was read from.
        bundle: The directory or name of the language adapters.
        any_bundle: Whether they may be others than the task was trained over.
        used_besides: Whether the bundle is asked for by something else too.

    Raises:
        BundleError: If they cannot be read, or are asked for and could not act.
    """
    from hypergen.bundle import Bundle

    if task.over is not None:
        return Bundle.load(bundle)
    if any_bundle or (bundle != GENERATOR and not used_besides):
        told = "any_bundle is set" if any_bundle else f"bundle is {bundle}"
        raise BundleError(f"{told}, and {given} was trained over no language adapters, so none can act; leave it out.")
    return None


def check_acts_in(
    bundle: Bundle | None,
    languages: Iterable[str],
    *,
    given: str | None,
    one_for_all: bool,
    fused_in: Iterable[str] = (),
) -> list[str]:
    """Of the languages, those that will have another's adapter; none, unless that was asked for.

    An adapter is of its language; a fused one, of the languages of what was fused and of those that it was fused in.

    Args:
        bundle: The language adapters; ``None`` for none.
        languages: Where they are to act, ISO 639-3.
        given: What the bundle was called.
        one_for_all: Whether one language's adapter is to act in every language.
        fused_in: Where a fused one was trained.

    Raises:
        UnknownLanguageError: If the one adapter is of another language, and that was not asked for.
        HypergenError: If it was asked for, and there is not one adapter.
    """
    if bundle is None or bundle.generator is not None:
        if one_for_all:
            raise HypergenError(
                f"one_for_all is set, and {given} holds "
                f"{'no language adapters' if bundle is None else 'an adapter for each language'}; leave it out, or "
                "write one language's adapter with 'hypergen generate LANGUAGE --out DIR' and give that as --bundle."
            )
        return []
    own = set(bundle.languages)
    if "fused" in bundle.metrics:
        own |= {code for several in bundle.metrics["languages"].values() for code in several} | set(fused_in)
    others = sorted(set(languages) - own)
    if others and not one_for_all:
        raise UnknownLanguageError(
            f"{given} holds the adapter of {', '.join(sorted(own))}, and is to act in {', '.join(others)} too; give a "
            "generator's bundle, or --one_for_all true to have this one act in every language, as a baseline."
        )
    return others
