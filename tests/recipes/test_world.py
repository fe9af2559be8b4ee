import random

import pytest
import torch

from hypergen.data.artificial import READ_FEATURES
from hypergen.errors import HypergenError
from hypergen.model import AdaptedModel
from hypergen.recipes.world import BLOCK, EUROPE, World, choose_languages, losses
from hypergen.training.backbone import small_bert
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


def test_the_choice_is_always_the_same_and_of_languages_that_are_well_known(languages, table):
    random.seed(1)
    assert choose_languages(table, num_generator=12, num_unseen=6, num_oracle=2) == languages
    assert all(table.coverage(code) >= 0.5 for code in (*languages.generator, *languages.unseen))


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
    (batch,) = world.held_back(["swh"], num_sentences=30)
    ids = batch.input_ids.clone()
    ids.flatten()[batch.positions] = batch.labels
    pieces = [world.tokenizer.convert_ids_to_tokens(row, skip_special_tokens=True) for row in ids.tolist()]
    held_back, trained = (
        "".join(sentence.text for sentence in world.language("swh").sentences(30, start=start)).replace(" ", "")
        for start in (1_000_000, 0)
    )
    rows = ["".join(row).replace("##", "") for row in pieces]
    assert all(row in held_back and row not in trained for row in rows)


def test_held_back_batches_are_the_same_every_time(table, tmp_path):
    one, again = (World(table, tmp_path / name, 0).held_back(["swh"], num_sentences=30)[0] for name in ("a", "b"))
    assert torch.equal(one.input_ids, again.input_ids)
    assert torch.equal(one.labels, again.labels)


def test_training_batches_have_so_many_rows_in_so_many_languages(table, tmp_path):
    data = World(table, tmp_path, 0).text(["swh", "yua", "fin"], num_sentences=30, rows=8, together=2)
    batch = next(iter(data.train_dataloader()))
    assert batch.input_ids.shape == (8, BLOCK)
    assert len(batch.languages) == 2
    assert data.languages == ("fin", "swh", "yua")


def test_another_seed_is_another_world(table, tmp_path):
    one, other = (World(table, tmp_path, seed).language("swh") for seed in (0, 1))
    assert one.forms == other.forms
    assert one.sentence(0).text != other.sentence(0).text


def test_losses_are_told_by_language(table, tmp_path):
    world = World(table, tmp_path, 0)
    model = small_bert(len(world.tokenizer), hidden_size=32, num_layers=2, num_positions=BLOCK, head_size=16, seed=0)
    told = losses(AdaptedModel(model, []), world.held_back(["yua", "swh"], num_sentences=30), None)
    assert set(told) == {"swh", "yua"}
    assert all(4 < loss < 7 for loss in told.values())  # log(227) = 5.4: it knows nothing yet
