import pytest

from hypergen.errors import HypergenError
from hypergen.recipes.config_files import check_config, configs_of


@pytest.fixture
def config(tmp_path):
    return tmp_path / "run.yaml"


def test_files_are_found_in_both_spellings_and_settings_written_out_are_none(config):
    config.write_text("seed: 1\n")
    words = ["yua", "--config", str(config), f"--config={config}", "--config", "{seed: 2}", "--config", "a" * 9999]
    assert configs_of(words) == [config, config]


def test_a_configuration_passes_with_or_without_a_mark_and_with_equal_names_in_different_places(config):
    for encoding in ("utf-8", "utf-8-sig"):
        config.write_text("a: {x: 1}\nb: {x: 1}\nc: [{x: 1}, {x: 2}]\n", encoding=encoding)
        check_config(config)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("text:\n  languages: [yua]\n  block_size: 3\n  languages: [swh]\n", "text.languages twice, in line 2 and in"),
        ("seed: 1\nout: x\nseed: 1\n", "run.yaml has seed twice, in line 1 and in line 3"),
        ("generators:\n- name: a\n  name: b\n", "generators.name twice, in line 2 and in line 3"),
        ("", "run.yaml is empty"),
        ("# nothing\n", "run.yaml is empty"),
        ("seed: [\n", "run.yaml, line 2, column 1 is not YAML"),
        ("[a, b]\n", "run.yaml has no names"),
        ("a\0b", "run.yaml is not YAML"),
    ],
)
def test_what_is_wrong_is_said_with_file_name_and_line(config, text, words):
    config.write_text(text, encoding="utf-8")
    with pytest.raises(HypergenError, match=words):
        check_config(config)


@pytest.mark.parametrize(
    ("encoding", "words"), [("utf-16", "not UTF-8 but UTF-16"), ("latin-1", "not UTF-8 but another encoding")]
)
def test_a_file_that_is_not_utf_8_is_named(config, encoding, words):
    config.write_text("out: é\n", encoding=encoding)
    with pytest.raises(HypergenError, match=f"run.yaml is {words}"):
        check_config(config)
