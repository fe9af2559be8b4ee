"""New pieces for the scripts that hypergen-mini leaves out: [UNK] and pseudo-perplexity by the character.

    python scripts/results/vocabulary.py --text runs/text/all --data "$HYPERGEN_DATA"

For N'Ko, Cherokee and Tifinagh: ``hypergen extend`` on the text (its held-back documents aside), then held-back
lines scored by hypergen-mini as it is, with the new pieces as they start, and after training. A word that is ``[UNK]``
is easy to predict and says nothing; ``spelt out`` adds what its letters cost by their frequencies in the training text,
so that all columns say the same text. For mBERT's vocabulary only the share of ``[UNK]``. Writes
``docs/results/vocabulary.json`` and ``.md``; nothing was tuned on these languages.
"""

import argparse
import lzma
import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from transformers import BertTokenizer

from hypergen.adapters import Adapter
from hypergen.backbones import load_backbone, load_tokenizer
from hypergen.bundle import Bundle
from hypergen.data.pieces import coverage
from hypergen.evaluation.pseudo_perplexity import encode, log_likelihoods, pseudo_score
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.evaluation.tables import markdown_table
from hypergen.model import AdaptedModel
from hypergen.recipes.arguments import OptimizerArgs, TextArgs
from hypergen.recipes.extend import extend, lines_of, new_vocabulary, text_of
from hypergen.vocabulary import extend_backbone

CORPORA = ("nqo_Nkoo", "chr_Cher", "taq_Tfng", "zgh_Tfng")
OUT = Path("docs/results/vocabulary.json")


def main() -> None:
    """Extend, score, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True, help="a directory of <iso3>_<Script>.txt")
    parser.add_argument("--data", type=Path, required=True, help="the data directory: mbert_vocab.txt.xz in it")
    parser.add_argument("--out", type=Path, default=Path("runs/vocabulary"))
    parser.add_argument("--pieces", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rows", type=int, default=16, help="blocks a batch")
    parser.add_argument("--block-size", type=int, default=128)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--max-bytes", type=int, help="of each text")
    parser.add_argument("--sentences", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rows = [row for name in CORPORA for row in rows_of(name, args)]
    command = "python " + " ".join(sys.argv)
    write_json_atomically(OUT, {**provenance(seeds=[args.seed], command=command), "rows": rows})
    OUT.with_suffix(".md").write_text(table_of(rows, args), encoding="utf-8")


def rows_of(name: str, args: argparse.Namespace) -> list[dict[str, Any]]:
    """A text, scored three times."""
    text = TextArgs(
        directory=args.text, max_bytes=args.max_bytes, batch_size=args.rows, block_size=args.block_size,
        languages=[name], max_validation_blocks=8,
    )  # fmt: skip
    if not (args.out / name / "bundle").is_dir():
        extend(
            name, out=args.out / name, text=text, pieces=args.pieces, optimizer=OptimizerArgs(lr=args.lr),
            steps=args.steps, validate_every=args.steps, checkpoint_every=100, seed=args.seed,
            resume=(args.out / name / "settings.json").exists(),
        )  # fmt: skip
    (_, corpus), bundle = text_of(text, language=name), Bundle.load(args.out / name / "bundle")
    letters = Counter("".join(lines_of(corpus, text=text, side="train")))
    held = [line for line in lines_of(corpus, text=text, side="validation") if len(line) > 20][: args.sentences]
    tokenizer = load_tokenizer("hypergen-mini")
    own = bundle.tokenizer(tokenizer)
    started = load_backbone("hypergen-mini")
    extend_backbone(
        started, new_vocabulary(started, tokenizer, corpus=corpus, text=text, size=args.pieces, seed=args.seed)
    )
    models = {
        "as it is": (AdaptedModel(load_backbone("hypergen-mini"), []), tokenizer, []),
        "new pieces, untrained": (AdaptedModel(started, []), own, []),
        "new pieces, trained": (bundle.model(load_backbone("hypergen-mini")), own, [bundle.adapter()]),
    }
    mbert = coverage(held, tokenizer=mbert_tokenizer(args.data)).unknown_share
    rows = []
    for stage, (model, known, adapters) in models.items():
        row = {"name": name, "stage": stage, "mbert_unknown_share": mbert, "num_pieces": len(own) - len(tokenizer)}
        rows.append(row | scored(name, held, model=model, tokenizer=known, adapters=adapters, letters=letters))
        print(row | rows[-1], flush=True)
    return rows


def scored(
    name: str,
    held: Sequence[str],
    *,
    model: AdaptedModel,
    tokenizer: Any,
    adapters: Sequence[Adapter],
    letters: Counter[str],
) -> dict[str, Any]:
    """Pseudo-perplexities of lines, and by the character with [UNK] spelt out."""
    encoded = encode(held, tokenizer=tokenizer, max_tokens=254)
    with torch.no_grad():
        values = log_likelihoods(
            model, encoded.ids, adapters=adapters, mask_id=tokenizer.mask_token_id, pad_id=tokenizer.pad_token_id
        )
    score = pseudo_score(name, encoded, values)
    spelling = sum(spelt(line, tokenizer=tokenizer, letters=letters) for line in held)
    spelt_out = math.exp(math.log(score.per_character) + spelling / score.characters)
    return {**asdict(score), "per_character_spelt_out": spelt_out}


def spelt(line: str, *, tokenizer: Any, letters: Counter[str]) -> float:
    """``-log p`` of the letters of words that are [UNK], by their frequencies, add-one smoothed."""
    told = tokenizer(line, add_special_tokens=False, return_offsets_mapping=True, truncation=True, max_length=252)
    total = letters.total() + len(letters) + 1
    pairs = zip(told["input_ids"], told["offset_mapping"], strict=True)
    lost = "".join(line[i:j] for token, (i, j) in pairs if token == tokenizer.unk_token_id)
    return -sum(math.log((letters[letter] + 1) / total) for letter in lost)


def mbert_tokenizer(data: Path) -> Any:
    """BERT's tokenizer with mBERT's vocabulary."""
    with lzma.open(data / "mbert_vocab.txt.xz", "rt", encoding="utf-8") as file:
        return BertTokenizer(vocab={line.rstrip("\n"): i for i, line in enumerate(file)}, do_lower_case=False)


def table_of(rows: Sequence[dict[str, Any]], args: argparse.Namespace) -> str:
    """The table in markdown."""
    body = tuple(
        (row["name"], row["stage"], f"{row['unknown_share']:.1%}", f"{row['mbert_unknown_share']:.1%}",
         f"{row['per_character']:.2f}", f"{row['per_character_spelt_out']:.2f}", f"{row['per_token']:.1f}",
         f"{row['characters'] / row['tokens']:.2f}")
        for row in rows
    )  # fmt: skip
    header = ("text", "hypergen-mini", "[UNK]", "[UNK], mBERT's vocabulary", "PPPL a character", "spelt out",
              "PPPL a token", "characters a token")  # fmt: skip
    title = f"{args.sentences} held-back lines a text; {args.pieces:,} new pieces, {args.steps:,} steps"
    told = (
        "\nA word that is [UNK] is easy to predict and says nothing, so that `PPPL a character` is low where all is "
        "unknown.\n`spelt out` adds what the letters of such words cost by their frequencies in the training text: "
        "compare by that\ncolumn. The text is the Bible (Cherokee) and translated Wikipedia sentences (N'Ko, "
        "Tifinagh); one seed.\n"
    )
    return f"# New pieces for scripts that are left out\n\n{title}\n\n{markdown_table(header, body)}\n{told}"


if __name__ == "__main__":
    main()
