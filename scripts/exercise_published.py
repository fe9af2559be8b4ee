"""Exercise the published configurations end to end, with random weights and local text.

    python scripts/exercise_published.py --data "$HYPERGEN_DATA" --out docs/results/published_exercise

Neither weights nor GlotCC can be had everywhere; all else is as published: mBERT's architecture, size and vocabulary,
LLaMA-3's architecture (small, with a vocabulary of its kind), and GlotCC's tree of parquet files with all columns,
filled with lines of ``HYPERGEN_DATA/text`` drawn with replacement. Each configuration of configs/train that names them
is run by ``hypergen train --config``, with nothing overridden but paths, languages, steps and checkpoints (and the
batch, where --batch-size asks for it): once as it is; once killed between checkpoints and resumed, which must end with
the same weights, bit for bit; and once for one step at a learning rate of zero, whose weights are those at the start.
The loss on one fixed held-back batch is compared between start and end, and an adapter is generated. Everything goes to
a temporary directory; OUT.json and OUT.md stay.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from published_inputs import lines_of, write_backbone, write_conceptnet, write_decoder, write_glotcc

from hypergen.backbones import load_backbone, load_tokenizer
from hypergen.bundle import Bundle
from hypergen.evaluation.perplexity import masked_lm_scores
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.evaluation.tables import markdown_table
from hypergen.recipes.arguments import TextArgs
from hypergen.recipes.parts import corpora_of, corpus_module, objectives_of

CONFIGS: Final = {
    "madg-mbert-glotcc": 20, "madg-ls-mbert-glotcc-conceptnet": 8,
    "seq-bn-inv-llama-3-8b-glotcc": 20, "madg-ls-llama-3-8b-glotcc-conceptnet": 10,
}  # fmt: skip
"""The configurations, and the steps that each is run for."""
LLAMA: Final = {
    "vocab_size": 4096, "hidden_size": 256, "intermediate_size": 896, "num_hidden_layers": 4,
    "num_attention_heads": 8, "num_key_value_heads": 2, "max_position_embeddings": 8192, "rms_norm_eps": 1e-5,
    "rope_parameters": {"rope_type": "default", "rope_theta": 500_000.0}, "tie_word_embeddings": False,
}  # fmt: skip
"""LLaMA-3-8B's configuration, its sizes divided."""
LANGUAGES: Final = ("swh_Latn", "yor_Latn")
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
    parser.add_argument("--configs", nargs="+", default=list(CONFIGS), choices=list(CONFIGS), help="which")
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
        write_decoder(work / "decoder", config=LLAMA, lines=[line for several in lines.values() for line in several])
        write_glotcc(work / "glotcc", lines, documents=args.documents)
        write_conceptnet(work / "conceptnet", lines)
        for config_name in args.configs:
            words = [] if args.batch_size is None else [f"--text.batch_size={args.batch_size}"]
            rows.append(exercise(config_name, work=work, steps=CONFIGS[config_name], words=words, launch=in_a_process))
            print(json.dumps(rows[-1]), flush=True)
    given = " ".join(sys.argv[1:] if arguments is None else arguments)
    command = f"python scripts/exercise_published.py {given}".replace(str(args.data), '"$HYPERGEN_DATA"')
    told = {
        "title": "The published configurations, exercised",
        "backbone": "mBERT's architecture and vocabulary, LLaMA-3's architecture in small, random weights",
        "text": f"{' and '.join(LANGUAGES)}, two shards of {args.documents} documents each, drawn from real lines",
        **provenance(seeds=[0], command=command),
        "rows": rows,
    }
    write_json_atomically(args.out.with_suffix(".json"), told)
    args.out.with_suffix(".md").write_text(document(told), encoding="utf-8")


def exercise(config: str, *, work: Path, steps: int, words: Sequence[str], launch: Launch) -> dict[str, object]:
    """One configuration: what it was told, what came of it, and how long it took."""
    path = Path(__file__).parents[1] / "configs" / "train" / f"{config}.yaml"
    is_static = config.startswith("seq-bn")
    languages = LANGUAGES[:1] if is_static else LANGUAGES
    backbone = work / ("decoder" if "llama" in config else "backbone")
    options: dict[str, object] = {
        "backbone": backbone, "text.glotcc": work / "glotcc", "text.languages": f"[{', '.join(languages)}]",
        "checkpoint_every": max(1, 2 * steps // 5), "cache_dir": work / "cache",
    }  # fmt: skip
    if "madg-ls-llama" in config:
        options["text.languages_per_batch"] = len(languages)
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
    if not is_static:
        launch(["generate", "yua", "--bundle", str(whole / "bundle"), "--out", str(work / f"{config}-yua")], -1)
    ours, theirs = (Bundle.load(run / "bundle") for run in (whole, halved))
    before, after = losses_of(start / "bundle", whole / "bundle", text=text_of(whole), work=work, backbone=backbone)
    trained = sum(tensor.numel() for tensor in ours.weights.values())
    return {
        "config": f"configs/train/{config}.yaml",
        "overridden": list(options) + [word.split("=")[0].lstrip("-") for word in words] + ["steps"],
        "steps": steps,
        "seconds": round(seconds, 1),
        "generator_parameters": 0 if is_static else trained,
        "adapter_parameters": trained if is_static else Bundle.load(work / f"{config}-yua").layout.num_parameters,
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


def losses_of(*bundles: Path, text: TextArgs, work: Path, backbone: Path) -> list[float]:
    """The loss of each bundle on one held-back batch."""
    model, corpora, tokenizer = load_backbone(backbone), corpora_of(text), load_tokenizer(backbone)
    objectives = objectives_of(text, groups=corpora, backbone=model)
    cache = work / "cache"
    data = corpus_module(corpora, text=text, tokenizer=tokenizer, cache_dir=cache, seed=0, objectives=objectives)
    loader: Any = data.val_dataloader()
    batch = next(iter(loader))
    adapted = Bundle.load(bundles[0]).model(model)
    sources = [Bundle.load(bundle).source for bundle in bundles]
    return [next(iter(masked_lm_scores(adapted, [batch], adapter_of=source))).loss for source in sources]


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
