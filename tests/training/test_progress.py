import lightning
import pytest

from hypergen.training.progress import StepProgress


def test_the_bar_speaks_of_training_and_not_of_epochs_or_versions():
    bar = StepProgress()
    assert bar._get_train_description(0) == "training"
    trainer = lightning.Trainer(max_steps=1, accelerator="cpu", logger=False, enable_checkpointing=False)
    assert "v_num" not in bar.get_metrics(trainer, lightning.LightningModule())


@pytest.mark.parametrize("name", ["get_metrics", "total_train_batches", "_get_train_description"])
def test_what_it_replaces_is_still_there_to_be_replaced(name):
    assert hasattr(StepProgress.__mro__[1], name)
