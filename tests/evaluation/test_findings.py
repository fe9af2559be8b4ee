import pytest

from hypergen.errors import HypergenError
from hypergen.evaluation.findings import TransferRows, findings
from hypergen.evaluation.groups import Group

LANGUAGES = {"zul": "Bantu", "ewe": "Gbe", "fao": "Germanic", "eus": "Basque", "hun": "Ugric", "ind": "Malayic"}


def rows_of(scores, *, majority=0.2, seeds=(0,)):
    """``scores[method, num_sources]`` in every language, with a small difference between languages and seeds."""
    return [
        {"method": method, "num_sources": size, "language": language, "seed": seed, "genus": genus,
         "group": Group.GENERATOR_SEEN if language in ("zul", "ewe", "fao") else Group.UNSEEN_NEW_GENUS,
         "majority": majority, "score": score + 0.01 * number + 0.1 * (seed - sum(seeds) / len(seeds))}
        for (method, size), score in scores.items()
        for number, (language, genus) in enumerate(LANGUAGES.items())
        for seed in seeds
    ]  # fmt: skip


STRONG = {
    ("none", 1): 0.4, ("none", 2): 0.5, ("none", 5): 0.5,
    ("english", 1): 0.45, ("english", 2): 0.5, ("english", 5): 0.5,
    ("generated", 1): 0.5, ("generated", 2): 0.6, ("generated", 5): 0.62,
}  # fmt: skip


def verdicts(scores, **options):
    return [finding.verdict for finding in findings(TransferRows(rows_of(scores, **options)))]


def test_what_holds_in_all_languages_is_reproduced_with_its_numbers():
    told = findings(TransferRows(rows_of(STRONG, seeds=(0, 1))))
    assert [finding.verdict for finding in told] == ["reproduced"] * 4
    assert "2 − 1 +10.0 points [10.0, 10.0] (6 languages); 5 − 1 +12.0 points" in told[0].numbers
    assert "generated − english with 5 +12.0 points [12.0, 12.0] (3 languages)" in told[2].numbers


def test_a_later_step_that_is_larger_is_not_what_was_published():
    assert verdicts(STRONG | {("generated", 5): 0.8})[1] == "not reproduced"


def test_a_method_that_loses_is_not_reproduced():
    assert verdicts(STRONG | {("english", 5): 0.7, ("none", 1): 0.55})[2:] == ["not reproduced"] * 2


def test_what_holds_with_some_numbers_of_sources_and_with_none_the_other_way_is_reproduced_in_part():
    assert verdicts(STRONG | {("generated", 2): 0.5})[0] == "reproduced in part"
    assert verdicts(STRONG | {("generated", 2): 0.45})[0] == "not reproduced"


def test_a_backbone_that_does_no_better_than_counting_tests_nothing():
    assert verdicts(STRONG, majority=0.5) == ["not testable with this backbone"] * 4


def test_what_was_not_scored_is_said():
    assert verdicts({("none", 1): 0.4, ("generated", 1): 0.5})[:3] == ["not measured"] * 3


def test_languages_that_lack_a_seed_are_left_out_and_supervised_runs_are_no_size():
    rows = rows_of({("generated", 1): 0.5, ("supervised", 0): 0.9}, seeds=(0, 1))
    kept = TransferRows([row for row in rows if (row["language"], row["seed"]) != ("hun", 1)])
    assert "hun" not in kept.scores("generated", 1)
    assert kept.scores("generated", 1)["eus"] == pytest.approx(0.53)
    assert kept.sizes == [1]


def test_the_same_measurement_twice_is_refused():
    rows = rows_of({("none", 1): 0.4})
    with pytest.raises(HypergenError, match="none, 1, zul, 0 was scored twice"):
        TransferRows([*rows, rows[0]])
