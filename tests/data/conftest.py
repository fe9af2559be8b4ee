from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from hypergen.data.corpora import Corpus

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def tiny_tokenizer(*, num_words: int = 500) -> PreTrainedTokenizerFast:
    """Knows the words ``wa0 wa1 ...``; the id of ``wa<n>`` is ``n + 5``."""
    words = [*SPECIAL, *(f"wa{n}" for n in range(num_words))]
    backend = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


def corpus_of(documents: list[str], *, language: str = "swh", script: str = "Latn") -> Corpus:
    fingerprint = f"{language}{script}{len(documents)}{documents[:1]}"
    return Corpus(language=language, script=script, fingerprint=fingerprint, read=lambda: iter(documents))


def numbered(count: int, *, words: int = 10, start: int = 0) -> list[str]:
    """``count`` different documents of ``words`` words each."""
    return [" ".join(f"wa{(start + i * words + k) % 500}" for k in range(words)) + f" x{i}" for i in range(count)]


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    return tiny_tokenizer()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write files into a fresh directory and return it."""

    def into(**files: bytes | str) -> Path:
        root = tmp_path / "text"
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (root / name.replace("__", ".")).write_bytes(data)
        return root

    return into
