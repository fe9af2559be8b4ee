"""Kill ``hypergen corpus glotcc`` and ``wikipedia`` at random again and again, and compare with an uninterrupted run.

    python scripts/bench/killed_corpus.py

Makes trees of parquet files like GlotCC's and Wikipedia's with random words, near-duplicates and short documents among
them, cleans each once undisturbed, and then killed (SIGKILL) ``--kills`` times at random moments, begun again when it
came to its end. Every file of every run must be the same, byte for byte. Writes ``docs/results/killed_corpus.json``.
"""

import argparse
import hashlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from hypergen.evaluation.report import provenance, write_json_atomically

OUT = Path("docs/results/killed_corpus.json")
CAPS = ["--max_bytes", "1500000", "--max_validation_bytes", "300000"]


def main() -> None:
    """Make the trees, run, kill, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--documents", type=int, default=8_000, help="of each tree")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as directory:
        rows = [
            measured(name, Path(directory) / name, rng=rng, kills=args.kills, num_documents=args.documents)
            for name in ("glotcc", "wikipedia")
        ]
    command = f"python scripts/bench/killed_corpus.py --kills {args.kills} --documents {args.documents}"
    write_json_atomically(OUT, {**provenance(seeds=[args.seed], command=command), "rows": rows})
    if not all(row["equal"] for row in rows):
        raise SystemExit("a killed run is not the uninterrupted one")


def measured(name: str, root: Path, *, rng: random.Random, kills: int, num_documents: int) -> dict[str, object]:
    """One tree, cleaned undisturbed and killed."""
    write_tree(root / "tree", name, rng=rng, num_documents=num_documents)
    hypergen = [sys.executable, "-c", "import sys; from hypergen.cli import main; sys.exit(main())"]
    command = [*hypergen, "corpus", name, "--root", str(root / "tree"), *CAPS, "--out"]
    begun = time.monotonic()
    subprocess.run([*command, str(root / "once")], check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - begun
    once, places, equal = digests(root / "once"), [], []
    while len(places) < kills or (root / "often").exists():
        process = subprocess.Popen([*command, str(root / "often")], stdout=subprocess.DEVNULL)
        try:
            if process.wait(rng.uniform(0.1, 1.2 * seconds) if len(places) < kills else None):
                raise SystemExit("a run that went on failed")
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            places.append(written_bytes(root / "often"))
            print(f"{name}: killed {len(places)} times, {places[-1]:,} bytes written", flush=True)
        else:  # it came to its end: begin again
            equal.append(digests(root / "often") == once)
            shutil.rmtree(root / "often")
    return {"corpus": name, "documents": num_documents, "seconds_undisturbed": round(seconds, 1), "kills": len(places),
            "bytes_at_each_kill": places, "runs_to_the_end": len(equal), "equal": all(equal), "files": len(once),
            "bytes": written_bytes(root / "once")}  # fmt: skip


def write_tree(root: Path, name: str, *, rng: random.Random, num_documents: int) -> None:
    """Files of 2,000 rows in groups of 500."""
    column, folder = ("content", "v1.0/swh-Latn") if name == "glotcc" else ("text", "20231101.sw")
    (root / folder).mkdir(parents=True)
    texts: list[str] = []
    for i in range(num_documents):
        words = ["".join(rng.choices("abcdefghijklmnoprstuwyz", k=rng.randrange(3, 9))) for _ in range(40)]
        texts.append("fupi" if i % 13 == 0 else f"{texts[-2]} tena" if i % 11 == 0 and i else " ".join(words))
    for part in range(0, num_documents, 2000):
        several = texts[part : part + 2000]
        warnings = [["noisy"] if rng.random() < 0.02 else [] for _ in several]
        table = pa.table({column: several, "quality-warnings": pa.array(warnings, pa.list_(pa.string()))})
        parquet.write_table(table, root / folder / f"part-{part // 2000:05d}.parquet", row_group_size=500)


def written_bytes(directory: Path) -> int:
    """Bytes of text there."""
    return sum(path.stat().st_size for path in directory.rglob("*.txt*"))


def digests(directory: Path) -> dict[str, str]:
    """SHA-256 of every file."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    return {p.relative_to(directory).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


if __name__ == "__main__":
    main()
