"""Exercise the published configurations end to end, with random weights of mBERT's size and local text.

    python scripts/exercise_published.py --data "$HYPERGEN_DATA" --out docs/results/published_exercise

Neither mBERT's weights nor GlotCC can be had everywhere; all else is as published: mBERT's architecture and vocabulary,
and GlotCC's tree of parquet files with all columns, filled with lines of ``HYPERGEN_DATA/text`` drawn with replacement.
Each configuration of configs/train that names mBERT is run by ``hypergen train --config``, with nothing overridden but
paths, languages, steps and checkpoints (and the batch, where --batch-size asks for it): once as it is; once killed
between checkpoints and resumed, which must end with the same weights, bit for bit; and once for one step at a learning
rate of zero, whose weights are those at the start. The loss on one fixed held-back batch is compared between start and
end, and an adapter is generated. Everything goes to a temporary directory; OUT.json and OUT.md stay.
"""

import argparse
import json
import lzma
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import torch
from pyarrow import parquet

from hypergen.backbones import load_backbone, load_tokenizer
from hypergen.bundle import Bundle
from hypergen.evaluation.perplexity import masked_lm_scores
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.evaluation.tables import markdown_table
from hypergen.recipes.arguments import TextArgs
from hypergen.recipes.parts import corpora_of, corpus_module

