import math

import pytest
import torch

from hypergen.adapters import WeightedSpec, fuse
from hypergen.errors import HypergenError
from hypergen.evaluation.emea import emea, entropy_of
from hypergen.model import AdaptedModel


@pytest.fixture
def several(drawn):
    return [drawn() for _ in range(3)]


@pytest.fixture
def predict(bert, several, batch):
    """Logits of the batch with an adapter that is fused of these."""
    spec = WeightedSpec(several[0].spec, num_parts=3)
    start = spec.initial(spec.layout(several[0].layout.sites), rng=torch.Generator())
    model = AdaptedModel(bert, [fuse(several, start).layout])
    return lambda adapter: model(adapters=[adapter], **batch).logits


def test_entropy_is_that_of_the_predictions():
    assert entropy_of(torch.zeros(2, 4)).item() == pytest.approx(math.log(4))
    p = torch.tensor([0.5, 0.25, 0.25])
    assert entropy_of(p.log().repeat(3, 1)).item() == pytest.approx(1.5 * math.log(2))


def test_without_steps_it_is_the_mean(several, predict):
    spec = WeightedSpec(several[0].spec, num_parts=3)
    mean = fuse(several, spec.initial(spec.layout(several[0].layout.sites), rng=torch.Generator()))
    assert torch.equal(emea(several, predict, steps=0).vector(), mean.vector())


def test_steps_make_the_model_surer(several, predict):
    entropies = [entropy_of(predict(emea(several, predict, steps=steps, lr=1.0))).item() for steps in (0, 1, 5)]
    assert entropies[0] > entropies[1] > entropies[2]


def test_one_step_is_gradient_descent(several, predict):
    spec = WeightedSpec(several[0].spec, num_parts=3)
    layout = spec.layout(several[0].layout.sites)
    start = spec.initial(layout, rng=torch.Generator()).map(lambda tensor: tensor.requires_grad_())
    entropy_of(predict(fuse(several, start))).backward()
    found = emea(several, predict, steps=1, lr=2.0)
    for site in layout.sites:
        expected = -2.0 * start.tensors[site.path]["logits"].grad  # type: ignore[operator]
        torch.testing.assert_close(found.tensors[site.path]["fusion.logits"], expected)


def test_rows_are_fitted_by_themselves(several, bert, batch):
    rows = {name: tensor[1:] for name, tensor in batch.items()}  # none of them padded
    spec = WeightedSpec(several[0].spec, num_parts=3)
    layout = fuse(several, spec.initial(spec.layout(several[0].layout.sites), rng=torch.Generator())).layout
    model = AdaptedModel(bert, [layout])
    together = emea(several, lambda adapter: model(adapters=[adapter], **rows).logits, steps=2, rows=3)
    assert together.num_languages == 3
    for row in range(3):
        one = {name: tensor[row : row + 1] for name, tensor in rows.items()}
        alone = emea(several, lambda adapter, one=one: model(adapters=[adapter], **one).logits, steps=2)
        torch.testing.assert_close(together[row].vector(), alone.vector(), atol=1e-5, rtol=1e-4)


def test_it_works_where_gradients_are_off(several, predict):
    with torch.no_grad():
        assert not emea(several, predict, steps=1).vector().requires_grad


def test_a_negative_number_of_steps_is_refused(several, predict):
    with pytest.raises(HypergenError, match="steps is -1"):
        emea(several, predict, steps=-1)
