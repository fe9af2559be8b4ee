"""Typology tables beside the weights that were trained with them: numbers as safetensors, names as JSON.

For tables of one's own. URIEL's data are read from the installed lang2vec and stay there.
"""

import json
import re
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from hypergen.errors import TypologyError
from hypergen.typology.table import TypologyTable
from hypergen.typology.uriel import URIEL_FEATURE_SETS

__all__ = ["is_uriel", "read_table", "table_files"]

NAMES, NUMBERS = "typology.json", "typology.safetensors"


def is_uriel(feature_sets: str) -> bool:
    """Whether these are feature sets of URIEL, joined by ``+`` or ``|``, and not the name of a file.

    Example:
        >>> is_uriel("syntax_knn+geo"), is_uriel("mine.csv")
        (True, False)
    """
    return all(name.strip() in URIEL_FEATURE_SETS for name in re.split(r"[+|]", feature_sets))


def table_files(table: TypologyTable) -> dict[str, bytes]:
    """The table as the files ``typology.json`` and ``typology.safetensors``.

    Raises:
        TypologyError: the table is URIEL's, whose data are not to be copied.
    """
    if is_uriel(table.feature_sets):
        raise TypologyError(
            f"the table {table.feature_sets} is URIEL's, which is read from lang2vec wherever it is needed; "
            "only tables of one's own are copied"
        )
    names = {
        "feature_sets": table.feature_sets,
        "imputation": table.imputation,
        "languages": table.languages,
        "features": table.features,
    }
    arrays = {"values": np.ascontiguousarray(table.values), "observed": np.ascontiguousarray(table.observed)}
    return {NAMES: json.dumps(names, ensure_ascii=False, indent=1).encode(), NUMBERS: save(arrays)}


def read_table(directory: Path) -> TypologyTable:
    """The table that was written there.

    Raises:
        TypologyError: it is missing or damaged.
    """
    try:
        names = json.loads((directory / NAMES).read_text(encoding="utf-8"))
        arrays = load((directory / NUMBERS).read_bytes())
        languages, features = tuple(names["languages"]), tuple(names["features"])
        told = (names["feature_sets"], names["imputation"])
        return TypologyTable(languages, features, arrays["values"], arrays["observed"], *told)
    except (KeyError, TypeError, ValueError, FileNotFoundError, SafetensorError) as error:
        raise TypologyError(f"{directory} holds no readable typology table ({error}); fetch it again") from error
