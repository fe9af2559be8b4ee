"""Train the cased WordPiece vocabulary of ``hypergen-mini`` and write its tokenizer.

    python scripts/train_vocabulary.py --text runs/text --splits configs/languages/splits.yaml --out runs/tokenizer

Pieces come from the open text of the backbone's and the generator's languages. Characters come from all text, unseen
languages included (a keyboard, not a corpus): in each file the most frequent ones, until at most ``--unknown`` of its
words hold one that is left out. Scripts that the splits leave out stay out here too. Prints, and writes to
``unknown.tsv``, each file's share of words that become [UNK].
"""

import argparse
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.progress import track
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import BertTokenizer

from hypergen.evaluation.groups import read_splits

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
NORMALIZER = normalizers.BertNormalizer(
    clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=False
)
WORDS = pre_tokenizers.BertPreTokenizer()


def main(arguments: Sequence[str] | None = None) -> None:
    """Count characters, train pieces, put both together, measure [UNK]."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True, help="what scripts/prepare_text.py wrote")
    parser.add_argument("--splits", type=Path, required=True, help="configs/languages/splits.yaml")
    parser.add_argument("--out", type=Path, required=True, help="the tokenizer directory to write")
    parser.add_argument("--size", type=int, default=24_000, help="number of pieces, special ones included")
    parser.add_argument("--unknown", type=float, default=0.003, help="share of words that may hold a rare character")
    args = parser.parse_args(arguments)
    splits = read_splits(args.splits)
    training = {*splits.backbone, *splits.generator}
    counts = {
        path.stem: word_counts(path)
        for path in track(sorted((args.text / "all").glob("*.txt")), description="counting words")
        if path.stem.split("_")[1] not in splits.left_out_scripts
    }
    characters = sorted(set().union(*(frequent_characters(words, args.unknown) for words in counts.values())))
    single = [*characters, *(f"##{c}" for c in characters if not stands_alone(c))]
    files = [path for path in (args.text / "open").glob("*.txt") if path.stem in counts and path.stem[:3] in training]
    pieces = [piece for piece in trained_pieces(sorted(files), size=args.size) if piece not in set(single)]
    vocabulary = [*SPECIAL, *single, *pieces][: args.size]
    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer = BertTokenizer(
        vocab={piece: index for index, piece in enumerate(vocabulary)}, do_lower_case=False, strip_accents=False
    )
    tokenizer.model_max_length = 256
    tokenizer.save_pretrained(args.out)
    wordpiece = Tokenizer(models.WordPiece({p: i for i, p in enumerate(vocabulary)}, unk_token="[UNK]"))
    shares = {name: unknown_share(words, wordpiece) for name, words in counts.items()}
    lines = [f"{name}\t{100 * share:.3f}" for name, share in sorted(shares.items(), key=lambda item: -item[1])]
    (args.out / "unknown.tsv").write_text("file\tunknown_percent\n" + "\n".join(lines) + "\n", encoding="utf-8")
    print(
        f"{len(characters)} characters, {len(vocabulary)} pieces; most [UNK], in percent of words:",
        *lines[:8],
        sep="\n",
    )


def word_counts(path: Path) -> Counter[str]:
    """How often each word of a file occurs, words as BERT's pre-tokenizer cuts them."""
    counts: Counter[str] = Counter()
    with path.open(encoding="utf-8") as file:
        for line in file:
            counts.update(word for word, _ in WORDS.pre_tokenize_str(NORMALIZER.normalize_str(line)))
    return counts


def frequent_characters(words: Counter[str], unknown: float) -> set[str]:
    """The most frequent characters, as many as are needed for all but a share ``unknown`` of the words."""
    weight: Counter[str] = Counter()
    for word, count in words.items():
        for character in set(word):
            weight[character] += count
    budget = unknown * words.total()
    for character, count in sorted(weight.items(), key=lambda item: (item[1], item[0])):
        if count > budget:
            break
        budget -= count
        del weight[character]
    return set(weight)


def stands_alone(character: str) -> bool:
    """Whether the pre-tokenizer makes a word of its own of it: then it never continues one."""
    return (
        len(WORDS.pre_tokenize_str(NORMALIZER.normalize_str(f"a{character}"))) > 1
        or unicodedata.category(character) == "Zs"
    )


def trained_pieces(files: Sequence[Path], *, size: int) -> list[str]:
    """WordPiece's pieces of the files, most useful first."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = NORMALIZER
    tokenizer.pre_tokenizer = WORDS
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, min_frequency=2, special_tokens=list(SPECIAL), show_progress=False
    )
    tokenizer.train_from_iterator(lines_of(files), trainer)
    vocabulary = tokenizer.get_vocab()
    return [piece for piece in sorted(vocabulary, key=lambda piece: vocabulary[piece]) if piece not in SPECIAL]


def lines_of(files: Sequence[Path]) -> Iterator[list[str]]:
    """The lines of each file, a list a file."""
    for path in track(files, description="training pieces"):
        yield path.read_text(encoding="utf-8").splitlines()


def unknown_share(words: Counter[str], wordpiece: Tokenizer) -> float:
    """Share of the words of a text that become [UNK]."""
    unknown = sum(count for word, count in words.items() if wordpiece.model.tokenize(word)[0].value == "[UNK]")
    return unknown / words.total()


if __name__ == "__main__":
    main()
