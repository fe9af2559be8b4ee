"""Sort what ``HYPERGEN_DATA`` has of ConceptNet and of SIB-200 as directories that ``hypergen compare`` reads.

    python scripts/prepare_knowledge.py --data "$HYPERGEN_DATA" --out runs/knowledge

Writes ``edges/``, sentences made of ConceptNet's edges, each once, a line each: Uyghur's from its assertions,
Bulgarian's and Malay's as they are; and ``sentences/``, the training sentences of SIB-200, each a document, for the
languages of ``configs/languages/knowledge.yaml``. Test and development sentences are left alone.
"""

import argparse
import lzma
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from hypergen.data.conceptnet_corpus import Selection, write_conceptnet
from hypergen.data.conceptnet_wordings import predicates
from hypergen.data.sentences import read_sentences
from hypergen.evaluation.groups import read_splits

WORDED: Final = {"bul_Cyrl": "verbalised_bul_train.txt.xz", "zsm_Latn": "verbalised_zsm_train.txt.xz"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write both directories."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="conceptnet/ and sib200/ in it")
    parser.add_argument("--splits", type=Path, default=Path("configs/languages/knowledge.yaml"))
    parser.add_argument("--out", type=Path, required=True, help="where the directories go")
    args = parser.parse_args(arguments)
    edges, sentences = args.out / "edges", args.out / "sentences"
    write(edges / "uig_Arab.txt", uyghur(args.data / "conceptnet" / "assertions_uig.csv.xz"))
    for name, file in WORDED.items():
        with lzma.open(args.data / "conceptnet" / file, "rt", encoding="utf-8") as stream:
            write(edges / f"{name}.txt", dict.fromkeys(stream.read().splitlines()))
    splits = read_splits(args.splits)
    wanted = {code for _, codes in splits.items() for code in codes}
    for name, several in read_sentences(args.data / "sib200" / "train.tsv.xz").items():
        if name.split("_")[0] in wanted and name.split("_")[1] not in splits.left_out_scripts:
            write(sentences / f"{name}.txt", (f"{sentence}\n" for sentence in dict.fromkeys(several)))


def uyghur(source: Path) -> list[str]:
    """The sentences of its edges."""
    selection = Selection(languages={"uig_Arab": "ug"}, predicates=predicates(33), validation_share=0, test_share=0)
    with tempfile.TemporaryDirectory() as beside:
        write_conceptnet(source, out=Path(beside) / "uig", selection=selection)
        return (Path(beside) / "uig" / "train" / "uig_Arab.txt").read_text(encoding="utf-8").splitlines()


def write(path: Path, lines: Iterable[str]) -> None:
    """Write a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".partial")
    beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
    beside.replace(path)


if __name__ == "__main__":
    main()
