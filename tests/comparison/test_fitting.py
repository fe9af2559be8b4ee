from dataclasses import replace

import pytest
import torch

from hypergen.comparison.fitting import Ask, fit_adapters, fit_falling, joined, stepped, text_of
from hypergen.comparison.fusing import TUNED
from hypergen.comparison.scoring import mean_losses, scores_of
from hypergen.comparison.starts import scratch, untrained

LESSONS = ("usual", "other")
SETTINGS = {"lr": 3e-2, "pull": 0.0}


def ask(bench, tuned, codes=("zul", "hun"), *, held=None, steps=6):
    start = {
        "adapter": scratch(bench, "seq_bn"),
        "wider": scratch(bench, "seq_bn"),
        "sparse": scratch(bench, "seq_bn"),
        "embedding": untrained("mad-g", bench=bench, spec="seq_bn"),
        "backbone": None,
        "fusion": scratch(bench, "seq_bn"),
    }
    return Ask(bench, codes, start[tuned], 20, SETTINGS, steps, held, lessons=LESSONS if tuned == "fusion" else ())


@pytest.mark.parametrize("tuned", ["adapter", "sparse"])
def test_a_language_learns_from_its_own_text_among_others(bench, tuned):
    before = mean_losses(scores_of(bench.model, None, bench.development))
    fitted = TUNED[tuned](ask(bench, tuned, steps=100))
    after = mean_losses(fitted.score(bench.development))
    assert all(after[code] < before[code] - 0.05 for code in ("zul", "hun"))
    assert fitted.parameters == bench.layouts["seq_bn"].num_parameters


def test_a_wider_adapter_has_twice_the_units_to_train(bench):
    narrow, wide = (TUNED[what](ask(bench, what, steps=100)) for what in ("adapter", "wider"))
    biases = sum(slot.size for slot in bench.layouts["seq_bn"].slots if slot.name == "up.bias")
    assert wide.parameters == 2 * narrow.parameters - biases
    before, after = (mean_losses(scores) for scores in (scores_of(bench.model, None, bench.development),
                                                       wide.score(bench.development)))  # fmt: skip
    assert all(after[code] < before[code] - 0.05 for code in ("zul", "hun"))


def test_only_the_embedding_of_a_generator_is_tuned(bench):
    asked = ask(bench, "embedding")
    before = {name: tensor.clone() for name, tensor in asked.start.state_dict().items()}
    fitted = TUNED["embedding"](asked)
    assert fitted.parameters == 3
    assert all(torch.equal(before[name], tensor) for name, tensor in asked.start.state_dict().items())


def test_every_language_has_a_backbone_of_its_own_to_tune(bench):
    fitted = TUNED["backbone"](ask(bench, "backbone", steps=3))
    scores = fitted.score(bench.development)
    assert set(scores["made up"]) == {"zul", "hun"}
    untouched = mean_losses(scores_of(bench.scorer, None, bench.development))
    assert all(loss != untouched[code] for code, loss in mean_losses(scores).items())


def test_a_lesson_is_learnt_from_its_own_text(bench):
    usual, other = (mean_losses(fit_adapters(replace(ask(bench, "adapter", steps=100), lessons=lessons))
                                .score(bench.development)) for lessons in ((), ("other",)))  # fmt: skip
    assert all(usual[code] != other[code] for code in ("zul", "hun"))


@pytest.mark.parametrize("tuned", list(TUNED))
def test_no_steps_change_nothing(bench, tuned):
    fitted = TUNED[tuned](ask(bench, tuned, steps=0))
    asked = ask(bench, tuned)
    start = mean_losses(scores_of(bench.scorer, asked.start, bench.development))
    assert mean_losses(fitted.score(bench.development)) == pytest.approx(start, abs=1e-5)


def falling(bench, losses, *, steps):
    """The curve and whether it was flat, of a bank whose watched losses are told by the test; and its states."""
    bank, told, seen = untrained("bank", bench=bench, spec="seq_bn"), iter(losses), []

    def watch():
        seen.append(bank.vectors.detach().clone())
        return {"zul": next(told)}

    data = text_of(bench, bench.trained, amount=20, rows=5)
    found = fit_falling(stepped(bank, bench=bench, lr=1e-2), data, bench=bench, steps=steps, watch=watch,
                        on_tokens=lambda tokens: None)  # fmt: skip
    return found, seen, bank


@pytest.mark.parametrize(("last", "is_flat"), [(2.0, True), (1.9, False), (2.1, False)])
def test_flat_is_a_loss_that_did_not_move_over_the_last_fifth(bench, last, is_flat):
    (curve, flat), seen, bank = falling(bench, [3.0, 2.001, last], steps=10)
    assert [at for at, _ in curve] == [0, 8, 10]
    assert flat is is_flat
    assert torch.equal(bank.vectors, seen[-1])
    assert not torch.equal(seen[1], seen[2])


def test_the_rate_falls_to_nothing(bench):
    _, (start, then, end), _ = falling(bench, [3.0, 2.0, 2.0], steps=20)
    assert (end - then).norm() < 0.1 * (then - start).norm()


def test_what_stores_adapters_is_stepped_by_muon_and_a_generator_is_not(bench):
    kinds = {kind: untrained(kind, bench=bench, spec="seq_bn") for kind in ("bank", "shared", "lineage", "mad-g")}
    assert {kind: stepped(source, bench=bench, lr=1e-2).optimizer for kind, source in kinds.items()} == {
        "bank": "muon", "shared": "muon", "lineage": "adamw", "mad-g": "adamw"
    }  # fmt: skip


def test_tokens_are_told_on_the_way(bench):
    told = []
    TUNED["adapter"](Ask(bench, ["zul", "hun"], scratch(bench, "seq_bn"), 20, SETTINGS, 3, None, told.append))
    assert told == [2 * 2 * 16] * 3


def test_curves_of_different_lengths_are_joined_as_they_ended():
    short, long = [(0, {"zul": 3.0}), (2, {"zul": 2.0})], [(0, {"hun": 4.0}), (2, {"hun": 3.0}), (4, {"hun": 1.0})]
    assert joined([short, long])[-1] == (4, {"zul": 2.0, "hun": 1.0})
