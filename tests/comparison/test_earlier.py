import json

import pytest

from hypergen.comparison.cells import Store
from hypergen.comparison.earlier import adopt, check_bench, read_earlier
from hypergen.comparison.methods import parse_method
from hypergen.comparison.results import results_of
from hypergen.comparison.running import Comparison
from hypergen.errors import HypergenError

METHODS = ("none", "tipa", "mad-g", "mad-x", "mad-g+embedding")
SETTINGS = {"generators": {"mad-g": {"name": "mad-g"}}, "spec": "seq_bn", "text": None, "reduction": 4}


def comparison_of(bench_of, root, meter, *, methods=METHODS, seeds=(0,)):
    parsed = [parse_method(name, generators=["mad-g"], specs=["seq_bn", "lora"]) for name in methods]
    return Comparison(parsed, [0, 8], list(seeds), 2, bench_of, Store(root), meter)


def run(comparison):
    comparison.run(comparison.plan())


def written(comparison, path, **changes):
    """Its result file, at another place than its store."""
    told = results_of(comparison, title="made up", out=path, settings=SETTINGS)
    path.write_text(json.dumps({**told, **changes}))
    return path


@pytest.fixture
def before(bench_of, tmp_path, meter):
    """A comparison of one seed that was run elsewhere, and its result file."""
    comparison = comparison_of(bench_of, tmp_path / "elsewhere", meter)
    run(comparison)
    return comparison, written(comparison, tmp_path / "results.json")


def test_what_an_earlier_file_holds_is_not_run_again(before, bench_of, tmp_path, meter):
    first, path = before
    now = comparison_of(bench_of, tmp_path / "here", meter)
    choices, cells = adopt(read_earlier(path), now, settings=SETTINGS)
    assert (choices, cells) == (5, 4 + 4 + 4 + 2 + 2)
    assert now.plan().jobs == ()
    assert list(now.rows()) == list(first.rows())
    assert adopt(read_earlier(path), now, settings=SETTINGS) == (0, 0)


def test_another_seed_takes_the_choices_and_is_run_as_if_trials_had_been_here(before, bench_of, tmp_path, meter):
    _, path = before
    now = comparison_of(bench_of, tmp_path / "here", meter, seeds=(0, 1))
    adopt(read_earlier(path), now, settings=SETTINGS)
    plan = now.plan()
    assert {job.seed for job in plan.jobs} == {1}
    assert plan.trials_done == plan.trials
    run(now)
    whole = comparison_of(bench_of, tmp_path / "whole", meter, seeds=(0, 1))
    run(whole)
    kept = ("method", "amount", "seed", "language", "domain", "loss", "steps", "trials")
    assert [[row[key] for key in kept] for row in now.rows()] == [[row[key] for key in kept] for row in whole.rows()]


def test_a_file_that_holds_its_rows_by_column_is_read_too(before, bench_of, tmp_path, meter):
    _, path = before
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, "rows": {key: [row[key] for row in told["rows"]] for key in told["rows"][0]}}))
    now = comparison_of(bench_of, tmp_path / "here", meter)
    assert adopt(read_earlier(path), now, settings=SETTINGS)[1] == 16


def test_methods_of_a_generator_that_has_changed_are_run_again(before, bench_of, tmp_path, meter):
    _, path = before
    told = json.loads(path.read_text())
    told["settings"]["generators"]["mad-g"]["embedding_size"] = 5
    path.write_text(json.dumps(told))
    now = comparison_of(bench_of, tmp_path / "here", meter)
    adopt(read_earlier(path), now, settings=SETTINGS)
    assert {job.method.name for job in now.plan().jobs} == {"mad-g", "mad-g+embedding"}


def test_cells_of_a_method_wait_for_what_was_chosen_for_it(bench_of, tmp_path, meter):
    now = comparison_of(bench_of, tmp_path, meter, methods=["mad-x"])
    with pytest.raises(HypergenError, match="cells of mad-x were given before what was chosen for it"):
        now.keep(bench_of(0), now.methods[0], 8, {})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda told: told["settings"].update(reduction=8), "its reduction is 8, here it is 4"),
        (lambda told: told["settings"].pop("reduction"), "its reduction is None, here it is 4"),
        (lambda told: told.update(format=0), "and format 0"),
        (lambda told: [row.update(trials_seed=3) for row in told["rows"]], "has its trials from seed 3"),
        (lambda told: told["versions"].update(torch="1.0.0"), "is of torch 1.0"),
        (lambda told: told["languages"]["generator"].pop(), "has other generator languages"),
        (lambda told: told.pop("languages"), "has other backbone languages"),
        (lambda told: told["texts"].update({"0": "another"}), "was trained on other text with seed 0"),
        (lambda told: [row.update(positions=1) for row in told["rows"]], "was scored on other text of"),
    ],
)
def test_another_comparison_is_refused(before, bench_of, tmp_path, meter, change, words):
    _, path = before
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))
    with pytest.raises(HypergenError, match=words):
        adopt(read_earlier(path), comparison_of(bench_of, tmp_path / "here", meter), settings=SETTINGS)
    assert not (tmp_path / "here").exists()


def test_cells_are_not_filed_under_other_settings_than_theirs(before, bench_of, tmp_path, meter):
    _, path = before
    told = json.loads(path.read_text())
    for each in told["choices"]:
        if each["method"] == "mad-x":
            each["settings"]["lr"] = 99.0  # what nobody would try
        elif each["method"] == "tipa":
            each["steps"] += 1
    path.write_text(json.dumps(told))
    now = comparison_of(bench_of, tmp_path / "here", meter, methods=["none", "tipa", "mad-x"])
    run(comparison_of(bench_of, tmp_path / "here", meter, methods=["tipa"]))
    adopt(read_earlier(path), now, settings=SETTINGS)
    assert {job.method.name for job in now.plan().jobs} == {"mad-x"}
    assert {row["steps"] for row in now.rows() if row["method"] == "tipa"} == {0}


def test_another_backbone_is_found_out_before_anything_is_trained(before, bench_of):
    _, path = before
    told = json.loads(path.read_text())
    check_bench(read_earlier(path), bench_of(0))
    for row in told["rows"]:
        row["loss"] += 0.01
    path.write_text(json.dumps(told))
    with pytest.raises(HypergenError, match="the backbone or the text is another"):
        check_bench(read_earlier(path), bench_of(0))


def test_a_result_says_where_it_has_taken_over_from_also_later(before, bench_of, tmp_path, meter):
    _, path = before
    now = comparison_of(bench_of, tmp_path / "here", meter)
    adopt(read_earlier(path), now, settings=SETTINGS)
    once = json.loads(written(now, tmp_path / "once.json").read_text())["earlier"]
    assert [each["seeds"] for each in once] == [[0]]
    adopt(read_earlier(path), now, settings=SETTINGS)
    assert json.loads(written(now, tmp_path / "twice.json").read_text())["earlier"] == once


def test_lessons_that_every_comparison_on_text_has_need_not_be_named(before, bench_of, tmp_path, meter):
    _, path = before
    told = json.loads(path.read_text())
    text = {"lessons": {}}
    told["settings"]["text"] = text
    told["choices"].append({**told["choices"][0], "method": "mad-x@flm", "tuned": "adapter", "amount": "8"})
    path.write_text(json.dumps(told))
    now = comparison_of(bench_of, tmp_path / "here", meter)
    assert adopt(read_earlier(path), now, settings={**SETTINGS, "text": text})[1] == 16
