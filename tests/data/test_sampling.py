from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest
import torch
from datasets import Dataset, concatenate_datasets
from torchdata.stateful_dataloader import StatefulDataLoader

from hypergen.data.batches import MaskingRule
from hypergen.data.sampling import BatchStream, LanguageSampler, sampling_weights
from hypergen.errors import CorpusError

RULE = MaskingRule(mask_id=4, vocab_size=100_000, special_ids=(0, 1, 2, 3, 4))


def dataset_of(count, *, language=0):
    """Blocks that tell who they are: row ``i`` holds ``language`` and ``i``, both shifted past the special ids."""
    return Dataset.from_dict({"input_ids": [[2, 5 + language, 100 + i, 7, 8, 3] for i in range(count)]})


def sampler(sizes=None, **options):
    sizes = {"deu": 40, "swh": 20, "yua": 5} if sizes is None else sizes
    groups = {"text": {name: dataset_of(n, language=i) for i, (name, n) in enumerate(sizes.items())}}
    return LanguageSampler(groups, **{"rules": dict.fromkeys(groups, RULE), "batch_size": 4} | options)


def restored(batch):
    return batch.input_ids.flatten().index_put((batch.positions,), batch.labels).view_as(batch.input_ids)


def facts(batch):
    return batch.languages, batch.input_ids.tolist(), batch.positions.tolist(), batch.labels.tolist()


def test_sampling_follows_the_exponent():
    sizes = {"deu": 1000, "swh": 100, "yua": 10}
    for exponent in (0.0, 0.3, 0.7, 1.0):
        weights = sampling_weights(sizes, exponent=exponent)
        assert sum(weights.values()) == pytest.approx(1)
        assert weights["deu"] / weights["swh"] == pytest.approx(10**exponent)
        stream = sampler(sizes, batch_size=1, exponent=exponent, seed=3)
        drawn = Counter(batch.languages[0] for batch in islice(stream, 300))
        for language, p in weights.items():
            assert abs(drawn[language] - 300 * p) < 5 * (300 * p * (1 - p)) ** 0.5


def test_rows_are_split_evenly_and_in_order_of_language():
    names = ["deu", "swh", "yua"]
    for batch in islice(sampler(batch_size=6, languages_per_batch=3), 20):
        assert sorted(batch.languages) == names
        assert [names[i - 5] for i in restored(batch)[:, 1]] == [name for name in batch.languages for _ in range(2)]


