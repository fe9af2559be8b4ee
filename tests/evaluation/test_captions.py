"""The sentences under the pictures follow the numbers, whichever way these point."""

import pytest

from hypergen.evaluation.captions import caption


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((-0.4, -0.2), "0.30 less than with the mean vector (better in 75 % of them)"),
        ((-0.7, 0.1), "It is not clearly less than with the mean vector: −0.30 [−0.70, 0.10]."),
        ((None, None), "It is not clearly less than with the mean vector: −0.30 […, …]."),
    ],
)
def test_a_control_is_beaten_only_where_the_interval_says_so(told, ends, said):
    told["differences"]["mean"] |= dict(zip(("low", "high"), ends, strict=True))
    assert said in caption("loss_by_method", told)


def test_a_control_that_is_better_is_said_to_be(told):
    told["differences"]["nearest"] = {"mean": 0.1, "low": 0.05, "high": 0.2, "p": 0.01}
    assert "It is more than with the nearest language's vector: 0.10 [0.05, 0.20]." in caption("loss_by_method", told)


def test_shares_and_how_many_languages_they_are_of_are_told(told):
    said = caption("gap_by_distance", told)
    assert "60 % [55 %, 65 %] of the gap" in said
    assert "with 50 sentences 80 % [75 %, …], over the 2 languages that have an oracle" in said


@pytest.mark.parametrize(("sign", "said"), [(-1, "gain less"), (1, "gain more"), (0, "makes no clear difference")])
def test_distance_matters_only_where_ranks_agree(told, sign, said):
    (first, *_) = told["rows"]
    losses = {"none": 2.0, "oracle": 1.0}
    told["rows"] = [
        {**first, "language": f"l{n}", "distance": n / 100, "losses": {**losses, "generated": 1.5 - sign * n / 100}}
        for n in range(10)
    ]
    assert said in caption("gap_by_distance", told)


def test_the_fewest_sentences_from_scratch_that_are_as_good_are_named(told):
    assert "From scratch it takes 50 sentences, of the numbers tried," in caption("loss_by_sentences", told)


def test_what_is_missing_from_scratch_is_named_where_no_number_was_enough(told):
    told["sentences"][-1]["scratch"] = 1.75
    assert "From scratch 50 sentences are not enough" in caption("loss_by_sentences", told)
    assert caption("loss_by_sentences", told).endswith("0.25 nats are missing.")


def test_neighbours_on_the_map_are_counted_beside_chance(told):
    # mam and yua, zne and swh lie side by side and are of one family each; of 30 ordered pairs four are of one family
    assert "of its own family for 67 % of languages (13 % by chance)" in caption("embeddings", told)


def test_the_feature_that_is_missed_most_is_named_with_its_rule(told):
    said = caption("features", told)
    assert "misses S_SVO most (order in main clauses): 3.00 % of the oracle's gain" in said
    assert "The loss grows without 2 of them." in said


def test_accuracies_are_compared_only_where_they_differ(told):
    said = caption("pos", told)
    assert "is right in 80.0 % of words" in said
    assert "not clearly better than with the nearest language's vector (5.0 [−1.0, 10.0] points)" in said
    assert "better than with no language adapter (10.0 [5.0, 15.0] points)" in said
