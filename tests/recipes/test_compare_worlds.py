import pytest
import torch

from hypergen.adapters import BottleneckSpec
from hypergen.backbones import fingerprint_of, load_backbone
from hypergen.comparison.arguments import FitArgs
from hypergen.errors import HypergenError
from hypergen.recipes.arguments import GeneratorArgs
from hypergen.recipes.compare_arguments import ArtificialArgs, ComparedTextArgs
from hypergen.recipes.compare_worlds import SPECS, Common, artificial_worlds, recipe_of, specs_of, text_worlds
from hypergen.sources import GeneratedAdapters
from hypergen.typology import TypologyTable

SMALL = ArtificialArgs(
    generator_languages=2, development_languages=2, report_languages=3, seen_languages=1, sentences=40,
    trained_sentences=20, held_back_sentences=20, backbone_sentences=40, backbone_steps=1, hidden_size=32,
)  # fmt: skip


def common(tmp_path, **changes):
    given = {"generators": {"mad-g": GeneratorArgs()}, "reduction": 8, "rank": 2, "fit": FitArgs(),
             "accelerator": "cpu", "precision": "float32", "cache_dir": tmp_path / "cache"}  # fmt: skip
    return Common(**{**given, **changes})


def test_every_adapter_method_has_a_name():
    assert tuple(specs_of(64, reduction=16, rank=4)) == SPECS
    assert specs_of(64, reduction=16, rank=4)["seq_bn"] == BottleneckSpec(size=4)
    with pytest.raises(HypergenError, match="reduction is 65; expected 1 to 64"):
        specs_of(64, reduction=65, rank=4)


def test_artificial_languages_are_in_one_list_each_and_the_same_for_all_seeds(tmp_path):
    worlds = artificial_worlds(SMALL, common=common(tmp_path), out=tmp_path)
    first, second = worlds.bench_of(0), worlds.bench_of(1)
    assert first.languages == second.languages  # Splits refuses a language in two lists
    assert (len(first.languages.development), len(first.languages.report)) == (2, 3)
    assert first.backbone != second.backbone
    assert worlds.bench_of(0) is first
    assert first.scored == (*first.languages.report, first.languages.generator[0], first.languages.backbone[0])


def test_a_backbone_is_pretrained_once_and_no_half_of_it_is_left(tmp_path, monkeypatch):
    def interrupted(*_, out, **__):
        (out / "half").mkdir(parents=True)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("hypergen.recipes.demo_stages.train_backbone", interrupted)
        half = artificial_worlds(SMALL, common=common(tmp_path), out=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        half.prepare(0)
    worlds = artificial_worlds(SMALL, common=common(tmp_path), out=tmp_path)
    assert list((tmp_path / "backbones").iterdir()) == []
    worlds.prepare(0)
    weights = fingerprint_of(worlds.bench_of(0).load(torch.float32))
    worlds.prepare(0)
    assert fingerprint_of(worlds.bench_of(0).load(torch.float32)) == weights
    assert worlds.shape().config.hidden_size == 32


def test_a_backbone_that_another_process_made_meanwhile_is_taken(tmp_path, monkeypatch):
    def overtaken(*_, out, **__):
        out.mkdir(parents=True)
        (out.with_suffix("") / "theirs").mkdir(parents=True)

    monkeypatch.setattr("hypergen.recipes.demo_stages.train_backbone", overtaken)
    worlds = artificial_worlds(SMALL, common=common(tmp_path), out=tmp_path)
    worlds.prepare(0)
    assert [path.name for path in (tmp_path / "backbones").rglob("*")] == [worlds.bench_of(0).backbone, "theirs"]


def test_a_bench_of_text_keeps_who_has_text(text, backbone, tmp_path):
    splits = tmp_path / "splits.yaml"
    splits.write_text("backbone: [eus]\ngenerator: [swh, fin]\ndevelopment: [yor]\nreport: [zul]\n")
    args = ComparedTextArgs(
        train=text, target=text, held_back={"all": text}, splits=splits, backbone=str(backbone), block_size=16
    )
    with pytest.raises(HypergenError, match="no language of the split 'report'"):
        text_worlds(args, common=common(tmp_path))
    splits.write_text("backbone: [eus]\ngenerator: [fin]\ndevelopment: [yor]\nreport: [swh]\n")
    with pytest.raises(HypergenError, match="no language of the split 'generator'"):
        text_worlds(args, common=common(tmp_path))


def test_a_directory_that_is_not_there_is_said(text, backbone, tmp_path):
    splits = tmp_path / "splits.yaml"
    splits.write_text("backbone: [eus]\n")
    args = ComparedTextArgs(train=tmp_path / "none", target=text, held_back={}, splits=splits, backbone=str(backbone))
    with pytest.raises(HypergenError, match=r"there is no directory .*none of text"):
        text_worlds(args, common=common(tmp_path))


def test_a_generator_starts_at_the_axes_of_what_it_is_trained_on(backbone):
    table = TypologyTable.from_uriel()
    model = load_backbone(backbone)
    from hypergen.backbones import sites_of

    spec = BottleneckSpec(size=2)
    recipe = recipe_of(GeneratorArgs(principal_axes=1.0, embedding_size=3))
    source = recipe.source(spec, spec.layout(sites_of(model)), table, ["swh", "yua", "fin"])
    assert isinstance(source, GeneratedAdapters)
    assert torch.allclose(source.generator.encode.center, table.vectors(["swh", "yua", "fin"]).mean(0))
    assert recipe.told["principal_axes"] == 1.0
    assert recipe.told != recipe_of(GeneratorArgs()).told
