import pytest
import torch

from hypergen.data.artificial import READ_FEATURES
from hypergen.errors import HypergenError
from hypergen.recipes.world import BLOCK, EUROPE, World, choose_languages
from hypergen.typology import TypologyTable


@pytest.fixture(scope="module")
def table():
    return TypologyTable.from_uriel()


@pytest.fixture(scope="module")
def languages(table):
    return choose_languages(table, num_generator=12, num_unseen=6, num_oracle=2)


def test_nobody_is_in_two_lists(languages):
    everyone = [*languages.backbone, *languages.generator, *languages.unseen]
    assert len(set(everyone)) == len(everyone) == len(EUROPE) + 12 + 6
    assert set(languages.oracle) < set(languages.unseen)


def test_an_unseen_language_differs_from_each_trained_one_in_a_tenth_of_what_rules_read(languages, table):
    columns = [table.features.index(name) for name in READ_FEATURES]
    unseen, trained = (table.vectors(codes)[:, columns] for codes in (languages.unseen, languages.trained))
    differing = (unseen.unsqueeze(1) != trained.unsqueeze(0)).float().mean(2).min(1).values
    assert differing.min() >= 0.1
    assert list(languages.distance.values()) == pytest.approx(differing.tolist())


def test_too_many_languages_are_refused(table):
    with pytest.raises(HypergenError, match="5 oracles are wanted and 4 languages are far"):
        choose_languages(table, num_generator=12, num_unseen=4, num_oracle=5)


def test_held_back_batches_are_of_one_language_each_or_of_all_together(table, tmp_path):
    world = World(table, tmp_path, 0)
    apart = world.held_back(["swh", "yua"], num_sentences=30)
    (together,) = world.held_back(["swh", "yua"], num_sentences=30, together=True)
    assert [batch.languages for batch in apart] == [("swh",), ("yua",)]
    assert together.languages == ("swh", "yua")
    assert together.input_ids.shape[1] == BLOCK


def test_nothing_held_back_is_trained_on(table, tmp_path):
    world = World(table, tmp_path, 0)
    language = world.language("swh")
    (batch,) = world.held_back(["swh"], num_sentences=30)
    told = world.tokenizer.decode(batch.input_ids.flatten()[batch.positions[:1] - 1])
    assert isinstance(told, str)
    trained = {sentence.text for sentence in language.sentences(200)}
    assert sum(s.text in trained for s in language.sentences(50, start=1_000_000)) <= 5  # short ones may recur
    assert torch.equal(batch.input_ids, world.held_back(["swh"], num_sentences=30)[0].input_ids)
