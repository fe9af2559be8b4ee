"""What both sides of the step benchmark share, so that they train on the same numbers: weights, adapters, batch, clock.

Plain torch, because it is imported in two environments with different versions of transformers.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

BATCH, TOKENS, MASK_RATE = 16, 128, 0.15
CLS_ID, SEP_ID, MASK_ID, FIRST_ID = 101, 102, 103, 106
REDUCTION = 16
MBERT_SIZES: dict[str, Any] = {
    "vocab_size": 119547, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
    "intermediate_size": 3072, "max_position_embeddings": 512, "type_vocab_size": 2, "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "initializer_range": 0.02,
}  # fmt: skip


def arguments(description: str | None, variants: Iterable[str]) -> argparse.Namespace:
    """The command line of both sides."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("variant", choices=list(variants))
    parser.add_argument("--steps", type=int, default=3, help="timed steps, after one that is not timed")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    return parser.parse_args()


def mbert_config() -> dict[str, Any]:
    """mBERT's own configuration from ``$HYPERGEN_DATA/mbert_config.json``, or the same sizes where it is not there."""
    path = Path(os.environ.get("HYPERGEN_DATA", "")) / "mbert_config.json"
    return MBERT_SIZES | (json.loads(path.read_text()) if path.is_file() else {})


@torch.no_grad()
def fill_backbone(model: nn.Module) -> None:
    """Give every parameter its fixed random value, in the order of its name: the same on either side."""
    rng = torch.Generator().manual_seed(0)
    for name, parameter in sorted(model.named_parameters()):
        if parameter.ndim == 1:
            parameter.fill_(1.0 if name.endswith("LayerNorm.weight") else 0.0)
        else:
            parameter.normal_(std=0.02, generator=rng)


def adapter_tensors(num_layers: int, hidden_size: int) -> list[dict[str, Tensor]]:
    """For each layer the weights of a bottleneck adapter: ``down`` and ``up``, each with a bias."""
    rng = torch.Generator().manual_seed(1)
    width = hidden_size // REDUCTION
    shapes = {"down.weight": (width, hidden_size), "down.bias": (width,), "up.weight": (hidden_size, width),
              "up.bias": (hidden_size,)}  # fmt: skip
    return [
        {name: torch.randn(shape, generator=rng) * 0.02 for name, shape in shapes.items()} for _ in range(num_layers)
    ]


def masked_batch(vocab_size: int) -> tuple[dict[str, Tensor], Tensor]:
    """16 x 128 tokens without padding, and labels: the token where it was masked (15 %), -100 elsewhere."""
    rng = torch.Generator().manual_seed(2)
    tokens = torch.randint(FIRST_ID, vocab_size, (BATCH, TOKENS), generator=rng)
    tokens[:, 0], tokens[:, -1] = CLS_ID, SEP_ID
    masked = torch.rand(tokens.shape, generator=rng) < MASK_RATE
    masked[:, 0] = masked[:, -1] = False
    inputs = {"input_ids": tokens.masked_fill(masked, MASK_ID), "attention_mask": torch.ones_like(tokens)}
    return inputs, tokens.masked_fill(~masked, -100)


def measure(
    *, step: Callable[[], None], first_loss: float, library: str, variant: str, steps: int, trained: int
) -> dict[str, Any]:
    """Run one step untimed and the others timed; what a process reports."""
    step()
    seconds: list[float] = []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    config = mbert_config()
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "library": library,
        "variant": variant,
        "backbone": {name: config[name] for name in ("num_hidden_layers", "hidden_size", "vocab_size")},
        "batch": BATCH,
        "tokens": TOKENS,
        "masked_positions": int((masked_batch(config["vocab_size"])[1] != -100).sum()),
        "seconds": seconds,
        "best_seconds": min(seconds),
        "median_seconds": statistics.median(seconds),
        "tokens_per_second": BATCH * TOKENS / min(seconds),
        "peak_rss_gb": kilobytes * 1024 / 1e9,
        "first_loss": first_loss,
        "trained_parameters": trained,
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
    }
