"""Run both sides of the step benchmark in turn, each in processes of its own, and write what they took as JSON.

    python scripts/bench/compare.py [--repetitions 5] [--steps 3] [--output docs/results/bench_step.json]

Run it with nothing else on the machine; `scripts/bench.sh` prepares both environments. It fails where the two
libraries do not compute the same float32 loss on the same weights and batch.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypergen.evaluation.report import provenance, write_json_atomically

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts/bench"
PYTHON = {"adapterhub": ROOT / ".venv-adapterhub/bin/python", "hypergen": ROOT / ".venv/bin/python"}
VARIANTS = {
    "adapterhub": ("dropout", "no_dropout"),
    "hypergen": ("static_float32", "static_float32_mkl", "static_bfloat16", "madg_float32", "madg_bfloat16"),
}
BASELINE, SAME_LOSS = "adapterhub/dropout", "hypergen/static_float32"
LOSS_TOLERANCE = 1e-4
SEEDS = [0, 1, 2, 3]
"""Of the backbone's weights, the adapters, the batch and the generator, as the other scripts here draw them."""


def run(library: str, variant: str, *, steps: int, threads: int) -> dict[str, Any]:
    """One process of one variant, and how busy the machine was when it began."""
    command = [PYTHON[library], SCRIPTS / f"step_{library}.py", variant, "--steps", steps, "--threads", threads]
    load = os.getloadavg()[0]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{library}/{variant} failed with status {done.returncode}:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result | {"load_average": round(load, 2)}


def summary(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One variant over its repetitions: the best and the median step, tokens per second of each, the highest peak."""
    seconds = [second for single in runs for second in single["seconds"]]
    tokens = runs[0]["batch"] * runs[0]["tokens"]
    best, median = min(seconds), statistics.median(seconds)
    return {
        "best_seconds": round(best, 4),
        "median_seconds": round(median, 4),
        "best_tokens_per_second": round(tokens / best, 1),
        "median_tokens_per_second": round(tokens / median, 1),
        "peak_rss_gb": round(max(single["peak_rss_gb"] for single in runs), 3),
        "first_loss": runs[0]["first_loss"],
        "trained_parameters": runs[0]["trained_parameters"],
        "threads": runs[0]["threads"],
        "versions": runs[0]["versions"],
        "runs": [{key: single[key] for key in ("seconds", "peak_rss_gb", "load_average")} for single in runs],
    }


def hardware() -> dict[str, Any]:
    """The processor, what of it matters here, and the memory."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").is_file() else ""
    fields = dict(line.split(":", 1) for line in info.split("\n\n")[0].splitlines() if ":" in line)
    fields = {name.strip(): value.strip() for name, value in fields.items()}
    flags = set(fields.get("flags", "").split())
    wanted = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_tile")
    return {
        "cpu": fields.get("model name", platform.processor() or platform.machine()),
        "cpu_family_model": f"{fields.get('cpu family', '?')}/{fields.get('model', '?')}",
        "cores": len(os.sched_getaffinity(0)),
        "flags": {flag: flag in flags for flag in wanted},
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
    }


def check_losses(variants: dict[str, dict[str, Any]]) -> float:
    """How far the libraries' losses are apart, in float32, on the same weights and batch.

    Raises:
        SystemExit: If by more than the tolerance.
    """
    difference = abs(variants[BASELINE]["first_loss"] - variants[SAME_LOSS]["first_loss"])
    if difference > LOSS_TOLERANCE:
        raise SystemExit(f"the two sides' first losses differ by {difference:.1e}: they do not compute the same thing.")
    return float(difference)


def main() -> None:
    """Alternate over all variants, then summarise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--steps", type=int, default=2, help="timed steps of a process, after one that is not timed")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--output", type=Path, default=ROOT / "docs/results/bench_step.json")
    args = parser.parse_args()

    runs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for repetition in range(args.repetitions):
        for library, variants in VARIANTS.items():
            for variant in variants:
                result = run(library, variant, steps=args.steps, threads=args.threads)
                runs[f"{library}/{variant}"].append(result)
                took = f"{result['best_seconds']:.2f} s a step, {result['peak_rss_gb']:.2f} GB"
                print(f"{repetition + 1}/{args.repetitions} {library}/{variant}: {took}", file=sys.stderr, flush=True)

    summaries = {name: summary(results) for name, results in runs.items()}
    sizes = runs[BASELINE][0]
    document = {
        "what": "one optimisation step of a Seq_bn-16 adapter on a frozen backbone of mBERT's size",
        **provenance(seeds=SEEDS, command="bash scripts/bench.sh"),
        "backbone": sizes["backbone"],
        "batch": sizes["batch"],
        "tokens": sizes["tokens"],
        "masked_positions": sizes["masked_positions"],
        "repetitions": args.repetitions,
        "steps_each": args.steps,
        "hardware": hardware(),
        "baseline": BASELINE,
        "float32_loss_difference": check_losses(summaries),
        "variants": summaries,
    }
    write_json_atomically(args.output, document)
    print(f"wrote {args.output}", file=sys.stderr)


if __name__ == "__main__":
    main()
