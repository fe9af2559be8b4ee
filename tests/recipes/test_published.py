"""The published configurations at a reduced size; `scripts/exercise_published.py` runs them at a larger one."""

import importlib.util
import sys
from pathlib import Path

import pytest

from hypergen import cli
from hypergen.training.mlm import GeneratorModule

SCRIPT = Path(__file__).parents[2] / "scripts" / "exercise_published.py"
TINY = {
    "vocab_size": 105,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 128,
}


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(SCRIPT.parent))
    spec = importlib.util.spec_from_file_location("exercise_published", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.remove(str(SCRIPT.parent))
    return module


@pytest.fixture
def work(script, tmp_path):
    words = [f"neno{letter}{other}" for letter in "abcdefghij" for other in "abcdefghij"]
    lines = {
        name: [" ".join((40 * words[8 * k : 8 * k + 8])[n : n + 40]) for n in range(30)]
        for k, name in enumerate(script.LANGUAGES)
    }
    script.write_backbone(
        tmp_path / "backbone", config=TINY, vocabulary=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    )
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    every_line = [line for several in lines.values() for line in several]
    script.write_decoder(tmp_path / "decoder", config={**script.LLAMA, "vocab_size": 300, **sizes}, lines=every_line)
    script.write_glotcc(tmp_path / "glotcc", lines, documents=20)
    script.write_conceptnet(tmp_path / "conceptnet", lines, sentences=600)
    return tmp_path


@pytest.fixture
def launch(monkeypatch):
    def in_this_process(words, die_at):
        def die(self, batch, batch_idx):
            if self.global_step == die_at:
                raise KeyboardInterrupt

        monkeypatch.setattr(GeneratorModule, "on_train_batch_start", die)
        assert cli.main(list(words)) == (0 if die_at < 0 else 130)

    return in_this_process


BOTTLENECKS = 2 * (2 * 32 + 2 + 32 * 2 + 32)
INVERTIBLE = 2 * (8 * 16 + 8 + 16 * 8 + 16)
SIZES = {
    "madg-mbert-glotcc": BOTTLENECKS,
    "madg-ls-mbert-glotcc-conceptnet": BOTTLENECKS,
    "seq-bn-inv-llama-3-8b-glotcc": BOTTLENECKS + INVERTIBLE,
    "madg-ls-llama-3-8b-glotcc-conceptnet": BOTTLENECKS,
}


@pytest.mark.parametrize("config", list(SIZES))
def test_a_published_configuration_trains_resumes_and_generates(script, work, launch, config):
    row = script.exercise(config, work=work, steps=10, words=["--optimizer.lr=0.02"], launch=launch)
    assert row["resumed_equal"]
    assert row["loss_fell"]
    assert row["adapter_parameters"] == SIZES[config]
    assert config in script.document({**dict.fromkeys(NAMES, "x"), "rows": [row]})


NAMES = ("title", "backbone", "text", "command", "date", "hardware", "versions")
