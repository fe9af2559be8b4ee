"""The trainer of the commands."""

import pytest

from hypergen.errors import HypergenError
from hypergen.training.trainer import trainer_of


def settings(tmp_path, **changes):
    return {
        "out": tmp_path, "steps": 3, "accumulate": 2, "checkpoint_every": 2, "validate_every": 500, "devices": 1,
        "accelerator": "cpu", "optimizer": {"max_grad_norm": 1.0}, "text": {"validation_share": 0.1},
    } | changes  # fmt: skip


def test_it_stops_after_the_steps_and_validates_within_them(tmp_path):
    trainer = trainer_of(settings(tmp_path))
    assert trainer.max_steps == 3
    assert trainer.val_check_interval == 3 * 2


def test_it_logs_for_people_and_for_tensorboard(tmp_path):
    names = [type(logger).__name__ for logger in trainer_of(settings(tmp_path)).loggers]
    assert names == ["CSVLogger", "TensorBoardLogger"]


def test_an_accelerator_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(HypergenError, match="this machine has no tpu to train on"):
        trainer_of(settings(tmp_path, accelerator="tpu"))
