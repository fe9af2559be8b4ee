"""The tables of a result file say what its rows say, and are silent where it is silent."""

import json
import runpy
import sys
from pathlib import Path

import pytest
from rich.console import Console

from hypergen.evaluation import tables
from hypergen.evaluation.results import read_results
from hypergen.evaluation.statistics import Interval

SCRIPT = Path(__file__).parents[2] / "scripts" / "results" / "table.py"
LANGUAGES = {  # language: group, genus, coverage
    "swh": ("generator-seen", "Bantu", 0.9),
    "yua": ("generator-seen", "Mayan", 0.6),
    "zul": ("unseen: generator genus", "Bantu", 0.5),
    "quc": ("unseen: generator genus", "Mayan", 0.4),
    "xho": ("unseen: generator genus", "Bantu", 0.1),
    "eus": ("unseen: new genus", "Basque", 0.8),
}
LOSSES = {
    "unigram": 6.0,
    "none": 4.0,
    "swapped (MAD-G-LS)": 3.8,
    "shuffled": 3.5,
    "generated (MAD-G)": 3.0,
    "generated (MAD-G-LS)": 3.2,
    "mad-x": 2.0,
}


def write(path, *, methods=tuple(LOSSES), domains=("bible", "news"), languages=tuple(LANGUAGES)):
    rows = [
        {
            "language": language,
            "group": LANGUAGES[language][0],
            "genus": LANGUAGES[language][1],
            "family": None,
            "coverage": LANGUAGES[language][2],
            "domain": domain,
            "method": method,
            "seed": seed,
            "loss": LOSSES[method] + 0.5 * (domain == "news") + 0.1 * seed,
            "positions": 1000,
        }
        for language in languages
        for domain in domains
        for method in methods
        for seed in ((0, 1) if method not in ("unigram", "none") else (0,))
    ]
    path.write_text(json.dumps({"title": "Made up", "seeds": [0, 1], "backbone": "tiny", "rows": rows}))
    return path


def draw(monkeypatch, results, *options):
    monkeypatch.syspath_prepend(SCRIPT.parent)  # a script finds the modules beside it
    monkeypatch.setattr(sys, "argv", ["table.py", str(results), *map(str, options)])
    runpy.run_path(str(SCRIPT), run_name="__main__")


def test_the_mean_of_each_method_stands_in_each_group_with_the_number_of_languages(tmp_path):
    table = tables.method_by_group(read_results(write(tmp_path / "results.json")))
    assert table.header[:4] == ("group", "unigram", "none", "swapped (MAD-G-LS)")
    unseen = ["unseen: generator genus", "unseen: new genus", "unseen: all"]
    assert [row[0] for row in table.rows] == ["generator-seen", *unseen]
    assert table.rows[1][table.header.index("generated (MAD-G)")] == "3.30 (3)"


def test_generated_is_compared_with_the_controls_of_its_own_variant(tmp_path):
    table = tables.differences_by_group(read_results(write(tmp_path / "results.json")), resamples=100)
    compared = {(row[1], row[2]): row for row in table.rows if row[0] == "unseen: generator genus"}
    assert ("generated (MAD-G)", "swapped (MAD-G-LS)") not in compared
    assert compared["generated (MAD-G-LS)", "swapped (MAD-G-LS)"][3:5] == ("3", "2")
    assert compared["generated (MAD-G)", "shuffled"][5] == "-0.50 [-0.50, -0.50]"


def test_the_share_closed_is_given_in_percent_and_only_where_there_is_a_gap(tmp_path):
    table = tables.gap_closed_by_group(read_results(write(tmp_path / "results.json")), resamples=100)
    shares = {row[:2]: row[-1] for row in table.rows}
    assert shares["unseen: generator genus", "generated (MAD-G)"] == "49 % [49 %, 49 %]"  # (4 - 3.05) / (4 - 2.05)
    assert shares["unseen: new genus", "generated (MAD-G)"] == "49 % […, …]"


def test_the_document_has_every_table_for_well_described_and_for_all_languages(tmp_path, monkeypatch):
    draw(monkeypatch, write(tmp_path / "results.json"), "--out", tmp_path / "results.md")
    text = (tmp_path / "results.md").read_text()
    for number in range(1, 5):
        assert f"## Table {number}" in text
    for domain in ("bible", "news"):
        assert f"### Domain: {domain}" in text
    first, second = text.split("## Table 2")[0].split("all languages**")
    assert "3.30 (2)" in first  # xho has a tenth of its features observed
    assert "3.30 (3)" in second


@pytest.mark.parametrize(
    "subset",
    [
        {"methods": ("none",)},
        {"methods": ("generated (MAD-G)", "none"), "domains": ("bible",)},
        {"methods": ("mad-x", "generated (MAD-G)")},
        {"languages": ("xho",)},
        {"languages": ()},
    ],
)
def test_whatever_a_file_lacks_is_absent_from_its_tables(tmp_path, monkeypatch, capsys, subset):
    draw(monkeypatch, write(tmp_path / "results.json", **subset))
    text = capsys.readouterr().out
    assert "## Table 4" in text
    assert all(method not in text.split("## Table 1")[1] for method in set(LOSSES) - set(subset.get("methods", LOSSES)))


def test_an_oracle_that_gains_nothing_is_said_in_words(tmp_path, monkeypatch):
    monkeypatch.setitem(LOSSES, "mad-x", 4.5)
    table = tables.gap_closed_by_group(read_results(write(tmp_path / "results.json")), resamples=100)
    assert {row[-1] for row in table.rows} == {"no gap: mad-x gains nothing"}


def test_numbers_are_written_alike_everywhere():
    interval = Interval(-0.001, -0.3, float("inf"), p=0.2, num_languages=3, num_genera=2, method="by hand")
    assert tables.format_interval(interval) == "0.00 [-0.30, …]"
    assert tables.format_p(0.0004) == "<0.001"
    assert tables.format_p(0.0123) == "0.012"


def test_a_bar_in_a_cell_does_not_break_the_table():
    assert tables.markdown_table(["a", "b"], [["x|y", "1"]]).splitlines()[-1] == r"| x\|y | 1 |"


def test_the_terminal_shows_the_same_cells(tmp_path):
    table = tables.method_by_group(read_results(write(tmp_path / "results.json")))
    console = Console(width=250)
    with console.capture() as shown:
        console.print(tables.rich_table(table))
    assert all(cell in shown.get() for row in (table.header, *table.rows) for cell in row)


def test_a_name_with_a_digit_in_it_is_still_a_word():
    table = tables.markdown_table(["method", "loss"], [["known-0.25", "2.10"], ["none", "-0.3 [-0.5, 0.1]"]])
    assert table.splitlines()[1] == "| :-- | --: |"
