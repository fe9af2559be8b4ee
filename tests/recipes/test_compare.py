import json

import pytest
import yaml

from .conftest import one_sentence, write_text

FIT = {"steps": 4, "source_steps": 4, "rows": 4, "languages_per_batch": 2, "rows_of_one": 2,
       "together": 2, "warmup_steps": 1}  # fmt: skip


@pytest.fixture(scope="module")
def given(tmp_path_factory, backbone):
    """A configuration on real text: five files, five languages."""
    root = tmp_path_factory.mktemp("compare")
    text = write_text(root / "text", "eus_Latn", "swh_Latn", "yor_Latn", "fin_Latn")
    splits = root / "splits.yaml"
    splits.write_text("backbone: [eus]\ngenerator: [swh]\ndevelopment: [yor]\nreport: [fin]\n")
    return {
        "methods": ["none", "mad-x"], "amounts": [0, 10], "seeds": [0], "trials": 1, "fit": FIT,
        "reduction": 8, "precision": "float32", "cache_dir": str(root / "cache"),
        "text": {"train": str(text), "target": str(text), "held_back": {"words": str(text)}, "splits": str(splits),
                 "backbone": str(backbone), "block_size": 16, "max_blocks": 2, "seen_languages": 1},
    }  # fmt: skip


def config(tmp_path, given, **changes):
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump({**given, "out": str(tmp_path / "out"), **changes}), encoding="utf-8")
    return path


def test_a_comparison_ends_with_an_answer_and_goes_on_where_it_was(run, given, tmp_path):
    path = config(tmp_path, given)
    code, out, _ = run("compare", "--config", path, "--dry_run", "true")
    assert code == 0
    assert "2 methods, 4 cells, 0 of them done; 2 trials, 0 of them done. At most" in " ".join(out.split())
    assert not (tmp_path / "out").exists()
    code, out, error = run("compare", "--config", path)
    assert code == 0, error
    assert "Without text, for languages 'unseen: new genus' (1 languages of 1 genera): use" in " ".join(out.split())
    told = json.loads((tmp_path / "out" / "results.json").read_text())
    assert {row["method"] for row in told["rows"]} == {"none", "mad-x"}
    assert told["languages"]["report"] == ["fin"]
    assert (tmp_path / "out" / "results.md").read_text().startswith("# bert on text")
    code, out, error = run("compare", "--config", tmp_path / "out" / "settings.json")
    assert code == 0, error
    assert "4 of them done; 2 trials, 2 of them done. Nothing is left to run." in " ".join(out.split())
    assert json.loads((tmp_path / "out" / "results.json").read_text())["rows"] == told["rows"]


def test_an_interrupted_comparison_says_how_it_goes_on(run, given, tmp_path, monkeypatch):
    from hypergen.comparison import running

    def stopped(*args, **kwargs):
        raise SystemExit(1)  # what Lightning makes of Ctrl-C

    monkeypatch.setattr(running.Comparison, "run", stopped)
    code, out, error = run("compare", "--config", config(tmp_path, given))
    assert (code, one_sentence(error)) == (130, "hypergen: interrupted.\n")
    assert "stopped; the same command goes on after what is done." in out


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"methods": []}, "methods is []; expected one or more, each once"),
        ({"seeds": [0, 0]}, "seeds is [0, 0]; expected one or more, each once"),
        ({"amounts": [-1]}, "amounts has -1; expected numbers of sentences from 0 on, sizes"),
        ({"amounts": ["some"]}, "amounts"),
        ({"trials": 0}, "trials is 0; it counts from 1"),
        ({"fit": {**FIT, "steps": 0}}, "fit.steps is 0; it counts from 1"),
        ({"fit": {**FIT, "mask_rate": 0.0}}, "fit.mask_rate is 0.0; expected a share"),
        ({"fit": {**FIT, "power": 0.0}}, "fit.power is 0.0; expected a number above 0"),
        ({"fit": {**FIT, "flat": 1.5}}, "fit.flat is 1.5; expected a share"),
        ({"methods": ["madx"]}, "the method 'madx' has no start 'madx'; did you mean mad-x?"),
        ({"generators": {"a+b": {}}}, "a generator is called 'a+b'"),
        ({"generators": {"tipa": {}}}, "a generator is called 'tipa'"),
        ({"generators": {"a@b": {}}}, "a generator is called 'a@b'"),
        ({"generators": {"g": {"name": "static"}}}, "the generator 'g' is static, which generates nothing"),
        (
            {"generators": {"g": {"method": "lora"}}},
            "the generator 'g' has method, which a method's name says (g/lora)",
        ),
        ({"amounts": [0]}, "the method 'mad-x' is never run at amounts 0: what is tuned needs text"),
        ({"amounts": [10]}, "the method 'none' is never run at amounts 10: what"),
        ({"text": None}, "a comparison is on artificial languages or on text"),
        ({"artificial": {"report_languages": 3}}, "a comparison is on artificial languages or on text"),
        ({"methds": ["none"]}, "has no setting 'methds'"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused_in_one_sentence(run, given, tmp_path, changes, words):
    code, _, error = run("compare", "--config", config(tmp_path, given, **changes))
    assert code == 2
    assert words in one_sentence(error)


def test_too_little_text_is_found_out_before_anything_is_trained(run, given, tmp_path):
    target = write_text(tmp_path / "target", "eus_Latn", "swh_Latn", "yor_Latn", "fin_Latn")
    (target / "fin_Latn.txt").write_text("moja mbili\n", encoding="utf-8")
    path = config(tmp_path, given, methods=["mad-g", "mad-x"], text={**given["text"], "target": str(target)})
    code, _, error = run("compare", "--config", path)
    assert code == 2
    assert "fin_Latn has too little text for one train block of 16 tokens" in one_sentence(error)
    assert not (tmp_path / "out" / "sources").exists()
