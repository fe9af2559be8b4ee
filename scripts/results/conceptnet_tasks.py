"""Uyghur topics and parts of speech over adapters from ConceptNet, from text, and over the fusion of both.

    python scripts/results/conceptnet_tasks.py --data "$HYPERGEN_DATA" --results docs/results/conceptnet_tasks

For each task and seed, ``hypergen train-task`` trains a task adapter on the training split, stacked on no language
adapter, on the adapter from ConceptNet's edges by MLM, FLM and TLM (those that ``conceptnet.py`` trained in OUT; what
is missing is trained), on one from text by MLM, and on the fusion of the text adapter with the ConceptNet adapter whose
objective is best on development data over all seeds; ``fuse only`` has that fusion and no task adapter. Weights are
chosen on development data, and ``hypergen evaluate`` scores them on the test split. A run leaves a file in OUT/tasks;
what is there is not done again, an interrupted run goes on where it was, and RESULTS.json and .md hold what is there.
"""

import argparse
import json
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Final

import torch
from conceptnet_adapters import (
    BACKBONE,
    LANGUAGES,
    OBJECTIVES,
    Schedule,
    adapter_bundle,
    command_of,
    commits_of,
    heading,
    once,
    spread,
    write_table,
    write_text,
)

from hypergen.backbones import load_backbone, load_tokenizer
from hypergen.bundle import Bundle
from hypergen.data.tasks.batches import FixedBatches
from hypergen.data.tasks.encoding import Encoder
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.evaluation.tables import markdown_table
from hypergen.recipes.arguments import LabelledArgs, TaskOptimizerArgs
from hypergen.recipes.evaluate_task import evaluate_task
from hypergen.recipes.labelled import sentences_of
from hypergen.recipes.quiet import quiet
from hypergen.recipes.train_task import TaskName, train_task
from hypergen.task_bundle import TaskBundle
from hypergen.training.attention import attention_of

LANGUAGE: Final = "uig"
TASKS: Final[dict[TaskName, str]] = {"topics": "sib200", "pos": "ud"}
"""Each with the data's directory."""
MAX_TOKENS: Final = 128
"""The most that the backbone reads; longer sentences are left out of all splits."""
SINGLE: Final = ("none", *OBJECTIVES, "text")
FUSED: Final = ("fusion", "fuse only")
READING: Final = """\
Macro-F1 of topics (SIB-200) and accuracy of tags (UD) in Uyghur, trained in Uyghur: means over seeds, [least, most]; a
seed is that of the language adapter and of the task. *minus none* is paired by seed. *majority* is the most frequent
label of the training split. The text adapter has read the sentences of UD's training split (all the Uyghur text there
is), so for tags it knows the very sentences that are tagged in training; none is in a development or test split. Uyghur
is a development language. ConceptNet: CC BY-SA 4.0."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and score what is missing, single adapters first, and make the table of what is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="conceptnet/, sib200/ and ud/ in it")
    parser.add_argument("--text", type=Path, default=Path("runs/text/open"), help="what scripts/prepare_text.py wrote")
    parser.add_argument("--out", type=Path, default=Path("runs/conceptnet"), help="as of conceptnet.py")
    parser.add_argument("--results", type=Path, required=True, help="the result, without .json and .md")
    parser.add_argument("--tasks", nargs="+", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--adapter-steps", type=int, default=Schedule.steps, help="of language adapters, at most")
    parser.add_argument("--adapter-check-every", type=int, default=Schedule.check_every)
    parser.add_argument("--steps", type=int, default=300, help="of tasks, at most")
    parser.add_argument("--check-every", type=int, default=60, help="steps between looks at development data")
    args = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with quiet():
        write_text(args.data, args.out / "text")
        for task in args.tasks:
            for method, seed in product(SINGLE, args.seeds):
                once(cell(args, task, method, seed), partial(run, args, task, method, seed))
            objective = best_objective(rows_in(args.out), task=task, seeds=args.seeds)
            for method, seed in product(FUSED, args.seeds):
                once(cell(args, task, method, seed), partial(run, args, task, method, seed, objective=objective))
    rows = rows_in(args.out)
    seeds = sorted({row["seed"] for row in rows})
    command = command_of("conceptnet_tasks.py", vars(args) | {"seeds": seeds})
    told = {"title": "Uyghur tasks over adapters from ConceptNet and from text", "backbone": BACKBONE,
            **provenance(seeds=seeds, command=command), "commits": commits_of(rows), "rows": rows}  # fmt: skip
    write_json_atomically(args.results.with_suffix(".json"), told)
    write_table(args.results.with_suffix(".md"), document(told))


def cell(args: argparse.Namespace, task: str, method: str, seed: int) -> Path:
    """The file of a run."""
    return Path(args.out) / "tasks" / f"{task}-{method.replace(' ', '-')}-{seed}.json"


def rows_in(out: Path) -> list[dict[str, Any]]:
    """What all finished runs tell."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((out / "tasks").glob("*.json"))]


