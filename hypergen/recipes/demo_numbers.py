"""What the demo says in numbers, from the losses and accuracies of its languages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

from hypergen.evaluation.statistics import Interval, gap_closed, paired_difference
from hypergen.languages import Language

if TYPE_CHECKING:
    from hypergen.data.artificial import Sentence
    from hypergen.data.batches import Batch
    from hypergen.generators import Generator
    from hypergen.model import AdaptedModel
    from hypergen.recipes.world import Languages, World

__all__ = ["embeddings", "example", "features", "mean", "pos_summary", "rows", "summary"]

Losses = Mapping[str, Mapping[str, float]]
"""By method and language."""
CONTROLS = ("none", "mean", "nearest", "swapped")


def mean(values: Collection[float]) -> float:
    """The arithmetic mean."""
    return sum(values) / len(values)


def summary(losses: Losses) -> dict[str, Any]:
    """Shares of the oracle's gain, differences and wins; genera are what is resampled."""
    genus = genera(losses["generated"])

    def share(method: str) -> dict[str, float | None]:
        several = [{code: losses[name][code] for code in losses["oracle"]} for name in ("none", method, "oracle")]
        return _told(gap_closed(*several, genus=genus))

    generated = losses["generated"]
    return {
        "gap_closed": {
            "zero_shot": share("generated"),
            "fifty_sentences": share("fifty"),
            "mean": share("mean"),
            "nearest": share("nearest"),
        },
        "differences": {name: _told(paired_difference(generated, losses[name], genus=genus)) for name in CONTROLS},
        "beats": {name: mean([float(generated[code] < losses[name][code]) for code in generated]) for name in CONTROLS},
    }


def rows(losses: Losses, world: World, languages: Languages) -> list[dict[str, Any]]:
    """One row for each unseen language."""
    told = []
    for code in languages.unseen:
        language, artificial = Language.parse(code), world.language(code)
        told.append(
            {
                "language": code,
                "name": language.name,
                "family": language.family,
                "genus": language.genus,
                "word_order": "/".join(artificial.word_orders),
                "coverage": round(world.table.coverage(code), 3),
                "nearest": world.table.nearest(code, k=1, among=languages.trained)[0][0],
                "distance": round(languages.distance[code], 4),
                "losses": {name: round(each[code], 4) for name, each in losses.items() if code in each},
            }
        )
    return told


def embeddings(generator: Generator, world: World, languages: Languages) -> list[dict[str, Any]]:
    """The language embeddings, along the two directions in which they differ most."""
    import torch

    codes = [*languages.trained, *languages.unseen]
    with torch.no_grad():
        points = generator.encode(world.table.vectors(codes))
    centred = points - points.mean(0)
    plane = centred @ torch.linalg.svd(centred, full_matrices=False).Vh[:2].mT
    told = []
    for code, (x, y) in zip(codes, plane.tolist(), strict=True):
        language = Language.parse(code)
        told.append(
            {
                "language": code,
                "name": language.name,
                "family": language.family,
                "word_order": "/".join(world.language(code).word_orders),
                "x": round(x, 4),
                "y": round(y, 4),
                "seen": code not in languages.unseen,
            }
        )
    return told


def features(
    model: AdaptedModel, generator: Generator, world: World, languages: Languages, losses: Losses, *, batch: Batch
) -> list[dict[str, Any]]:
    """The share of the oracle's gain that is lost without each feature, for the oracle's languages; longest first."""
    from hypergen.data.artificial import READ_FEATURES
    from hypergen.data.artificial.table import rule_table
    from hypergen.evaluation.importance import losses_without

    table, about = world.table, {feature: row.about for row in rule_table() for feature in row.features}
    columns = [table.features.index(name) for name in READ_FEATURES]
    told, hidden = losses_without(
        columns,
        generator=generator,
        vectors=table.vectors(languages.oracle),
        mean=table.vectors(languages.trained).mean(0),
        model=model,
        batch=batch,
    )
    gain = mean([losses["none"][code] - losses["oracle"][code] for code in languages.oracle])
    shares = {table.features[column]: (loss - told) / gain for column, loss in hidden.items()}
    return [
        {"feature": name, "share": round(share, 5), "rule": about[name]}
        for name, share in sorted(shares.items(), key=lambda item: -item[1])
    ]


def pos_summary(accuracy: Losses) -> dict[str, Any]:
    """Accuracies by language, their means, and by how much the generated adapters are better."""
    genus = genera(accuracy["generated"])
    return {
        "rows": [
            {"language": code, **{name: round(each[code], 4) for name, each in accuracy.items()}}
            for code in accuracy["generated"]
        ],
        "accuracy": {name: round(mean(each.values()), 4) for name, each in accuracy.items()},
        "differences": {
            name: _told(paired_difference(accuracy["generated"], accuracy[name], genus=genus))
            for name in ("nearest", "none")
        },
    }


def example(world: World, code: str, *, count: int = 5) -> dict[str, Any]:
    """A few sentences of a language, with what their words say."""

    def gloss(sentence: Sentence) -> str:
        return " ".join(token.lemma for token in sentence.tokens)

    sentences = [{"text": each.text, "gloss": gloss(each)} for each in world.language(code).sentences(count)]
    return {"language": code, "name": Language.parse(code).name, "sentences": sentences}


def genera(codes: Sequence[str] | Mapping[str, float]) -> dict[str, str]:
    """The genus of each language; one without counts as its own."""
    return {code: Language.parse(code).genus or code for code in codes}


def _told(interval: Interval) -> dict[str, float | None]:
    """The interval as plain numbers; an open end is null, since JSON has no infinity."""
    told = asdict(interval)
    return {name: round(told[name], 4) if isfinite(told[name]) else None for name in ("mean", "low", "high", "p")}
