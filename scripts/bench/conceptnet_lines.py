"""How many lines a second ``hypergen corpus conceptnet`` reads, in which memory, and so how long the whole takes.

    python scripts/bench/conceptnet_lines.py

Writes synthetic files of assertions in ConceptNet 5.7's shape: random words, relations and languages, of which one edge
in twenty starts in the 30 that are taken by default; each is read by a process of its own. The larger file must
not take more memory than the smaller one by more than a tenth. Writes ``docs/results/conceptnet_lines.json``.
"""

import argparse
import gzip
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hypergen.evaluation.report import provenance, write_json_atomically

OUT = Path("docs/results/conceptnet_lines.json")
WHOLE = 34_074_917
"""Lines of the assertions of ConceptNet 5.7."""
TAKEN = ("ms", "bg", "sw", "ug", "cy", "eu", "ka", "mt")
OTHERS = ("en", "fr", "de", "ja", "la", "es", "it", "ru", "zh")
RELATIONS = ("RelatedTo", "FormOf", "DerivedFrom", "Synonym", "IsA", "AtLocation", "Antonym", "EtymologicallyRelatedTo")
RUN = """
import resource, sys
from hypergen.cli import main
code = main()
print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(code)
"""


def main() -> None:
    """Write the files, read them, say how long the whole takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, nargs=2, default=[500_000, 2_000_000], help="of the two files")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as directory:
        rows = [measured(Path(directory), lines, rng=rng) for lines in args.lines]
    small, large = rows
    # What a process needs to begin is in both.
    rate = (large["lines"] - small["lines"]) / (large["seconds"] - small["seconds"])
    told = {
        "rows": rows,
        "lines_per_second": round(rate),
        "lines_of_the_whole": WHOLE,
        "minutes_for_the_whole": round(WHOLE / rate / 60, 1),
    }
    command = f"python scripts/bench/conceptnet_lines.py --lines {small['lines']} {large['lines']}"
    write_json_atomically(OUT, {**provenance(seeds=[args.seed], command=command), **told})
    print(json.dumps(told, indent=2))
    if large["peak_mb"] > 1.1 * small["peak_mb"]:
        raise SystemExit("memory grows with the file")


def measured(directory: Path, lines: int, *, rng: random.Random) -> dict[str, float]:
    """One file, written and read."""
    path = directory / f"assertions-{lines}.csv.gz"
    write_assertions(path, lines, rng=rng)
    command = [sys.executable, "-c", RUN, "corpus", "conceptnet", str(path), "--out", str(directory / f"out-{lines}")]
    began = time.monotonic()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.monotonic() - began
    edges = sum(1 for file in (directory / f"out-{lines}").rglob("*.txt") for _ in file.open(encoding="utf-8"))
    peak = int(done.stdout.rsplit("PEAK", 1)[1]) / 1024
    return {"lines": lines, "bytes": path.stat().st_size, "seconds": round(seconds, 2), "peak_mb": round(peak),
            "sentences": edges}  # fmt: skip


def write_assertions(path: Path, lines: int, *, rng: random.Random) -> None:
    """A file in the shape of ConceptNet's."""
    words = ["".join(rng.choices("abcdefghijklmnoprstuwyz", k=rng.randrange(3, 9))) for _ in range(20_000)]
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        for _ in range(lines):
            code = rng.choice(TAKEN if rng.random() < 0.05 else OTHERS)
            relation, other = f"/r/{rng.choice(RELATIONS)}", rng.choice(("en", code))
            start, end = f"/c/{code}/{rng.choice(words)}/n", f"/c/{other}/{rng.choice(words)}"
            who = [{"contributor": f"/s/resource/wiktionary/{code}", "process": "/s/process/wikiparsec/2"}]
            origin = {"dataset": f"/d/wiktionary/{code}", "license": "cc:by-sa/4.0", "sources": who, "weight": 1.0}
            file.write(f"/a/[{relation}/,{start}/,{end}/]\t{relation}\t{start}\t{end}\t{json.dumps(origin)}\n")


if __name__ == "__main__":
    main()
