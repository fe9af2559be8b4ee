import json

import pytest

from hypergen.comparison.cells import Store
from hypergen.comparison.methods import parse_method
from hypergen.comparison.running import Comparison

METHODS = ("none", "tipa", "emea", "mad-g", "mad-x", "mad-g+embedding", "full")


def comparison_of(bench_of, root, meter, *, methods=METHODS, amounts=(0, 8), seeds=(0, 1), trials=2):
    parsed = [parse_method(name, generators=["mad-g"], specs=["seq_bn", "lora"]) for name in methods]
    return Comparison(parsed, list(amounts), list(seeds), trials, bench_of, Store(root), meter)


def run(comparison, *, stop_after=None):
    """Run it, or as many jobs of it, as if it were killed there."""
    count = 0

    def on_job(job):
        nonlocal count
        if count == stop_after:
            raise KeyboardInterrupt
        count += 1

    comparison.run(comparison.plan(), on_job=on_job)


def test_a_killed_comparison_ends_as_one_that_was_not(bench_of, tmp_path, meter):
    what = {"methods": ["mad-g+embedding", "mad-x"], "seeds": [0], "trials": 1}
    whole = comparison_of(bench_of, tmp_path / "whole", meter, **what)
    run(whole)
    killed = comparison_of(bench_of, tmp_path / "killed", meter, **what)
    for stop_after in (0, 2):
        with pytest.raises(KeyboardInterrupt):
            run(killed, stop_after=stop_after)
    run(killed)
    files = {path.relative_to(tmp_path / "whole"): path.read_bytes() for path in tmp_path.glob("whole/*/*.json")}
    assert files == {
        path.relative_to(tmp_path / "killed"): path.read_bytes() for path in tmp_path.glob("killed/*/*.json")
    }
    assert list(whole.rows()) == list(killed.rows())
    assert whole.plan().jobs == killed.plan().jobs == ()


def test_a_cell_that_is_lost_comes_back_as_it_was(bench_of, tmp_path, meter):
    comparison = comparison_of(bench_of, tmp_path, meter, methods=["mad-x"], amounts=[8], seeds=[0])
    run(comparison)
    first, *_ = sorted((tmp_path / "cells").glob("*.json"))
    before = first.read_bytes()
    first.unlink()
    plan = comparison.plan()
    assert (len(plan.jobs), plan.cells_done, plan.cells) == (1, 1, 2)
    run(comparison)
    assert first.read_bytes() == before


def test_what_was_run_before_is_not_run_again(bench_of, tmp_path, meter):
    run(comparison_of(bench_of, tmp_path, meter, methods=["none", "mad-g"], seeds=[0]))
    plan = comparison_of(bench_of, tmp_path, meter, methods=["none", "mad-g", "mad-x"]).plan()
    what = [(job.method.name, job.amount, job.seed) for job in plan.jobs]
    assert what == [
        ("mad-x", 8, None), ("mad-x", 8, 0), ("none", 0, 1), ("mad-g", 0, 1), ("mad-x", 8, 1)
    ]  # fmt: skip
    assert (plan.cells_done, plan.trials_done) == (8, 3)


def test_other_text_is_another_cell(bench_of, tmp_path, meter):
    run(comparison_of(bench_of, tmp_path, meter, methods=["none", "mad-x"], seeds=[0]))
    plan = comparison_of(bench_of, tmp_path, meter, methods=["none", "mad-x"], seeds=[0], amounts=[0, 9]).plan()
    assert [(job.method.name, job.amount) for job in plan.jobs] == [("mad-x", 9), ("mad-x", 9)]


def test_every_row_says_what_it_cost(bench_of, tmp_path, meter):
    comparison = comparison_of(bench_of, tmp_path, meter, seeds=[0])
    run(comparison)
    rows = {(row["method"], row["language"]): row for row in comparison.rows()}
    assert {code for method, code in rows if method == "tipa"} == {"yor", "eus", "swh", "eng"}
    assert {code for method, code in rows if method == "mad-x"} == {"yor", "eus"}  # seen languages get no text
    bank, own = rows["tipa", "yor"], rows["mad-x", "yor"]
    layout = bench_of(0).layouts["seq_bn"]
    assert (bank["parameters"], bank["parameters_before"]) == (0, 5 * layout.num_parameters)
    assert (own["parameters"], own["parameters_before"]) == (layout.num_parameters, 0)
    assert own["trials_seed"] == 0
    assert own["tokens"] == own["steps"] * 2 * 16  # two blocks of sixteen tokens a step
    assert rows["mad-g+embedding", "yor"]["parameters"] == 3
    assert rows["full", "eus"]["parameters"] == sum(p.numel() for p in bench_of(0).load(bench_of(0).dtype).parameters())
    for row in rows.values():
        assert {"trials", "tokens", "seconds", "peak_gb", "capped", "loss", "positions"} <= row.keys()
    assert {row["trials"] for (method, _), row in rows.items() if method != "none"} == {2}


def test_a_cell_keeps_all_that_went_into_it(bench_of, tmp_path, meter):
    comparison = comparison_of(bench_of, tmp_path, meter, methods=["mad-x"], amounts=[8], seeds=[3])
    run(comparison)
    for path in (tmp_path / "cells").glob("*.json"):
        inputs = json.loads(path.read_text())["inputs"]
        assert {"seed", "backbone", "spec", "text", "held", "settings", "steps", "company", "torch"} <= inputs.keys()
        assert inputs["text"].keys() == {"yor", "eus"}
        assert inputs["seed"] == 3


def test_a_plan_counts_what_several_methods_share_once(bench_of, tmp_path, meter):
    alone = comparison_of(bench_of, tmp_path, meter, methods=["mean"], seeds=[0]).plan()
    both = comparison_of(bench_of, tmp_path, meter, methods=["mean", "nearest-cosine"], seeds=[0]).plan()
    assert alone.tokens == both.tokens == 2 * 20 * 2 * 5 * 16  # rates, steps, rows of each, languages, tokens a row


def test_a_plan_counts_what_a_tuned_method_starts_from_for_every_seed(bench_of, tmp_path, meter):
    one, two = (comparison_of(bench_of, tmp_path, meter, methods=["mad-g+adapter"], seeds=seeds).plan()
                for seeds in ([0], [0, 1]))  # fmt: skip
    own = max(job.tokens for job in two.jobs if job.seed == 1) - 6 * 4 * 16
    assert own > 0
    assert two.tokens - one.tokens == sum(job.tokens for job in two.jobs if job.seed == 1)


def test_a_plan_counts_the_bank_under_a_mixture(bench_of, tmp_path, meter):
    plan = comparison_of(bench_of, tmp_path, meter, methods=["zgul"], seeds=[0]).plan()
    assert plan.tokens == 20 * 2 * 5 * 16 + 2 * 6 * 4 * 16  # the bank, and two rates of the mixture
