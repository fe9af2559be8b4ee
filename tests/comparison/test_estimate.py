import json

import torch

from hypergen.comparison.cells import Store
from hypergen.comparison.estimate import kept_rate, measured_rate


def test_the_rate_is_that_of_what_was_trained(tmp_path):
    assert kept_rate(Store(tmp_path)) is None
    for name, tokens, seconds in (("a", 100, 1.0), ("b", 500, 2.0)):
        (tmp_path / "sources" / name).mkdir(parents=True)
        cost = {"cost": {"tokens": tokens, "seconds": seconds}}
        (tmp_path / "sources" / name / "bundle.json").write_text(json.dumps(cost))
    assert kept_rate(Store(tmp_path)) == 200.0


def test_two_steps_are_timed_after_the_first(bench):
    times = iter([10.0, 14.0])
    rate = measured_rate(bench.load(torch.float32), rows=4, block_size=16, clock=lambda: next(times))
    assert rate == 2 * 4 * 16 / 4.0