def language_adapter(args: argparse.Namespace, source: Any, seed: int) -> Path:
    """The directory of the adapter from ConceptNet by an objective, or from text; trained if it is not there."""
    directory = args.out / f"{LANGUAGE}-{source}-{seed}"
    adapter_bundle(
        directory, text=args.text if source == "text" else args.out / "text", name=LANGUAGES[LANGUAGE],
        objective="mlm" if source == "text" else source, seed=seed, cache=args.out / "cache",
        schedule=Schedule(args.adapter_steps, args.adapter_check_every),
    )  # fmt: skip
    return Path(directory)


def run(
    args: argparse.Namespace, task: TaskName, method: str, seed: int, *, objective: str | None = None
) -> dict[str, Any]:
    """Train a task over one kind of language adapters and score it; a fusion's from ConceptNet is of ``objective``."""
    began = time.monotonic()
    data = labelled(args, task)
    bundle = fuse = None
    if objective is not None:
        kinds = {"conceptnet": objective, "text": "text"}
        fuse = {name: language_adapter(args, kind, seed) for name, kind in kinds.items()}
    elif method != "none":
        bundle = language_adapter(args, method, seed)
    out = cell(args, task, method, seed).with_suffix("")
    if not (out / "bundle").exists():
        train_task(
            task=task, out=out, data=data, bundle=None if bundle is None else str(bundle), fuse=fuse,
            fuse_only=method == "fuse only", backbone=BACKBONE, optimizer=TaskOptimizerArgs(window=16),
            steps=args.steps, check_every=args.check_every, precision="bfloat16", accelerator="cpu", seed=seed,
            resume=(out / "settings.json").exists(),
        )  # fmt: skip
    over = out / "languages" if fuse else bundle
    evaluate_task(
        out / "bundle", data=data, split="test", bundle=str(over), one_for_all=False, any_bundle=False,
        backbone=BACKBONE, splits=None, precision="bfloat16", predictions=None, supervised=None, out=out / "test.json",
    )  # fmt: skip
    (score,) = json.loads((out / "test.json").read_text(encoding="utf-8"))["rows"]
    metrics = TaskBundle.load(out / "bundle").metrics
    shutil.rmtree(out / "checkpoints", ignore_errors=True)
    told = {name: score[name] for name in ("scores", "majority", "unknown", "sentences", "words")}
    return {
        "task": task, "method": method, "objective": objective, "seed": seed, "dev": metrics["val/score"],
        "test": next(iter(score["scores"].values())), **told, "steps": metrics["steps"],
        "best_step": metrics["best_step"], "attention": attention(out, data, list(fuse)) if fuse else None,
        "seconds": round(time.monotonic() - began),
    }  # fmt: skip


def labelled(args: argparse.Namespace, task: TaskName) -> LabelledArgs:
    """A task's Uyghur sentences; of many treebanks only its own is linked, since all that are there are read."""
    directory = args.data / TASKS[task]
    if folders := sorted(directory.glob(f"{LANGUAGE}_*/")):
        linked = args.out / "tasks" / "data" / task
        linked.mkdir(parents=True, exist_ok=True)
        for folder in folders:
            if not (linked / folder.name).is_symlink():
                (linked / folder.name).symlink_to(os.path.relpath(folder, linked), target_is_directory=True)
        directory = linked
    return LabelledArgs(directory=directory, languages=[LANGUAGE], on_long="skip", max_tokens=MAX_TOKENS)


