import csv
import json
from dataclasses import asdict, replace

import pytest
import torch

from hypergen.adapters import BottleneckSpec, LoraSpec
from hypergen.backbones import fingerprint_of, load_backbone, sites_of
from hypergen.bundle import BackboneInfo, Bundle
from hypergen.data.tasks.task import TASKS
from hypergen.errors import HypergenError
from hypergen.recipes.arguments import TaskOptimizerArgs
from hypergen.recipes.fusing import fused_bundle, fused_of, tuned_bundle
from hypergen.recipes.train_task import _module
from hypergen.task_bundle import TaskBundle
from hypergen.vocabulary import Vocabulary

from .conftest import one_sentence


@pytest.fixture(scope="module")
def adapters(backbone, tmp_path_factory):
    """Two adapters of Swahili as bundles."""
    model = load_backbone(backbone)
    spec = BottleneckSpec(4)
    layout = spec.layout(sites_of(model))
    found = {}
    for seed, name in enumerate(("conceptnet", "text")):
        rng = torch.Generator().manual_seed(seed)
        start = spec.initial(layout, rng=rng).map(lambda t, rng=rng: t + 0.1 * torch.randn(t.shape, generator=rng))
        info = BackboneInfo(str(backbone), fingerprint_of(model))
        found[name] = tmp_path_factory.mktemp("adapters") / name
        Bundle.of_adapter(start, language="swh", backbone=info).save(found[name])
    return found


@pytest.fixture
def words(tagged, adapters):
    options = {
        "task": "pos", "data.directory": tagged, "data.languages": "[swh]", "fuse": json.dumps(adapters, default=str),
        "steps": 4, "check_every": 2, "optimizer.lr": 0.01, "accelerator": "cpu",
    }  # fmt: skip
    return [word for name, value in options.items() for word in (f"--{name}", value)]


@pytest.mark.parametrize("fuse_only", [False, True])
def test_a_fusion_is_trained_with_a_task_and_written_beside_it(run, words, adapters, tagged, tmp_path, fuse_only):
    out = tmp_path / "run"
    code, _, error = run("train-task", *words, "--fuse_only", str(fuse_only).lower(), "--out", out)
    assert code == 0, error
    task, fused = TaskBundle.load(out / "bundle"), Bundle.load(out / "languages")
    assert (task.adapter is None) is fuse_only
    start = fused_bundle(fused_of({name: Bundle.load(path) for name, path in adapters.items()}), {"a": fused})
    moved = {name for name, tensor in fused.weights.items() if not torch.equal(tensor, start.weights[name])}
    assert {name.split("/")[1].split(".")[0] for name in moved} == {"fusion"}  # what is fused stays as it is
    columns = set()
    for path in (out / "logs").glob("metrics*.csv"):
        with path.open() as file:
            columns |= set(next(csv.reader(file)))
    assert {f"attention/{layer}/{name}" for layer in (0, 1) for name in adapters} <= columns
    scored = ["--task", out / "bundle", "--bundle", out / "languages", "--data.directory", tagged]
    code, said, error = run("evaluate", *scored, "--data.languages", "[swh]")
    assert code == 0, error
    assert "accuracy by language" in said


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--fuse", "null", "--fuse_only", "true"], "nothing to fuse is given; name adapters with --fuse"),
        (
            ["--fuse", '{"a": "generator-mini", "b": "generator-mini"}'],
            "a is a generator, and what is fused",
        ),
        (["--fuse", '{"a": "nowhere"}'], "nowhere is no bundle"),
    ],
)
def test_what_cannot_be_fused_is_said_in_one_sentence(run, words, extra, said, tmp_path):
    code, _, error = run("train-task", *words, *extra, "--out", tmp_path / "run")
    assert code == 2
    assert said in one_sentence(error)


def test_adapters_of_different_backbones_are_not_fused(adapters):
    first, second = (Bundle.load(path) for path in adapters.values())
    stranger = Bundle.of_adapter(second.adapter(), language="swh", backbone=BackboneInfo("other", "0"))
    with pytest.raises(HypergenError, match=r"belongs to the backbone other \(0\)"):
        fused_of({"conceptnet": first, "text": stranger})
    extended = replace(second, vocabulary=Vocabulary(("ⴰ",), torch.zeros(1, 32)))
    with pytest.raises(HypergenError, match="text has pieces of its own, which cannot be fused"):
        fused_of({"conceptnet": first, "text": extended})
    with pytest.raises(HypergenError, match="1 adapter is given to fuse"):
        fused_of({"conceptnet": first})


def test_what_is_left_out_of_a_layer_is_wherever_language_adapters_act(backbone):
    model, spec = load_backbone(backbone), LoraSpec(rank=2)
    layout = spec.layout(sites_of(model, kinds=spec.site_kinds))
    info = BackboneInfo(str(backbone), fingerprint_of(model))
    start = spec.initial(layout, rng=torch.Generator().manual_seed(0))
    languages = Bundle.of_adapter(start, language="swh", backbone=info)
    settings = {
        "optimizer": asdict(TaskOptimizerArgs()), "reduction": 4, "leave_out": [1], "fuse_only": False, "seed": 0,
        "tune_languages": False,
    }  # fmt: skip
    module = _module(model, task=TASKS["pos"], languages=languages, fused=None, settings=settings, weights=[])
    assert set(module.leave_out) == {path for path in layout.slots_of if ".layer.1." in path}
    assert module.leave_out


def test_tuned_adapters_take_the_place_of_those_they_were(adapters):
    before = Bundle.load(adapters["text"])
    other = Bundle.load(adapters["conceptnet"])
    tuned = tuned_bundle(before, other.adapter)
    assert torch.equal(tuned.adapter().vector(), other.adapter().vector())
    assert tuned.languages == before.languages
