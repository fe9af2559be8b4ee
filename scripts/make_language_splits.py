"""Decide, before any training, which language is used for what: writes ``configs/languages/splits.yaml``.

    python scripts/make_language_splits.py --data "$HYPERGEN_DATA" --out configs/languages/splits.yaml
    python scripts/make_language_splits.py --data "$HYPERGEN_DATA" --out configs/languages/splits_all.yaml --all

The rules, in order (``coverage`` is the share of the 289 features that some source observed; ``open`` text has no
non-commercial terms; a script is *read* when a backbone language is written in it):

1. N'Ko, Cherokee and Tifinagh files are left out altogether, for later work on unseen scripts.
2. **Backbone**: twelve languages named here, of ten genera and six scripts, each of mBERT's languages or beside one of
   them in genus and script, with at least 0.7 MB of open text.
3. **Unseen, new genus**: every language with coverage >= 0.2 and a read script that is alone in its genus. Twenty.
4. **Unseen, with a relative**: of the genera that keep a member for training, every language with coverage >= 0.2 and
   a read script that has too little open text to be trained on (250 kB); then, to twenty, one language of each genus
   with the most members left, drawn by seed.
5. Development and report share the unseen ones: sorted into labelled (NER, POS, UD, topics or sentiment) and
   unlabelled, shuffled by seed, dealt alternately. Report languages are looked at once an issue, development languages
   at any time.
6. **Generator**: of all that is left with open text, no vector equal to an unseen one, forty by farthest-point search
   on the 289 features (Hamming distance), starting from the backbone's. **Random generator**: as many, drawn by seed.
   With ``--all``, the generator has all that is left, for whoever asks what more languages bring; the rest is the same.
"""

import argparse
import csv
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from prepare_text import non_commercial

from hypergen.evaluation.groups import Splits, read_splits, write_splits
from hypergen.typology import TypologyTable
from hypergen.typology.diversity import farthest_points

BACKBONE = ("arz", "bho", "ces", "cmn", "deu", "eng", "heb", "lvs", "prs", "spa", "swh", "ukr")
LEFT_OUT_SCRIPTS = ("Nkoo", "Cher", "Tfng")
"""Written into the file with the splits, where the other scripts read it."""
LABELS = ("ud", "ner", "pos", "sib200", "sentiment")
MIN_COVERAGE = 0.2
MIN_OPEN_BYTES = 250_000
NUM_UNSEEN_OF_A_KIND = 20
NUM_GENERATOR = 40
SEED = 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Apply the rules to the languages that have text and write the outcome."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, help="the data directory: languages.tsv and text/manifest.tsv"
    )
    parser.add_argument("--out", type=Path, required=True, help="the YAML file to write")
    parser.add_argument("--all", action="store_true", help="train the generator on all that is left, not on forty")
    args = parser.parse_args(arguments)
    table = TypologyTable.from_uriel()
    decided = make_splits(
        read(args.data / "text" / "manifest.tsv"),
        {row["iso3"]: row for row in read(args.data / "languages.tsv")},
        table=table,
        num_generator=None if args.all else NUM_GENERATOR,
    )
    splits = Splits(**{name: tuple(codes) for name, codes in decided.items()})
    comment = f"Made by scripts/make_language_splits.py (seed {SEED}), which states the rules. Do not edit."
    write_splits(splits, args.out, comment=comment)
    if read_splits(args.out) != splits:
        raise ValueError(f"{args.out} does not read back as it was written; look at it.")


def make_splits(
    manifest: Sequence[Mapping[str, str]],
    languages: Mapping[str, Mapping[str, str]],
    *,
    table: TypologyTable,
    num_generator: int | None,
) -> dict[str, list[str]]:
    """The rules above, as lists of ISO 639-3 codes, and the scripts of the first; ``None`` is all that is left."""
    rng = random.Random(SEED)
    rows = [row for row in manifest if row["script"] not in LEFT_OUT_SCRIPTS]
    open_bytes: Counter[str] = Counter()
    scripts: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        scripts[row["iso3"]].add(row["script"])
        open_bytes[row["iso3"]] += 0 if non_commercial(row) else int(row["bytes"])
    read_scripts = set().union(*(scripts[code] for code in BACKBONE))
    genus = {code: languages[code]["genus"] for code in scripts}
    candidates = sorted(
        code
        for code in scripts
        if code not in BACKBONE and scripts[code] & read_scripts and table.coverage(code) >= MIN_COVERAGE
    )
    members: dict[str, list[str]] = defaultdict(list)
    for code in sorted(scripts):
        members[genus[code]].append(code)

    new_genus = [code for code in candidates if members[genus[code]] == [code]]
    related = [code for code in candidates if code not in new_genus and open_bytes[code] < MIN_OPEN_BYTES]
    left = {name: [c for c in codes if c not in related and c not in BACKBONE] for name, codes in members.items()}
    for name in sorted(left, key=lambda name: (-len(left[name]), name)):
        choice = [code for code in left[name] if code in candidates]
        alone = len(left[name]) < 2 and not set(members[name]) & set(BACKBONE)
        if len(related) < NUM_UNSEEN_OF_A_KIND and choice and not alone and open_bytes[left[name][0]]:
            related.append(rng.choice(choice))

    development, report = [], []
    for kind in (new_genus, related):
        labelled = [code for code in sorted(kind) if any(languages[code][label] for label in LABELS)]
        unlabelled = [code for code in sorted(kind) if code not in labelled]
        rng.shuffle(labelled)
        rng.shuffle(unlabelled)
        dealt = labelled + unlabelled
        development += dealt[0::2]
        report += dealt[1::2]

    unseen = new_genus + related
    vectors = dict(zip(scripts, table.vectors(list(scripts)).numpy(), strict=True))
    unseen_vectors = {vectors[code].tobytes() for code in unseen}
    pool = sorted(
        code
        for code in scripts
        if code not in BACKBONE
        and code not in unseen
        and open_bytes[code]
        and vectors[code].tobytes() not in unseen_vectors
    )
    return {
        "backbone": sorted(BACKBONE),
        "generator": sorted(farthest_points(pool, start=BACKBONE, count=num_generator or len(pool), table=table)),
        "generator_random": sorted(rng.sample(pool, NUM_GENERATOR)),
        "development": sorted(development),
        "report": sorted(report),
        "left_out_scripts": list(LEFT_OUT_SCRIPTS),
    }


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a tab-separated file with a header."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


if __name__ == "__main__":
    main()
