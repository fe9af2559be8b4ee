import pytest
import torch
from torch.utils.data import DataLoader

from hypergen.data.batches import MaskingRule
from hypergen.errors import HypergenError
from hypergen.evaluation.perplexity import masked_lm_scores
from hypergen.model import AdaptedModel
from hypergen.training.full import continued

pytestmark = pytest.mark.filterwarnings("ignore:Found .* module.* in eval mode")
RULE = MaskingRule(mask_id=4, vocab_size=50, special_ids=(0, 1, 2, 3, 4))


def batch(seed):
    return RULE.batch(torch.arange(5, 21).repeat(8, 1), languages=("yua",), seed=seed)


def loss(backbone):
    return next(masked_lm_scores(AdaptedModel(backbone, []), [batch("test")], adapter_of=None)).loss


def trained(backbone, steps=15, seed=0):
    loader = DataLoader([batch(n) for n in range(steps)], batch_size=None)
    return continued(backbone, loader, steps=steps, lr=0.01, seed=seed)


def test_all_of_a_copy_is_trained_and_the_backbone_stays_as_it_is(backbone):
    before = {name: tensor.clone() for name, tensor in backbone.state_dict().items()}
    copy = trained(backbone)
    assert all(torch.equal(before[name], tensor) for name, tensor in backbone.state_dict().items())
    changed = {n for n, tensor in copy.state_dict().items() if not torch.equal(before[n], tensor)}
    assert {"bert.embeddings.word_embeddings.weight", "bert.encoder.layer.0.output.dense.weight"} <= changed
    assert loss(copy) < loss(backbone) - 0.1
    assert not copy.training
    assert not any(parameter.requires_grad for parameter in copy.parameters())


def test_the_same_seed_gives_the_same_backbone(backbone):
    backbone.bert.embeddings.dropout.p = 0.5
    one, again, other = (trained(backbone, steps=2, seed=seed).state_dict() for seed in (0, 0, 1))
    name = "bert.encoder.layer.0.output.dense.weight"
    assert torch.equal(one[name], again[name])
    assert not torch.equal(one[name], other[name])


def test_a_backbone_in_bfloat16_is_refused(backbone):
    with pytest.raises(HypergenError, match=r"held in torch.bfloat16, too coarse to be trained; load it in float32"):
        continued(backbone.bfloat16(), [], steps=1)
