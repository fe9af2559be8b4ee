"""Measuring adapters: language groups, statistics over related languages, result files and their tables."""

from hypergen.evaluation.groups import Group, Splits, SplitsError, group_of, read_splits, write_splits
from hypergen.evaluation.report import provenance, write_json_atomically
from hypergen.evaluation.results import Results, ResultsError, Row, read_results
from hypergen.evaluation.statistics import (
    Interval,
    NoGapError,
    StatisticsError,
    gap_closed,
    holm,
    paired_difference,
    seed_mean,
    sign_flip_test,
)

__all__ = [
    "Group",
    "Interval",
    "NoGapError",
    "Results",
    "ResultsError",
    "Row",
    "Splits",
    "SplitsError",
    "StatisticsError",
    "gap_closed",
    "group_of",
    "holm",
    "paired_difference",
    "provenance",
    "read_results",
    "read_splits",
    "seed_mean",
    "sign_flip_test",
    "write_json_atomically",
    "write_splits",
]
