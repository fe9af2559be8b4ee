"""What each objective masks of sentences made of triples: shares of subject, predicate and object pieces, and of words.

    python scripts/results/mask_rates.py --data "$HYPERGEN_DATA"

Reads the ConceptNet sentences of ``data/conceptnet`` (Uyghur edges worded here, Bulgarian and Malay as they are), packs
them with hypergen-mini's vocabulary, masks every block once by each objective, and writes
``docs/results/mask_rates.json`` and ``.md``.
"""

import argparse
import lzma
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from hypergen.backbones import load_tokenizer
from hypergen.data.batches import MaskingRule, masking_rules
from hypergen.data.blocks import blocks
from hypergen.data.conceptnet_corpus import Selection, write_conceptnet
from hypergen.data.conceptnet_wordings import predicates
from hypergen.data.corpora import text_corpora
from hypergen.data.masking_words import continuations
from hypergen.data.objectives import Objective
from hypergen.data.triples import OBJECT, PREDICATE, STOP, SUBJECT
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.evaluation.tables import markdown_table

OBJECTIVES: tuple[Objective, ...] = ("mlm", "flm", "tlm-side", "tlm-token50")
PARTS = {"subject": SUBJECT, "predicate": PREDICATE, "object": OBJECT, "full stop": STOP}
OUT = Path("docs/results/mask_rates.json")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the data directory: conceptnet/ in it")
    args = parser.parse_args()
    rows = list(measured(args.data))
    told = provenance(seeds=[0], command='python scripts/results/mask_rates.py --data "$HYPERGEN_DATA"')
    write_json_atomically(OUT, {**told, "rows": rows})
    header = tuple(rows[0])
    lines = [tuple(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row.values()) for row in rows]
    about = (
        "# What each objective masks of ConceptNet's sentences\n\n"
        "Shares of the pieces of each part that are predicted; *words in part*: of the words of two pieces or more,\n"
        f"those of which some pieces are predicted and some are not. Written by `{told['command']}`.\n\n"
    )
    OUT.with_suffix(".md").write_text(about + markdown_table(header, lines) + "\n", encoding="utf-8")


def measured(data: Path) -> Iterator[dict[str, object]]:
    """One row for each language and objective."""
    tokenizer = load_tokenizer("hypergen-mini")
    continuing = continuations(tokenizer)
    with tempfile.TemporaryDirectory() as name:
        directory = sentences(data / "conceptnet", Path(name))
        for corpus in text_corpora(directory):
            kept = blocks(
                corpus,
                tokenizer=tokenizer,
                split="train",
                validation_share=0.0,
                cache_dir=directory / "cache",
                marks=True,
            ).with_format("torch")[:]
            for objective in OBJECTIVES:
                rules = masking_rules(tokenizer, groups=["graph"], objectives={"graph": objective})
                shares = shares_of(rules["graph"], kept["input_ids"], kept["marks"], continuing=continuing)
                yield {"corpus": corpus.name, "objective": objective, **shares}


def sentences(source: Path, directory: Path) -> Path:
    """A directory of one file of sentences a language."""
    out = directory / "uig"
    selection = Selection(languages={"uig_Arab": "ug"}, predicates=predicates(33), validation_share=0.0, test_share=0.0)
    write_conceptnet(source / "assertions_uig.csv.xz", out=out, selection=selection)
    for code, name in (("bul", "bul_Cyrl"), ("zsm", "zsm_Latn")):
        with lzma.open(source / f"verbalised_{code}_train.txt.xz") as file:
            (out / "train" / f"{name}.txt").write_bytes(file.read())
    return out / "train"


def shares_of(rule: MaskingRule, ids: Tensor, marks: Tensor, *, continuing: tuple[int, ...]) -> dict[str, object]:
    """How much of each part is predicted, and how many words only in part."""
    batch = rule.batch(ids, languages=("und",), seed=0, marks=marks)
    chosen = torch.zeros(ids.numel(), dtype=torch.bool).index_fill(0, batch.positions, True)
    ordinary = ~torch.isin(ids, torch.tensor(rule.special_ids)).flatten()
    shares = {}
    for part, mark in PARTS.items():
        pieces = (marks.flatten() == mark) & ordinary
        shares[part] = (chosen & pieces).sum().item() / pieces.sum().item()
    continues = torch.isin(ids, torch.tensor(continuing)).flatten() & ordinary
    continues[1:] &= ordinary[:-1]
    word = (~continues).cumsum(0)
    sizes, hidden = torch.bincount(word), torch.bincount(word, weights=chosen.double())
    several, partly = sizes > 1, (hidden > 0) & (hidden < sizes)
    return {
        "pieces": int(ordinary.sum()),
        **shares,
        "all": chosen.sum().item() / ordinary.sum().item(),
        "words in part": (several & partly).sum().item() / several.sum().item(),
    }


if __name__ == "__main__":
    main()
