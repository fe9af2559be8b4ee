import pytest
import torch

from hypergen.comparison.fitting import TUNED, Ask, fit_until, joined, mean_losses, scores_of, text_of
from hypergen.comparison.starts import scratch, untrained
from hypergen.evaluation.perplexity import Score
from hypergen.sources import AdapterBank
from hypergen.training.mlm import GeneratorModule

SETTINGS = {"lr": 3e-2, "pull": 0.0}


def ask(bench, tuned, codes=("zul", "hun"), *, held=None, steps=6):
    start = {
        "adapter": scratch(bench, "seq_bn"),
        "embedding": untrained("mad-g", bench=bench, spec="seq_bn"),
        "backbone": None,
    }
    return Ask(bench, codes, start[tuned], 20, SETTINGS, steps, held)


def test_a_language_learns_from_its_own_text_among_others(bench):
    before = mean_losses(scores_of(bench.model, None, bench.development))
    fitted = TUNED["adapter"](ask(bench, "adapter", steps=40))
    after = mean_losses(fitted.score(bench.development))
    assert all(after[code] < before[code] - 0.05 for code in ("zul", "hun"))
    assert fitted.parameters == bench.layouts["seq_bn"].num_parameters


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


@pytest.mark.parametrize("tuned", list(TUNED))
def test_no_steps_change_nothing(bench, tuned):
    fitted = TUNED[tuned](ask(bench, tuned, steps=0))
    asked = ask(bench, tuned)
    start = mean_losses(scores_of(bench.scorer, asked.start, bench.development))
    assert mean_losses(fitted.score(bench.development)) == pytest.approx(start, abs=1e-5)


def until(bench, losses, *, steps):
    """The curve, the step and whether it was flat, of a bank whose watched losses are told by the test."""
    bank = AdapterBank(dict.fromkeys(["zul", "hun"], scratch(bench, "seq_bn")()))
    module, told, seen = GeneratorModule(bench.model, bank, lr=1e-2, warmup_steps=1), iter(losses), []

    def watch():
        seen.append(bank.vectors.detach().clone())
        return {"zul": next(told)}

    data = text_of(bench, ["zul", "hun"], sentences=20, rows=4)
    found = fit_until(module, bank, data, bench=bench, steps=steps, watch=watch, on_tokens=lambda tokens: None)
    return found, seen, bank


def test_it_ends_with_the_best_weights_there_were(bench):
    (curve, step, flat), seen, bank = until(bench, [3.0, 2.0, 2.5, 2.6, 2.7, 2.8], steps=10)
    assert [at for at, _ in curve] == [0, 2, 4, 6, 8, 10]
    assert step == 2
    assert flat  # a loss that rises is at rest: its best did not fall over the last fifth
    assert torch.equal(bank.vectors, seen[1])
    assert not torch.equal(seen[1], seen[5])


def test_it_stops_at_its_cap_and_says_so(bench):
    (_, step, flat), _, _ = until(bench, [3.0, 2.5, 2.0, 1.5, 1.2, 1.0], steps=10)
    assert (step, flat) == (10, False)


def test_tokens_are_told_on_the_way(bench):
    told = []
    TUNED["adapter"](Ask(bench, ["zul", "hun"], scratch(bench, "seq_bn"), 20, SETTINGS, 3, None, told.append))
    assert told == [2 * 2 * 16] * 3


def test_curves_of_different_lengths_are_joined_as_they_ended():
    short, long = [(0, {"zul": 3.0}), (2, {"zul": 2.0})], [(0, {"hun": 4.0}), (2, {"hun": 3.0}), (4, {"hun": 1.0})]
    assert joined([short, long])[-1] == (4, {"zul": 2.0, "hun": 1.0})


def test_domains_count_by_their_masked_positions():
    scores = {"bible": {"zul": Score("zul", 2.0, 30)}, "news": {"zul": Score("zul", 4.0, 10)}}
    assert mean_losses(scores) == {"zul": 2.5}
