import itertools
import random

import pytest

from hypergen.trees import maximum_tree


def is_tree(heads):
    if sum(head == 0 for head in heads) != 1:
        return False
    for word in range(1, len(heads) + 1):
        node, steps = word, 0
        while node and steps <= len(heads):
            node, steps = heads[node - 1], steps + 1
        if node:
            return False
    return True


def total(scores, heads):
    return sum(row[head] for row, head in zip(scores, heads, strict=True))


@pytest.mark.parametrize("seed", range(60))
def test_no_tree_with_one_root_scores_higher(seed):
    rng = random.Random(seed)
    size = 1 + seed % 5
    scores = [[rng.gauss(0, 1 + 9 * (head == 0)) for head in range(size + 1)] for _ in range(size)]
    found = maximum_tree(scores)
    assert is_tree(found)
    trees = (heads for heads in itertools.product(range(size + 1), repeat=size) if is_tree(heads))
    assert total(scores, found) == pytest.approx(max(total(scores, heads) for heads in trees))


def test_a_long_sentence_of_ties_has_a_tree():
    assert is_tree(maximum_tree([[0.0] * 121] * 120))


def test_a_sentence_without_words_has_an_empty_tree():
    assert maximum_tree([]) == []
