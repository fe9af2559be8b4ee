"""From what a command was told to a generator: which decoder, which encoder, and what its training is told besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from hypergen.errors import HypergenError, UnknownLanguageError
from hypergen.languages import Language
from hypergen.recipes.arguments import GeneratorArgs

if TYPE_CHECKING:
    from hypergen.adapters import AdapterSpec, Layout
    from hypergen.sources import Typology
    from hypergen.typology import TypologyTable

COMPOSED: Final = ("typology_map", "vector_dropout", "shrinkage")
"""Options that go to the composed encoder as they are."""


def generator_of(
    generator: GeneratorArgs,
    spec: AdapterSpec,
    layout: Layout,
    *,
    table: TypologyTable,
    languages: Sequence[str],
    typology: Typology | None = None,
) -> Any:
    """A new generator, that knows the languages it will be trained on as far as its options ask for that.

    Args:
        generator: The options.
        spec: The adapter method to generate for.
        layout: Its slots on a backbone.
        table: Whose features it reads.
        languages: What it will be trained on.
        typology: Whose vectors it will be trained with, where not the table's: a control's.

    Raises:
        HypergenError: If an option needs training languages, and there are none, or a size is none.
    """
    import torch

    from hypergen.generators import GENERATORS, build

    if generator.embedding_size < 1:
        raise HypergenError(f"embedding_size is {generator.embedding_size}; expected 1 or more.")
    arguments = generator_arguments(generator, table=table, num_languages=len(languages))
    built = build(GENERATORS[generator.name], spec, layout, arguments=arguments)
    vectors = (typology or table).vectors(languages) if languages else None
    if is_composed(generator):
        if vectors is None:
            raise HypergenError("this generator keeps its training languages, and none were named; name them.")
        by_backbone = known_of(generator.known, among=languages)
        known = torch.tensor([float(code in by_backbone) for code in languages])
        built.encode.remember(vectors, kin=torch.tensor(kin_of(languages, by=generator.kin)), known=known)
    if generator.principal_axes is not None:
        if vectors is None:
            raise HypergenError("principal axes are those of training languages, and none were named; name them.")
        built.encode.start_at_principal_axes(vectors, spread=generator.principal_axes)
    return built


def generator_arguments(generator: GeneratorArgs, *, table: TypologyTable, num_languages: int) -> dict[str, Any]:
    """What :func:`hypergen.generators.build` takes; kept in the bundle to build it again."""
    told: dict[str, Any] = {
        "num_features": len(table.features),
        "embedding_size": generator.embedding_size,
        "init": generator.init,
        "output_scale": generator.output_scale,
        "activation": generator.activation,
        "feature_dropout": generator.feature_dropout,
    }
    if generator.name == "factorised":
        told["rank"] = generator.head_rank
    if is_composed(generator):
        options = {name: getattr(generator, name) for name in COMPOSED}
        told["encoder"] = {"num_anchors": num_languages, **options}
    return told


def arguments_of(built: Any, generator: GeneratorArgs, *, table: TypologyTable) -> dict[str, Any]:
    """What a generator was built with."""
    num_languages = len(built.encode.known) if is_composed(generator) else 0
    return generator_arguments(generator, table=table, num_languages=num_languages)


def is_composed(generator: GeneratorArgs) -> bool:
    """Whether an option asks for more than the published encoder."""
    published = asdict(GeneratorArgs())
    return any(getattr(generator, name) != published[name] for name in (*COMPOSED, "known"))


def known_of(codes: Sequence[str], *, among: Sequence[str]) -> set[str]:
    """These languages, given by codes or aliases, as far as they are among the training languages.

    Example:
        >>> sorted(known_of(["swa", "deu_Latn", "fin"], among=["swa", "deu", "qaa"]))
        ['deu', 'swa']

    Raises:
        UnknownLanguageError: If one is no language.
    """
    return {code if code in among else Language.parse(code).iso3 for code in codes} & set(among)


def kin_of(languages: Sequence[str], *, by: str) -> list[float]:
    """A number for each language, equal for those of one genus or family; a language without one is its own.

    Example:
        >>> kin_of(["swe", "deu", "eus", "swh"], by="family")
        [0.0, 0.0, 2.0, 3.0]
    """
    names: list[str] = []
    for language in languages:
        try:
            found = None if by == "language" else getattr(Language.parse(language), by)
        except UnknownLanguageError:  # invented
            found = None
        names.append(found or f"only {language}")
    return [float(names.index(name)) for name in names]
