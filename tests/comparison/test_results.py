import json

from hypergen.comparison.cells import Store
from hypergen.comparison.methods import parse_method
from hypergen.comparison.results import choices_of, results_of, write_results
from hypergen.comparison.running import Comparison

# Typology of the bench is made up; genera and groups are those of the real languages.


def comparison_of(bench_of, root, meter):
    methods = [parse_method(name, generators=["mad-g"], specs=["seq_bn"]) for name in ("none", "mad-g", "mad-x")]
    comparison = Comparison(methods, [0, 8], [0], 1, bench_of, Store(root), meter)
    comparison.run(comparison.plan())
    return comparison


def test_the_file_says_everything_and_is_the_same_when_written_again(bench_of, tmp_path, meter):
    comparison = comparison_of(bench_of, tmp_path / "run", meter)
    told = results_of(comparison, title="Small", out=tmp_path, settings={"seeds": [0]})
    write_results(told, out=tmp_path)
    first = {name: (tmp_path / name).read_bytes() for name in ("results.json", "results.md", "curves.png")}
    assert json.loads(first["results.json"])["rows"] == told["rows"]
    write_results(results_of(comparison, title="Small", out=tmp_path, settings={"seeds": [0]}), out=tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in first} == first
    groups = {row["language"]: row["group"] for row in told["rows"]}
    assert groups == {
        "yor": "unseen: new genus",
        "eus": "unseen: new genus",
        "swh": "generator-seen",
        "eng": "backbone-seen",
    }
    assert told["languages"]["development"] == ["zul", "hun"]
    assert not list(tmp_path.glob(".*part"))


def test_choices_are_told_with_what_was_tried(bench_of, tmp_path, meter):
    comparison = comparison_of(bench_of, tmp_path, meter)
    told = {(each["method"], each["amount"]): each for each in choices_of(comparison)}
    assert told["mad-g", "0"]["settings"] == {"source_lr": 3e-3}
    assert told["mad-x", "8"]["settings"] == {"lr": 2e-2, "share": 1.0}
    assert all({"loss", "steps", "trials", "flat"} <= each.keys() for each in told.values())
