import json

import pytest

from hypergen.errors import HypergenError
from hypergen.recipes.run_directory import checkpoint_of, may_start, set_logs_aside, write_settings

SETTINGS = {"out": "a", "steps": 4, "text": {"exponent": 0.7, "languages": None}, "cache_dir": "b"}


def test_a_new_directory_may_be_started_in(tmp_path):
    may_start(tmp_path / "new", settings=SETTINGS, resume=False)
    may_start(tmp_path, settings=SETTINGS, resume=False)
    assert not (tmp_path / "new").exists()


def test_a_directory_with_something_in_it_may_not(tmp_path):
    write_settings(tmp_path, settings=SETTINGS)
    with pytest.raises(HypergenError, match="is not empty; choose another directory, or --resume true"):
        may_start(tmp_path, settings=SETTINGS, resume=False)


def test_a_run_goes_on_with_its_settings_and_what_does_not_matter_may_change(tmp_path):
    write_settings(tmp_path, settings=SETTINGS)
    may_start(tmp_path, settings={**SETTINGS, "out": "c", "cache_dir": "d"}, resume=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": 5}, r"was started with steps 4, not 5; go on with --config .*settings.json --resume true"),
        ({"text": {"exponent": 0.5, "languages": None}}, "text.exponent 0.7, not 0.5"),
        ({"text": {"exponent": 0.7, "languages": ["swh"]}}, r'text.languages null, not \["swh"\]'),
    ],
)
def test_a_run_does_not_go_on_with_other_settings(tmp_path, change, words):
    write_settings(tmp_path, settings=SETTINGS)
    with pytest.raises(HypergenError, match=words):
        may_start(tmp_path, settings={**SETTINGS, **change}, resume=True)


def test_what_is_no_run_cannot_go_on(tmp_path):
    with pytest.raises(HypergenError, match="has no run to go on with"):
        may_start(tmp_path / "none", settings=SETTINGS, resume=True)
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(HypergenError, match="is damaged"):
        may_start(tmp_path, settings=SETTINGS, resume=True)


def test_a_finished_run_is_left_alone(tmp_path):
    (tmp_path / "bundle").mkdir()
    with pytest.raises(HypergenError, match="is finished"):
        may_start(tmp_path, settings=SETTINGS, resume=True)


def test_the_settings_are_a_file_for_people_and_programs(tmp_path):
    write_settings(tmp_path / "run", settings=SETTINGS)
    assert json.loads((tmp_path / "run" / "settings.json").read_text()) == SETTINGS


def test_a_damaged_checkpoint_is_said_in_one_sentence(tmp_path):
    assert checkpoint_of(tmp_path) is None
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "last.ckpt").write_bytes(b"PK\3\4 cut short")
    with pytest.raises(HypergenError, match=r"last.ckpt is damaged .* copy another checkpoint"):
        checkpoint_of(tmp_path)


def test_logs_of_earlier_parts_of_a_run_are_kept(tmp_path):
    set_logs_aside(tmp_path)
    for part in ("first", "second"):
        (tmp_path / "metrics.csv").write_text(part)
        set_logs_aside(tmp_path)
    assert [(tmp_path / f"metrics-{n}.csv").read_text() for n in (1, 2)] == ["first", "second"]


def test_a_run_goes_on_under_a_later_hypergen_with_its_new_options_off(tmp_path):
    write_settings(tmp_path, settings=SETTINGS)
    may_start(tmp_path, settings={**SETTINGS, "one_for_all": False}, resume=True)
    with pytest.raises(HypergenError, match="started with one_for_all null, not true"):
        may_start(tmp_path, settings={**SETTINGS, "one_for_all": True}, resume=True)


def test_a_run_is_not_started_in_or_below_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    for out, words in ((tmp_path / "file", "where a directory was expected"), (tmp_path / "file" / "x", "is a file")):
        with pytest.raises(HypergenError, match=words):
            may_start(out, settings=SETTINGS, resume=False)
