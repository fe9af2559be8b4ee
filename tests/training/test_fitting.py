import lightning
import torch
from torch import nn
from torch.utils.data import DataLoader

from hypergen.training.fitting import fit, validation_metrics


class Line(lightning.LightningModule):
    """Learns ``y = w x`` with ``w = 2``."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def training_step(self, batch, batch_idx):
        return ((self.weight - 2) * batch).square().mean()

    def validation_step(self, batch, batch_idx):
        self.log("error", (self.weight - 2).abs().mean())

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Stop(lightning.Callback):
    """Has enough after two steps."""

    def on_train_batch_end(self, trainer, *_):
        trainer.should_stop = trainer.global_step == 2


def loader():
    return DataLoader(torch.ones(40, 1), batch_size=2)


def test_so_many_steps_bring_it_nearer():
    module = Line()
    assert fit(module, loader(), steps=12, title="line") == 12
    assert 1 < float(module.weight.detach()) < 2


def test_a_callback_may_end_it_earlier():
    assert fit(Line(), loader(), steps=12, title="line", callbacks=[Stop()]) == 2


def test_validation_says_what_the_module_logs():
    assert validation_metrics(Line(), loader()) == {"error": 2.0}
