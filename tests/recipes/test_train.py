import csv
import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from hypergen.bundle import Bundle
from hypergen.errors import TypologyError
from hypergen.languages import all_languages
from hypergen.recipes.arguments import GeneratorArgs, OptimizerArgs
from hypergen.training.mlm import GeneratorModule
from hypergen.typology import TypologyTable

from .conftest import one_sentence, write_text

ROOT = Path(__file__).parents[2]
NOISE = ("litlogger", "Tip", "Warning", "warning", "Loading weights", "GPU", "eval mode", "set_vital", "Traceback")


@pytest.fixture
def stop_at(monkeypatch):
    """Press Ctrl-C before a step."""
    step_as_it_is = GeneratorModule.training_step

    def at(step):
        def training_step(self, batch, batch_idx):
            if self.global_step == step:
                raise KeyboardInterrupt
            return step_as_it_is(self, batch, batch_idx)

        monkeypatch.setattr(GeneratorModule, "training_step", training_step)

    yield at
    monkeypatch.undo()


def same_weights(one, other):
    ours, theirs = Bundle.load(one).weights, Bundle.load(other).weights
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_run_leaves_a_bundle_and_logs(trained):
    with (trained / "logs" / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {"train/loss", "val/loss", "val/loss/swh"} <= rows[0].keys()
    assert list((trained / "logs").glob("events.out.tfevents.*"))
    bundle = Bundle.load(trained / "bundle")
    assert bundle.languages == ("eus", "swh", "yor")
    assert bundle.metrics["steps"] == 6
    assert bundle.metrics["val/loss"] > 0


def test_checkpoints_hold_only_what_was_trained(trained):
    checkpoint = torch.load(trained / "checkpoints" / "last.ckpt", weights_only=True)
    trained_tensors = {f"source.generator.{name}" for name in Bundle.load(trained / "bundle").weights}
    assert set(checkpoint["state_dict"]) == trained_tensors


@pytest.mark.parametrize("step", [1, 4, 5], ids=["before a checkpoint", "at a checkpoint", "between checkpoints"])
def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(run, small, trained, stop_at, tmp_path, step):
    stop_at(step)
    handler = signal.getsignal(signal.SIGINT)
    code, out, error = run("train", *small, "--out", tmp_path / "run")
    assert (code, error) == (130, "hypergen: interrupted.\n")
    assert "--resume true goes on" in out
    assert signal.getsignal(signal.SIGINT) is handler
    assert not (tmp_path / "run" / "bundle").exists()
    stop_at(None)
    code, out, _ = run("train", "--config", tmp_path / "run" / "settings.json", "--resume", "true")
    assert code == 0
    assert "6/6" in out
    assert same_weights(tmp_path / "run" / "bundle", trained / "bundle")


def test_a_killed_run_says_nothing_needless_and_ends_where_an_uninterrupted_one_does(run, small, trained, tmp_path):
    probe = (
        "import os, signal, sys\n"
        "from hypergen.training.mlm import GeneratorModule\n"
        "def die(self, batch, batch_idx): self.global_step == 5 and os.kill(os.getpid(), signal.SIGKILL)\n"
        "GeneratorModule.on_train_batch_start = die\n"
        "from hypergen.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    words = ["train", *map(str, small), "--out", str(tmp_path / "run")]
    threads = str(torch.get_num_threads())  # sums over other numbers of threads differ in the last digit
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": threads}
    done = subprocess.run(
        [sys.executable, "-c", probe, *words], check=False, capture_output=True, text=True, env=environment
    )
    assert done.returncode == -signal.SIGKILL
    assert [word for word in NOISE if word in done.stdout + done.stderr] == []
    assert not (tmp_path / "run" / "bundle").exists()
    assert run("train", *words[1:], "--resume", "true")[0] == 0
    assert same_weights(tmp_path / "run" / "bundle", trained / "bundle")
    assert (tmp_path / "run" / "logs" / "metrics.csv").exists()


def test_a_full_disk_leaves_no_bundle_and_the_run_can_go_on(run, small, trained, tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        code, _, error = run("train", *small, "--out", tmp_path / "run")
    assert code == 2
    assert "no space is left to write" in one_sentence(error)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["checkpoints", "logs", "settings.json"]
    assert run("train", *small, "--out", tmp_path / "run", "--resume", "true")[0] == 0
    assert same_weights(tmp_path / "run" / "bundle", trained / "bundle")


def test_a_trained_head_and_embeddings_travel_with_the_bundle(run, small, backbone, tmp_path):
    from hypergen.backbones import load_backbone

    switches = ["--optimizer.train_lm_head", "true", "--optimizer.train_embeddings", "true"]
    assert run("train", *small, *switches, "--out", tmp_path / "run")[0] == 0
    bundle = Bundle.load(tmp_path / "run" / "bundle")
    before = load_backbone(backbone).state_dict()
    after = bundle.model(load_backbone(backbone)).backbone.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert {"bert.embeddings.word_embeddings.weight", "cls.predictions.bias"} <= changed
    assert not any("encoder" in name for name in changed)
    assert bundle.patch
    defaults = OptimizerArgs()
    assert (defaults.train_lm_head, defaults.train_embeddings) == (False, False)


def test_a_typology_of_ones_own_travels_with_the_bundle(run, small, tmp_path):
    table = tmp_path / "mine.csv"
    table.write_text("language,a,b,c\neus,1,0,0.5\nswh,0,1,\nyor,0,0,1\nx-far,1,1,\n")
    assert run("train", *small, "--generator.typology_csv", table, "--out", tmp_path / "run")[0] == 0
    table.unlink()
    (tmp_path / "run" / "bundle").rename(tmp_path / "elsewhere")
    code, said, _ = run("generate", "x-far", "--bundle", tmp_path / "elsewhere", "--out", tmp_path / "far")
    assert code == 0
    assert "67% of 3 features observed" in said
    assert not (tmp_path / "far" / "typology.json").exists()


def test_uriel_is_never_copied_into_a_bundle(trained):
    assert sorted(path.name for path in (trained / "bundle").iterdir()) == [
        "README.md",
        "bundle.json",
        "weights.safetensors",
    ]


def without_typology():
    table = TypologyTable.from_uriel()
    for language in all_languages():
        try:
            table.row_of(language.iso3)
        except TypologyError:
            return language.iso3
    raise LookupError


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--steps", "0"], "steps is 0; it counts from 1"),
        (["--seed", "-1"], "seed is -1; expected a whole number from 0 to 4294967295"),
        (["--seed", str(2**32)], "seed is 4294967296; expected"),
        (["--optimizer.lr", "-1"], "optimizer.lr is -1.0; expected 0 or more"),
        (["--text.batch_size", "0"], "text.batch_size is 0; it counts from 1"),
        (["--text.max_validation_blocks", "-1"], "text.max_validation_blocks is -1; it counts from 1"),
        (["--text.languages_per_batch", "3"], "batch_size is 4 and languages_per_batch 3"),
        (["--text.exponent", "-1"], "exponent -1"),
        (["--text.weights", "{other: 1}"], "expected one weight of 0 or more for each group"),
        (["--text.languages", "[swhh]"], "no corpus for swhh; near misses: swh"),
        (["--text.languages", "[zul]"], "text.languages asks for it: correct that, also where it stands in a config"),
        (["--text.directory", "null"], "no text was named; give --text.directory"),
        (["--generator.reduction", "0"], "generator.reduction is 0; expected 1 to 32"),
        (["--generator.embedding_size", "0"], "embedding_size is 0; expected 1 or more"),
        (["--generator.feature_sets", "syntax_kn"], "URIEL has no feature set 'syntax_kn'"),
        (["--generator.typology_csv", "nowhere.csv"], "no typology table at nowhere.csv"),
        (["--precision", "bfloat16", "--optimizer.train_lm_head", "true"], "give --precision float32"),
        (["--backbone", "tests"], "no backbone could be loaded from 'tests'"),
        (["--accelerator", "tpu"], "this machine has no tpu to train on"),
        (["--optimizer.lrr", "1"], "did you mean '--optimizer.lr'"),
        (["--resume", "true"], "has no run to go on with"),
    ],
)
def test_what_cannot_be_trained_is_said_in_one_sentence(run, small, tmp_path, options, words):
    code, _, error = run("train", *small, "--out", tmp_path / "run", *options)
    assert code == 2
    assert words in one_sentence(error)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("swhh_Latn.txt", b"kata1 kata2", "no known language"),
        ("swh_Latn.txt", b"kata1 kata2\n\xff\xfe", "swh_Latn.txt is not UTF-8 at byte 12"),
        ("swh_Latn.txt", b"", "swh_Latn.txt gives no document"),
        (f"{without_typology()}_Latn.txt", b"kata1 kata2", "the typology table has no row for"),
        ("notes.md", b"", "holds no text file"),
    ],
)
def test_text_that_cannot_be_used_is_said_in_one_sentence(run, small, tmp_path, name, content, words):
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / name).write_bytes(content)
    code, _, error = run("train", *small, "--out", tmp_path / "run", "--text.directory", tmp_path / "text")
    assert code == 2
    assert words in one_sentence(error)


