import pytest
import torch
from scipy.linalg import orthogonal_procrustes
from scipy.spatial import procrustes as scipy_procrustes

from hypergen.errors import HypergenError
from hypergen.evaluation.alignment import alignment, procrustes, sentence_embeddings
from hypergen.model import AdaptedModel


class Words:
    """A tokenizer of a token a letter, between two tokens that are not the sentence's own."""

    def __call__(self, sentences, **options):
        rows = [[1, *(2 + ord(letter) % 40 for letter in sentence), 0] for sentence in sentences]
        length = max(map(len, rows))
        special = [[1, *[0] * (len(row) - 2), *[1] * (length - len(row) + 1)] for row in rows]
        ids = [row + [0] * (length - len(row)) for row in rows]
        mask = [[1] * len(row) + [0] * (length - len(row)) for row in rows]
        return Batch(input_ids=ids, special_tokens_mask=special, attention_mask=mask)


class Batch(dict):
    """What a tokenizer gives, on a device."""

    def to(self, device):
        return Batch({name: torch.as_tensor(rows, device=device) for name, rows in self.items()})


@pytest.fixture
def pairs():
    """Embeddings of sixty sentences, and the same turned, stretched, moved and a little disturbed."""
    x = torch.randn(60, 8)
    turn, _ = torch.linalg.qr(torch.randn(8, 8))
    return x, 2.5 * x @ turn + torch.randn(8) + 0.1 * torch.randn(60, 8)


def test_the_rotation_is_scipys(pairs):
    x, y = pairs
    found = procrustes(x, y)
    expected, _ = orthogonal_procrustes((x - x.mean(0)).numpy(), (y - y.mean(0)).numpy())
    torch.testing.assert_close(found.rotation, torch.from_numpy(expected), atol=1e-5, rtol=1e-5)
    _, _, disparity = scipy_procrustes(y.numpy(), x.numpy())
    left = (found(x) - y).square().sum() / (y - y.mean(0)).square().sum()
    assert float(left) == pytest.approx(disparity, abs=1e-5)


def test_what_is_a_rotation_apart_is_aligned_and_what_is_not_is_not(pairs):
    x, y = pairs
    apart = alignment(x, y)
    assert apart.error < 0.02
    assert apart.retrieval_after == 1
    assert apart.retrieval_before < 0.5
    assert apart.pairs == 18
    nothing = alignment(x, torch.randn(60, 8))
    assert nothing.error > 0.9
    assert nothing.retrieval_after < 0.4


def test_with_fewer_pairs_than_dimensions_a_fit_to_noise_is_seen_to_be_none():
    x, y = torch.randn(40, 100), torch.randn(40, 100)
    fitted = procrustes(x, y)
    assert float((fitted(x) - y).square().sum() / y.square().sum()) < 0.5
    assert alignment(x, y).error > 0.9


def test_only_the_sentences_own_tokens_count_in_its_embedding(bert):
    model = AdaptedModel(bert, [])
    together = sentence_embeddings(model, ["abc", "abcdefgh"], tokenizer=Words())
    alone = sentence_embeddings(model, ["abc"], tokenizer=Words())
    torch.testing.assert_close(together[:1], alone)
    ids = torch.tensor([[1, *(2 + ord(letter) % 40 for letter in "abc"), 0]])
    torch.testing.assert_close(alone[0], model.hidden(input_ids=ids)[0, 1:4].mean(0).detach())
    with pytest.raises(HypergenError, match="no token of its own"):
        sentence_embeddings(model, [""], tokenizer=Words())


def test_what_has_no_rotation_is_refused():
    with pytest.raises(HypergenError, match="have no rotation"):
        procrustes(torch.ones(5, 3), torch.randn(5, 3))
    with pytest.raises(HypergenError, match="3 pairs of embeddings, 1 of them held back, are too few"):
        alignment(torch.randn(3, 3), torch.randn(3, 3))
