import json
from pathlib import Path

import pytest
import torch

from hypergen.adapters import Adapter, LoraSpec
from hypergen.backbones import fingerprint_of, load_backbone, sites_of
from hypergen.bundle import BackboneInfo, Bundle
from hypergen.export import from_adapterhub, from_peft

from .conftest import one_sentence

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def lora(backbone, tmp_path_factory):
    """A bundle of a LoRA adapter of Swahili."""
    model, spec = load_backbone(backbone), LoraSpec(rank=2)
    layout = spec.layout(sites_of(model, kinds=["linear"]))
    adapter = Adapter.from_vector(spec, layout, torch.randn(layout.num_parameters))
    path = tmp_path_factory.mktemp("lora") / "swh"
    Bundle.of_adapter(adapter, language="swh", backbone=BackboneInfo(str(backbone), fingerprint_of(model))).save(path)
    return path


def test_a_generated_adapter_is_exported_and_imported_again(run, trained, backbone, tmp_path):
    code, out, error = run("export", "yua", "--bundle", trained / "bundle", "--out", tmp_path / "hub")
    assert (code, error) == (0, "")
    assert "holds the adapter of yua for adapterhub" in out
    generated = Bundle.load(trained / "bundle").source("yua")
    read = from_adapterhub(tmp_path / "hub", backbone=load_backbone(backbone))
    assert torch.equal(read.vector(), generated.vector())
    code, out, _ = run(
        "import", tmp_path / "hub", "--language", "yua", "--backbone", backbone, "--out", tmp_path / "bundle"
    )
    assert code == 0
    bundle = Bundle.load(tmp_path / "bundle")
    assert torch.equal(bundle.source("yua").vector(), generated.vector())
    assert bundle.model(load_backbone(backbone)).sites


def test_the_card_and_the_description_name_backbone_and_language(run, trained, backbone, tmp_path):
    arguments = ("--bundle", trained / "bundle", "--licence", "cc0-1.0", "--out", tmp_path / "hub")
    assert run("export", "Yucatec Maya", *arguments)[0] == 0
    card = (tmp_path / "hub" / "README.md").read_text()
    assert "Yucatec Maya" in card or "Yucateco" in card
    assert 'license: "cc0-1.0"' in card
    assert "trained on text of 3 languages" in card
    told = json.loads((tmp_path / "hub" / "adapter_config.json").read_text())
    assert (told["model_name"], told["name"]) == (str(backbone), "yua")


def test_several_languages_are_exported_beside_each_other(run, trained, tmp_path):
    assert run("export", "yua", "quy", "--bundle", trained / "bundle", "--out", tmp_path / "hub")[0] == 0
    assert sorted(path.name for path in (tmp_path / "hub").iterdir()) == ["quy", "yua"]


def test_several_languages_are_exported_all_or_none(run, trained, tmp_path, monkeypatch):
    from hypergen import export

    write, words = export.to_adapterhub, ("export", "yua", "quy", "--bundle", trained / "bundle", "--out")

    def fills_the_disk(adapter, directory, *, name, **options):
        if name == "quy":
            raise OSError(28, "No space left on device", str(directory))
        write(adapter, directory, name=name, **options)

    with monkeypatch.context() as patch:
        patch.setattr(export, "to_adapterhub", fills_the_disk)
        code, _, error = run(*words, tmp_path / "hub")
    assert code == 2
    assert str(tmp_path / "hub") in one_sentence(error)
    assert list(tmp_path.iterdir()) == []
    assert run(*words, tmp_path / "hub")[0] == 0
    code, _, error = run(*words, tmp_path / "hub")
    assert code == 2
    assert f"{tmp_path / 'hub'} exists already" in one_sentence(error)


