import json

import pytest
import torch

from hypergen.bundle import Bundle
from hypergen.recipes import train_task
from hypergen.task_bundle import TaskBundle
from hypergen.training.tasks import TaskModule

from .conftest import one_sentence


@pytest.fixture
def stop_at(monkeypatch):
    """Press Ctrl-C before a step."""
    step_as_it_is = TaskModule.training_step

    def at(step):
        def training_step(self, batch, batch_idx):
            if self.global_step == step:
                raise KeyboardInterrupt
            return step_as_it_is(self, batch, batch_idx)

        monkeypatch.setattr(TaskModule, "training_step", training_step)

    yield at
    monkeypatch.undo()


def test_a_run_leaves_a_bundle_with_where_it_comes_from(trained_task, trained):
    bundle = TaskBundle.load(trained_task / "bundle")
    assert bundle.languages == ("swh", "yor")
    assert bundle.over == Bundle.load(trained / "bundle").fingerprint
    assert bundle.metrics["sentences"].keys() == {"swh", "yor"}
    assert bundle.metrics["majority"]["label"] in bundle.task.labels
    assert bundle.metrics["val/score"] == pytest.approx(
        (bundle.metrics["val/accuracy/swh"] + bundle.metrics["val/accuracy/yor"]) / 2
    )


def test_the_best_weights_are_kept_not_the_last(trained_task):
    bundle = TaskBundle.load(trained_task / "bundle")
    best = bundle.metrics["best_step"]
    checkpoint = torch.load(trained_task / "checkpoints" / f"best-step={best}.ckpt", weights_only=True)
    assert best in (2, 4, 6)
    assert torch.equal(bundle.head["linear.weight"], checkpoint["state_dict"]["head.linear.weight"])
    assert torch.equal(bundle.adapter.vector(), checkpoint["state_dict"]["adapter.parameters_vector"])


@pytest.mark.parametrize("step", [1, 4, 5], ids=["before a check", "at a check", "between checks"])
def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(
    run, task_options, trained_task, stop_at, tmp_path, step
):
    stop_at(step)
    code, out, _ = run("train-task", *task_options, "--out", tmp_path / "run")
    assert code == 130
    assert "--resume true goes on" in out
    stop_at(None)
    assert run("train-task", "--config", tmp_path / "run" / "settings.json", "--resume", "true")[0] == 0
    ours, theirs = (TaskBundle.load(each / "bundle") for each in (tmp_path / "run", trained_task))
    assert ours.metrics == theirs.metrics
    assert torch.equal(ours.adapter.vector(), theirs.adapter.vector())
    assert all(torch.equal(ours.head[name], theirs.head[name]) for name in theirs.head)


@pytest.mark.parametrize(
    "options",
    [["--tune_languages", "true"], ["--optimizer.lr", 0, "--optimizer.patience", 1, "--steps", 20]],
    ids=["all steps", "stopped early"],
)
def test_a_run_stopped_between_its_last_step_and_its_bundle_ends_as_it_would_have(
    run, task_options, tmp_path, monkeypatch, options
):
    would_have = []

    def stops(bundle, directory):
        would_have.append(bundle)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(TaskBundle, "save", stops)
        assert run("train-task", *task_options, *options, "--out", tmp_path / "run")[0] == 130
    code, _, error = run("train-task", "--config", tmp_path / "run" / "settings.json", "--resume", "true")
    assert code == 0, error
    (theirs,), ours = would_have, TaskBundle.load(tmp_path / "run" / "bundle")
    assert ours.metrics == theirs.metrics
    assert torch.equal(ours.adapter.vector(), theirs.adapter.vector())
    assert all(torch.equal(ours.head[name], theirs.head[name]) for name in theirs.head)
    assert ours.over == theirs.over
    if "--tune_languages" in options:
        assert ours.over == Bundle.load(tmp_path / "run" / "languages").fingerprint


