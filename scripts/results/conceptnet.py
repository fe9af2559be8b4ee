"""Adapters from ConceptNet's edges by three objectives: does what words mean help a model to predict text?

    python scripts/results/conceptnet.py --data "$HYPERGEN_DATA" --out runs/conceptnet --results docs/results/conceptnet

Uyghur (edges), Bulgarian and Malay (sentences of edges): an adapter of ``hypergen-mini`` for each by MLM, FLM and TLM
(a side), from three seeds, stopped when the held-back loss of its own objective gets no better; then the
pseudo-perplexity of SIB-200's test sentences without and with it. A run leaves a file in OUT; what is there is not done
again, so an interrupted script goes on, and RESULTS.json and .md hold what is there.
"""

import argparse
import json
import lzma
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import lightning
import torch
from rich.console import Console

from hypergen.adapters import Adapter, BottleneckSpec
from hypergen.backbones import fingerprint_of, load_backbone, load_tokenizer, sites_of
from hypergen.bundle import BackboneInfo, Bundle
from hypergen.data.conceptnet_corpus import Selection, write_conceptnet
from hypergen.data.conceptnet_wordings import predicates
from hypergen.data.corpora import text_corpora
from hypergen.data.objectives import Objective
from hypergen.data.sentences import read_sentences
from hypergen.evaluation.perplexity import masked_lm_scores
from hypergen.evaluation.pseudo_perplexity import encode, log_likelihoods, pseudo_score
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.evaluation.tables import markdown_table
from hypergen.model import AdaptedModel
from hypergen.recipes.arguments import TextArgs
from hypergen.recipes.parts import corpus_module
from hypergen.recipes.quiet import quiet
from hypergen.sources import StoredAdapter
from hypergen.training.fitting import fit
from hypergen.training.mlm import GeneratorModule

BACKBONE: Final = "hypergen-mini"
LANGUAGES: Final = {"uig": "uig_Arab", "bul": "bul_Cyrl", "zsm": "zsm_Latn"}
MEASURES: Final = ("published", "per_token", "per_character", "held_back_before", "held_back_after", "best_step")
OBJECTIVES: Final[tuple[Objective, ...]] = ("mlm", "flm", "tlm-side")
console = Console(width=120)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the text, train and score what is missing, and make the table of what is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="conceptnet/ and sib200/ in it")
    parser.add_argument("--out", type=Path, default=Path("runs/conceptnet"))
    parser.add_argument("--results", type=Path, required=True, help="the result, without .json and .md")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=600, help="at most")
    parser.add_argument("--check-every", type=int, default=50, help="steps between looks at the held-back loss")
    parser.add_argument("--sentences", type=int, default=50, help="test sentences a language, the first ones")
    args = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with quiet():
        write_text(args.data, args.out / "text")
        asked = {
            code: read_sentences(args.data / "sib200" / "test.tsv.xz", only=[name])[name][: args.sentences]
            for code, name in LANGUAGES.items()
        }
        for code in LANGUAGES:
            once(args.out / f"{code}-none.json", lambda code=code: {"method": "none", **score(code, asked[code], None)})
        for seed in args.seeds:
            for objective in OBJECTIVES:
                for code in LANGUAGES:
                    once(
                        args.out / f"{code}-{objective}-{seed}.json",
                        lambda code=code, objective=objective, seed=seed: row_of(
                            code, asked[code], objective=objective, seed=seed, args=args
                        ),
                    )
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(args.out.glob("*.json"))]
    seeds = sorted({row["seed"] for row in rows if "seed" in row})
    given = f"--results {args.results} --seeds {' '.join(map(str, seeds))} --steps {args.steps}"
    command = f'python scripts/results/conceptnet.py --data "$HYPERGEN_DATA" {given} --sentences {args.sentences}'
    told = {"title": "Adapters from ConceptNet", **provenance(seeds=seeds, command=command), "rows": rows}
    write_json_atomically(args.results.with_suffix(".json"), told)
    args.results.with_suffix(".md").write_text(document(told), encoding="utf-8")


def once(path: Path, work: Any) -> None:
    """Do the work and keep what it tells, unless it has been done."""
    if not path.exists():
        told = work()
        write_json_atomically(path, told)
        console.print(path.stem, {name: value for name, value in told.items() if isinstance(value, float)})


def write_text(data: Path, out: Path) -> None:
    """A sentence a line, each once: Uyghur's made of its edges, the others' as they are."""
    if out.exists():
        return
    selection = Selection(languages={"uig_Arab": "ug"}, predicates=predicates(33), validation_share=0, test_share=0)
    beside = out.with_name(f".{out.name}")
    if not (out.parent / "uig").exists():
        write_conceptnet(data / "conceptnet" / "assertions_uig.csv.xz", out=out.parent / "uig", selection=selection)
    beside.mkdir(parents=True, exist_ok=True)
    lines = {"uig_Arab": (out.parent / "uig" / "train" / "uig_Arab.txt").read_text(encoding="utf-8").splitlines()}
    for code in ("bul", "zsm"):
        with lzma.open(data / "conceptnet" / f"verbalised_{code}_train.txt.xz", "rt", encoding="utf-8") as file:
            lines[LANGUAGES[code]] = file.read().splitlines()
    for name, several in lines.items():
        (beside / f"{name}.txt").write_text("\n".join(dict.fromkeys(several)) + "\n", encoding="utf-8")
    beside.rename(out)


