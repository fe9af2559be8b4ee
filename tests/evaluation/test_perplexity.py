"""Losses on held-back text: as the definition has them."""

import math

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from hypergen.adapters import BottleneckSpec
from hypergen.backbones import sites_of
from hypergen.data.batches import MaskingRule
from hypergen.evaluation.perplexity import Score, batch_losses, masked_lm_scores, unigram_loss
from hypergen.model import AdaptedModel

RULE = MaskingRule(mask_id=4, vocab_size=50, special_ids=(0, 1, 2, 3, 4))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=16,
    )  # fmt: skip
    return AdaptedModel(BertForMaskedLM(config).eval(), [])


def batch(language, seed, rows=3):
    ids = torch.randint(5, 50, (rows, 12), generator=torch.Generator().manual_seed(seed))
    return RULE.batch(ids, languages=(language,), seed=seed)


def test_the_loss_of_a_language_is_the_mean_over_its_masked_positions(model):
    batches = [batch("swh", 0), batch("swh", 1, rows=1), batch("yua", 2)]
    scores = {score.language: score for score in masked_lm_scores(model, batches, adapter_of=None)}
    assert list(scores) == ["swh", "yua"]
    with torch.no_grad():
        parts = [
            torch.nn.functional.cross_entropy(
                model.backbone(input_ids=each.input_ids).logits.flatten(0, 1)[each.positions],
                each.labels,
                reduction="none",
            )
            for each in batches
        ]
    swahili = torch.cat(parts[:2])
    assert scores["swh"].positions == len(swahili)
    assert scores["swh"].loss == pytest.approx(swahili.mean().item(), rel=1e-5)
    assert scores["yua"].loss == pytest.approx(parts[2].mean().item(), rel=1e-5)


def test_no_batches_give_no_scores(model):
    assert list(masked_lm_scores(model, [], adapter_of=None)) == []


def test_perplexity_is_the_exponential_of_the_loss():
    assert Score("swh", loss=math.log(7.0), positions=3).perplexity == pytest.approx(7.0)


def test_the_unigram_loss_is_the_smoothed_one_written_out():
    ids = torch.tensor([[1, 5, 5, 6, 2]])
    loss = unigram_loss(ids, torch.tensor([5, 7]), vocab_size=8, special_ids=[1, 2])
    assert loss == pytest.approx(-(math.log(3 / 11) + math.log(1 / 11)) / 2)


def test_of_equally_frequent_pieces_the_unigram_loss_is_the_logarithm_of_their_number():
    ids = torch.arange(10).repeat(1, 1000)
    assert unigram_loss(ids, torch.arange(10), vocab_size=10, special_ids=[]) == pytest.approx(math.log(10))


def test_the_loss_of_each_batch_can_be_had_for_itself(model):
    spec = BottleneckSpec(size=2)
    adapter = spec.initial(spec.layout(sites_of(model.backbone)), rng=torch.Generator()).map(torch.zeros_like)
    adapted = AdaptedModel(model.backbone, [adapter.layout])
    batches = [batch("swh", 0), batch("swh", 1, rows=1)]
    alone = [next(masked_lm_scores(model, [each], adapter_of=None)).loss for each in batches]
    assert batch_losses(adapted, batches, adapter=adapter) == pytest.approx(alone, rel=1e-5)
