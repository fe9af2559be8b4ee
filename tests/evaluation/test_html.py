"""The report is one page that holds all it shows."""

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from hypergen.errors import HypergenError
from hypergen.evaluation.html import write_report
from hypergen.evaluation.plots import PLOTS


class Balance(HTMLParser):
    """Which elements are open."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def written(teller, tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "new"
    told = teller()
    told["rows"][0]["name"] = "<b>'Hawaiian'</b>"
    write_report(told, out)
    return out


@pytest.fixture(scope="module")
def page(written):
    return (written / "report.html").read_text(encoding="utf-8")


def test_every_picture_is_in_the_page_and_beside_it(written, page):
    assert {path.name for path in written.iterdir()} == {"report.html", *(f"{name}.png" for name in PLOTS)}
    assert page.count("<svg ") == page.count("<figcaption>") == len(PLOTS)


def test_a_picture_is_1800_pixels_wide(written):
    assert int.from_bytes((written / "pos.png").read_bytes()[16:20]) == 1800


def test_the_page_needs_no_network_and_runs_nothing(page):
    links = re.findall(r'(?:href|src)="([^"]*)"|url\(([^)]*)\)', page)
    assert links
    assert all((link or url).startswith("#") for link, url in links)
    assert "http" not in page
    assert "<script" not in page


def test_what_is_opened_in_the_page_is_closed(page):
    reader = Balance()
    reader.feed(page)
    assert reader.open == []


def test_an_id_stands_once_in_the_page(page):
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))


def test_names_cannot_change_the_page(page):
    assert "&lt;b&gt;&#x27;Hawaiian&#x27;&lt;/b&gt;" in page
    assert "<b>'Hawaiian'" not in page


def test_the_numbers_that_matter_most_come_first(page):
    top = page.partition("<section>")[0]
    assert "<b>60 %</b>" in top
    assert "95 %: 55 %, 65 %" in top
    assert "5 min 42 s and at most 2.8 GB" in top


def test_a_word_stands_over_its_meaning_where_there_is_one_for_each(page):
    assert "<span><i>tunu</i>build</span><span><i>nu.</i>you.</span>" in page
    assert "<span><i>ka nimo</i>river</span>" in page


def test_the_page_is_light_or_dark_as_the_reader_likes(page):
    assert "@media (prefers-color-scheme: dark)" in page


def test_the_page_says_how_it_was_made(page):
    assert "hypergen demo --out runs/demo" in page
    assert "<td>5,800,000</td>" in page


def test_a_key_that_is_missing_is_named(told, tmp_path):
    del told["rows"], told["pos"]
    with pytest.raises(HypergenError, match=r"has no rows, pos; give all that hypergen demo wrote to demo\.json"):
        write_report(told, tmp_path)


def test_a_report_of_no_language_is_refused(told, tmp_path):
    told["rows"] = []
    with pytest.raises(HypergenError, match="the losses of no language"):
        write_report(told, tmp_path)


def test_matplotlib_is_loaded_when_a_report_is_written_and_not_before():
    probe = "import sys, hypergen.evaluation.html; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
