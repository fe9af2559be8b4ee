"""The learning rate of a run: up to its peak, and down again."""

from __future__ import annotations

from typing import Any

import torch


def share_of_peak(step: int, *, steps: int, warmup: int = 0, final: float = 0.0, power: float = 1.0) -> float:
    """``min(1, (s + 1) / W, f + (1 - f) ((S - s) / (S - W))^p)``: the learning rate at a step as a share of the peak.

    Args:
        step: ``s``, counted from 0.
        steps: ``S``, of the whole run.
        warmup: ``W``, steps in which it rises; with as many as the run has, or more, it only rises.
        final: ``f``, what it falls to.
        power: ``p``, of the fall; 1 is a straight line.

    Example:
        >>> [share_of_peak(step, steps=4, warmup=2) for step in range(5)]
        [0.5, 1.0, 1.0, 0.5, 0.0]
    """
    rising, falling = (step + 1) / max(1, warmup), (steps - step) / max(1, steps - warmup)
    return min(1.0, rising, final + (1 - final) * float(max(0.0, falling) ** power))


def with_schedule(
    optimizer: torch.optim.Optimizer, *, steps: int, warmup: int = 0, final: float = 0.0, power: float = 1.0
) -> dict[str, Any]:
    """An optimizer with that schedule, as Lightning's ``configure_optimizers`` returns both."""
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: share_of_peak(step, steps=steps, warmup=warmup, final=final, power=power)
    )
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
