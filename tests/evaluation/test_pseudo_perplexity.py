import math
from collections.abc import Callable

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from hypergen.errors import CorpusError
from hypergen.evaluation.pseudo_perplexity import Encoded, encode, log_likelihoods, pseudo_score
from hypergen.model import AdaptedModel

MASK, PAD = 4, 0
SENTENCES = tuple(torch.cat([torch.tensor([2]), torch.arange(5, 5 + n), torch.tensor([3])]) for n in (7, 1, 4, 4, 9))


@pytest.fixture(params=["bert", "xlmr"])
def backbone(request):
    return request.getfixturevalue(request.param)


def one_by_one(forward: Callable[..., torch.Tensor], ids):
    """Each position masked in a batch of its own."""
    values = []
    for position, token in enumerate(ids.tolist()):
        masked = ids.clone()
        masked[position] = MASK
        values.append(forward(input_ids=masked[None]).log_softmax(dim=-1)[0, position, token])
    return torch.stack(values)


@pytest.mark.parametrize("batch_tokens", [1, 30, 10_000])
def test_every_position_is_predicted_from_all_others_however_they_are_batched(backbone, batch_tokens):
    pad = backbone.config.pad_token_id
    found = log_likelihoods(AdaptedModel(backbone, []), SENTENCES, mask_id=MASK, pad_id=pad, batch_tokens=batch_tokens)
    with torch.no_grad():
        for ids, values in zip(SENTENCES, found, strict=True):
            torch.testing.assert_close(values, one_by_one(lambda **inputs: backbone(**inputs).logits, ids))


def test_an_adapter_acts_at_every_position(backbone, adapter, layout):
    model, pad = AdaptedModel(backbone, [layout]), backbone.config.pad_token_id
    found = log_likelihoods(model, SENTENCES, adapters=[adapter], mask_id=MASK, pad_id=pad)
    with torch.no_grad():
        for ids, values in zip(SENTENCES, found, strict=True):
            expected = one_by_one(lambda **inputs: model(adapters=[adapter], **inputs).logits, ids)
            torch.testing.assert_close(values, expected)


def test_every_position_is_counted_as_it_is_done(bert):
    done = []
    log_likelihoods(AdaptedModel(bert, []), SENTENCES, mask_id=MASK, pad_id=PAD, batch_tokens=20, on_rows=done.append)
    assert sum(done) == sum(map(len, SENTENCES))
    assert len(done) > len(SENTENCES)


def test_the_three_definitions():
    values = [torch.tensor([-1.0, -2.0, -3.0]), torch.tensor([0.0, -4.0, -5.0, -3.0])]
    inner = (torch.tensor([False, True, False]), torch.tensor([False, True, True, False]))
    encoded = Encoded(ids=SENTENCES[:2], inner=inner, characters=22, unknown=1, truncated=0)
    score = pseudo_score("swh_Latn", encoded, values)
    assert score.published == pytest.approx((math.exp(2) + math.exp(3)) / 2)
    assert score.per_token == pytest.approx(math.exp((2 + 4 + 5) / 3))
    assert score.per_character == pytest.approx(math.exp((2 + 4 + 5) / 22))
    assert (score.sentences, score.tokens, score.unknown_share) == (2, 3, 1 / 3)


@pytest.fixture(scope="module")
def tokenizer():
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "moja", "mbili"]
    backend = Tokenizer(models.WordLevel({name: i for i, name in enumerate(names)}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, **{f"{kind}_token": name for kind, name in special.items()}
    )


def test_sentences_are_framed_and_what_frames_them_is_not_theirs(tokenizer):
    encoded = encode(["moja mbili", "moja tatu"], tokenizer=tokenizer, max_tokens=10)
    assert [ids.tolist() for ids in encoded.ids] == [[2, 5, 6, 3], [2, 5, 1, 3]]
    assert [inner.tolist() for inner in encoded.inner] == [[False, True, True, False]] * 2
    assert (encoded.characters, encoded.unknown, encoded.truncated) == (19, 1, 0)


def test_a_sentence_too_long_is_cut_and_counted(tokenizer):
    encoded = encode(["moja " * 20, "moja"], tokenizer=tokenizer, max_tokens=6)
    assert [len(ids) for ids in encoded.ids] == [6, 3]
    assert encoded.truncated == 1
    assert encoded.characters == len("moja moja moja moja") + len("moja")  # those of which a token is scored


@pytest.mark.parametrize("sentences", [[], ["moja", " "]])
def test_nothing_to_score_is_refused(tokenizer, sentences):
    with pytest.raises(CorpusError, match="no sentence to score, or an empty one"):
        encode(sentences, tokenizer=tokenizer, max_tokens=6)


def test_a_sentence_of_which_the_tokenizer_leaves_nothing_is_refused(tokenizer):
    kept = tokenizer.backend_tokenizer.normalizer
    tokenizer.backend_tokenizer.normalizer = normalizers.Replace("x", " ")
    try:
        with pytest.raises(CorpusError, match=r"leaves no token of the sentence 'xx' \(1 of 2 sentences are so\)"):
            encode(["moja", "xx"], tokenizer=tokenizer, max_tokens=6)
    finally:
        tokenizer.backend_tokenizer.normalizer = kept
