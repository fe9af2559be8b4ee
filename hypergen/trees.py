"""Dependency trees: the best one under scores of arcs."""

import math
from collections.abc import Mapping, Sequence

__all__ = ["maximum_tree"]

Scores = Mapping[int, Mapping[int, float]]
"""Word -> head -> score."""


def maximum_tree(scores: Sequence[Sequence[float]]) -> list[int]:
    """The head of each word in the tree with one root and the highest sum of scores (Chu and Liu, Edmonds).

    Args:
        scores: For each word a score for each head: of the root, then of words 1, 2, ... A word is no head of its own,
            whatever its score.

    Example:
        >>> maximum_tree([[3.0, 0.0, 9.0], [2.0, 8.0, 0.0]])
        [0, 1]
    """
    size = len(scores)
    # The root costs more than all other differences together, which leaves one arc from it and the rest as they were.
    others = [score for word, row in enumerate(scores, 1) for head, score in enumerate(row) if head != word]
    cost = (max(others) - min(others) + 1) * size if others else 0.0
    table = {
        word: {head: score - cost * (head == 0) for head, score in enumerate(row) if head != word}
        for word, row in enumerate(scores, 1)
    }
    heads = _best_heads(table, fresh=size + 1)
    return [heads[word] for word in range(1, size + 1)]


def _best_heads(table: Scores, *, fresh: int) -> dict[int, int]:
    """The head of each node; a cycle of best heads is made one node, ``fresh``, and opened where it is entered."""
    best = {node: _best(heads) for node, heads in table.items()}
    cycle = _cycle_in(best)
    if not cycle:
        return best
    into: dict[int, float] = {}
    entered: dict[int, int] = {}
    for node in cycle:
        for head, score in table[node].items():
            gain = score - table[node][best[node]]
            if head not in cycle and gain > into.get(head, -math.inf):
                into[head], entered[head] = gain, node
    smaller, left = {fresh: into}, dict[int, int]()
    for node in table.keys() - cycle.keys():
        smaller[node] = {head: score for head, score in table[node].items() if head not in cycle}
        if within := {head: score for head, score in table[node].items() if head in cycle}:
            left[node] = _best(within)
            smaller[node][fresh] = within[left[node]]
    heads = _best_heads(smaller, fresh=fresh + 1)
    entry = heads.pop(fresh)
    outside = {node: left[node] if head == fresh else head for node, head in heads.items()}
    return outside | {node: best[node] for node in cycle} | {entered[entry]: entry}


def _best(heads: Mapping[int, float]) -> int:
    return max(heads, key=heads.__getitem__)


def _cycle_in(heads: Mapping[int, int]) -> dict[int, int]:
    """Some cycle of ``heads``, node -> head; empty if there is none."""
    done: set[int] = set()
    for start in heads:
        path: list[int] = []
        node = start
        while node in heads and node not in done:
            done.add(node)
            path.append(node)
            node = heads[node]
        if node in path:
            return {each: heads[each] for each in path[path.index(node) :]}
    return {}
