"""URIEL's features as lang2vec stores them, aligned by language and feature name.

lang2vec's own module needs setuptools below 82 and loads everything at import; its data files need numpy alone. Their
rows differ in order from file to file, and their columns are not grouped by feature set.

References:
    Littell et al. (2017), URIEL and lang2vec, https://aclanthology.org/E17-2002. The data are CC BY-SA 4.0.
"""

from dataclasses import dataclass
from importlib.metadata import distribution
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32

from hypergen.errors import TypologyError

__all__ = ["MADG_FEATURES", "URIEL_FEATURE_SETS", "Columns", "read_uriel"]

MADG_FEATURES: Final = "syntax_knn+phonology_knn+inventory_knn"
"""The features of MAD-G: 103 of syntax, 28 of phonology, 158 of sound inventories; 0 or 1, missing ones predicted."""

_PREFIXES: Final = {"syntax": "S_", "phonology": "P_", "inventory": "INV_"}
_DOMAIN_SOURCES: Final = {
    "syntax": ("wals", "sswl", "ethnologue"),
    "phonology": ("wals", "ethnologue"),
    "inventory": (
        "ethnologue", "phoible_aa", "phoible_gm", "phoible_saphon", "phoible_spa", "phoible_ph", "phoible_ra",
        "phoible_upsid",
    ),
}  # fmt: skip
URIEL_FEATURE_SETS: Final = (
    *(f"{domain}_{kind}" for domain in _PREFIXES for kind in ("knn", "average")),
    "fam",
    "geo",
    *(f"{domain}_{source}" for domain, sources in _DOMAIN_SOURCES.items() for source in sources),
)
"""The feature sets there are: predicted, averaged over sources, families, distances on the globe, single sources."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Features of all URIEL's languages; ``imputation`` says what stands where no source has a value."""

    languages: tuple[str, ...]
    features: tuple[str, ...]
    values: Float32[np.ndarray, "lang feat"]
    observed: Bool[np.ndarray, "lang feat"]
    imputation: str


def read_uriel(feature_sets: str) -> Columns:
    """The features of sets joined by ``+``, in lang2vec's order; ``|`` joins sets into their elementwise maximum.

    Example:
        >>> read_uriel("syntax_knn").features[:3]
        ('S_SVO', 'S_SOV', 'S_VSO')

    Raises:
        TypologyError: there is no such feature set, or ``|`` joins sets of different features.
    """
    parts = [_union(part) for part in feature_sets.split("+")]
    return Columns(
        languages=parts[0].languages,
        features=tuple(feature for part in parts for feature in part.features),
        values=np.concatenate([part.values for part in parts], axis=1),
        observed=np.concatenate([part.observed for part in parts], axis=1),
        imputation="; ".join(dict.fromkeys(part.imputation for part in parts)),
    )


def _union(names: str) -> Columns:
    first, *others = [_named(name.strip()) for name in names.split("|")]
    for other in others:
        if other.features != first.features:
            raise TypologyError(f"{names!r} joins sets of different features by |; join them by + instead")
        first = Columns(
            languages=first.languages,
            features=first.features,
            values=np.maximum(first.values, other.values),
            observed=first.observed | other.observed,
            imputation="; ".join(dict.fromkeys([first.imputation, other.imputation])),
        )
    return first


def _named(name: str) -> Columns:
    """One feature set: ``domain_source``, ``fam`` or ``geo``."""
    if name not in URIEL_FEATURE_SETS:
        raise TypologyError(f"URIEL has no feature set {name!r}; there are {', '.join(URIEL_FEATURE_SETS)}")
    if name == "fam":
        return _read("family_features.npz", "", source="FAM")
    if name == "geo":
        return _read("geocoord_features.npz", "", source="GEOCOORDS")
    domain, source = name.split("_", maxsplit=1)
    prefix = _PREFIXES[domain]
    if source == "knn":
        predicted = _read("feature_predictions.npz", prefix, source="predicted")
        observed = _read("feature_averages.npz", prefix, source="avg")
        order = [observed.features.index(feature) for feature in predicted.features]
        imputation = "predicted by URIEL from the nearest languages (k nearest neighbours)"
        return Columns(
            predicted.languages, predicted.features, predicted.values, observed.observed[:, order], imputation
        )
    if source == "average":
        return _read("feature_averages.npz", prefix, source="avg")
    return _read("features.npz", prefix, source="ETHNO" if source == "ethnologue" else source.upper())


def _read(file: str, prefix: str, *, source: str) -> Columns:
    """One source's features with this prefix, rows in the order of the codes; missing (-1) becomes 0, unobserved."""
    # Not importlib.resources: from an installed command the name lang2vec means the script bin/lang2vec.py.
    path = str(distribution("lang2vec").locate_file(f"lang2vec/data/{file}"))
    with np.load(path) as arrays:
        data, languages, features, sources = (arrays[key] for key in ("data", "langs", "feats", "sources"))
    rows = np.argsort(languages)
    columns = np.flatnonzero(np.char.startswith(features, prefix))
    values = data[:, :, sources.tolist().index(source)][np.ix_(rows, columns)].astype(np.float32)
    observed = values != -1
    return Columns(
        languages=tuple(languages[rows].tolist()),
        features=tuple(feature.replace(" ", "_") for feature in features[columns].tolist()),
        values=np.where(observed, values, np.float32(0)),
        observed=observed,
        imputation="none missing" if observed.all() else "0 where no source has a value",
    )