def test_lora_is_exported_to_peft_and_imported_again(run, lora, backbone, tmp_path):
    assert run("export", "--bundle", lora, "--to", "peft", "--out", tmp_path / "peft")[0] == 0
    read = from_peft(tmp_path / "peft", backbone=load_backbone(backbone))
    assert torch.equal(read.vector(), Bundle.load(lora).adapter().vector())
    arguments = ("--language", "sw", "--backbone", backbone, "--out", tmp_path / "bundle")
    assert run("import", tmp_path / "peft", *arguments)[0] == 0
    assert Bundle.load(tmp_path / "bundle").languages == ("swa",)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--to", "peft", "yua"), "PEFT has no bottleneck adapters"),
        ((), "name the language"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(run, trained, tmp_path, arguments, sentence):
    code, _, error = run("export", *arguments, "--bundle", trained / "bundle", "--out", tmp_path / "hub")
    assert code == 2
    assert sentence in one_sentence(error)
    assert not (tmp_path / "hub").exists()


def test_the_adapter_of_another_language_is_one_sentence(run, lora, tmp_path):
    code, _, error = run("export", "yua", "--bundle", lora, "--out", tmp_path / "hub")
    assert code == 2
    assert "holds the adapter of swh, not of yua" in one_sentence(error)


def test_a_bundle_that_changes_the_backbone_is_one_sentence(run, lora, backbone, tmp_path):
    from dataclasses import replace

    patched = replace(Bundle.load(lora), patch={"cls.predictions.bias": torch.zeros(100)})
    patched.save(tmp_path / "patched")
    code, _, error = run("export", "--bundle", tmp_path / "patched", "--out", tmp_path / "hub")
    assert code == 2
    assert "has trained parts of the backbone too (cls.predictions.bias)" in one_sentence(error)


def test_a_directory_without_an_adapter_is_one_sentence(run, backbone, tmp_path):
    arguments = ("--language", "swh", "--backbone", backbone, "--out", tmp_path / "bundle")
    code, _, error = run("import", tmp_path, *arguments)
    assert code == 2
    assert "it has no adapter_config.json" in one_sentence(error)


@pytest.mark.parametrize("method", ["seq_bn_inv", "lora"])
def test_a_generator_of_any_method_is_trained_and_its_adapters_exported(run, small, backbone, tmp_path, method):
    options = ("--steps", 2, "--generator.method", method, "--generator.reduction", 4, "--generator.rank", 2)
    assert run("train", *small, *options, "--out", tmp_path / "run")[0] == 0
    bundle = tmp_path / "run" / "bundle"
    assert run("export", "yua", "--bundle", bundle, "--out", tmp_path / "hub")[0] == 0
    read = from_adapterhub(tmp_path / "hub", backbone=load_backbone(backbone))
    generated = Bundle.load(bundle).source("yua").vector()
    assert torch.equal(read.vector(), generated)
    assert generated.any()


def test_a_task_goes_with_its_head(run, trained_task, tmp_path):
    code, said, _ = run("export", "--task", trained_task / "bundle", "--out", tmp_path / "pos")
    assert code == 0
    assert "the adapter of pos for adapterhub, and its head" in said
    assert {"adapter_config.json", "head_config.json"} <= {path.name for path in (tmp_path / "pos").iterdir()}


@pytest.mark.parametrize("words", [["--to", "peft"], ["swh"]])
def test_a_task_goes_to_adapterhub_without_a_language(run, trained_task, tmp_path, words):
    code, _, error = run("export", *words, "--task", trained_task / "bundle", "--out", tmp_path / "pos")
    assert code == 2
    assert "holds a task" in one_sentence(error)


@pytest.mark.parametrize(
    ("options", "licence"), [((), "cc-by-sa-4.0"), (("--licence", "cc0-1.0"), "cc0-1.0")], ids=["none stated", "stated"]
)
def test_what_the_shipped_generator_made_has_the_licence_that_notice_states(run, tmp_path, options, licence):
    assert "generator-mini: weights, CC BY-SA 4.0" in (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert run("export", "yua", *options, "--out", tmp_path / "hub")[0] == 0
    card = (tmp_path / "hub" / "README.md").read_text()
    assert f'license: "{licence}"' in card
    assert f"- Licence: {licence}\n" in card


def test_what_was_generated_before_keeps_the_licence_of_the_shipped_generator(run, tmp_path):
    assert run("generate", "yua", "--out", tmp_path / "yua")[0] == 0
    assert run("export", "--bundle", tmp_path / "yua", "--out", tmp_path / "hub")[0] == 0
    assert "- Licence: cc-by-sa-4.0\n" in (tmp_path / "hub" / "README.md").read_text()


def test_what_another_generator_made_has_no_licence_that_nobody_stated(run, trained, tmp_path):
    assert run("export", "yua", "--bundle", trained / "bundle", "--out", tmp_path / "hub")[0] == 0
    assert "- Licence: not stated; ask whoever trained it" in (tmp_path / "hub" / "README.md").read_text()


def test_a_task_in_place_of_language_adapters_is_one_sentence(run, trained_task, tmp_path):
    code, _, error = run("export", "swh", "--bundle", trained_task / "bundle", "--out", tmp_path / "hub")
    assert code == 2
    assert "holds a task and no language adapters; give the bundle of 'hypergen train'" in one_sentence(error)
