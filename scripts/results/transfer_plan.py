"""Which languages tasks are learned in and which they are transferred to, and what is trained for that.

Sources are languages of the backbone and of development, with training and development data, in the order in which
they are added. No target is a source; the first half of the targets has been seen by the generator (for entities and
sentiment fewer such languages have data), the others have not, and are report languages where these have data.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

Family = Literal["none", "english", "bank", "generated", "mad-g", "full", "supervised"]
FAMILIES: Final = ("none", "english", "bank", "generated", "mad-g", "full", "supervised")
"""What a task adapter is trained over. ``full`` is the whole backbone, without adapters; ``supervised`` is trained over
the target's own generated adapter on the target's own training data."""
ONE_OR_FIVE: Final = ("mad-g", "full")
"""Families that are trained in one and in five source languages only."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@dataclass(frozen=True)
class Plan:
    """One task's languages and numbers."""

    task: str
    directories: tuple[str, ...]
    """Below the data's directory; joined."""
    sources: tuple[str, ...]
    """Languages, or folders and scripts of one; the first is English."""
    targets: tuple[str, ...]
    sizes: tuple[int, ...] = (1, 2, 5, 10)
    """Numbers of source languages."""
    leave_out_types: tuple[str, ...] = ()
    lr: float = 1e-3
    """Of task adapters: of 1e-3 and 1e-2 what is better without language adapters on five source languages'
    development data."""


PLANS: Final = {
    "pos": Plan(
        "pos",
        ("ud", "pos"),
        sources=_words("eng tur swh vie bam tam uig twi kin pcm"),
        targets=_words("ewe fao glv jpn myv zul bho bbj eus fon hun ibo ind sna xho"),
        lr=1e-2,
    ),
    "topics": Plan(
        "topics",
        ("sib200",),
        sources=_words("eng_Latn tur_Latn swh_Latn vie_Latn bam_Latn fra_Latn uig_Arab twi_Latn kin_Latn fur_Latn"),
        targets=_words(
            "crh_Latn epo_Latn ewe_Latn fao_Latn hne_Deva nus_Latn scn_Latn zul_Latn bho_Deva "
            "ban_Latn eus_Latn hun_Latn ibo_Latn ind_Latn kab_Latn mri_Latn sna_Latn swe_Latn xho_Latn"
        ),
    ),
    "parsing": Plan(
        "parsing",
        ("ud",),
        sources=_words("eng tur vie uig tam"),
        targets=_words("fao glv jpn myv bho eus hun ind lij bam yor kmr"),
        sizes=(1, 5),
        lr=1e-2,
    ),
    "ner": Plan(
        "ner",
        ("ner",),
        sources=_words("eng kin twi yor nya"),
        targets=_words("ewe zul swh bbj ibo sna xho fon mos tsn"),
        sizes=(1, 5),
        leave_out_types=("DATE",),
        lr=1e-2,
    ),
    "sentiment": Plan(
        "sentiment",
        ("sentiment",),
        sources=_words("eng kin yor twi ary"),
        targets=_words("ace swh ban bbc bjn ibo ind jav mad min sun tso arq amh"),
        sizes=(1, 5),
    ),
}


@dataclass(frozen=True)
class Size:
    """How much is trained and scored."""

    steps: int = 300
    check_every: int = 60
    patience: int = 3
    sentences: int = 2000
    """Training sentences of all source languages together, split evenly among them, as published."""
    dev_sentences: int = 300
    """Of all source languages together."""
    test_sentences: int = 100
    """Of each target."""


@dataclass(frozen=True)
class Cell:
    """What is trained once: a task adapter (or the whole backbone) over one kind of language adapters."""

    family: Family
    sources: tuple[str, ...]
    seed: int
    keep_overlaps: bool = False
    """Train also on sentences that are in development or test data."""

    @property
    def name(self) -> str:
        """Of its file."""
        which = self.sources[0] if self.family == "supervised" else str(len(self.sources))
        return f"{self.family}-{which}{'-overlaps' if self.keep_overlaps else ''}-{self.seed}"


def cells(
    plan: Plan, *, seeds: Sequence[int], sizes: Sequence[int], supervised: Sequence[str], leaking: Sequence[str] = ()
) -> list[Cell]:
    """All that is trained for a task, few sources first.

    With English as the only source the generated adapter is English's, so these two share a task adapter. The effect of
    known leakage is seen with the most sources, and in the language itself, which is supervised with the first seed.

    Args:
        plan: The task's.
        seeds: Of weights and batches.
        sizes: Numbers of source languages.
        supervised: The targets with training data.
        leaking: Those of them whose training and test data share sentences.
    """
    found: list[Cell] = []
    for seed in seeds:
        for size in sizes:
            families: list[Family] = ["none", "english", "bank", "generated", "mad-g", "full"]
            found += [
                Cell(family, plan.sources[:size], seed)
                for family in families
                if (family, size) != ("english", 1) and (family not in ONE_OR_FIVE or size in (1, 5))
            ]
        found.append(Cell("generated", plan.sources[: max(sizes)], seed, keep_overlaps=True))
    own = [Cell("supervised", (target,), seeds[0]) for target in supervised]
    return found + own + [replace(cell, keep_overlaps=True) for cell in own if cell.sources[0] in leaking]


def leaking(plan: Plan, *, overlaps: Path) -> list[str]:
    """The targets whose training data share sentences with their own test data, by ``known_overlaps.tsv``."""
    found = set()
    for line in overlaps.read_text(encoding="utf-8").splitlines()[1:]:
        inside, also, *_ = line.split("\t")
        directory, folder, split = inside.split("/")
        if directory in plan.directories and split == "train" and also == f"{directory}/{folder}/test":
            found.add(language_of(folder))
    return [target for target in plan.targets if language_of(target) in found]


def joined(plan: Plan, *, data: Path, out: Path) -> Path:
    """One directory of all that a task is read from: links to folders where there are several directories."""
    if len(plan.directories) == 1:
        return data / plan.directories[0]
    out.mkdir(parents=True, exist_ok=True)
    for directory in plan.directories:
        for folder in sorted((data / directory).iterdir()):
            link, there = out / folder.name, os.path.relpath(folder, out)
            if link.is_symlink() and str(link.readlink()) != there:
                raise SystemExit(f"{link} leads to {link.readlink()} and not to {there}; remove it, or rename one.")
            if folder.is_dir() and not link.is_symlink():
                link.symlink_to(there, target_is_directory=True)
    return out


def language_of(name: str) -> str:
    """The language of a folder or of a language in a script."""
    return name.split("_", maxsplit=1)[0]