def attention(out: Path, data: LabelledArgs, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """The mean attention on development sentences by layer and adapter, batches weighted by their tokens."""
    task, languages = TaskBundle.load(out / "bundle"), Bundle.load(out / "languages")
    model = task.model(load_backbone(BACKBONE, dtype=torch.bfloat16), languages=languages)
    encoder = Encoder(task.task, load_tokenizer(BACKBONE), max_tokens=data.max_tokens, on_long="skip")
    total, sums = 0, dict[str, torch.Tensor]()
    for batch in FixedBatches(sentences_of(data, task=task.task, split="dev"), encoder=encoder, max_sentences=99):
        tokens = int(batch.attention_mask.sum())
        total += tokens
        for layer, shares in attention_of(model, batch).items():
            sums[layer] = sums.get(layer, torch.zeros(())) + tokens * shares
    return {
        layer: {name: round(float(share) / total, 4) for name, share in zip(names, shares, strict=True)}
        for layer, shares in sums.items()
    }


def best_objective(rows: Sequence[Mapping[str, Any]], *, task: str, seeds: Sequence[int]) -> str:
    """The objective whose ConceptNet adapters have the highest mean score of a task on development data."""
    scores = {objective: list[float]() for objective in OBJECTIVES}
    for row in rows:
        if row["task"] == task and row["method"] in scores and row["seed"] in seeds:
            scores[row["method"]].append(row["dev"])
    return max(scores, key=lambda objective: sum(scores[objective]) / len(scores[objective]))


def document(told: Mapping[str, Any]) -> str:
    """The result as markdown: scores by task and method, and how the fusions attend."""
    parts = [heading(told), READING]
    for task in dict.fromkeys(row["task"] for row in told["rows"]):
        rows = [row for row in told["rows"] if row["task"] == task]
        metric = next(iter(rows[0]["scores"]))
        majority, sentences = rows[0]["majority"], rows[0]["sentences"]
        none = {row["seed"]: row["test"] for row in rows if row["method"] == "none"}
        drawn = [["majority", "", "", f"{majority:.3f}", ""]]
        for method in (*SINGLE, *FUSED):
            several = [row for row in rows if row["method"] == method]
            if several:
                gains = [row["test"] - none[row["seed"]] for row in several if row["seed"] in none]
                scores = (spread([row[split] for row in several], digits=3) for split in ("dev", "test"))
                shown = spread(gains, digits=3) if method != "none" else ""
                drawn.append([named(method, several), str(len(several)), *scores, shown])
        told_of = (
            f"{sentences} test sentences of at most {MAX_TOKENS} pieces, [UNK] {rows[0]['unknown']:.1%} of the pieces."
        )
        parts += [f"## {task}: {metric}", told_of]
        parts.append(markdown_table(["language adapter", "seeds", "dev", "test", "minus none"], drawn))
    fused = [row for row in told["rows"] if row["attention"]]
    if fused:
        parts.append("## Attention of the fusions\n\nMean share on development sentences, over seeds, [least, most].")
        parts.append(attention_table(fused))
    return "\n\n".join(parts) + "\n"


def attention_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The share of each adapter in each layer."""
    layers, names = rows[0]["attention"], next(iter(rows[0]["attention"].values()))
    drawn = []
    for task, method in dict.fromkeys((row["task"], row["method"]) for row in rows):
        several = [row for row in rows if (row["task"], row["method"]) == (task, method)]
        for name in names:
            shares = (spread([row["attention"][layer][name] for row in several], digits=2) for layer in layers)
            drawn.append([task, named(method, several), name, *shares])
    return markdown_table(["task", "", "adapter", *(f"layer {layer}" for layer in layers)], drawn)


def named(method: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """A method with what it is over."""
    if method in OBJECTIVES:
        return f"ConceptNet, {method}"
    objectives = ", ".join(dict.fromkeys(row["objective"] for row in rows if row["objective"]))
    return f"{method} (ConceptNet {objectives}, text)" if objectives else method


if __name__ == "__main__":
    main()
