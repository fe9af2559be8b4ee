import json

import pytest
import torch

from hypergen.bundle import Bundle
from hypergen.recipes.finetuning import TOLD

from .conftest import LINES, UNLIKE, one_sentence


@pytest.fixture
def options(trained, tmp_path):
    (tmp_path / "mine.txt").write_text("\n".join(LINES))
    return ["--bundle", trained / "bundle", "--text", tmp_path / "mine.txt", "--out", tmp_path / "out"]


@pytest.mark.parametrize(("what", "told"), TOLD.items())
def test_a_bundle_is_written_that_other_commands_take(run, options, tmp_path, text, cache, what, told):
    code, said, error = run("finetune", "yucatec maya", "--what", what, "--steps", 20, "--lr", 0.03, *options)
    assert (code, error) == (0, "")
    assert f"yua Yucatec Maya: {told} tuned on 2" in said
    assert "held-back lines" in said
    assert f"{tmp_path / 'out'} is written" in said.replace("\n", "")
    written = Bundle.load(tmp_path / "out")
    assert written.languages == ("yua",)
    assert written.metrics["loss_tuned"] < written.metrics["loss_before"]
    assert run("export", "--bundle", tmp_path / "out", "--out", tmp_path / "hub")[0] == 0
    config = json.loads((tmp_path / "hub" / "adapter_config.json").read_text())
    assert config["model_name"] == written.backbone.name
    assert f"its {told} fine-tuned on {written.metrics['lines']} lines" in (tmp_path / "hub" / "README.md").read_text()
    (tmp_path / "held").mkdir()
    (tmp_path / "held" / "yua_Latn.txt").write_text("\n\n".join(LINES))
    evaluate = ["--text.directory", tmp_path / "held", "--text.block_size", 16, "--text.validation_share", 0.5]
    assert run("evaluate", "--bundle", tmp_path / "out", *evaluate, "--cache_dir", cache)[0] == 0


def test_what_did_not_help_is_said_and_the_start_is_written(run, options, fitted, tmp_path):
    (tmp_path / "mine.txt").write_text("\n".join(UNLIKE))
    code, said, _ = run("finetune", "yua", "--steps", 20, "--lr", 0.1, *options, "--bundle", fitted)
    assert code == 0
    assert "fine-tuning did not help" in said
    assert torch.equal(Bundle.load(tmp_path / "out").adapter().vector(), Bundle.load(fitted).adapter().vector())


def test_so_few_lines_are_no_proof_and_that_is_said(run, options, tmp_path):
    (tmp_path / "mine.txt").write_text("\n".join(LINES[:3]))
    _, said, _ = run("finetune", "yua", "--steps", 3, "--lr", 0.001, *options)
    assert "too few to give an interval" in said
    assert "did not help" in said or "do not show for sure" in said


def test_a_directory_of_texts_is_read_too(run, options, text):
    code, said, _ = run("finetune", "swh_Latn", "--steps", 1, *options, "--text", text)
    assert code == 0
    assert "swh Swahili" in said


def test_what_cannot_be_done_is_one_sentence_and_nothing_is_written(run, options, tmp_path):
    missing = run("finetune", "yua", *options, "--text", tmp_path / "nothing.txt")
    assert (missing[0], "nothing.txt" in one_sentence(missing[2])) == (2, True)
    unknown = run("finetune", "nolanguage", *options)
    assert (unknown[0], "nolanguage" in one_sentence(unknown[2])) == (2, True)
    penalised = run("finetune", "yua", *options, "--penalty", 3)
    assert (penalised[0], "which is of an embedding" in one_sentence(penalised[2])) == (2, True)
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").mkdir()
    there = run("finetune", "yua", *options)
    assert (there[0], "exists already" in one_sentence(there[2])) == (2, True)


@pytest.mark.parametrize("out", ["file/x", "file"])
def test_a_bundle_that_could_not_be_written_is_refused_before_anything_is_tuned(run, options, tmp_path, out):
    (tmp_path / "file").write_text("")
    code, said, error = run("finetune", "yua", *options, "--text", tmp_path / "nothing.txt", "--out", tmp_path / out)
    assert (code, said) == (2, "")
    assert "file" in one_sentence(error)
    assert "nothing.txt" not in error


def test_training_that_diverges_is_told_as_that(run, options, tmp_path):
    code, _, error = run("finetune", "yua", *options, "--steps", 5, "--lr", 1e30)
    assert code == 2
    assert "training diverged" in one_sentence(error)
    assert "give a lower lr than 1e+30" in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("seed", [-1, 10**22])
def test_a_seed_that_libraries_do_not_take_is_refused(run, options, seed):
    code, _, error = run("finetune", "yua", *options, "--seed", seed)
    assert code == 2
    assert f"seed is {seed}; expected a whole number from 0 to 4294967295" in one_sentence(error)
