"""Parts of speech, trees and entities in artificial languages that nothing was trained on.

    python scripts/results/transfer_artificial.py run --seed 0 --out runs/transfer-artificial      # and 1, 2
    python scripts/results/transfer_artificial.py summary --out runs/transfer-artificial

The world is that of `hypergen demo`, its backbone and generator trained by the demo's stages (``--world`` takes those
of a finished ``hypergen demo --out DIR --seed N``); besides there is a bank of adapters, each trained on the text of
one of the generator's or the backbone's languages from the generated start. For each task one task adapter is trained
in ten languages over each kind of language adapters, and scored in the thirty unseen languages with all that share
these: generated adapters, those of the mean vector, of the nearest and of another language, the bank's nearest, mean
and TIPA, English, and none. Nothing has read a word of these languages. What is done is not done again. ``summary``
writes RESULTS_<task>.json and .md, by default docs/results/transfer_artificial_<task>.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from texts import console
from transfer_artificial_summary import SIZES, summed_up
from transfer_table import transfer_document

from hypergen.data.artificial.corpora import HELD_BACK
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import PARSING, POS, Task, ner
from hypergen.evaluation.report import write_json_atomically
from hypergen.recipes.demo import DemoArgs
from hypergen.recipes.world import BLOCK, Languages, World, choose_languages
from hypergen.sources import AdapterSource

TASKS: Final[Mapping[str, Task]] = {"pos": POS, "parsing": PARSING, "ner": ner("PER", "LOC")}
NUM_SOURCES: Final = 10
TASK_LR: Final = 3e-3


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one seed, or sum up what has been run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=["run", "summary"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--world", type=Path, help="run: a finished demo of the same seed and size of world")
    parser.add_argument("--size", choices=sorted(SIZES), default="full")
    parser.add_argument("--steps", type=int, default=800, help="run: of each task adapter")
    parser.add_argument("--bank-steps", type=int, default=200, help="run: of the bank")
    parser.add_argument("--tasks", nargs="+", choices=sorted(TASKS), default=list(TASKS))
    parser.add_argument("--results", type=Path, default=Path("docs/results/transfer_artificial"))
    args = parser.parse_args(arguments)
    {"run": run, "summary": summary}[args.stage](args)


def run(args: argparse.Namespace) -> None:
    """Train what is missing of one seed, and score each task."""
    import torch

    import hypergen.training.trainer  # noqa: F401  (Lightning sets its loggers' levels when it loads)
    from hypergen.recipes import demo_stages as stages
    from hypergen.recipes.quiet import quiet
    from hypergen.typology import TypologyTable

    size, out = SIZES[args.size], args.out / f"seed-{args.seed}"
    world = World(TypologyTable.from_uriel(), out / "cache", args.seed)
    languages = choose_languages(
        world.table, num_generator=size.generator_languages, num_unseen=size.unseen_languages, num_oracle=1
    )
    with quiet():
        torch.manual_seed(args.seed)
        place = args.world or out
        if not (place / "generator").exists():
            stages.train_backbone(world, languages, size=size, out=place / "backbone")
            stages.train_generator(world, languages, size=size, out=place)
        model, sources, families = language_adapters(world, languages, place=place, out=out, size=size, args=args)
        for name in args.tasks:
            if (out / f"{name}.json").exists():
                continue
            rows: list[dict[str, Any]] = []
            for family, methods in families.items():
                rows += scored(
                    TASKS[name], world, languages, model=model, generated=sources["generated"], family=sources[family],
                    methods={method: sources[method] for method in methods}, size=size, steps=args.steps,
                )  # fmt: skip
                console.print(f"{name} over {family}: {means(rows, methods)}")
            told = {
                "seed": args.seed,
                "size": args.size,
                "sources": list(languages.generator[:NUM_SOURCES]),
                "rows": rows,
            }
            write_json_atomically(out / f"{name}.json", told)


def language_adapters(
    world: World, languages: Languages, *, place: Path, out: Path, size: DemoArgs, args: argparse.Namespace
) -> tuple[Any, dict[str, Any], dict[str, list[str]]]:
    """The model, language adapters by name, and which of them share a task adapter, by what that is trained over."""
    import torch

    from hypergen.adapters import Adapter
    from hypergen.backbones import load_backbone
    from hypergen.bundle import Bundle
    from hypergen.recipes import demo_stages as stages
    from hypergen.sources import (
        AdapterBank,
        AveragedAdapters,
        StoredAdapter,
        mean_weights,
        nearest_weights,
        tipa_weights,
    )

    bundle = Bundle.load(place / "generator")
    model = bundle.model(load_backbone(place / "backbone"))
    source: Any = bundle.source
    controls = stages.controls(source, world, languages)
    if not (out / "bank.pt").exists():
        trained = languages.trained
        tuned = stages.after_sentences(
            model, source, world, trained, sentences=size.generator_sentences, steps=args.bank_steps
        )
        out.mkdir(parents=True, exist_ok=True)
        torch.save({"languages": list(trained), "vectors": tuned.vectors.detach()}, out / "bank.pt")
    saved = torch.load(out / "bank.pt", weights_only=True)
    adapters = Adapter.from_vector(bundle.spec, bundle.layout, saved["vectors"])
    bank = AdapterBank(dict(zip(saved["languages"], adapters, strict=True))).requires_grad_(False)
    weights = {"nearest": nearest_weights(world.table), "mean": mean_weights, "tipa": tipa_weights(world.table)}
    sources = {
        "none": None,
        "generated": controls["generated"],
        **{f"{name} vector": controls[name] for name in ("mean", "nearest", "swapped")},
        "bank": bank,
        **{name: AveragedAdapters(bank, weight) for name, weight in weights.items()},
        "english": StoredAdapter(bank("eng")).requires_grad_(False),
    }
    families = {
        "none": ["none"],
        "english": ["english"],
        "bank": ["nearest", "mean", "tipa"],
        "generated": ["generated", "mean vector", "nearest vector", "swapped vector"],
    }
    return model, sources, families


def scored(
    task: Task,
    world: World,
    languages: Languages,
    *,
    model: Any,
    generated: AdapterSource,
    family: Any,
    methods: Mapping[str, Any],
    size: DemoArgs,
    steps: int,
) -> list[dict[str, Any]]:
    """Train a task adapter over one kind of language adapters; rows of the methods in the unseen languages."""
    import torch
    from transfer_cells import row_of

    from hypergen.data.tasks.batches import FixedBatches
    from hypergen.data.tasks.encoding import Encoder
    from hypergen.data.tasks.sampling import training_batches
    from hypergen.evaluation.transfer import Majority, transfer_scores
    from hypergen.heads import HEADS
    from hypergen.recipes.demo_stages import ROWS
    from hypergen.sources import StoredAdapter
    from hypergen.task_model import TaskModel
    from hypergen.training.fitting import fit
    from hypergen.training.tasks import TaskModule

    torch.manual_seed(world.seed)
    encoder = Encoder(task, world.tokenizer, on_long="skip", max_tokens=BLOCK)
    given = {code: labelled(world, code, task=task, count=size.task_sentences, start=0)
             for code in languages.generator[:NUM_SOURCES]}  # fmt: skip
    test = {code: labelled(world, code, task=task, count=size.held_back_sentences, start=HELD_BACK)
            for code in languages.unseen}  # fmt: skip
    start = generated(languages.generator[0])  # whose method and layout the task adapter shares
    rng = torch.Generator().manual_seed(world.seed)
    module = TaskModule(
        model, task=task, head=HEADS[task.kind](model.backbone.config.hidden_size, len(task.labels)),
        adapter=StoredAdapter(start.spec.initial(start.layout, rng=rng)), languages=family, lr=TASK_LR, warmup_steps=20,
        seed=world.seed,
    )  # fmt: skip
    stream = training_batches(given, encoder=encoder, num_batches=steps, batch_size=ROWS, seed=world.seed)
    fit(module, stream, steps=steps, title=task.name)
    batches = FixedBatches(test, encoder=encoder, batch_size=256, languages_per_batch=4)
    majority = Majority.of(sentence for several in given.values() for sentence in several)
    return [
        {"method": name, **row_of(score)}
        for name, source in methods.items()
        for score in transfer_scores(
            TaskModel(task, model, module.head, module.adapter, source), batches, majority=majority
        )
    ]


def labelled(world: World, code: str, *, task: Task, count: int, start: int) -> list[Sentence]:
    """Sentences of an artificial language with what a task labels."""
    found = []
    for sentence in world.language(code).sentences(count, start=start):
        words = tuple(token.form for token in sentence.tokens)
        if task.kind == "arc":
            labels = tuple(token.deprel.partition(":")[0] for token in sentence.tokens)
            found.append(Sentence(words, labels, tuple(token.head for token in sentence.tokens)))
        elif task.metric == "span_f1":
            found.append(Sentence(words, tuple(token.entity for token in sentence.tokens)))
        else:
            found.append(Sentence(words, tuple(token.upos for token in sentence.tokens)))
    return found


def means(rows: Sequence[Mapping[str, Any]], methods: Sequence[str]) -> str:
    """What is printed on the way."""
    several = {name: [row["score"] for row in rows if row["method"] == name] for name in methods}
    return ", ".join(f"{name} {sum(scores) / len(scores):.3f}" for name, scores in several.items())


def summary(args: argparse.Namespace) -> None:
    """For each task the rows of all seeds, and whether generated adapters beat each of the others."""
    for name in args.tasks:
        runs = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(args.out.glob(f"seed-*/{name}.json"))]
        if not runs:
            console.print(f"{name} has not been run.")
            continue
        told = summed_up(name, runs, num_sources=NUM_SOURCES, command=f"python {' '.join(sys.argv)}")
        path = args.results.with_name(f"{args.results.name}_{name}.json")
        write_json_atomically(path, told)
        path.with_suffix(".md").write_text(transfer_document(told), encoding="utf-8")
        for each in told["findings"]:
            console.print(f"- {name}: {each['claim']}: {each['verdict']}. {each['numbers']}")


if __name__ == "__main__":
    main()
