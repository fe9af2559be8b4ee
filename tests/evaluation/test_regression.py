import numpy as np
import pytest
from scipy.stats import linregress

from hypergen.evaluation.regression import regress_gain
from hypergen.evaluation.statistics import StatisticsError

LANGUAGES = [f"l{n}" for n in range(60)]
GENUS = {language: f"g{n % 20}" for n, language in enumerate(LANGUAGES)}


@pytest.fixture
def tokens():
    rng = np.random.default_rng(0)
    return {
        kind: dict(zip(LANGUAGES, (10 ** rng.uniform(2, 8, size=60)).astype(int).tolist(), strict=True))
        for kind in ("backbone", "adapter")
    }


def gain_of(tokens, *, noise):
    rng = np.random.default_rng(1)
    return {
        code: 2 - 0.3 * np.log10(1 + tokens["backbone"][code]) + 0.1 * np.log10(1 + tokens["adapter"][code])
        + noise * rng.normal() for code in LANGUAGES
    }  # fmt: skip


def test_what_the_gain_was_made_of_is_found_again(tokens):
    found = regress_gain(gain_of(tokens, noise=0.0), tokens, genus=GENUS)
    assert [each.name for each in found.coefficients] == ["intercept", "backbone", "adapter"]
    assert [each.value for each in found.coefficients] == pytest.approx([2, -0.3, 0.1])
    assert found.r2 == pytest.approx(1)
    assert found({"backbone": 9, "adapter": 99}) == pytest.approx(2 - 0.3 + 0.2)


def test_intervals_hold_the_truth_and_tell_an_effect_from_none(tokens):
    found = regress_gain(gain_of(tokens, noise=0.2), {**tokens, "none": shuffled(tokens["adapter"])}, genus=GENUS)
    _, backbone, adapter, none = found.coefficients
    assert backbone.low < -0.3 < backbone.high < 0
    assert 0 < adapter.low < 0.1 < adapter.high
    assert none.low < 0 < none.high
    assert 0.5 < found.r2 < 1


def shuffled(counts):
    values = np.random.default_rng(5).permutation(list(counts.values())).tolist()
    return dict(zip(counts, values, strict=True))


def test_with_one_kind_of_tokens_it_is_scipys_line(tokens):
    gain = gain_of(tokens, noise=0.5)
    found = regress_gain(gain, {"backbone": tokens["backbone"]}, genus=GENUS, resamples=10)
    line = linregress([np.log10(1 + tokens["backbone"][code]) for code in LANGUAGES], list(gain.values()))
    assert [each.value for each in found.coefficients] == pytest.approx([line.intercept, line.slope])
    assert found.r2 == pytest.approx(line.rvalue**2)


@pytest.mark.parametrize(
    ("gain", "tokens", "said"),
    [
        ({"a": 1.0, "b": 2.0, "c": 3.0}, {"a": 1, "b": 2}, "backbone of c is not given"),
        ({"a": 1.0, "b": 2.0}, {"a": 1, "b": 2}, "2 languages cannot tell 2 coefficients apart"),
        ({"a": 1.0, "b": 2.0, "c": 3.0}, {"a": 5, "b": 5, "c": 5}, "3 languages cannot tell 2 coefficients apart"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(gain, tokens, said):
    with pytest.raises(StatisticsError, match=said):
        regress_gain(gain, {"backbone": tokens}, genus={code: code for code in gain})