CONFIGS: Final = ("madg-mbert-glotcc", "madg-ls-mbert-glotcc-conceptnet")
LANGUAGES: Final = ("swh_Latn", "yor_Latn")
SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
DIES: Final = """
import os, signal, sys
from hypergen.training.mlm import GeneratorModule
def die(self, batch, batch_idx):
    if self.global_step == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
GeneratorModule.on_train_batch_start = die
from hypergen.cli import main
sys.exit(main(sys.argv[2:]))
"""
Launch = Callable[[Sequence[str], int], None]
"""Run ``hypergen`` with these words; killed before a step of training, if that is not negative."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Make model and text, exercise every configuration, write what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, help="text/, mbert_config.json and mbert_vocab.txt.xz in it"
    )
    parser.add_argument("--out", type=Path, required=True, help="the result, without .json and .md")
    parser.add_argument("--steps", type=int, nargs=2, default=[20, 8], help="of each configuration")
    parser.add_argument("--documents", type=int, default=10_000, help="documents of each of two shards a language")
    parser.add_argument("--batch-size", type=int, help="rows a batch instead of the configuration's")
    args = parser.parse_args(arguments)
    lines = {name: lines_of(args.data / "text" / f"{name}.txt.xz") for name in LANGUAGES}
    vocabulary = lines_of(args.data / "mbert_vocab.txt.xz")
    config = json.loads((args.data / "mbert_config.json").read_text(encoding="utf-8"))
    rows = []
    with tempfile.TemporaryDirectory(prefix="hypergen-") as name:
        work = Path(name)
        write_backbone(work / "backbone", config=config, vocabulary=vocabulary)
        write_glotcc(work / "glotcc", lines, documents=args.documents)
        write_conceptnet(work / "conceptnet", lines)
        for config_name, steps in zip(CONFIGS, args.steps, strict=True):
            words = [] if args.batch_size is None else [f"--text.batch_size={args.batch_size}"]
            rows.append(exercise(config_name, work=work, steps=steps, words=words, launch=in_a_process))
            print(json.dumps(rows[-1]), flush=True)
    given = " ".join(sys.argv[1:] if arguments is None else arguments)
    command = f"python scripts/exercise_published.py {given}".replace(str(args.data), '"$HYPERGEN_DATA"')
    told = {
        "title": "The published configurations, exercised",
        "backbone": "mBERT's architecture and vocabulary, random weights",
        "text": f"{' and '.join(LANGUAGES)}, two shards of {args.documents} documents each, drawn from real lines",
        **provenance(seeds=[0], command=command),
        "rows": rows,
    }
    write_json_atomically(args.out.with_suffix(".json"), told)
    args.out.with_suffix(".md").write_text(document(told), encoding="utf-8")


def exercise(config: str, *, work: Path, steps: int, words: Sequence[str], launch: Launch) -> dict[str, object]:
    """One configuration: what it was told, what came of it, and how long it took."""
    path = Path(__file__).parents[1] / "configs" / "train" / f"{config}.yaml"
    options: dict[str, object] = {
        "backbone": work / "backbone", "text.glotcc": work / "glotcc", "text.languages": f"[{', '.join(LANGUAGES)}]",
        "checkpoint_every": max(1, 2 * steps // 5), "cache_dir": work / "cache",
    }  # fmt: skip
    if "conceptnet" in config:
        options["text.conceptnet"] = work / "conceptnet"
    given = [f"--{name}={value}" for name, value in options.items()]
    common = ["train", "--config", str(path), *given, *words]
    whole, halved, start = (work / f"{config}-{kind}" for kind in ("whole", "halved", "start"))
    began = time.monotonic()
    launch([*common, f"--steps={steps}", f"--out={whole}"], -1)
    seconds = time.monotonic() - began
    launch([*common, f"--steps={steps}", f"--out={halved}"], steps // 2)
    if (halved / "bundle").exists():
        raise RuntimeError(f"{halved} was to be killed, and finished.")
    launch(["train", "--config", str(halved / "settings.json"), "--resume=true"], -1)
    launch([*common, "--steps=1", "--optimizer.lr=0", f"--out={start}"], -1)
    launch(["generate", "yua", "--bundle", str(whole / "bundle"), "--out", str(work / f"{config}-yua")], -1)
    ours, theirs = (Bundle.load(run / "bundle") for run in (whole, halved))
    before, after = losses_of(start / "bundle", whole / "bundle", text=text_of(whole), work=work)
    return {
        "config": f"configs/train/{config}.yaml",
        "overridden": list(options) + [word.split("=")[0].lstrip("-") for word in words] + ["steps"],
        "steps": steps,
        "seconds": round(seconds, 1),
        "generator_parameters": sum(tensor.numel() for tensor in ours.weights.values()),
        "adapter_parameters": Bundle.load(work / f"{config}-yua").layout.num_parameters,
        "loss_before": round(before, 4),
        "loss_after": round(after, 4),
        "loss_fell": after < before,
        "killed_before_step": steps // 2,
        "resumed_equal": all(torch.equal(ours.weights[name], theirs.weights[name]) for name in ours.weights),
        "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6, 1),
    }


def in_a_process(words: Sequence[str], die_at: int) -> None:
    """Run the command in a process of its own, and see that it ends as it should."""
    print("hypergen", *words, flush=True)
    done = subprocess.run([sys.executable, "-c", DIES, str(die_at), *words], check=False, env={**os.environ})
    if done.returncode != (0 if die_at < 0 else -9):
        raise RuntimeError(f"hypergen {words[0]} ended with {done.returncode}.")


def text_of(run: Path) -> TextArgs:
    """The text a run was told of."""
    told = json.loads((run / "settings.json").read_text(encoding="utf-8"))["text"]
    conceptnet = None if told["conceptnet"] is None else Path(told["conceptnet"])
    return TextArgs(**{**told, "conceptnet": conceptnet})


def losses_of(*bundles: Path, text: TextArgs, work: Path) -> list[float]:
    """The loss of each bundle on one held-back batch."""
    tokenizer = load_tokenizer(work / "backbone")
    data = corpus_module(corpora_of(text), text=text, tokenizer=tokenizer, cache_dir=work / "cache", seed=0)
    loader: Any = data.val_dataloader()
    batch = next(iter(loader))
    model = Bundle.load(bundles[0]).model(load_backbone(work / "backbone"))
    sources = [Bundle.load(bundle).source for bundle in bundles]
    return [next(iter(masked_lm_scores(model, [batch], adapter_of=source))).loss for source in sources]


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


def document(told: Mapping[str, Any]) -> str:
    """The result as markdown."""
    names = [name for name in told["rows"][0] if name not in ("config", "overridden")]
    table = markdown_table(
        ["", *(row["config"].rpartition("/")[2] for row in told["rows"])],
        [[name.replace("_", " "), *(str(row[name]) for row in told["rows"])] for name in names],
    )
    about = [f"- {name}: {told[name]}" for name in ("backbone", "text", "command", "date", "hardware", "versions")]
    overridden = [f"- {row['config']}, overridden: {', '.join(row['overridden'])}" for row in told["rows"]]
    return "\n".join([f"# {told['title']}", "", *about, *overridden, "", table, ""])


if __name__ == "__main__":
    main()