@pytest.mark.filterwarnings("default:Left out")
def test_a_language_without_typology_can_be_left_out(run, small, tmp_path):
    text = write_text(tmp_path / "text", "swh_Latn", f"{without_typology()}_Latn")
    options = ["--text.directory", text, "--text.on_error", "skip", "--steps", "1"]
    code, _, error = run("train", *small, *options, "--out", tmp_path / "run")
    assert code == 0
    assert error.startswith("hypergen: warning: Left out")
    assert Bundle.load(tmp_path / "run" / "bundle").languages == ("swh",)


def test_an_unknown_key_in_a_configuration_is_said_in_one_sentence(run, tmp_path):
    (tmp_path / "run.yaml").write_text("out: there\ntext:\n  directori: here\n")
    code, _, error = run("train", "--config", tmp_path / "run.yaml")
    assert code == 2
    assert "did you mean 'text.directory'" in one_sentence(error)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "is finished"),
        (["--resume", "true"], "is finished"),
    ],
)
def test_a_finished_run_is_not_written_over(run, small, trained, options, words):
    code, _, error = run("train", *small, "--out", trained, *options)
    assert code == 2
    assert words in one_sentence(error)


def test_the_generator_is_as_it_was_asked_for():
    assert (GeneratorArgs().name, GeneratorArgs().init, GeneratorArgs().reduction) == ("mad-g", "near_identity", 16)


