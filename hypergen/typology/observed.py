"""Typology that says of itself what was observed: a column of the mask for every column of values."""

from dataclasses import replace

from hypergen.errors import TypologyError
from hypergen.typology.table import TypologyTable
from hypergen.typology.uriel import OBSERVED, Columns, with_mask

__all__ = ["with_observed"]


def with_observed(table: TypologyTable) -> TypologyTable:
    """``[t; m]``: the table with as many columns again, 1 where the value in the column's place was observed, else 0.

    A column of the mask counts as observed where its value was, so a language's coverage stays what it was. Of URIEL's
    it is the table ``from_uriel("...+observed")``.

    Example:
        >>> table = with_observed(TypologyTable.from_uriel("syntax_knn"))
        >>> len(table.features), table.features[103], table.feature_sets
        (206, 'observed(S_SVO)', 'syntax_knn+observed')

    Raises:
        TypologyError: the table has the mask already.
    """
    if table.feature_sets.endswith(f"+{OBSERVED}"):
        raise TypologyError(f"the table {table.feature_sets} says already what was observed; give it as it is")
    parts = Columns(table.languages, table.features, table.values, table.observed, table.imputation)
    found = with_mask(parts)
    return replace(
        table,
        features=found.features,
        values=found.values,
        observed=found.observed,
        feature_sets=f"{table.feature_sets}+{OBSERVED}",
    )
