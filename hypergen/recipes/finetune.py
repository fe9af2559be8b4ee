"""``hypergen finetune``: an adapter for a language of which there are a few sentences."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from hypergen.recipes.checks import check_new_directory
from hypergen.recipes.export import codes_of
from hypergen.recipes.finetuning import TOLD, Finetuned, finetune
from hypergen.recipes.generate import name_of
from hypergen.shipped import GENERATOR

__all__ = ["finetune_file"]


def finetune_file(
    language: str,
    *,
    text: Path,
    out: Path,
    what: Literal["wider", "adapter", "embedding"] | None = None,
    bundle: str = GENERATOR,
    backbone: str | None = None,
    held_back: float = 0.2,
    steps: int | None = None,
    lr: float | None = None,
    penalty: float | None = None,
    seed: int = 0,
) -> Finetuned:
    """Fine-tune the generated adapter of a language on a few sentences, and write it as a bundle.

    A share of the lines is held back to see whether it helped: if it did not, the adapter before fine-tuning is
    written, and that is said. Two lines are the fewest: one is trained on, the other held back.

    Args:
        language: Code or name: ``yua``, ``swh_Latn``, ``Yucatec Maya``.
        text: A file, one sentence a line (also packed as .xz, .gz or .zst); or a directory of files named
            <iso3>_<Script>.txt.
        out: The directory to write.
        what: All weights of the adapter and as many fresh units again beside its own, which learns most; all weights of
            the adapter as it is (MAD-G-ft); or the language's embedding, the numbers that the generator makes them of.
            By default wider, or adapter where it has been widened already.
        bundle: A directory that hypergen wrote, or ``generator-mini``, which comes with it.
        backbone: By default the one that the bundle names.
        held_back: Share of the lines, chosen by their hash, that is held back.
        steps: Optimizer steps; by default chosen by the number of lines.
        lr: Peak learning rate, of Muon with fresh units and 30 lines to train on or more, else of AdamW; by default
            chosen by the number of lines.
        penalty: Weight of the squared distance from the typology's own embedding, in its squared norms.
        seed: Of batches and masks.
    """
    from rich.console import Console

    from hypergen.bundle import Bundle
    from hypergen.data.lines import read_lines

    check_new_directory(out)
    loaded = Bundle.load(bundle)
    code = codes_of(loaded, [language])[0]
    tuned = finetune(
        read_lines(text, language=language.replace("-", "_") if _has_script(language) else code),
        language=code, what=what, bundle=loaded, backbone=backbone, held_back=held_back, steps=steps, lr=lr,
        penalty=penalty, seed=seed,
    )  # fmt: skip
    tuned.bundle.save(out)
    console, low, high = Console(), tuned.difference.low, tuned.difference.high
    interval = f" [{low:+.3f}, {high:+.3f}]" if tuned.num_held_back > 1 else ", too few to give an interval"
    console.print(
        f"[bold]{code}[/] {name_of(code)}: {TOLD[tuned.what]} tuned on {tuned.num_lines:,} lines, {tuned.steps} steps, "
        f"{tuned.seconds:.0f} seconds"
        + (f"; left out, as repeated or empty: {tuned.num_dropped:,}" if tuned.num_dropped else ""),
        highlight=False,
    )
    console.print(
        f"  loss on {tuned.num_held_back:,} held-back lines {tuned.before:.3f}, tuned {tuned.after:.3f}: "
        f"{tuned.difference.mean:+.3f}{interval}",
        highlight=False,
        markup=False,
    )
    if not tuned.helped:
        console.print(f"  [yellow]fine-tuning did not help: {out} holds the adapter as it was before[/]")
    elif high >= 0:
        console.print(f"  {out} is written; [yellow]so few lines do not show for sure that it helps[/]")
    else:
        console.print(f"  {out} is written")
    return tuned


def _has_script(language: str) -> bool:
    """Whether a language is named with its script, as ``swh_Latn``."""
    return re.fullmatch(r"\w{2,3}[-_][A-Z][a-z]{3}", language) is not None
