"""Read adapters that AdapterHub's library and PEFT wrote, and compare logits; the last of three steps.

    python scripts/parity/read_imports.py DIRECTORY [--out docs/results/parity.json]

Writes what this step and the one before found: for every adapter and way of loading it, the largest difference of
logits in float64, and by how much the adapter changes them at all.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

import hypergen as hg
from hypergen.evaluation.report import provenance, write_json_atomically

TOLERANCE = 1e-5


@torch.no_grad()
def rows_of(directory: Path) -> list[dict[str, Any]]:
    """One row for every adapter of theirs."""
    rows: list[dict[str, Any]] = []
    read = {"adapterhub": hg.export.from_adapterhub, "peft": hg.export.from_peft}
    for number, row in enumerate(json.loads((directory / "imports.json").read_text())):
        family = row["family"]
        model = hg.load_backbone(directory / family / "backbone")
        adapter = hg.StoredAdapter(read[row["library"]](row["directory"], backbone=model))().map(Tensor.double)
        batch = load_file(directory / f"{family}.safetensors")
        inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
        logits = hg.AdaptedModel(model.double(), [adapter.layout])(adapters=[adapter], **inputs).logits
        theirs = load_file(directory / f"{family}.theirs.safetensors")[str(number)]
        rows.append(
            {
                "direction": "import",
                **{key: row[key] for key in ("family", "library", "case")},
                "way": "hypergen",
                "difference": (logits - theirs).abs().max().item(),
                "changes": (logits - batch["none"]).abs().max().item(),
            }
        )
    return rows


def main() -> None:
    """Compare, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/results/parity.json"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    keys = ("family", "library", "case", "way", "difference", "changes")
    exported = json.loads((arguments.directory / "exports.out.json").read_text())
    rows = [{"direction": "export", **{key: row[key] for key in keys}} for row in exported["rows"]]
    imported = rows_of(arguments.directory)
    for row in imported:
        print(f"{row['family']:6}{row['library']:11}{row['case']:45}{row['difference']:9.1e}{row['changes']:8.2f}")
    rows += imported
    bad = [row for row in rows if not row["difference"] < TOLERANCE or row["changes"] < 0.01]
    worst = {
        direction: max(row["difference"] for row in rows if row["direction"] == direction)
        for direction in ("export", "import")
    }
    told = {"compared_with": exported["versions"], "tolerance": TOLERANCE, "largest_difference": worst, "rows": rows}
    write_json_atomically(arguments.out, {**provenance(seeds=[0], command="make parity"), **told})
    print(f"{len(rows)} comparisons in {arguments.out}; largest difference {max(worst.values()):.1e}.")
    if bad:
        sys.exit(f"{len(bad)} adapters compute something else, {bad[0]} first.")


if __name__ == "__main__":
    main()
