import logging
import warnings
from contextlib import suppress

import pytest
from transformers.utils import logging as transformers_logging

from hypergen.recipes.quiet import quiet


def test_a_warning_that_says_nothing_is_not_shown_and_another_is_one_line(capsys):
    with quiet():
        warnings.warn("Checkpoint directory run/checkpoints exists and is not empty.", stacklevel=1)
        warnings.simplefilter("default")
        warnings.warn("Left out yua_Latn:\n  it is empty", stacklevel=1)
    assert capsys.readouterr().err == "hypergen: warning: Left out yua_Latn: it is empty\n"


@pytest.mark.filterwarnings("error")
def test_afterwards_everything_is_as_it_was():
    level, bars = logging.getLogger("lightning.pytorch").level, transformers_logging.is_progress_bar_enabled()
    with suppress(KeyError), quiet():
        assert logging.getLogger("lightning.pytorch").level == logging.WARNING
        assert not transformers_logging.is_progress_bar_enabled()
        raise KeyError
    assert logging.getLogger("lightning.pytorch").level == level
    assert transformers_logging.is_progress_bar_enabled() is bars
    with pytest.raises(UserWarning, match="Checkpoint"):
        warnings.warn("Checkpoint directory run/checkpoints exists and is not empty.", stacklevel=1)
