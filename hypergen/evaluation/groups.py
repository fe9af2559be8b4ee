"""Which languages were seen by what, and the five groups every number is reported by."""

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from pathlib import Path

import yaml

from hypergen.errors import HypergenError

_ISO3, _ISO15924 = re.compile(r"[a-z]{3}"), re.compile(r"[A-Z][a-z]{3}")


class SplitsError(HypergenError):
    """A file or a set of splits that does not say, once and for each language, where it belongs."""


class Group(StrEnum):
    """Where a language stands between backbone and generator; the order is the order of every table.

    References:
        Ansell et al. (2021), MAD-G, https://aclanthology.org/2021.findings-emnlp.410 (the same five, by WALS genus).
    """

    BACKBONE_SEEN = "backbone-seen"
    """The backbone was pretrained on it."""
    GENERATOR_SEEN = "generator-seen"
    """The generator was trained on it, the backbone was not."""
    UNSEEN_BACKBONE_GENUS = "unseen: backbone genus"
    """Trained on by neither; a language of its genus is in the backbone."""
    UNSEEN_GENERATOR_GENUS = "unseen: generator genus"
    """Trained on by neither; its genus is in the generator's languages, not in the backbone's."""
    UNSEEN_NEW_GENUS = "unseen: new genus"
    """Trained on by neither, and no language of its genus was."""


@dataclass(frozen=True)
class Splits:
    """The languages of an experiment, each an ISO 639-3 code and in one split only.

    The two lists for the generator are alternatives, drawn from the same languages: a generator is trained on the one
    or the other, so these two may overlap, and groups are always those of `generator`. For a generator trained on the
    random list, ask `with_random_generator`.

    Raises:
        SplitsError: a code is not three lower-case letters, is given twice, or is in two splits that exclude
            each other; or a script is not four letters as ISO 15924 writes them.

    Example:
        >>> splits = Splits(backbone=("eng", "spa"), generator=("swh",), report=("zul",))
        >>> splits.generator
        ('swh',)
    """

    backbone: tuple[str, ...] = ()
    """Languages the backbone was pretrained on."""
    generator: tuple[str, ...] = ()
    """Languages the generator is trained on, chosen on purpose."""
    generator_random: tuple[str, ...] = ()
    """The alternative to `generator`: as many, drawn at random."""
    development: tuple[str, ...] = ()
    """Held-out languages for every choice (steps, learning rate, method); never reported as a result."""
    report: tuple[str, ...] = ()
    """Held-out languages that are only ever reported."""
    left_out_scripts: tuple[str, ...] = ()
    """Scripts whose text is left out altogether, whatever the language."""

    def __post_init__(self) -> None:
        for script in self.left_out_scripts:
            if not _ISO15924.fullmatch(script):
                raise SplitsError(f"{script!r} in 'left_out_scripts' is no ISO 15924 code. Write it as in 'swh_Latn'.")
        home: dict[str, str] = {}
        for split, languages in self.items():
            for language in languages:
                if not _ISO3.fullmatch(language):
                    raise SplitsError(
                        f"{language!r} in split '{split}' is not an ISO 639-3 code. Write three lower-case letters, "
                        "without a script: 'swh', not 'sw' or 'swh_Latn'."
                    )
                if languages.count(language) > 1:
                    raise SplitsError(f"{language!r} is twice in '{split}'. Remove one of the two.")
                if language in home and (home[language], split) != ("generator", "generator_random"):
                    raise SplitsError(
                        f"{language!r} is in '{home[language]}' and '{split}'. Every language has one place: choose."
                    )
                home[language] = split

    def items(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Name and languages of each split, in the order of the fields."""
        names = (field.name for field in fields(self) if field.name != "left_out_scripts")
        return ((name, getattr(self, name)) for name in names)

    def with_random_generator(self) -> "Splits":
        """The splits of a generator trained on the random languages: `generator` is `generator_random`."""
        return replace(self, generator=self.generator_random)


def group_of(language: str, *, splits: Splits, genus_of: Callable[[str], str | None]) -> Group:
    """The one group of a language: seen by the backbone, else by the generator, else by where its genus was seen.

    A genus known to both backbone and generator counts as the backbone's. A language whose genus is unknown
    (``genus_of`` gives None) has no known relative and falls in `Group.UNSEEN_NEW_GENUS`. The other splits are
    not looked at: whatever is in neither `Splits.backbone` nor `Splits.generator` is unseen.

    Example:
        >>> genus = {"swh": "Bantu", "zul": "Bantu", "eng": "Germanic"}
        >>> group_of("zul", splits=Splits(backbone=("eng",), generator=("swh",)), genus_of=genus.get)
        <Group.UNSEEN_GENERATOR_GENUS: 'unseen: generator genus'>
    """
    if language in splits.backbone:
        return Group.BACKBONE_SEEN
    if language in splits.generator:
        return Group.GENERATOR_SEEN
    genus = genus_of(language)
    if genus is None:
        return Group.UNSEEN_NEW_GENUS
    if any(genus_of(relative) == genus for relative in splits.backbone):
        return Group.UNSEEN_BACKBONE_GENUS
    if any(genus_of(relative) == genus for relative in splits.generator):
        return Group.UNSEEN_GENERATOR_GENUS
    return Group.UNSEEN_NEW_GENUS


def read_splits(path: Path) -> Splits:
    """Splits from a YAML file with one list of codes for each field of `Splits`, as `write_splits` makes it.

    Raises:
        SplitsError: not a mapping of split names to lists of codes, an unknown split, or what `Splits` refuses.
    """
    known = [field.name for field in fields(Splits)]
    try:
        # BaseLoader reads every scalar as text: in YAML 1.1 the bare code of Yeskwa, `yes`, would be a truth value.
        read = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise SplitsError(f"{path} is not YAML: {error}") from error
    if not isinstance(read, dict):
        raise SplitsError(f"{path} holds {type(read).__name__}, expected one list of codes for each of {known}.")
    unknown = sorted(set(read) - set(known))
    if unknown:
        raise SplitsError(f"{path} has unknown splits {unknown}. The splits are {known}.")
    for split, languages in read.items():
        if not isinstance(languages, list) or not all(isinstance(language, str) for language in languages):
            raise SplitsError(f"split '{split}' in {path} is not a list of codes. Write it as '{split}: [eng, swh]'.")
    return Splits(**{split: tuple(languages) for split, languages in read.items()})


def write_splits(splits: Splits, path: Path, *, comment: str = "") -> None:
    """Write splits as YAML, ``comment`` (what they are, how they were chosen) above them; makes the directory."""
    head = "".join(f"# {line}".rstrip() + "\n" for line in comment.splitlines())
    body = yaml.safe_dump(
        {name: list(codes) for name, codes in asdict(splits).items()},
        sort_keys=False,
        default_flow_style=None,
        width=120,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + body, encoding="utf-8")
