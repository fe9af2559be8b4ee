import pytest
import torch

import hypergen as hg
from hypergen.data.blocks import document_hash
from hypergen.errors import CorpusError, HypergenError
from hypergen.recipes.finetuning import TOLD
from hypergen.recipes.tuned_on import TUNED_ON

from .conftest import LINES, OTHERS, UNLIKE


@pytest.fixture(scope="module")
def bundle(trained):
    return hg.Bundle.load(trained / "bundle")


@pytest.mark.parametrize(("what", "told"), TOLD.items())
def test_lines_make_an_adapter_that_is_better_on_the_lines_held_back(bundle, what, told):
    start = bundle.source("yua").vector()
    tuned = hg.finetune(LINES, language="yua", bundle=bundle, what=what, steps=20, lr=0.03)
    assert tuned.helped
    assert tuned.after < tuned.before
    assert tuned.difference.mean == pytest.approx(tuned.after - tuned.before)
    assert tuned.num_lines + tuned.num_held_back == 30
    assert not torch.equal(tuned.adapter.vector(), start)
    assert torch.equal(bundle.source("yua").vector(), start)
    assert all(parameter.requires_grad for parameter in bundle.source.generator.parameters())
    assert tuned.bundle.metrics["finetuned"] == told


def test_fresh_units_double_a_bottleneck_and_stay_in_the_bundle(bundle):
    tuned = hg.finetune(LINES, language="yua", bundle=bundle, steps=20, lr=0.03)
    assert tuned.bundle.spec.size == 2 * bundle.spec.size
    assert hg.finetune(LINES, language="yua", bundle=bundle, what="adapter", steps=1).bundle.spec == bundle.spec


def test_what_does_not_help_is_not_given(fitted):
    tuned = hg.finetune(UNLIKE, language="yua", bundle=str(fitted), what="wider", steps=20, lr=0.1)
    assert not tuned.helped
    assert tuned.after > tuned.before
    assert torch.equal(tuned.adapter.vector(), hg.Bundle.load(fitted).adapter().vector())
    assert tuned.bundle.metrics["finetuned"] == "no: tuning the adapter and fresh units did not help"


def test_the_same_lines_and_seed_give_the_same_adapter(bundle):
    one, again = (hg.finetune(LINES, language="yua", bundle=bundle, steps=2).adapter.vector() for _ in range(2))
    assert torch.equal(one, again)


def test_a_tuned_adapter_can_be_tuned_on_but_has_no_embedding(bundle):
    once = hg.finetune(LINES, language="yua", bundle=bundle, steps=5, lr=0.01)
    twice = hg.finetune(LINES, language="yua", bundle=once.bundle, steps=5, lr=0.01)
    assert twice.before == pytest.approx(once.after, rel=1e-5)
    assert twice.bundle.metrics["generated_from"] == "yua"
    assert (twice.what, twice.bundle.spec) == ("adapter", once.bundle.spec)  # widened once, and not again
    assert hg.finetune(LINES, language="yua", bundle=once.bundle, what="wider", steps=1).what == "wider"
    with pytest.raises(HypergenError, match="has no embedding to tune"):
        hg.finetune(LINES, language="yua", bundle=once.bundle, what="embedding", steps=1)
    with pytest.raises(HypergenError, match="holds the adapter of yua, not of swh"):
        hg.finetune(LINES, language="swh", bundle=once.bundle, steps=1)


def test_two_lines_are_enough_and_one_is_not(bundle):
    tuned = hg.finetune(LINES[:2], language="yua", bundle=bundle, steps=1)
    assert (tuned.num_lines, tuned.num_held_back) == (1, 1)
    assert (tuned.difference.low, tuned.difference.high) == (-float("inf"), float("inf"))
    with pytest.raises(CorpusError, match="1 of 1 lines can be learnt from"):
        hg.finetune(LINES[:1], language="yua", bundle=bundle, steps=1)


@pytest.mark.parametrize("options", [{"steps": 0}, {"lr": 0.0}, {"penalty": -1.0}])
def test_numbers_out_of_range_are_refused(bundle, options):
    with pytest.raises(HypergenError, match="expected 1 step or more, a rate above 0 and a penalty of 0 or more"):
        hg.finetune(LINES, language="yua", bundle=bundle, **options)


def test_lines_may_be_an_iterator_and_a_bundle_a_path(trained, bundle):
    one = hg.finetune(iter(LINES), language="yua", bundle=trained / "bundle", steps=1)
    again = hg.finetune(LINES, language="yua", bundle=bundle, steps=1)
    assert torch.equal(one.adapter.vector(), again.adapter.vector())


def test_a_seed_that_libraries_do_not_take_is_refused(bundle):
    with pytest.raises(HypergenError, match="seed is -1; expected a whole number"):
        hg.finetune(LINES, language="yua", bundle=bundle, seed=-1)


def test_a_bundle_says_which_lines_were_trained_on_and_not_which_were_held_back(bundle, fitted):
    tuned = hg.finetune(LINES, language="yua", bundle=bundle, steps=20, lr=0.03)
    kept = tuned.bundle.metrics[TUNED_ON]
    assert len(kept) == tuned.num_lines
    assert set(kept) < {f"{document_hash(line):016x}" for line in LINES}
    twice = hg.finetune(OTHERS, language="yua", bundle=tuned.bundle, steps=20, lr=0.03)
    assert twice.helped
    assert len(twice.bundle.metrics[TUNED_ON]) == tuned.num_lines + twice.num_lines
    start = hg.Bundle.load(fitted)
    worse = hg.finetune(UNLIKE, language="yua", bundle=start, what="wider", steps=20, lr=0.1)
    assert worse.bundle.metrics[TUNED_ON] == start.metrics[TUNED_ON]
