"""Stand-ins for backbones and corpora that cannot be had everywhere: random weights, and local text in their shape."""

import lzma
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import torch
from pyarrow import parquet

SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def write_backbone(directory: Path, *, config: Mapping[str, Any], vocabulary: Sequence[str]) -> None:
    """A BERT of this configuration with random weights, and the cased WordPiece tokenizer of this vocabulary."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

    torch.manual_seed(0)
    BertForMaskedLM(BertConfig(**config)).save_pretrained(directory)
    pieces = {piece: number for number, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(pieces, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = {f"{piece[1:-1].lower()}_token": piece for piece in SPECIAL}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(directory)


def write_decoder(directory: Path, *, config: Mapping[str, Any], lines: Sequence[str]) -> None:
    """A LLaMA of this configuration with random weights, and a byte-level BPE tokenizer of LLaMA-3's kind."""
    from tokenizers import ByteLevelBPETokenizer, processors
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    first, last = "<|begin_of_text|>", "<|end_of_text|>"
    pieces = ByteLevelBPETokenizer()
    pieces.train_from_iterator(
        lines, vocab_size=config["vocab_size"], special_tokens=[first, last], show_progress=False
    )
    pieces.post_processor = processors.TemplateProcessing(single=f"{first} $A", special_tokens=[(first, 0)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=pieces._tokenizer, bos_token=first, eos_token=last)
    tokenizer.save_pretrained(directory)
    torch.manual_seed(0)
    LlamaForCausalLM(LlamaConfig(**config, bos_token_id=0, eos_token_id=1)).save_pretrained(directory)


def write_glotcc(root: Path, lines: Mapping[str, Sequence[str]], *, documents: int, shards: int = 2) -> None:
    """GlotCC's tree: parquet files with all its columns, a document being five lines drawn at random."""
    for name, several in lines.items():
        language, script = name.split("_")
        rng, folder = random.Random(name), root / "v1.0" / f"{language}-{script}"
        folder.mkdir(parents=True)
        for shard in range(shards):
            texts = ["\n".join(rng.choices(several, k=5)) for _ in range(documents)]
            columns = {
                "content": texts,
                "warc-target-uri": [f"https://example.org/{language}/{shard}/{n}" for n in range(documents)],
                "warc-date": ["2023-01-01T00:00:00Z"] * documents,
                "warc-record-id": [f"<urn:uuid:{shard:04d}-{n:08d}>" for n in range(documents)],
                "quality-warnings": [["short_sentences"]] * documents,
                "categories": [["wikipedia"]] * documents,
                "identification-language": [name] * documents,
                "identification-prob": [0.99] * documents,
                "identification-consistency": [1.0] * documents,
                "script-percentage": [1.0] * documents,
                "num-sents": [5] * documents,
                "content-length": [len(text) for text in texts],
                "tlsh": [f"{n:070d}" for n in range(documents)],
            }
            parquet.write_table(pa.table(columns), folder / f"{language}-{script}_{shard}.parquet")


def write_conceptnet(root: Path, lines: Mapping[str, Sequence[str]], *, sentences: int = 5_000) -> None:
    """Sentences in the shape of verbalised edges; the words are the language's, that they are related is made up."""
    root.mkdir()
    for name, several in lines.items():
        rng, words = random.Random(name), sorted({word for line in several for word in line.split() if word.isalpha()})
        edges = [f"{rng.choice(words)} is related to {rng.choice(words)}." for _ in range(sentences)]
        (root / f"{name}.txt").write_text("\n".join(edges), encoding="utf-8")


def lines_of(path: Path) -> list[str]:
    """The lines of a packed file."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return file.read().splitlines()
