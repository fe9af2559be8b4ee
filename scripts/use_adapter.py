"""What an adapter changes: the most probable words at a [MASK], by the backbone alone and with the adapter.

python scripts/use_adapter.py adapters/yua "In k'aaba'e' [MASK]."
"""

import argparse
from collections.abc import Sequence

import torch
from rich.console import Console
from rich.table import Table

import hypergen as hg
from hypergen.backbones import load_tokenizer
from hypergen.recipes.quiet import quiet


def main(arguments: Sequence[str] | None = None) -> None:
    """Predict twice and show both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", help="a directory that 'hypergen generate' wrote")
    parser.add_argument("sentence", help="with [MASK] where a word is to be predicted")
    parser.add_argument("--backbone", help="its directory; by default the one that the bundle names")
    parser.add_argument("--top", type=int, default=5, help="how many predictions to show")
    args = parser.parse_args(arguments)
    try:
        bundle = hg.Bundle.load(args.bundle)
        backbone = args.backbone or bundle.backbone.name
        with quiet():
            model = bundle.model(hg.load_backbone(backbone))
            tokenizer = load_tokenizer(backbone)
    except hg.HypergenError as error:
        parser.error(str(error))
    inputs = tokenizer(args.sentence, return_tensors="pt")
    masked = (inputs["input_ids"].flatten() == tokenizer.mask_token_id).nonzero().squeeze(1)
    if not len(masked):
        parser.error(f"{args.sentence!r} has no [MASK]; put one where a word is to be predicted")
    language = bundle.languages[0]
    table = Table(title=args.sentence, title_justify="left")
    table.add_column("the backbone alone")
    table.add_column(f"with the adapter for {language}")
    with torch.no_grad():
        rounds = [model(adapters=each, positions=masked, **inputs).logits for each in ([], [bundle.source(language)])]
    best = [logits[0].softmax(-1).topk(args.top) for logits in rounds]
    for rank in range(args.top):
        words = [tokenizer.convert_ids_to_tokens(int(top.indices[rank])) for top in best]
        table.add_row(*(f"{word}  {float(top.values[rank]):.1%}" for word, top in zip(words, best, strict=True)))
    Console().print(table)


if __name__ == "__main__":
    main()
