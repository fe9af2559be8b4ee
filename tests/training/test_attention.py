import lightning
import pytest
import torch

from hypergen.adapters import Adapter, BottleneckSpec, fuse, fusion_of
from hypergen.backbones import sites_of
from hypergen.data.tasks.batches import TaskBatch
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import POS
from hypergen.model import AdaptedModel
from hypergen.sources import StoredAdapter
from hypergen.training.attention import FusionAttention, attention_of
from hypergen.training.tasks import TaskModule


@pytest.fixture
def module(bert):
    spec = BottleneckSpec(4)
    sites = sites_of(bert)
    layout, mixing = spec.layout(sites), fusion_of(spec)
    parts = [Adapter.from_vector(spec, layout, 0.3 * torch.randn(layout.num_parameters)) for _ in range(2)]
    fused = fuse(parts, mixing.initial(mixing.layout(sites), rng=torch.Generator().manual_seed(0)))
    return TaskModule(AdaptedModel(bert, [fused.layout]), task=POS, languages=StoredAdapter(fused))


@pytest.fixture
def trainer():
    return lightning.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)


@pytest.fixture
def task_batch(batch):
    places = torch.zeros(4, 1, dtype=torch.long)
    labels = places.unsqueeze(-1)
    sentences = tuple(Sentence((f"w{n}",), ("NOUN",)) for n in range(4))
    return TaskBatch(("swh",), batch["input_ids"], batch["attention_mask"], places, labels, sentences)


def test_the_mean_attention_is_logged_by_layer_and_adapter(module, trainer, task_batch, monkeypatch):
    told = {}
    monkeypatch.setattr(module, "log_dict", lambda values, **_: told.update(values))
    callback = FusionAttention(["conceptnet", "text"], every=3)
    for step in (1, 2, 3):
        monkeypatch.setattr(lightning.Trainer, "global_step", step)
        callback.on_train_batch_end(trainer, module, None, task_batch, 0)
    assert told.keys() == {f"attention/{layer}/{name}" for layer in (0, 1) for name in ("conceptnet", "text")}
    assert told["attention/0/conceptnet"] + told["attention/0/text"] == pytest.approx(1)
    assert told["attention/0/text"] == pytest.approx(float(attention_of(module.task_model, task_batch)["0"][1]))


def test_layers_left_out_are_not_asked(module, task_batch):
    module.leave_out = (module.languages.layout.sites[0].path,)
    assert attention_of(module.task_model, task_batch).keys() == {"1"}


def test_an_adapter_that_has_all_the_attention_is_warned_of(module, trainer, recwarn):
    callback = FusionAttention(["conceptnet", "text"])
    callback.found = {"0": torch.tensor([0.96, 0.04]), "1": torch.tensor([0.95, 0.05]), "2": torch.tensor([0.5, 0.5])}
    with pytest.warns(
        UserWarning, match=r"conceptnet has more than 95% of the fusion's attention in 1 of 3 layers \(0\)"
    ):
        callback.on_train_end(trainer, module)
    callback.found = {"0": torch.tensor([0.5, 0.5])}
    recwarn.clear()
    callback.on_train_end(trainer, module)
    assert not recwarn
