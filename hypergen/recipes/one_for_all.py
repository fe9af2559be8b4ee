"""Whether a bundle has adapters of the languages it is to act in, or one adapter is to act in all on purpose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hypergen.errors import HypergenError, UnknownLanguageError

if TYPE_CHECKING:
    from hypergen.bundle import Bundle

__all__ = ["check_acts_in"]


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