@pytest.mark.parametrize("rate", [[], ["--optimizer.languages_lr", 0]], ids=["at the task's rate", "at none"])
def test_tuned_languages_are_written_beside_the_task(run, task_options, trained, tmp_path, rate):
    assert run("train-task", *task_options, "--tune_languages", "true", *rate, "--out", tmp_path / "run")[0] == 0
    tuned, before = Bundle.load(tmp_path / "run" / "languages"), Bundle.load(trained / "bundle")
    assert TaskBundle.load(tmp_path / "run" / "bundle").over == tuned.fingerprint
    assert torch.equal(tuned.weights["theta"], before.weights["theta"]) == bool(rate)


def test_every_check_leaves_a_checkpoint_to_go_on_from_whether_it_is_the_best_or_not(
    run, task_options, tmp_path, stop_at
):
    stop_at(5)
    assert run("train-task", *task_options, "--optimizer.lr", 0, "--out", tmp_path / "run")[0] == 130
    last, best = (torch.load(each, weights_only=True)["global_step"]
                  for each in (tmp_path / "run" / "checkpoints").iterdir())  # fmt: skip
    assert {last, best} == {2, 4}


def test_a_task_can_do_without_language_adapters(run, task_options, backbone, tmp_path):
    code, _, _ = run("train-task", *task_options, "--bundle", "null", "--backbone", backbone, "--out", tmp_path / "run")
    assert code == 0
    assert TaskBundle.load(tmp_path / "run" / "bundle").over is None


def test_training_stops_when_the_score_gets_no_better(run, task_options, tmp_path):
    frozen = ["--optimizer.lr", 0, "--optimizer.patience", 1, "--steps", 20]
    assert run("train-task", *task_options, *frozen, "--out", tmp_path / "run")[0] == 0
    assert TaskBundle.load(tmp_path / "run" / "bundle").metrics["steps"] == 4


def test_sentences_of_held_back_data_are_not_trained_on(run, task_options, tagged, tmp_path):
    (tmp_path / "data").symlink_to(tagged)
    shared = (tagged / "eus" / "test.conll").read_text().split("\n\n")[:3]
    data = tmp_path / "own"
    for language in ("swh", "eus"):
        (data / language).mkdir(parents=True)
        for split in ("train", "dev", "test"):
            (data / language / f"{split}.conll").write_text((tagged / language / f"{split}.conll").read_text())
    with (data / "swh" / "train.conll").open("a") as file:
        file.write("\n\n".join(["", *shared, ""]))
    options = [*task_options, "--data.directory", data, "--data.languages", "[swh]", "--steps", 1]
    removed = []
    for flag in ("false", "true"):
        assert run("train-task", *options, "--keep_overlaps", flag, "--out", tmp_path / flag)[0] == 0
        removed.append(TaskBundle.load(tmp_path / flag / "bundle").metrics["overlaps_removed"])
    assert removed[0] >= 3
    assert removed[1] == 0


