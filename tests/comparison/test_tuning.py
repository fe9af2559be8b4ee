import pytest

from hypergen.comparison.cells import Store
from hypergen.comparison.fitting import Fitted
from hypergen.comparison.fusing import TUNED
from hypergen.comparison.methods import parse_method
from hypergen.comparison.trained import DivergedError
from hypergen.comparison.tuning import Tuner, candidates
from hypergen.errors import HypergenError


@pytest.fixture
def tuner(bench, tmp_path, meter):
    return Tuner(bench, Store(tmp_path), 2, meter)


def method(name):
    return parse_method(name, generators=["mad-g"], specs=["seq_bn", "lora"])


def test_the_usual_settings_are_tried_first_and_each_once():
    grid = {"lr": (1.0, 2.0, 3.0), "pull": (0.1, 0.2)}
    tried = candidates(grid, trials=10)
    assert tried[0] == {"lr": 1.0, "pull": 0.1}
    assert len(tried) == 6 == len({tuple(each.items()) for each in tried})
    assert candidates({}, trials=3) == [{}]


def test_a_choice_is_the_trial_with_the_lowest_development_loss(tuner):
    found = tuner.choice(method("mad-x"), 8)
    outcomes = [
        tuner.store.read("trials", tuner.inputs(method("mad-x"), 8, each)) for each in tuner.tried(method("mad-x"))
    ]
    assert found.loss == min(outcome["loss"] for outcome in outcomes)
    assert found.trials == 2
    best = next(outcome for outcome in outcomes if outcome["loss"] == found.loss)
    (_, before), *_, (steps, after) = best["curve"]
    assert (found.loss, found.steps) == min((before, 0), (after, steps))


def test_steps_that_make_it_worse_are_not_taken(tuner, monkeypatch):
    worse = Fitted(lambda held: {}, 1, [(0, {"zul": 2.0}), (4, {"zul": 2.5}), (5, {"zul": 3.0})], flat=False)
    monkeypatch.setitem(TUNED, "adapter", lambda ask: worse)
    found = tuner.choice(method("mad-x"), 8)
    assert (found.steps, found.loss) == (0, 2.0)


def test_a_trial_that_diverges_is_kept_and_never_chosen(tuner, monkeypatch):
    nan = float("nan")
    curves = iter([[(0, {"zul": nan}), (5, {"zul": nan})], [(0, {"zul": 3.0}), (4, {"zul": 2.5}), (5, {"zul": nan})]])
    monkeypatch.setitem(TUNED, "adapter", lambda ask: Fitted(lambda held: {}, 1, next(curves), flat=False))
    found = tuner.choice(method("mad-x"), 8)
    assert (found.loss, found.steps) == (2.5, tuner.steps_of(method("mad-x"), 8, found.settings))
    assert found.settings == tuner.tried(method("mad-x"))[1]


def test_a_method_that_diverges_in_all_trials_is_said(tuner, monkeypatch):
    broken = Fitted(lambda held: {}, 1, [(0, {"zul": float("nan")})], flat=False)
    monkeypatch.setitem(TUNED, "adapter", lambda ask: broken)
    for _ in range(2):  # also when it is run again
        with pytest.raises(HypergenError, match="mad-x diverged in all of its 2 trials; leave it out"):
            tuner.choice(method("mad-x"), 8)


def test_a_source_that_diverges_is_a_trial_that_is_never_chosen(tuner, monkeypatch):
    def diverges(kind, **_):
        raise DivergedError("it diverged")

    monkeypatch.setattr("hypergen.comparison.tuning.trained_source", diverges)
    with pytest.raises(HypergenError, match="mad-g diverged in all of its 2 trials"):
        tuner.choice(method("mad-g"), 0)


def test_how_many_steps_there_are_is_tried_too(tuner):
    tried = list(tuner.tried(method("mad-x")))
    assert len({tuner.steps_of(method("mad-x"), None, each) for each in tried}) == 2
    assert tuner.steps_of(method("mad-x"), 8, tried[0]) < tuner.steps_of(method("mad-x"), None, tried[0])


def test_nothing_is_known_before_every_trial_was_run(tuner):
    assert tuner.known(method("mad-x"), 8) is None
    assert tuner.progress(method("mad-x"), 8) == (2, 0)
    tuner.choice(method("mad-x"), 8)
    assert tuner.progress(method("mad-x"), 8) == (2, 2)
    assert tuner.known(method("mad-x"), 8) == tuner.choice(method("mad-x"), 8)


def test_what_is_tuned_starts_from_what_was_chosen_without_text(tuner):
    name = method("mad-g+adapter")
    assert tuner.tried(name) is None
    start = tuner.choice(name.untuned, 0)
    assert {settings["source_lr"] for settings in tuner.tried(name)} == {start.settings["source_lr"]}


def test_trials_see_no_language_that_is_reported(tuner):
    tuner.choice(method("mad-x"), 8)
    tuner.choice(method("mad-g"), 0)
    asked = {code for codes, _ in tuner.bench.texts.asked for code in codes}
    assert not asked & {"yor", "eus"}


def test_every_trial_without_training_is_scored_once(tuner):
    assert tuner.choice(method("none"), 0).trials == 1
