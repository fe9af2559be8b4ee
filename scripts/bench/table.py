"""Draw the table of the step benchmark as markdown.

    python scripts/bench/table.py docs/results/bench_step.json [--output docs/results/bench_step.md]

`scripts/bench/compare.py` writes the file; speed and memory are given relative to AdapterHub as users run it.
"""

import argparse
import json
from pathlib import Path
from typing import Any

NAMES = {
    "adapterhub/dropout": "AdapterHub, as its documentation has a user train",
    "adapterhub/no_dropout": "AdapterHub, the frozen model's dropout off",
    "hypergen/static_float32": "hypergen, the same adapter, float32",
    "hypergen/static_float32_mkl": "hypergen, the same adapter, float32, linear layers by MKL",
    "hypergen/static_bfloat16": "hypergen, the same adapter, backbone in bfloat16",
    "hypergen/madg_float32": "hypergen, MAD-G's generator, float32",
    "hypergen/madg_bfloat16": "hypergen, MAD-G's generator, backbone in bfloat16",
}


def document(results: dict[str, Any]) -> str:
    """The whole markdown document of a result file."""
    variants = results["variants"]
    baseline = variants[results["baseline"]]
    rows = [
        "| | tokens/s | × | median s a step | best s | peak memory, GB | of AdapterHub's | trained parameters |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for key, value in variants.items():
        speed = value["median_tokens_per_second"] / baseline["median_tokens_per_second"]
        memory = value["peak_rss_gb"] / baseline["peak_rss_gb"]
        rows.append(
            f"| {NAMES.get(key, key)} | {value['median_tokens_per_second']:.0f} | {speed:.1f} "
            f"| {value['median_seconds']:.2f} | {value['best_seconds']:.2f} | {value['peak_rss_gb']:.2f} "
            f"| {memory:.0%} | {value['trained_parameters']:,} |"
        )
    return "\n\n".join(["# Speed of a training step", provenance(results), "\n".join(rows), reading(results)]) + "\n"


def provenance(results: dict[str, Any]) -> str:
    """What was run, where, when, with what."""
    machine = results["hardware"]
    flags = ", ".join(flag for flag, there in machine["flags"].items() if there)
    threads = next(iter(results["variants"].values()))["threads"]
    versions = " and ".join(
        ", ".join(f"{name} {version}" for name, version in results["variants"][key]["versions"].items())
        for key in ("adapterhub/dropout", "hypergen/static_float32")
    )
    load = max(run["load_average"] for value in results["variants"].values() for run in value["runs"])
    return (
        f"`{results['command']}`, {results['date']}; {machine['cpu']} (family/model {machine['cpu_family_model']}; "
        f"{flags}), {threads} threads on {machine['cores']} cores, {machine['memory_gb']:.0f} GB; "
        f"Python {results['versions']['python']}; {versions}; commit {results['versions']['git']}; "
        f"seeds {', '.join(map(str, results['seeds']))}. Load average before a process: {load:.1f} at most."
    )


def reading(results: dict[str, Any]) -> str:
    """What the numbers are and are not."""
    size = "{num_hidden_layers} x {hidden_size} and {vocab_size:,}".format(**results["backbone"])
    return f"""\
One step is forward, backward and AdamW on the adapter's (or generator's) parameters alone: a frozen BERT of {size}
words (mBERT: 12 x 768, 119,547) with random weights, {results["batch"]} x {results["tokens"]} tokens,
{results["masked_positions"]} of them masked. Every row is {results["repetitions"]} processes, taken in turn, each with
one step to warm up and {results["steps_each"]} timed; tokens/s and × are of the median step, memory is the highest
resident set of a process.

On the same weights and batch, without dropout, the float32 losses of the two libraries differ by
{results["float32_loss_difference"]:.0e}. hypergen is faster because it computes logits at the masked positions only,
keeps the frozen backbone free of dropout (the second row shows what dropout alone costs), takes the products of frozen
linear layers in float32 from oneDNN, and can hold the backbone in bfloat16 (adapters, generator and optimiser stay in
float32). oneDNN and MKL, which plain torch takes, both compute in full float32; MKL keeps its fastest kernels for
Intel's processors, where the row "by MKL" should be nearer to what to expect. hypergen needs less memory because it
makes no logits elsewhere, no dropout masks and, in float32, no attention probabilities, and because the logits give
their memory to their gradient."""


def main() -> None:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    text = document(json.loads(args.results.read_text()))
    if args.output is None:
        print(text, end="")
    else:
        args.output.write_text(text)


if __name__ == "__main__":
    main()
