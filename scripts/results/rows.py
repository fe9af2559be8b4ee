"""What is said of the main experiment's runs: on the way, and in the notes of its result file."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch


def mean_loss(rows: Sequence[Mapping[str, Any]], method: str, seed: int, languages: Sequence[str]) -> float:
    """Mean over the languages in question, domains of text weighted by their masked positions, as in the tables."""
    sums: dict[str, tuple[float, int]] = {}
    for row in rows:
        if row["method"] == method and row["seed"] == seed and row["language"] in languages:
            loss, positions = sums.get(row["language"], (0.0, 0))
            sums[row["language"]] = (loss + row["loss"] * row["positions"], positions + row["positions"])
    return sum(loss / positions for loss, positions in sums.values()) / max(1, len(sums))


def notes(out: Path, *, languages: str) -> str:
    """How the runs were made: from their bundles and banks."""
    bundles = sorted(out.glob("*/bundle/bundle.json"))
    lines = []
    for path in bundles:
        told = json.loads(path.read_text())["metrics"]
        lines.append(
            f"{path.parent.parent.name}: {told['steps']} steps, {told['tokens'] / 1e6:.1f} M tokens, lr {told['lr']}, "
            f"{told['seconds']} s."
        )
    for path in sorted(out.glob(f"mad-x*-{languages}-*/bank.pt")):
        saved = torch.load(path, weights_only=True)
        lines.append(
            f"{path.parent.name}: {len(saved['languages'])} adapters trained {saved['start']}, "
            f"{saved['tokens_each'] / 1e3:.0f} k tokens each, lr {saved['lr']}, {saved['seconds']} s in all."
        )
    return "\n".join(f"- {line}" for line in lines)
