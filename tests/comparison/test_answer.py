import pytest

from hypergen.comparison.answer import answers, sentence

LANGUAGES = [f"q{chr(97 + n)}{chr(97 + m)}" for n in range(4) for m in range(4)]
UNSEEN, OTHER = "unseen: new genus", "unseen: backbone genus"
LOSSES = {("none", 0): 3.0, ("mean", 0): 2.8, ("mad-g", 0): 2.5, ("mad-x", 50): 2.6, ("mad-g+adapter", 50): 2.2}


def rows(losses=LOSSES, *, languages=LANGUAGES, group=UNSEEN):
    """Every language alone in its genus; they differ in level, and a little in what methods gain."""
    return [
        {"language": code, "group": group, "genus": None, "family": None, "coverage": 0.5, "domain": "bible",
         "method": method,
         "amount": amount, "seed": seed, "loss": loss + 0.1 * n + 0.01 * ((n + len(method)) % 3) + 0.02 * seed,
         "positions": 10}
        for n, code in enumerate(languages) for (method, amount), loss in losses.items() for seed in (0, 1)
    ]  # fmt: skip


def test_the_best_method_of_each_amount_is_the_answer():
    told = {
        answer["amount"]: answer for answer in answers(rows(), chosen={0: "mad-g", 50: "mad-g+adapter"}, resamples=100)
    }
    assert told["0"]["best"] == "mad-g"
    assert told["50"]["best"] == "mad-g+adapter"
    assert told["50"]["losses"].keys() == {"none", "mean", "mad-g", "mad-x", "mad-g+adapter"}  # those without text too


def test_differences_are_of_paired_languages_with_seeds_averaged():
    (told, *_) = answers(rows({("none", 0): 3.0, ("mean", 0): 2.8}), chosen={}, resamples=100)
    (against,) = told["answer_minus"]
    assert against["mean"] == pytest.approx(-0.2, abs=0.02)
    assert against["low"] <= against["mean"] <= against["high"] < 0
    assert told["minus_none"]["mean"] == {key: value for key, value in against.items() if key != "method"}


def test_p_values_of_an_answer_are_corrected_together():
    told = answers(rows(), chosen={}, resamples=100)[-1]
    assert len(told["answer_minus"]) == 4
    smallest = min(each["p"] for each in told["answer_minus"])
    assert min(each["p_holm"] for each in told["answer_minus"]) == pytest.approx(4 * smallest)


def test_groups_are_answered_each_and_unseen_ones_together():
    both = rows() + rows(languages=["qza", "qzb"], group=OTHER)
    groups = {answer["group"]: answer["languages"] for answer in answers(both, chosen={}, resamples=100)}
    assert groups == {UNSEEN: 16, OTHER: 2, "unseen: all": 18}


def test_a_group_without_text_of_its_own_is_answered_without_text_only():
    seen = [row for row in rows(languages=["qza"], group="generator-seen") if row["amount"] == 0]
    told = answers(rows() + seen, chosen={}, resamples=100)
    assert [answer["amount"] for answer in told if answer["group"] == "generator-seen"] == ["0"]


def test_a_method_that_lacks_a_language_takes_no_part():
    fewer = [row for row in rows() if not (row["method"] == "mad-g" and row["language"] == LANGUAGES[0])]
    assert "mad-g" not in answers(fewer, chosen={}, resamples=100)[0]["losses"]


def test_the_answer_is_what_development_languages_chose_and_a_sentence():
    told = answers(rows(), chosen={50: "mad-g"}, resamples=100)[-1]
    assert (told["answer"], told["best"]) == ("mad-g", "mad-g+adapter")
    assert told["sentence"] == sentence(told)
    assert told["sentence"].startswith(
        "With 50 sentences, for languages 'unseen: new genus' (16 languages of 16 genera): use mad-g, 3.2"
    )
    assert "nats (chosen on development languages); −0." in told["sentence"]
    assert "better than 3 of 4 others after correction; worse than mad-g+adapter after" in told["sentence"]
    assert "the lowest here is mad-g+adapter, 2.9" in told["sentence"]


def test_an_answer_that_was_picked_on_the_languages_themselves_says_so():
    told = answers(rows(), chosen={}, resamples=100)[-1]
    assert told["answer"] == told["best"] == "mad-g+adapter"
    assert "(picked on these very languages)" in told["sentence"]


def test_what_cannot_be_told_apart_is_named():
    (told,) = answers(rows({("none", 0): 3.0, ("mean", 0): 3.0}), chosen={}, resamples=100)
    assert "not told apart from" in told["sentence"]
    assert "better" not in told["sentence"]


def test_where_no_corrected_test_could_tell_no_method_is_called_better():
    few = [row for row in rows() if row["language"] in LANGUAGES[:5]]
    told = answers(few, chosen={}, resamples=100)[-1]
    assert all(each["high"] < 0 for each in told["answer_minus"])
    assert "better" not in told["sentence"]
    assert "by intervals that exclude zero (there are too few genera to correct for 4 comparisons)" in told["sentence"]
