import pytest
import torch

from hypergen.comparison.mixtures import MIXTURES, AtTestTime, mixed_languages, relatives
from hypergen.comparison.scoring import mean_losses, scores_of
from hypergen.comparison.starts import untrained
from hypergen.evaluation.emea import entropy_of


@pytest.fixture
def bank(bench):
    """Adapters that differ."""
    bank = untrained("bank", bench=bench, spec="seq_bn")
    with torch.no_grad():
        bank.vectors.copy_(torch.randn_like(bank.vectors))
    return bank


def test_relatives_come_first_and_then_what_is_near_in_typology(bench):
    near = [code for code, _ in bench.table.nearest("zul", k=5, among=bench.trained)]
    found = relatives("zul", among=bench.trained, table=bench.table, k=3)
    assert found == ["swh", *[code for code in near if code != "swh"]][:3]
    assert relatives("hun", among=bench.trained, table=bench.table, k=1) == ["fin"]  # of its family
    assert "swh" not in relatives("swh", among=bench.trained, table=bench.table, k=5)


def test_a_mixture_is_of_some_training_languages_each_once(bench):
    found = mixed_languages(bench)
    assert found[0] == "eng"
    assert sorted(found) == sorted(bench.trained)


@pytest.mark.parametrize("kind", list(MIXTURES))
def test_a_mixture_has_an_adapter_for_languages_that_nothing_was_trained_on(bench, bank, kind):
    mixed = untrained(kind, bench=bench, spec="seq_bn", bank=bank)
    assert set(mean_losses(scores_of(bench.scorer, mixed, bench.development))) == {"zul", "hun"}


def test_adapters_made_at_test_time_make_the_model_surer_and_read_no_label(bench, bank):
    batches = bench.development["made up"]
    own = next(batch for batch in batches if batch.languages == ("zul",))

    def entropy(lr):
        adapter = AtTestTime(bank, bench.table, lr).adapter_of("zul", model=bench.scorer, batches=batches)
        return entropy_of(bench.scorer(adapters=[adapter], positions=own.positions, input_ids=own.input_ids).logits)

    assert entropy(1.0) < entropy(0.0)
    before = AtTestTime(bank, bench.table, 1.0).adapter_of("zul", model=bench.scorer, batches=batches).vector()
    own.labels.fill_(0)
    after = AtTestTime(bank, bench.table, 1.0).adapter_of("zul", model=bench.scorer, batches=batches).vector()
    assert torch.equal(before, after)
