from collections.abc import Callable

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from hypergen.data.tasks.sentences import Sentence

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PIECES = ("ki", "##tabu", "##ta", "##bu", "vi", "ana", "##soma", "na", ".", "a", "b", "c")


def tokenizer_of(*pieces: str, max_tokens: int = 16) -> PreTrainedTokenizerFast:
    """WordPiece over these pieces, with [CLS] and [SEP] around; unknown zero-width characters are dropped."""
    vocabulary = {piece: number for number, piece in enumerate((*SPECIAL, *pieces))}
    backend = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        model_max_length=max_tokens,
        **{f"{name}_token": token for name, token in special.items()},
    )


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    """Knows ``kitabu`` as two pieces and ``anasoma`` as two."""
    return tokenizer_of(*PIECES)


@pytest.fixture
def tagged() -> Callable[..., Sentence]:
    """``tagged("ana/VERB kitabu/NOUN")``."""

    def parse(text: str, **more: object) -> Sentence:
        words, labels = zip(*(pair.rsplit("/", 1) for pair in text.split()), strict=True)
        return Sentence(words=words, labels=labels, **more)

    return parse