def row_of(
    code: str, sentences: Sequence[str], *, objective: Objective, seed: int, args: argparse.Namespace
) -> dict[str, Any]:
    """Train one adapter, keep it as a bundle, and score it."""
    backbone = load_backbone(BACKBONE)
    spec = BottleneckSpec(size=backbone.config.hidden_size // 16)
    layout = spec.layout(sites_of(backbone))
    source = StoredAdapter(spec.initial(layout, rng=torch.Generator().manual_seed(seed)))
    module = GeneratorModule(AdaptedModel(backbone, [layout]), source, lr=1e-3, warmup_steps=20, final_lr=1, seed=seed)
    corpora = {"conceptnet": text_corpora(args.out / "text", only=[LANGUAGES[code]])}
    text = TextArgs(block_size=64, batch_size=16, objectives={"conceptnet": objective}, max_validation_blocks=32)
    data = corpus_module(
        corpora, text=text, tokenizer=load_tokenizer(BACKBONE), cache_dir=args.out / "cache", seed=seed
    )
    best = Best(source, batches=data.val_dataloader(), every=args.check_every)
    steps = fit(module, data, steps=args.steps, title=f"{code} {objective} {seed}", callbacks=[best])
    adapter = best.adapter()
    info = BackboneInfo(BACKBONE, fingerprint_of(backbone))
    bundle = args.out / f"{code}-{objective}-{seed}"
    if not bundle.exists():
        Bundle.of_adapter(adapter, language=code, backbone=info, metrics={"steps": steps, "seed": seed}).save(bundle)
    return {
        "method": objective,
        "seed": seed,
        "steps": steps,
        "best_step": best.step,
        "held_back_before": best.history[0],
        "held_back_after": min(best.history),
        **score(code, sentences, adapter),
    }


class Best(lightning.Callback):
    """Keeps the weights of the lowest held-back loss, and stops after three looks without a lower one."""

    def __init__(self, source: StoredAdapter, *, batches: Any, every: int) -> None:
        super().__init__()
        self.source, self.batches, self.every = source, batches, every
        self.history: list[float] = []
        self.step, self.weights = 0, source.parameters_vector.detach().clone()

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:  # noqa: ARG002
        """The loss before anything is trained."""
        self.history.append(self.loss(pl_module))

    def on_train_batch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, *_: object) -> None:
        """Looks when it is time."""
        if trainer.global_step % self.every:
            return
        loss = self.loss(pl_module)
        if loss < min(self.history):
            self.step, self.weights = trainer.global_step, self.source.parameters_vector.detach().clone()
        self.history.append(loss)
        trainer.should_stop = len(self.history) > 3 and min(self.history[-3:]) > min(self.history[:-3])

    def loss(self, module: Any) -> float:
        """The held-back loss as the weights are."""
        score = next(iter(masked_lm_scores(module.model, self.batches, adapter_of=self.source)))
        module.train()
        return score.loss

    def adapter(self) -> Adapter:
        """The adapter with the best weights."""
        return Adapter.from_vector(self.source.spec, self.source.layout, self.weights)


def score(code: str, sentences: Sequence[str], adapter: Adapter | None) -> dict[str, Any]:
    """The pseudo-perplexity of sentences, with an adapter or none."""
    backbone, tokenizer = load_backbone(BACKBONE), load_tokenizer(BACKBONE)
    config: Any = backbone.config
    encoded = encode(sentences, tokenizer=tokenizer, max_tokens=config.max_position_embeddings - 2)
    model = AdaptedModel(backbone, [] if adapter is None else [adapter.layout])
    values = log_likelihoods(
        model,
        encoded.ids,
        adapters=[] if adapter is None else [adapter],
        mask_id=int(tokenizer.mask_token_id),
        pad_id=int(tokenizer.pad_token_id),
    )
    return asdict(pseudo_score(code, encoded, values))


def document(told: Mapping[str, Any]) -> str:
    """The result as markdown: means over seeds, and how far seeds are apart."""
    rows = []
    for code in LANGUAGES:
        for method in ("none", *OBJECTIVES):
            several = [row for row in told["rows"] if row["language"] == code and row["method"] == method]
            if several:
                rows.append([code, method, str(len(several)), *(spread(several, name) for name in MEASURES)])
    share = {row["language"]: row["unknown_share"] for row in told["rows"]}
    notes = [
        "PPPL of SIB-200's test sentences: published (mean over sentences, special tokens included), a token, a "
        "character; means over seeds, [least, most]. The loss before and after is of the objective's own held-back "
        "sentences of edges, in nats; its step is where training was best.",
        "Of the tokens, [UNK] are " + ", ".join(f"{code} {value:.0%}" for code, value in share.items())
        + ": above 5 %, pseudo-perplexity says little.",
    ]  # fmt: skip
    about = [f"- {name}: {told[name]}" for name in ("command", "date", "hardware", "versions")]
    header = ["language", "objective", "seeds", "published", "a token", "a character", "loss before", "after", "step"]
    return "\n".join([f"# {told['title']}", "", *about, "", *notes, "", markdown_table(header, rows), ""])


def spread(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    """The mean over seeds, the least and the most."""
    values = [float(row[name]) for row in rows if name in row]
    if not values:
        return "–"
    mean, digits = sum(values) / len(values), 0 if name == "best_step" else 2
    apart = f" [{min(values):.{digits}f}, {max(values):.{digits}f}]" if len(values) > 1 else ""
    return f"{mean:.{digits}f}{apart}"


if __name__ == "__main__":
    main()
