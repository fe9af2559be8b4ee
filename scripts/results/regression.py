"""Each language's gain from adaptation, regressed on what backbone and generator have read of it, with a plot.

    python scripts/results/regression.py --text runs/text --results docs/results/regression

The gain is what ``docs/results/real_text.json`` says: the loss without adapters minus the loss with generated ones. The
tokens are counted, not estimated: both samplers are functions of a seed and the step, so they are run again without a
model, with the settings of ``scripts/pretrain_backbone.py`` and of ``scripts/results/real_text.py``. Writes
RESULTS.json, .md and .png.
"""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, Final

import torch
from matplotlib.figure import Figure
from texts import CACHE, Texts, console

from hypergen.backbones import load_tokenizer
from hypergen.data.blocks import blocks
from hypergen.data.corpora import text_corpora
from hypergen.data.modules import CorpusModule
from hypergen.data.sampling import sampling_weights
from hypergen.evaluation.drawing import COLOURS, INK, as_png, blank_figure, label_points, styled
from hypergen.evaluation.groups import read_splits
from hypergen.evaluation.regression import Regression, regress_gain
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.evaluation.results import read_results
from hypergen.evaluation.tables import markdown_table

BACKBONE: Final = "hypergen-mini"
BLOCK: Final = 128
PRETRAINING: Final = {"steps": 2000, "rows": 32, "max_bytes": 1_500_000, "seed": 0}
ADAPTATION: Final = {"steps": 600, "rows": 32, "together": 8}
MARKERS: Final = "osD^vP"
METHOD: Final = "generated (MAD-G)"


