"""The table of rules: which features an artificial language reads, and what each decides."""

from collections.abc import Iterator
from typing import NamedTuple

from hypergen.data.artificial.grammar import RULES
from hypergen.data.artificial.inventory import MARKS, SEGMENTS, STRUCTURE

__all__ = ["RuleRow", "rule_table"]


class RuleRow(NamedTuple):
    """One rule: the features it reads, what it decides, and what holds where they are silent."""

    about: str
    features: tuple[str, ...]
    default: str


def rule_table() -> tuple[RuleRow, ...]:
    """Every rule, syntax first, then sounds.

    Example:
        >>> rows = rule_table()
        >>> rows[0].about, rows[0].default
        ('order in main clauses with subject and object', 'SOV')
        >>> from hypergen.data.artificial import READ_FEATURES
        >>> {name for row in rows for name in row.features} == set(READ_FEATURES)
        True
    """
    return (*_grammar(), *_sounds())


def _grammar() -> Iterator[RuleRow]:
    for rule in RULES:
        yield RuleRow(rule.about, tuple(feature for feature, _ in rule.options), rule.default)


def _sounds() -> Iterator[RuleRow]:
    for segment in SEGMENTS.values():
        if segment.needs:
            yield RuleRow(f"whether there is {segment.letter}", segment.needs, segment.instead)
    for mark in MARKS:
        yield RuleRow(f"whether {mark.sign} is written after {mark.carriers}", (mark.needs,), "not written")
    for feature, (about, default) in STRUCTURE.items():
        yield RuleRow(about, (feature,), default)
