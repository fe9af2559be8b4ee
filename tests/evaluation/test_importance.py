import pytest
import torch

from hypergen.data.batches import MaskingRule
from hypergen.evaluation.importance import losses_without
from hypergen.losses import cross_entropies
from hypergen.model import AdaptedModel

MEAN = torch.full((7,), 0.5)


@pytest.fixture
def case(backbone, generator, layout):
    with torch.no_grad():
        generator.encode.linear.weight[:, 2] = 0  # the third feature does nothing
    rule = MaskingRule(mask_id=4, vocab_size=50, special_ids=(0, 1, 2, 3, 4), rate=0.5)
    batch = rule.batch(torch.randint(5, 50, (4, 12)), languages=("swh", "zul"), seed=0)
    vectors = torch.randint(0, 2, (2, 7)).float()
    return {"generator": generator, "vectors": vectors, "model": AdaptedModel(backbone, [layout]), "batch": batch}


def test_a_feature_without_effect_costs_nothing_and_others_change_the_loss(case):
    told, hidden = losses_without([2, 3], mean=MEAN, **case)
    assert hidden[2] == told
    assert hidden[3] != told


def test_a_feature_that_is_its_mean_already_costs_nothing(case):
    case["vectors"][:, 3] = 0.5
    told, hidden = losses_without([3], mean=MEAN, **case)
    assert hidden[3] == told


def test_losses_are_those_of_adapters_from_the_vectors_as_they_are_and_with_the_mean_in_one_column(case):
    generator, model, batch = case["generator"], case["model"], case["batch"]

    def loss(vectors):
        logits = model(adapters=[generator(vectors)], positions=batch.positions, input_ids=batch.input_ids).logits
        return float(cross_entropies(logits, batch.labels).mean())

    before = case["vectors"].clone()
    changed = before.clone()
    changed[:, 1] = 0.5
    assert losses_without([1], mean=MEAN, **case) == (loss(before), {1: loss(changed)})
    assert torch.equal(case["vectors"], before)


def test_a_generator_that_is_being_trained_is_asked_without_dropping_features(case):
    case["generator"].encode.feature_dropout = 0.9
    case["generator"].train()
    assert losses_without([0], mean=MEAN, **case) == losses_without([0], mean=MEAN, **case)