def main(arguments: Sequence[str] | None = None) -> None:
    """Count, regress, write and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, default=Path("runs/text"), help="what scripts/prepare_text.py wrote")
    parser.add_argument("--splits", type=Path, default=Path("configs/languages/splits.yaml"))
    parser.add_argument("--rows", type=Path, default=Path("docs/results/real_text.json"))
    parser.add_argument("--results", type=Path, required=True, help="the result, without .json, .md and .png")
    args = parser.parse_args(arguments)
    splits, results = read_splits(args.splits), read_results(args.rows)
    none, adapted = results.losses("none", METHOD)
    gain = {language: none[language] - adapted[language] for language in none}
    seeds = sorted({row.seed for row in results.rows if row.method == METHOD})
    texts = Texts(args.text, splits.left_out_scripts)
    pretrained = pretraining_tokens(args.text / "open", splits.backbone)
    trained = [adaptation_tokens(texts, [*splits.backbone, *splits.generator], seed=seed) for seed in seeds]
    tokens = {
        "backbone": {code: pretrained[code] for code in gain},
        "adaptation": {code: round(sum(each[code] for each in trained) / len(seeds)) for code in gain},
    }
    group = {row.language: str(row.group) for row in results.rows}
    told: dict[str, Any] = {
        "title": "What a language gains, and what was read of it",
        **provenance(seeds=seeds, command=f"python scripts/results/regression.py --results {args.results}"),
        "method": METHOD,
        "regressions": regressions(gain, tokens, genus=results.genus),
        "rows": [
            {"language": code, "group": group[code], "none": none[code], "gain": gain[code],
             **{f"{name}_tokens": several[code] for name, several in tokens.items()}} for code in sorted(gain)
        ],
    }  # fmt: skip
    write_json_atomically(args.results.with_suffix(".json"), told)
    args.results.with_suffix(".md").write_text(document(told, picture=args.results.with_suffix(".png").name), "utf-8")
    with styled():
        args.results.with_suffix(".png").write_bytes(as_png(drawn(told["rows"])))
    console.print(markdown_table(*table(told["regressions"])))


def pretraining_tokens(directory: Path, languages: Sequence[str]) -> Counter[str]:
    """The tokens that the backbone was pretrained on, by language."""
    tokenizer = load_tokenizer(BACKBONE)
    corpora = text_corpora(directory, only=languages, max_bytes=PRETRAINING["max_bytes"])
    sizes = {each.name: len(blocks(each, tokenizer=tokenizer, split="train", cache_dir=CACHE)) for each in corpora}
    names = sorted(sizes)
    weights = sampling_weights(sizes)
    shares = torch.tensor([weights[name] for name in names], dtype=torch.float64)
    found: Counter[str] = Counter()
    for step in range(PRETRAINING["steps"]):
        rng = torch.Generator().manual_seed(PRETRAINING["seed"] * 1_000_003 + step)
        for place in torch.multinomial(shares, PRETRAINING["rows"], replacement=True, generator=rng).tolist():
            found[names[place].split("_")[0]] += BLOCK
    return found


def adaptation_tokens(texts: Texts, languages: Sequence[str], *, seed: int) -> Counter[str]:
    """The tokens that a generator was trained on, by language."""
    rows, together = ADAPTATION["rows"], ADAPTATION["together"]
    data = CorpusModule(
        texts.corpora("open", languages), tokenizer=load_tokenizer(BACKBONE), cache_dir=CACHE, block_size=BLOCK,
        batch_size=rows, languages_per_batch=together, seed=seed, validation_share=0.05, max_validation_blocks=1,
    )  # fmt: skip
    data.setup()
    found: Counter[str] = Counter()
    for batch in islice(iter(data.train_dataloader()), ADAPTATION["steps"]):
        for language in batch.languages:
            found[language] += rows // together * BLOCK
    return found


def regressions(
    gain: Mapping[str, float], tokens: Mapping[str, Mapping[str, int]], *, genus: Mapping[str, str]
) -> list[dict[str, Any]]:
    """On both kinds of tokens, on either alone, and on those of adaptation where the backbone has read nothing.

    The last is over languages that the generator has read: the only dose there is, all others are all or nothing.
    """
    unread = {code: value for code, value in gain.items() if not tokens["backbone"][code]}
    adaptation = {"adaptation": tokens["adaptation"]}
    generator = {code: value for code, value in unread.items() if tokens["adaptation"][code]}
    asked: list[tuple[str, Mapping[str, float], Mapping[str, Mapping[str, int]]]] = [
        ("all", gain, tokens),
        ("all", gain, {"backbone": tokens["backbone"]}),
        ("all", gain, adaptation),
        ("not in the backbone", unread, adaptation),
        ("in the generator, not in the backbone", generator, adaptation),
    ]
    return [_plain(name, regress_gain(several, read, genus=genus)) for name, several, read in asked]


def _plain(name: str, found: Regression) -> dict[str, Any]:
    coefficients = {each.name: asdict(each) for each in found.coefficients}
    return {"over": name, "languages": found.languages, "r2": found.r2, "coefficients": coefficients}


def table(regressed: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """A row for each regression."""
    names = ("intercept", "backbone", "adaptation")
    rows = [
        [each["over"], str(each["languages"]), *(_interval(each["coefficients"].get(name)) for name in names),
         f"{each['r2']:.2f}"]
        for each in regressed
    ]  # fmt: skip
    return ["over", "languages", "intercept", "backbone", "adaptation", "R²"], rows


def _interval(coefficient: Mapping[str, float] | None) -> str:
    return "–" if coefficient is None else "{value:.2f} [{low:.2f}, {high:.2f}]".format(**coefficient)


def document(told: Mapping[str, Any], *, picture: str) -> str:
    """The result as markdown."""
    zero = sum(row["backbone_tokens"] == 0 for row in told["rows"])
    backbone, adaptation = (each["r2"] for each in told["regressions"][1:3])
    notes = [
        f"Gain: the loss without adapters minus that of {told['method']}, nats a masked position, means over seeds and "
        "domains as in real_text.md. A coefficient is what ten times as many tokens add to it, `log10(1 + tokens)`; "
        "intervals are 95 %, genera drawn with replacement.",
        f"The backbone has read either hundreds of thousands of tokens of a language or none ({zero} of "
        f"{len(told['rows'])}), and the generator likewise: both coefficients are mostly differences between groups of "
        "languages, and nothing was drawn by lot. MAD-X adapters had all the same number of tokens and are in no "
        "backbone language, so there is nothing to regress them on.",
        f"Alone, the backbone's tokens explain {backbone:.0%} of the variance and the generator's {adaptation:.0%}, as "
        "the papers found: where the backbone has read a language there is nothing left to gain. The four largest "
        "gains are of languages in scripts that it has never read.",
    ]
    about = [f"- {name}: {told[name]}" for name in ("command", "date", "seeds", "hardware", "versions")]
    header, rows = table(told["regressions"])
    parts = [f"# {told['title']}", *notes, markdown_table(header, rows), f"![gain against tokens]({picture})"]
    return "\n\n".join([*parts, "\n".join(about)]) + "\n"


def drawn(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Gain against tokens of the backbone and of adaptation, a point for each language."""
    figure, panels = blank_figure(height=4.6, panels=2)
    groups = sorted({row["group"] for row in rows})
    for axes, name, read in zip(panels, ("backbone", "adaptation"), ("the backbone", "the generator"), strict=True):
        axes.set_xscale("symlog", linthresh=1e3, linscale=0.4)
        for number, group in enumerate(groups):
            own = [row for row in rows if row["group"] == group]
            axes.scatter([row[f"{name}_tokens"] for row in own], [row["gain"] for row in own], s=22, alpha=0.85,
                         color=COLOURS[number], marker=MARKERS[number], linewidths=0, label=group)  # fmt: skip
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.set_xlim(-300, 2e6 if name == "backbone" else 2e5)
        axes.set_xticks([0, 1e3, 1e4, 1e5, *([1e6] if name == "backbone" else [])])
        axes.set_xlabel(f"tokens of the language that {read} was trained on")
        axes.grid(axis="y")
    panels[0].set_ylabel("gain from generated adapters, nats")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, fontsize=9)
    figure.canvas.draw_idle()
    named = [row for row in rows if row["adaptation_tokens"]]
    label_points(panels[1], [(row["adaptation_tokens"], row["gain"]) for row in named],
                 [[row["language"]] for row in named], size=7)  # fmt: skip
    return figure


if __name__ == "__main__":
    main()