def test_labels_are_counted_in_the_sentences_that_are_trained_on(run, task_options, tmp_path, monkeypatch):
    counted, as_it_is = [], train_task.class_weights
    monkeypatch.setattr(
        train_task, "class_weights", lambda task, several: counted.append(several) or as_it_is(task, several)
    )
    train = ["kata1\tNOUN\n", *["kata2\tVERB\nkata3\tVERB\n", "kata4\tNOUN\nkata5\tADP\n"] * 2]
    (tmp_path / "data" / "swh").mkdir(parents=True)
    (tmp_path / "data" / "swh" / "dev.conll").write_text("kata6\tVERB\n")
    (tmp_path / "data" / "swh" / "train.conll").write_text("\n".join([*train, "kata7\tVERB\n" * 70]))
    data = ["--data.directory", tmp_path / "data", "--data.languages", "[swh]", "--data.on_long", "skip"]
    few = ["--data.max_sentences", 3, "--optimizer.class_weights", "balanced", "--steps", 2]
    assert run("train-task", *task_options, *data, *few, "--out", tmp_path / "run")[0] == 0
    metrics = TaskBundle.load(tmp_path / "run" / "bundle").metrics
    assert metrics["sentences"] == {"swh": 3}
    assert metrics["labels"] == {"NOUN": 3, "ADP": 2}
    assert metrics["majority"]["label"] == "NOUN"
    assert [[sentence.labels for sentence in several["swh"]] for several in counted] == [
        [("NOUN",), ("NOUN", "ADP"), ("NOUN", "ADP")]
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data.languages", "[zul]"], "has no train split of zul; it has one of eus, swh, yor"),
        (["--data.labels", "[NOUN, VERB]"], "has the label 'ADP', which pos does not know"),
        (["--data.max_tokens", "4"], "tokens, and the model reads 4; shorten it"),
        (["--data.hub", "a/b"], "give either --data.directory DIR or --data.hub NAME"),
        (["--task", "ner"], "which ner does not know"),
        (["--task", "ner", "--data.labels", "[PER, LOC]"], "entities are scored in IOB2"),
        (["--task", "topics"], "holds no topics to read as train"),
        (["--steps", "0"], "steps is 0; it counts from 1"),
        (["--seed", "-1"], "seed is -1; expected a whole number from 0 to 4294967295"),
        (["--seed", str(2**32)], "seed is 4294967296; expected"),
        (["--optimizer.dropout", "2"], "optimizer.dropout is 2.0; expected a chance from 0 to below 1"),
        (["--optimizer.patience", "0"], "optimizer.patience is 0; it counts from 1"),
        (["--optimizer.lr", "-1"], "optimizer.lr is -1.0; expected 0 or more"),
        (["--optimizer.warmup_steps", "-1"], "optimizer.warmup_steps is -1; expected 0 or more"),
        (["--data.max_tokens", "0"], "data.max_tokens is 0; it counts from 1"),
        (["--data.labels", "[]"], "data.labels has no label; name them"),
        (["--leave_out", "[7]"], "has no layer 7 to leave out"),
    ],
)
def test_what_cannot_be_trained_is_said_in_one_sentence(run, task_options, tmp_path, words, said):
    code, _, error = run("train-task", *task_options, *words, "--out", tmp_path / "run")
    assert code == 2
    assert said in one_sentence(error)
    assert not (tmp_path / "run" / "bundle").exists()


def test_no_option_makes_a_model_read_more_tokens_than_it_has_positions(run, task_options, tagged, tmp_path):
    for split in ("train", "dev"):
        (tmp_path / "data" / "swh").mkdir(parents=True, exist_ok=True)
        long = "kata1\tNOUN\n" * 70 if split == "dev" else "kata2\tVERB\n"
        (tmp_path / "data" / "swh" / f"{split}.conll").write_text(long)
    data = ["--data.directory", tmp_path / "data", "--data.languages", "[swh]", "--data.max_tokens", 99]
    code, _, error = run("train-task", *task_options, *data, "--out", tmp_path / "run")
    assert code == 2
    assert "dev.conll, line 1 has 70 tokens, and the model reads 64" in one_sentence(error)


def test_the_error_names_file_and_line(run, task_options, tagged, tmp_path):
    data = tmp_path / "data" / "swh"
    data.mkdir(parents=True)
    (data / "train.conll").write_text("kata1\tNOUN\nkata2\n")
    code, _, error = run(
        "train-task",
        *task_options,
        "--data.directory",
        data.parent,
        "--data.languages",
        "[swh]",
        "--out",
        tmp_path / "o",
    )
    assert code == 2
    assert f"{data / 'train.conll'}, line 2 has 1 columns" in one_sentence(error)


def test_settings_are_a_configuration_of_the_same_run(trained_task):
    told = json.loads((trained_task / "settings.json").read_text())
    assert told["task"] == "pos"
    assert told["data"]["languages"] == ["swh", "yor"]
