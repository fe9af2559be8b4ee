import pytest

from hypergen.comparison.fitting import Ask
from hypergen.comparison.fusing import fit_fusions
from hypergen.comparison.scoring import mean_losses, scores_of
from hypergen.comparison.starts import scratch


@pytest.fixture
def fitted(bench):
    start, codes = scratch(bench, "seq_bn"), ("zul", "hun")
    told = []
    ask = Ask(bench, codes, start, 20, {"lr": 1e-3}, 60, bench.development, told.append, ("usual", "other"))
    return fit_fusions(ask), sum(told)


def test_each_language_has_a_fusion_of_two_adapters_of_its_own(fitted, bench):
    fusion, tokens = fitted
    before = mean_losses(scores_of(bench.scorer, None, bench.development))
    after = mean_losses(fusion.score(bench.development))
    assert all(after[code] < before[code] for code in ("zul", "hun"))
    adapter = bench.layouts["seq_bn"].num_parameters
    assert fusion.parameters == 2 * adapter + 3 * 16**2 + 2 * 16
    assert tokens == 3 * 60 * 2 * bench.fit.rows_of_one * bench.texts.block_size


def test_its_curve_begins_where_the_adapters_start(fitted, bench):
    (step, losses), *_, (last, ends) = fitted[0].curve
    assert (step, last) == (0, 60)
    start = scores_of(bench.scorer, scratch(bench, "seq_bn"), bench.development)
    assert losses == pytest.approx(mean_losses(start), abs=1e-5)
    assert ends == pytest.approx(mean_losses(fitted[0].score(bench.development)), abs=1e-5)
