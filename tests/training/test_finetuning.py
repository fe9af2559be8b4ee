import pytest
import torch
from torch.utils.data import DataLoader

from hypergen.data.batches import MaskingRule
from hypergen.errors import HypergenError
from hypergen.model import AdaptedModel
from hypergen.sources import GeneratedAdapters, StoredAdapter
from hypergen.training.finetuning import SCHEDULES, schedule_of, start_of, tune

pytestmark = pytest.mark.filterwarnings("ignore:Found .* module.* in eval mode")
RULE = MaskingRule(mask_id=4, vocab_size=50, special_ids=(0, 1, 2, 3, 4))


@pytest.fixture
def generated(generator, typology):
    return GeneratedAdapters(generator, typology)


def tuned(backbone, generated, *, what, languages=("yua",), steps=15, seed=0, penalty=0.0):
    """A start after some steps, and the losses of the steps it was given."""
    ids = torch.arange(5, 21).repeat(2 * len(languages), 1)
    batches = [RULE.batch(ids, languages=languages, seed=step) for step in range(steps)]
    source = start_of(generated, languages, what=what, penalty=penalty)
    loader = DataLoader(batches, batch_size=None)
    model = AdaptedModel(backbone, [generated.generator.layout])
    assert tune(model, source, loader, steps=steps, lr=0.03, seed=seed) == steps
    return source


def loss(backbone, source, generated):
    model = AdaptedModel(backbone, [generated.generator.layout])
    batch = RULE.batch(torch.arange(5, 21).repeat(8, 1), languages=("yua",), seed="test")
    with torch.no_grad():
        logits = model(adapters=[source("yua")], positions=batch.positions, input_ids=batch.input_ids).logits
    return float(torch.nn.functional.cross_entropy(logits, batch.labels))


@pytest.mark.parametrize("what", ["adapter", "wider", "embedding"])
def test_a_line_said_often_is_learnt_and_nothing_else_is_changed(backbone, generated, what):
    before = {name: tensor.clone() for name, tensor in [*backbone.state_dict().items()]}
    theta = generated.generator.theta.detach().clone()
    start = loss(backbone, generated, generated)
    source = tuned(backbone, generated, what=what)
    assert loss(backbone, source, generated) < start - 0.01
    assert all(torch.equal(before[name], tensor) for name, tensor in backbone.state_dict().items())
    assert torch.equal(theta, generated.generator.theta)


def test_the_same_seed_gives_the_same_adapter(backbone, generated):
    one, again = (tuned(backbone, generated, what="adapter", steps=3)("yua").vector() for _ in range(2))
    assert torch.equal(one, again)


def test_several_languages_are_tuned_at_once(backbone, generated):
    source = tuned(backbone, generated, what="adapter", languages=("yua", "swh"), steps=3)
    moved = source(["yua", "swh"]).vector() - generated(["yua", "swh"]).vector()
    assert (moved.abs().sum(1) > 0).all()


def test_a_wider_adapter_starts_where_the_generated_one_is(backbone, generated):
    wider = start_of(generated, ["yua", "swh"], what="wider", seed=3)
    assert wider("yua").layout.num_parameters > generated("yua").layout.num_parameters
    assert loss(backbone, wider, generated) == pytest.approx(loss(backbone, generated, generated), abs=1e-5)
    again = start_of(generated, ["yua", "swh"], what="wider", seed=3)
    assert torch.equal(wider(["yua", "swh"]).vector(), again(["yua", "swh"]).vector())


def test_a_large_penalty_keeps_an_embedding_where_its_typology_put_it(backbone, generated):
    free, held = (tuned(backbone, generated, what="embedding", penalty=weight) for weight in (0.0, 1e4))
    assert (held.embeddings - held.start).norm() < 0.5 * (free.embeddings - free.start).norm()


def test_a_stored_adapter_has_no_embedding_to_tune(generated):
    with pytest.raises(HypergenError, match="has no embedding to tune; tune the adapter instead"):
        start_of(StoredAdapter(generated("yua")), ["yua"], what="embedding")


def test_more_sentences_are_given_no_fewer_steps():
    for several in SCHEDULES.values():
        steps = [several[least].steps for least in sorted(several)]
        assert steps == sorted(steps)
        assert 0 in several
    assert schedule_of("adapter", num_lines=29) == SCHEDULES["adapter"][0]
    assert schedule_of("adapter", num_lines=30) == SCHEDULES["adapter"][30]
