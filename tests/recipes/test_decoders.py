"""Adapters of backbones that predict the next token, by the commands, from start to end."""

import json

import pytest
import torch
from safetensors.torch import load_file

from hypergen.adapters import BottleneckSpec, ChainSpec, LoraSpec
from hypergen.bundle import Bundle

from .conftest import one_sentence

METHODS = {"seq_bn": BottleneckSpec, "seq_bn_inv": ChainSpec, "lora": LoraSpec}


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    """Sentences made of triples, a line each."""
    directory = tmp_path_factory.mktemp("graph")
    for shift, name in enumerate(("swh_Latn", "yor_Latn")):
        lines = [f"kata{(n + shift) % 95} is a type of kata{(3 * n) % 95}." for n in range(200)]
        (directory / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
    return directory


@pytest.fixture
def options(decoder, cache):
    """Arguments of ``hypergen train`` for four steps on the tiny decoder."""
    told = {
        "backbone": decoder, "text.block_size": 16, "text.batch_size": 4, "text.max_validation_blocks": 4, "steps": 4,
        "cache_dir": cache, "optimizer.lr": 0.01, "optimizer.warmup_steps": 1, "accelerator": "cpu",
        "generator.reduction": 4,
    }  # fmt: skip
    return [word for name, value in told.items() for word in (f"--{name}", value)]


@pytest.fixture
def of(text, graph):
    """The options that name the text, by what it is made of."""
    sentences, edges = ["--text.directory", text], ["--text.conceptnet", graph]
    return {"text": sentences, "conceptnet": edges, "both": [*sentences, *edges]}


@pytest.mark.parametrize(
    ("name", "method", "kind"),
    [
        ("static", "seq_bn", "text"),
        ("static", "seq_bn_inv", "both"),
        ("static", "lora", "conceptnet"),
        ("mad-g", "seq_bn_inv", "both"),
        ("mad-g-ls", "seq_bn", "text"),
    ],
)
def test_adapters_of_decoders_are_trained_scored_and_exported(run, options, of, name, method, kind, tmp_path):
    languages = "[swh]" if name == "static" else "[swh, yor]"
    chosen = [*of[kind], "--text.languages", languages]
    words = [*options, *chosen, "--generator.name", name, "--generator.method", method]
    code, _, error = run("train", *words, "--text.languages_per_batch", 2 if name != "static" else 1,
                         "--activation_checkpointing", "true", "--out", tmp_path / "run")  # fmt: skip
    assert code == 0, error
    bundle = Bundle.load(tmp_path / "run" / "bundle")
    assert isinstance(bundle.spec, METHODS[method])
    assert bundle.metrics["steps"] == 4
    told = [*chosen, "--text.block_size", 16, "--bundle", tmp_path / "run" / "bundle", "--out", tmp_path / "s.json"]
    code, said, error = run("evaluate", *told, "--cache_dir", tmp_path / "cache")
    assert code == 0, error
    assert "Next-token loss by language" in said
    rows = json.loads((tmp_path / "s.json").read_text())["rows"]
    assert {row["method"] for row in rows} == {"no adapter", "adapter"}
    losses = {row["loss"] for row in rows if row["language"] == "swh"}
    assert len(losses) == 2  # it was trained, so it does something
    if name != "static":
        words = ["--bundle", tmp_path / "run" / "bundle", "--out", tmp_path / "yua"]
        assert run("generate", "yua", *words)[0] == 0
        assert torch.equal(Bundle.load(tmp_path / "yua").adapter().vector(), bundle.source("yua").vector())
    to = "peft" if method == "lora" else "adapterhub"
    code, _, error = run(
        "export", "swh", "--bundle", tmp_path / "run" / "bundle", "--to", to, "--out", tmp_path / "out"
    )
    assert code == 0, error
    files = [load_file(path) for path in (tmp_path / "out").glob("*.safetensors")]
    assert sum(t.numel() for file in files for t in file.values()) == bundle.layout.num_parameters


def test_a_static_adapter_of_several_languages_is_refused(run, options, of, tmp_path):
    words = [*options, *of["text"], "--generator.name", "static"]
    code, _, error = run("train", *words, "--out", tmp_path / "run")
    assert code == 2
    assert "text of 3 languages (eus, swh, yor...)" in one_sentence(error)
