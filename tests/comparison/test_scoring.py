from hypergen.comparison.scoring import mean_losses, only
from hypergen.evaluation.perplexity import Score


def test_domains_count_by_their_masked_positions():
    scores = {"bible": {"zul": Score("zul", 2.0, 30)}, "news": {"zul": Score("zul", 4.0, 10)}}
    assert mean_losses(scores) == {"zul": 2.5}


def test_text_of_some_languages_is_that_of_no_other(bench):
    assert {batch.languages[0] for batch in only(bench.development, ["hun"])["made up"]} == {"hun"}