def test_a_language_is_read_without_repetition_before_it_starts_again():
    seen = [i for batch in islice(sampler({"swh": 10}, batch_size=4), 15) for i in restored(batch)[:, 2].tolist()]
    epochs = [seen[i : i + 10] for i in range(0, 60, 10)]
    assert all(sorted(epoch) == list(range(100, 110)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 6


def test_two_scripts_are_one_language_drawn_in_proportion_to_size():
    both = concatenate_datasets([dataset_of(30, language=0), dataset_of(10, language=1)])
    stream = LanguageSampler({"text": {"ace": both}}, rules={"text": RULE}, batch_size=4)
    rows = torch.cat([restored(batch) for batch in islice(stream, 10)])
    assert Counter(rows[:, 1].tolist()) == {5: 30, 6: 10}


def test_masks_are_drawn_afresh_each_time():
    batches = list(islice(sampler({"swh": 1}, batch_size=1, seed=2), 30))
    assert len({tuple(batch.positions.tolist()) for batch in batches}) > 1


def test_the_seed_decides_and_nothing_else():
    one, again, other = (list(map(facts, islice(sampler(seed=s), 10))) for s in (1, 1, 2))
    assert one == again != other


@pytest.mark.parametrize("stop", [0, 1, 7, 29])
def test_a_resumed_stream_sees_the_same_batches(stop):
    whole = list(map(facts, islice(sampler(languages_per_batch=2), 30)))
    first = sampler(languages_per_batch=2)
    assert list(map(facts, islice(first, stop))) == whole[:stop]
    second = sampler(languages_per_batch=2)
    second.load_state_dict(first.state_dict())
    assert list(map(facts, islice(second, 30 - stop))) == whole[stop:]


@pytest.mark.parametrize("num_workers", [0, 1, 2])
def test_a_loader_gives_the_stream_and_resumes_it_exactly(num_workers):
    def loader():
        return StatefulDataLoader(sampler(num_batches=12), batch_size=None, num_workers=num_workers)

    whole = list(map(facts, sampler(num_batches=12)))
    assert len(loader()) == 12
    first = loader()
    assert list(map(facts, islice(first, 5))) == whole[:5]
    second = loader()
    second.load_state_dict(first.state_dict())
    assert list(map(facts, second)) == whole[5:]


def test_a_stream_is_as_long_as_its_run_and_goes_on_into_a_longer_one():
    def stream(num_batches):
        return BatchStream(StatefulDataLoader(sampler(num_batches=num_batches), batch_size=None))

    first, longer = stream(3), stream(8)
    assert (len(first), len(longer)) == (3, 8)
    whole = list(map(facts, stream(8)))
    assert list(map(facts, first)) == whole[:3]
    longer.load_state_dict(first.state_dict())
    assert list(map(facts, longer)) == whole[3:]
    with pytest.raises(TypeError, match="no end"):
        len(stream(None))


def test_ranks_share_one_stream_and_one_state():
    whole = list(map(facts, islice(sampler(), 12)))
    ranks = [sampler(rank=rank, num_ranks=2) for rank in range(2)]
    seen = [list(map(facts, islice(rank, 3))) for rank in ranks]
    assert [seen[i % 2][i // 2][0] for i in range(6)] == [languages for languages, *_ in whole[:6]]
    state = ranks[0].state_dict()
    assert state == ranks[1].state_dict()
    resumed = [sampler(rank=rank, num_ranks=2) for rank in range(2)]
    for stream in resumed:
        stream.load_state_dict(state)
    later = [list(map(facts, islice(stream, 3))) for stream in resumed]
    assert [later[i % 2][i // 2] for i in range(6)] == whole[6:]


def test_groups_are_mixed_by_weight():
    groups = {"web": {"swh": dataset_of(9, language=0)}, "graph": {"swh": dataset_of(9, language=1)}}
    rules, weights = dict.fromkeys(groups, RULE), {"web": 3.0, "graph": 1.0}
    stream = LanguageSampler(groups, rules=rules, batch_size=2, group_weights=weights)
    rows = [restored(batch)[:, 1].tolist() for batch in islice(stream, 400)]
    assert all(len(set(row)) == 1 for row in rows)
    assert 255 < sum(row[0] == 5 for row in rows) < 345  # binomial: 300 with standard deviation 9


def test_a_state_of_another_stream_is_refused():
    state = sampler(seed=1).state_dict()
    for other in (sampler(seed=2), sampler({"deu": 40, "swh": 20}), sampler(batch_size=8)):
        with pytest.raises(CorpusError, match="cannot be continued"):
            other.load_state_dict(state)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"languages_per_batch": 3}, "multiple of the second"),
        ({"languages_per_batch": 4}, "text has 3 languages, languages_per_batch is 4"),
        ({"batch_size": 0}, "expected counts from 1"),
        ({"group_weights": {"web": 1.0}}, "Weights are given for web, text for text"),
        ({"group_weights": {"text": 0.0}}, "not all 0"),
        ({"exponent": -1.0}, "exponent -1"),
        ({"sizes": {"deu": 3, "swh": 0}}, "swh has no block"),
    ],
)
def test_what_does_not_fit_together_is_refused(options, message):
    with pytest.raises(CorpusError, match=message):
        sampler(**options)


def test_a_small_group_beside_a_large_one_has_as_many_languages_a_batch_as_divide_its_rows():
    web = {name: dataset_of(9) for name in ("deu", "eng", "swh", "yua")}
    graph = {name: dataset_of(9) for name in ("bul", "uig", "zsm")}
    groups = {"web": web, "graph": graph}
    stream = LanguageSampler(groups, rules=dict.fromkeys(groups, RULE), batch_size=8, languages_per_batch=4)
    counts = {frozenset(batch.languages) <= web.keys(): len(batch.languages) for batch in islice(stream, 20)}
    assert counts == {True: 4, False: 2}
    assert {len(batch.input_ids) for batch in islice(stream, 20)} == {8}


def test_each_group_is_masked_by_its_own_rule():
    groups = {"web": {"deu": dataset_of(9)}, "graph": {"yua": dataset_of(9)}}
    rules = {"web": RULE, "graph": replace(RULE, rate=1.0)}
    stream = LanguageSampler(groups, rules=rules, batch_size=2)
    for batch in islice(stream, 20):
        assert (len(batch.positions) == 2 * 4) is (batch.languages == ("yua",))
    with pytest.raises(CorpusError, match="Masking rules are for web, text for web, graph"):
        LanguageSampler(groups, rules={"web": RULE})
