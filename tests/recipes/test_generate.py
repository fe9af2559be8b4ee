import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from hypergen.bundle import Bundle, TypologyInfo
from hypergen.typology import TypologyTable

from .conftest import one_sentence

ROOT = Path(__file__).parents[2]
OWN = (("swh", "1", "0"), ("yua", "1", "0"), ("x-far", "", ""), ("eus", "0", ""))


@pytest.fixture(scope="module")
def bundle(trained):
    return trained / "bundle"


@pytest.fixture
def invented(bundle, tmp_path):
    """The bundle of a generator that reads a table of its own."""
    table = tmp_path / "mine.csv"
    rows = [["language", *map(str, range(289))]]
    rows += [[code, *([first, second] * 145)[:289]] for code, first, second in OWN]
    table.write_text("\n".join(map(",".join, rows)))
    own = TypologyTable.from_csv(table)
    told = TypologyInfo(own.feature_sets, own.fingerprint)
    replace(Bundle.load(bundle), table=own, typology=told, languages=("swh", "eus")).save(tmp_path / "invented")
    return tmp_path / "invented"


def test_an_adapter_of_an_unseen_language_is_what_the_generator_gives(run, bundle, tmp_path):
    code, said, error = run("generate", "yucatec maya", "--bundle", bundle, "--out", tmp_path / "yua")
    assert (code, error) == (0, "")
    for words in ("yua Yucatec Maya: 324 parameters", "68% of 289 features observed, 32% imputed", "never seen"):
        assert words in said
    written = Bundle.load(tmp_path / "yua")
    assert torch.equal(written.source("yua").vector(), Bundle.load(bundle).source("yua").vector())
    assert (written.languages, written.metrics["generated_from"]) == (("yua",), "yua")


def test_several_languages_have_a_directory_each(run, bundle, tmp_path):
    code, said, _ = run("generate", "swh_Latn", "lvs", "--bundle", bundle, "--out", tmp_path / "several")
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "several").iterdir()) == ["lvs", "swh"]
    assert "trained on text of this language" in said
    assert "typology of lav" in said


def test_all_languages_of_a_typology_can_be_had_or_those_that_were_observed(run, invented, tmp_path):
    assert run("generate", "--all", "true", "--bundle", invented, "--out", tmp_path / "all")[0] == 0
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["eus", "swh", "x-far", "yua"]
    options = ["--all", "true", "--min_coverage", "0.2", "--bundle", invented]
    code, said, _ = run("generate", *options, "--out", tmp_path / "some")
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "some").iterdir()) == ["eus", "swh", "yua"]
    assert "3 adapters are written; features observed: median 100%" in said


def test_shared_and_unobserved_typology_is_said(run, invented, tmp_path):
    code, said, _ = run("generate", "yua", "--bundle", invented, "--out", tmp_path / "yua")
    assert code == 0
    assert "languages with the same vector, so the same adapter: swh" in said
    assert "nothing was observed" in run("generate", "x-far", "--bundle", invented, "--out", tmp_path / "far")[1]


def test_generating_is_quick_and_opens_no_transformers(bundle, tmp_path):
    probe = (
        "import sys, time, torch, numpy, rich.console, rich.progress, safetensors.torch, hypergen.bundle\n"
        "from hypergen.cli import main\n"
        "import jsonargparse\n"
        "start = time.process_time()\n"
        "code = main(sys.argv[1:])\n"
        "print(code, time.process_time() - start, 'transformers' in sys.modules, 'lightning' in sys.modules)\n"
    )
    words = ["generate", "yua", "--bundle", str(bundle), "--out", str(tmp_path / "yua")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", probe, *words], check=True, capture_output=True, text=True, env=environment
    )
    code, seconds, *loaded = done.stdout.split("\n")[-2].split()
    assert (code, loaded) == ("0", ["False", "False"])
    assert float(seconds) < 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["yukatec maya"], "did you mean yua (Yucatec Maya)"),
        ([], "name one or more languages"),
        (["yua", "--all", "true"], "name one or more languages"),
        (["yua", "--min_coverage", "0.5"], "goes with --all true"),
        (["--all", "true", "--min_coverage", "2"], "a share from 0 to 1"),
        (["yua", "--bundle", "nowhere"], "nowhere is no bundle"),
    ],
)
def test_what_cannot_be_generated_is_said_in_one_sentence(run, bundle, tmp_path, words, expected):
    code, _, error = run("generate", "--bundle", bundle, *words, "--out", tmp_path / "out")
    assert code == 2
    assert expected in one_sentence(error)
    assert not (tmp_path / "out").exists()


def test_a_language_without_typology_is_said_with_its_relatives(run, invented, tmp_path):
    code, _, error = run("generate", "zul", "--bundle", invented, "--out", tmp_path / "zul")
    assert code == 2
    assert "no row for zul (Zulu); of its family Atlantic-Congo it has swh (Swahili)" in one_sentence(error)


def test_an_existing_directory_and_an_adapter_as_generator_are_refused(run, bundle, tmp_path):
    assert run("generate", "yua", "--bundle", bundle, "--out", tmp_path / "yua")[0] == 0
    code, _, error = run("generate", "yua", "--bundle", bundle, "--out", tmp_path / "yua")
    assert code == 2
    assert "exists already" in one_sentence(error)
    code, _, error = run("generate", "swh", "--bundle", tmp_path / "yua", "--out", tmp_path / "swh")
    assert code == 2
    assert "holds one adapter, not a generator" in one_sentence(error)


def test_the_generator_that_comes_with_hypergen_is_the_default(run, tmp_path):
    assert run("generate", "yua", "--out", tmp_path / "yua")[0] == 0
    written, shipped = Bundle.load(tmp_path / "yua"), Bundle.load("generator-mini")
    assert torch.equal(written.source("yua").vector(), shipped.source("yua").vector())


def test_a_language_under_the_row_of_a_training_language_is_not_called_unseen(run, tmp_path):
    said = run("generate", "quy", "--out", tmp_path / "quy")[1]
    assert "the generator was trained on text of quw, which has the same row" in said
    assert "never seen" not in said


def test_a_directory_that_could_not_be_made_is_refused_by_name(run, bundle, tmp_path):
    (tmp_path / "file").write_text("")
    for out, words in (("", "out is empty, or the directory that hypergen runs in"),
                       (tmp_path / "file" / "x", "which is a file; choose another path"),
                       (tmp_path, "exists already")):  # fmt: skip
        code, _, error = run("generate", "yua", "--bundle", bundle, "--out", out)
        assert code == 2
        assert words in one_sentence(error)
