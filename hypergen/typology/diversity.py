"""Which languages to take so that they differ as much as languages can."""

from collections.abc import Collection, Sequence

import numpy as np

from hypergen.errors import TypologyError
from hypergen.typology.table import TypologyTable

__all__ = ["farthest_points"]


def farthest_points(
    pool: Collection[str], *, start: Sequence[str], count: int, table: TypologyTable, features: Sequence[str] = ()
) -> list[str]:
    """``count`` languages of a pool, each the one farthest (Hamming) from its nearest already chosen; ties by code.

    Args:
        pool: Where to choose from.
        start: Languages that count as chosen.
        count: How many.
        table: The features.
        features: Those to compare by; all by default.

    Raises:
        TypologyError: the pool is too small, nothing is chosen at the start, or the table lacks a feature.

    References:
        Gonzalez (1985), Clustering to minimize the maximum intercluster distance,
        https://doi.org/10.1016/0304-3975(85)90224-5.
    """
    if not start or count > len(set(pool) - set(start)):
        raise TypologyError(
            f"{count} languages are wanted of {len(set(pool) - set(start))}, apart from {len(start)} to start from; "
            "give a larger pool and at least one language to start from."
        )
    if unknown := sorted(set(features) - set(table.features)):
        raise TypologyError(
            f"the table of {table.feature_sets} has no feature {unknown[0]} to compare languages by, nor "
            f"{len(unknown) - 1} more of those given; give features of this table."
        )
    columns = [place for place, name in enumerate(table.features) if not features or name in features]
    left = sorted(set(pool) - set(start))
    vectors = {code: table.values[table.languages.index(table.row_of(code))][columns] for code in [*left, *start]}
    matrix = np.stack([vectors[code] for code in left])
    distance = np.min([(matrix != vectors[code]).sum(1) for code in start], axis=0)
    chosen: list[str] = []
    for _ in range(count):
        farthest = left[int(distance.argmax())]
        chosen.append(farthest)
        distance = np.minimum(distance, (matrix != vectors[farthest]).sum(1))
        distance[[left.index(code) for code in chosen]] = -1
    return chosen
