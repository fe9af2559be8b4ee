import copy

import pytest
import torch
from tokenizers import Tokenizer, models
from transformers import BertTokenizer, PreTrainedTokenizerFast

from hypergen.backbones import fingerprint_of
from hypergen.errors import BackboneError, BundleError
from hypergen.model import AdaptedModel
from hypergen.vocabulary import Vocabulary, extend_backbone, extended_tokenizer, new_parameters, vocabulary_of

PIECES = ("ⴰ", "##ⴰ", "ⴱ", "##ⴱ", "ⴰⴱ")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


@pytest.fixture
def tokenizer():
    names = [*SPECIAL, "a", "##a", "b"]
    return BertTokenizer(vocab={name: i for i, name in enumerate(names)}, do_lower_case=False)


def vocabulary(backbone, *, seed=0):
    rng, size = torch.Generator().manual_seed(seed), backbone.config.hidden_size
    return Vocabulary(PIECES, rows=torch.randn(len(PIECES), size, generator=rng), bias=torch.randn(len(PIECES)))


def test_new_pieces_stand_behind_those_there_were(tokenizer):
    extended = extended_tokenizer(tokenizer, PIECES)
    assert tokenizer("aa ⴰⴱⴰ b")["input_ids"] == [2, 5, 6, 1, 7, 3]
    assert extended("aa ⴰⴱⴰ b")["input_ids"] == [2, 5, 6, 12, 9, 7, 3]
    assert extended.convert_ids_to_tokens([8, 12]) == ["ⴰ", "ⴰⴱ"]
    assert (len(tokenizer), len(extended)) == (8, 13)
    assert (extended.mask_token_id, extended.all_special_ids) == (4, tokenizer.all_special_ids)
    assert extended.model_max_length == tokenizer.model_max_length


def test_pieces_that_are_known_and_other_kinds_of_vocabulary_are_refused(tokenizer):
    with pytest.raises(BackboneError, match="knows the piece '##a' already"):
        extended_tokenizer(tokenizer, ["ⴰ", "##a"])
    with pytest.raises(BackboneError, match="knows the piece 'ⴰ' already"):
        extended_tokenizer(tokenizer, ["ⴰ", "ⴰ"])
    words = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"a": 0}, unk_token="a")))
    with pytest.raises(BackboneError, match="is WordLevel; only WordPiece"):
        extended_tokenizer(words, ["ⴰ"])


def test_an_extended_backbone_says_of_old_pieces_what_it_said_before(bert):
    ids = torch.arange(5, 20).reshape(3, 5)
    count = bert.config.vocab_size
    with torch.no_grad():
        before = bert(input_ids=ids).logits
        extend_backbone(bert, new := vocabulary(bert))
        after = bert(input_ids=ids).logits
    assert after.shape[-1] == count + len(PIECES) == bert.config.vocab_size
    torch.testing.assert_close(after[..., :count], before)
    hidden = AdaptedModel(bert, []).hidden(input_ids=ids)
    expected = bert.cls.predictions.transform(hidden) @ new.rows.T + new.bias
    torch.testing.assert_close(after[..., count:], expected)


def test_an_extended_backbone_is_the_one_with_larger_matrices(bert):
    larger, count = copy.deepcopy(bert), bert.config.vocab_size
    new = vocabulary(bert)
    larger.resize_token_embeddings(count + len(PIECES), mean_resizing=False)
    with torch.no_grad():
        larger.get_input_embeddings().weight[count:] = new.rows
        larger.get_output_embeddings().bias[count:] = new.bias
        extend_backbone(bert, new)
        ids = torch.tensor([[2, count, 7, count + 4, 3]])
        torch.testing.assert_close(bert(input_ids=ids).logits, larger(input_ids=ids).logits)


def test_only_the_new_rows_are_trained_and_they_are_read_again(bert):
    new = vocabulary(bert)
    extend_backbone(bert, new)
    bert.requires_grad_(False)
    before = {name: p.detach().clone() for name, p in bert.named_parameters()}
    trained = new_parameters(bert)
    assert [tuple(p.shape) for p in trained] == [tuple(new.rows.shape), tuple(new.bias.shape)]
    for parameter in trained:
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW([p for p in bert.parameters() if p.requires_grad], lr=0.1)
    bert(input_ids=torch.tensor([[2, bert.config.vocab_size - 1, 3]])).logits.sum().backward()
    optimizer.step()
    changed = {name for name, p in bert.named_parameters() if not torch.equal(p, before[name])}
    assert {name.rsplit(".", 1)[1] for name in changed} == {"new", "new_bias"}
    found = vocabulary_of(bert, PIECES)
    assert not torch.equal(found.rows, new.rows)
    again = Vocabulary.of_tensors(PIECES, found.tensors())
    assert torch.equal(again.rows, found.rows)


def test_a_backbone_that_does_not_fit_is_refused(bert):
    before = fingerprint_of(bert)
    with pytest.raises(BackboneError, match="have embeddings of 3 values"):
        extend_backbone(bert, Vocabulary(("ⴰ",), rows=torch.zeros(1, 3)))
    with pytest.raises(BackboneError, match="another kind of output embedding"):
        extend_backbone(bert, Vocabulary(("ⴰ",), rows=torch.zeros(1, bert.config.hidden_size)))
    with pytest.raises(BundleError, match="has no new pieces"):
        vocabulary_of(bert, PIECES)
    assert fingerprint_of(bert) == before
    extend_backbone(bert, vocabulary(bert))
    with pytest.raises(BackboneError, match="has new pieces already"):
        extend_backbone(bert, vocabulary(bert))


def test_a_row_for_each_piece_is_checked():
    with pytest.raises(ValueError, match="2 pieces and another number of rows"):
        Vocabulary.of_tensors(["a", "b"], {"rows": torch.zeros(3, 4)})
