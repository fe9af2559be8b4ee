"""A tokenizer of letters for artificial languages: nothing is unknown in any of them."""

from typing import TYPE_CHECKING, Final

from hypergen.data.artificial.inventory import MARKS, SEGMENTS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

__all__ = ["LETTERS", "letter_tokenizer"]

LETTERS: Final = (*SEGMENTS, *dict.fromkeys(mark.sign for mark in MARKS))
"""Everything words are written with."""
_SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def letter_tokenizer() -> "PreTrainedTokenizerFast":
    """A WordPiece tokenizer whose pieces are single letters, at the beginning of a word (``a``) or within (``##a``).

    Example:
        >>> letter_tokenizer().tokenize("kɔla ʧɔʔa.")
        ['k', '##ɔ', '##l', '##a', 'ʧ', '##ɔ', '##ʔ', '##a', '.']
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    pieces = [*_SPECIAL, ".", "?", *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    ends = [(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    names = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, **{f"{name}_token": piece for name, piece in names.items()}
    )
