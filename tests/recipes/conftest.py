"""A tiny random BERT as a directory, tiny text, and the command line in this process."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForMaskedLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

import hypergen as hg
from hypergen import cli
from hypergen.data.blocks import document_hash

WORDS = [f"kata{n}" for n in range(95)]
LINES = [" ".join(WORDS[(7 * n + k) % 12] for k in range(8)) + f" {WORDS[20 + n]}" for n in range(30)]
"""Thirty lines that are alike."""
OTHERS = [" ".join(reversed(WORDS[60 + k : 70 + k])) for k in range(25)]
"""Lines that are alike and share no word with those."""
UNLIKE = [*(line for line in LINES if document_hash(line) % 10_000 >= 2_000),
          *(line for line in OTHERS if document_hash(line) % 10_000 < 2_000)]  # fmt: skip
"""Lines of which those that are held back have the words of ``OTHERS``, all others those of ``LINES``."""
Run = Callable[..., tuple[int, str, str]]


def write_backbone(directory: Path, *, seed: int = 0) -> Path:
    """A random BERT of two layers and 32 units that knows ``WORDS``."""
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    special = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **{f"{k}_token": v for k, v in special.items()})
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=100,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertForMaskedLM(config).save_pretrained(directory)
    fast.save_pretrained(directory)
    return directory


def write_decoder(directory: Path, *, seed: int = 0) -> Path:
    """A random LLaMA of two layers and 32 units, with two heads for each of keys and values, that knows ``WORDS``."""
    vocabulary = ["<s>", "</s>", "<unk>", *WORDS]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(vocabulary)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=100,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=64,
        max_position_embeddings=256,
        initializer_range=0.2,
        bos_token_id=0,
        eos_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(directory)
    fast.save_pretrained(directory)
    return directory


def write_text(directory: Path, *names: str) -> Path:
    """A file of 60 short documents for each name; every language has words it likes."""
    directory.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(names):
        rng = random.Random(seed)
        documents = [" ".join(rng.choices(WORDS[20 * seed : 20 * seed + 30], k=20)) for _ in range(60)]
        (directory / f"{name}.txt").write_text("\n\n".join(documents), encoding="utf-8")
    return directory


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backbone's directory."""
    return write_backbone(tmp_path_factory.mktemp("backbone") / "bert")


@pytest.fixture(scope="session")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a backbone that predicts the next token."""
    return write_decoder(tmp_path_factory.mktemp("decoder") / "llama")


@pytest.fixture(scope="session")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of text in three languages."""
    return write_text(tmp_path_factory.mktemp("text"), "eus_Latn", "swh_Latn", "yor_Latn")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where tokenised text is kept."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line in this process: exit code, standard output, standard error."""
    monkeypatch.setitem(os.environ, "COLUMNS", "200")

    def in_process(*args: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main([str(arg) for arg in args])
        return code, *capsys.readouterr()

    return in_process


@pytest.fixture(scope="session")
def small(backbone: Path, text: Path, cache: Path) -> list[object]:
    """Arguments of ``hypergen train`` for a run of six steps on the tiny backbone and text."""
    options = {
        "backbone": backbone, "text.directory": text, "text.block_size": 16, "text.batch_size": 4,
        "text.max_validation_blocks": 4, "steps": 6, "checkpoint_every": 2, "validate_every": 3, "cache_dir": cache,
        "optimizer.lr": 0.01, "optimizer.warmup_steps": 1, "accelerator": "cpu",
    }  # fmt: skip
    return [word for name, value in options.items() for word in (f"--{name}", value)]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, small: list[object]) -> Path:
    """The directory of a finished run."""
    out = tmp_path_factory.mktemp("run") / "madg"
    assert cli.main(["train", *map(str, small), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory, trained: Path) -> Path:
    """The bundle of an adapter for Yucatec Maya, fine-tuned on ``OTHERS``: what more text like ``LINES`` only harms."""
    out = tmp_path_factory.mktemp("fitted") / "yua"
    hg.finetune(OTHERS, language="yua", bundle=str(trained / "bundle"), steps=30, lr=0.1).bundle.save(out)
    return out


@pytest.fixture(scope="session")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of sentences in three languages whose words tell their tags."""
    directory = tmp_path_factory.mktemp("tagged")
    for shift, language in enumerate(("eus", "swh", "yor")):
        (directory / language).mkdir()
        for part, split in enumerate(("train", "dev", "test")):
            lines = []
            for n in range(24):
                numbers = [(7 * n + k * k + 31 * part + 5 * shift) % 95 for k in range(2 + n % 5)]
                lines += [*(f"{WORDS[k]}\t{('NOUN', 'VERB', 'ADP')[k % 3]}" for k in numbers), ""]
            (directory / language / f"{split}.conll").write_text("\n".join(lines), encoding="utf-8")
    return directory


@pytest.fixture(scope="session")
def task_options(trained: Path, tagged: Path) -> list[object]:
    """Arguments of ``hypergen train-task`` for a run of six steps in two source languages."""
    options = {
        "task": "pos", "data.directory": tagged, "data.languages": "[swh, yor]", "bundle": trained / "bundle",
        "steps": 6, "check_every": 2, "optimizer.lr": 0.01, "optimizer.warmup_steps": 1, "accelerator": "cpu",
    }  # fmt: skip
    return [word for name, value in options.items() for word in (f"--{name}", value)]


@pytest.fixture(scope="session")
def trained_task(tmp_path_factory: pytest.TempPathFactory, task_options: list[object]) -> Path:
    """The directory of a finished run of a task."""
    out = tmp_path_factory.mktemp("task") / "pos"
    assert cli.main(["train-task", *map(str, task_options), "--out", str(out)]) == 0
    return out


def one_sentence(error: str) -> str:
    """The text on standard error, checked to be one line that opens with the program's name."""
    assert error.startswith("hypergen: "), error
    assert error.count("\n") == 1, error
    assert "Traceback" not in error
    return error
