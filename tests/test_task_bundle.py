import hashlib
import json
import re
from dataclasses import replace

import pytest
import torch

from hypergen.adapters import Adapter
from hypergen.backbones import fingerprint_of
from hypergen.bundle import BackboneInfo, Bundle
from hypergen.data.tasks.batches import TaskBatch
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import NER, PARSING, POS, SENTIMENT
from hypergen.errors import BundleError
from hypergen.heads import HEADS
from hypergen.sources import StoredAdapter
from hypergen.task_bundle import TaskBundle
from hypergen.vocabulary import Vocabulary


@pytest.fixture
def info(backbone):
    return BackboneInfo("tiny", fingerprint_of(backbone))


@pytest.fixture
def swahili(drawn, info):
    """The bundle of one language's adapter."""
    return Bundle.of_adapter(drawn(), language="swh", backbone=info)


@pytest.fixture(params=[POS, PARSING, SENTIMENT], ids=lambda task: task.kind)
def bundle(request, info, adapter, layout, swahili):
    task = request.param
    return TaskBundle(
        task=task,
        backbone=info,
        head=HEADS[task.kind](16, len(task.labels)).state_dict(),
        adapter=adapter,
        languages=("swh", "yor"),
        over=swahili.fingerprint,
        leave_out=(layout.sites[-1].path,),
        metrics={"steps": 3},
    )


@pytest.fixture
def inputs(batch):
    words = Sentence(("a", "b", "c"))
    places, labels = torch.tensor([[1, 2, 3]] * 4), torch.zeros(4, 3, 1, dtype=torch.long)
    return TaskBatch(("swh",), batch["input_ids"], batch["attention_mask"], places, labels, (words,) * 4)


def test_a_bundle_reads_back_what_was_written(bundle, tmp_path, backbone, swahili, inputs):
    bundle.save(tmp_path / "pos")
    again = TaskBundle.load(tmp_path / "pos")
    for name in ("task", "backbone", "languages", "over", "leave_out", "metrics"):
        assert getattr(again, name) == getattr(bundle, name)
    assert torch.equal(again.adapter.vector(), bundle.adapter.vector())
    ours, theirs = (each.model(backbone, languages=swahili).hidden(inputs) for each in (bundle, again))
    assert torch.equal(ours, theirs)
    assert {name: t.tolist() for name, t in again.head.items()} == {n: t.tolist() for n, t in bundle.head.items()}


def test_a_head_alone_is_a_bundle_too(info, tmp_path, backbone, inputs):
    TaskBundle(NER, info, HEADS["token"](16, len(NER.labels)).state_dict()).save(tmp_path / "ner")
    model = TaskBundle.load(tmp_path / "ner").model(backbone)
    assert (model.adapter, model.languages) == (None, None)
    assert len(model.predict(inputs)) == 4


def test_the_adapters_of_language_and_task_are_stacked(bundle, backbone, swahili, inputs):
    model = bundle.model(backbone, languages=swahili)
    adapters = [swahili.adapter().without(bundle.leave_out), bundle.adapter]
    given = {"input_ids": inputs.input_ids, "attention_mask": inputs.attention_mask}
    assert torch.equal(model.hidden(inputs), model.model.hidden(adapters=adapters, **given))


def test_language_adapters_of_another_bundle_are_refused_and_any_source_is_taken(bundle, backbone, drawn, info):
    other = Bundle.of_adapter(drawn(), language="yor", backbone=info)
    with pytest.raises(BundleError, match="give the bundle it was trained over"):
        bundle.model(backbone, languages=other)
    assert bundle.model(backbone, languages=other, any_bundle=True).languages is other.source
    assert bundle.model(backbone, languages=other.source).languages is other.source


def test_the_sites_of_a_generator_get_hooks(info, backbone, generator, spec, layout):
    weights = HEADS["token"](16, len(POS.labels)).state_dict()
    source = StoredAdapter(spec.initial(layout, rng=torch.Generator()))
    assert set(TaskBundle(POS, info, weights).model(backbone, languages=source).model.sites) == set(layout.slots_of)


def test_another_backbone_is_refused(bundle, xlmr):
    with pytest.raises(BundleError, match="this task belongs to the backbone tiny"):
        bundle.model(xlmr)


def test_language_adapters_are_no_task(swahili, tmp_path):
    swahili.save(tmp_path / "swh")
    with pytest.raises(BundleError, match="holds language adapters and no task"):
        TaskBundle.load(tmp_path / "swh")


@pytest.mark.parametrize("change", ["labels", "slots"])
def test_a_description_that_does_not_fit_is_damage(bundle, tmp_path, change):
    bundle.save(tmp_path / "pos")
    path = tmp_path / "pos" / "bundle.json"
    told = json.loads(path.read_text())
    if change == "labels":
        told["task"]["labels"] = told["task"]["labels"][:-1]
    else:
        told["slots"] = told["slots"][:-1]
    path.write_text(json.dumps(told))
    with pytest.raises(BundleError, match=re.escape(f"{tmp_path / 'pos'} is damaged")):
        TaskBundle.load(tmp_path / "pos")


def test_what_a_bundle_puts_into_the_backbone_is_part_of_its_fingerprint(bundle, swahili, backbone):
    pieces = Vocabulary(("ⴰ", "##ⴰ"), torch.ones(2, 16), bias=torch.zeros(2))
    others = [
        replace(swahili, vocabulary=pieces),
        replace(swahili, vocabulary=replace(pieces, rows=torch.zeros(2, 16))),
        replace(swahili, vocabulary=replace(pieces, pieces=("ⴱ", "##ⴰ"))),
        replace(swahili, patch={"cls.predictions.bias": torch.zeros(50)}),
    ]
    assert len({each.fingerprint for each in (swahili, *others)}) == 5
    with pytest.raises(BundleError, match="those given, with what they add to the backbone, are"):
        bundle.model(backbone, languages=others[0])
    over_pieces = replace(bundle, over=others[0].fingerprint)
    with pytest.raises(BundleError, match="give the bundle it was trained over"):
        over_pieces.model(backbone, languages=swahili)
    assert over_pieces.model(backbone, languages=others[0]).languages is others[0].source


def test_the_fingerprint_of_weights_alone_is_what_it_always_was(info, spec, layout):
    numbers = torch.arange(layout.num_parameters, dtype=torch.float32)
    plain = Bundle.of_adapter(Adapter.from_vector(spec, layout, numbers), language="swh", backbone=info)
    digest = hashlib.sha256()
    for name, tensor in sorted(plain.weights.items()):
        digest.update(f"{name}{tuple(tensor.shape)}".encode() + tensor.numpy().tobytes())
    assert plain.fingerprint == digest.hexdigest()[:12]


def test_equal_weights_have_equal_fingerprints(swahili, drawn, info):
    again = Bundle.of_adapter(swahili.adapter(), language="swh", backbone=info)
    assert again.fingerprint == swahili.fingerprint
    assert Bundle.of_adapter(drawn(), language="swh", backbone=info).fingerprint != swahili.fingerprint


def test_the_card_for_adapterhub_says_what_holds_of_this_task(bundle):
    card = replace(bundle, metrics={"val/score": 0.8125}).adapterhub_card()
    assert f"- {bundle.task.metric} on development data of these languages: 0.812" in card
    assert "model.active_adapters = ac.Stack(language, task)" in card
    assert ("first piece" in card) is (bundle.task.kind == "token")
    alone = replace(bundle, over=None).adapterhub_card()
    assert "development data of these languages: not known" in alone
    assert "model.active_adapters = task\n" in alone
    assert "language =" not in alone
    assert "composition" not in alone