def test_sentences_of_triples_are_learnt_by_their_sides(run, small, tmp_path):
    triples = tmp_path / "triples"
    triples.mkdir()
    lines = [f"kata{n % 95} is a type of kata{(7 * n) % 95}" for n in range(900)]
    (triples / "swh_Latn.txt").write_text("\n".join(lines))
    options = ["--text.conceptnet", triples, "--text.objectives", "{directory: flm, conceptnet: tlm-side}"]
    assert run("train", *small, *options, "--steps", 1, "--out", tmp_path / "run")[::2] == (0, "")
    code, _, error = run("train", *small, "--text.objectives", "{directory: tlm-side}", "--out", tmp_path / "other")
    assert code == 2
    assert "TLM masks a side of a triple" in one_sentence(error)


def test_an_encoder_is_not_asked_for_the_next_token(run, small, tmp_path):
    code, _, error = run("train", *small, "--text.objectives", "{directory: clm}", "--out", tmp_path / "run")
    assert code == 2
    assert "text.objectives has clm for directory, and the backbone is none that learns clm" in one_sentence(error)


def test_a_run_is_not_made_below_a_file_and_that_is_said_before_all_else(run, small, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, error = run("train", *small, "--backbone", "nowhere", "--out", tmp_path / "file" / "run")
    assert code == 2
    assert "which is a file; choose another path" in one_sentence(error)


def test_a_language_may_be_named_in_words(run, small, tmp_path):
    options = ["--text.languages", '["Basque", "Swahili"]', "--steps", "1"]
    assert run("train", *small, *options, "--out", tmp_path / "run")[0] == 0
    assert Bundle.load(tmp_path / "run" / "bundle").languages == ("eus", "swh")
