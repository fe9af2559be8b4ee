from collections import Counter

import pytest

from hypergen.data.tasks.encoding import Encoder
from hypergen.data.tasks.sampling import TaskSampler, training_batches
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import POS
from hypergen.errors import TaskError

SOURCES = {
    language: [
        Sentence(("abc"[n % 3],) * (1 + n % 5), ("NOUN",) * (1 + n % 5), place=f"{language}{n}") for n in range(size)
    ]
    for language, size in (("swh", 30), ("ewe", 10))
}


@pytest.fixture
def sampler(tokenizer):
    def build(sentences=SOURCES, **options):
        return TaskSampler(sentences, encoder=Encoder(POS, tokenizer), **{"num_batches": 20, "batch_size": 4} | options)

    return build


def seen(batches):
    return [(batch.languages, [sentence.place for sentence in batch.sentences]) for batch in batches]


def test_a_batch_is_of_one_language_and_languages_are_drawn_alike(sampler):
    found = seen(sampler(num_batches=300))
    assert all(place.startswith(language) for (language,), places in found for place in places)
    assert 0.4 < sum(languages == ("swh",) for languages, _ in found) / 300 < 0.6


def test_or_by_their_size(sampler):
    found = seen(sampler(num_batches=300, exponent=1.0))
    assert 0.68 < sum(languages == ("swh",) for languages, _ in found) / 300 < 0.82


def test_a_mixed_batch_has_as_many_rows_of_each_language_in_order(sampler):
    for languages, places in seen(sampler(languages_per_batch=2)):
        assert [place[:3] for place in places] == [language for language in languages for _ in range(2)]


def test_every_sentence_comes_once_before_any_comes_again(sampler):
    (batches,) = [seen(sampler({"ewe": SOURCES["ewe"]}, num_batches=5))]
    counts = Counter(place for _, places in batches for place in places)
    assert set(counts.values()) == {2}
    assert len(counts) == 10


def test_a_window_puts_sentences_of_like_length_together_and_still_gives_each_once(sampler):
    given = {"swh": [Sentence(("a",) * (1 + n % 7), ("NOUN",) * (1 + n % 7), place=str(n)) for n in range(70)]}

    def spread(**options):
        batches = [[len(sentence.words) for sentence in batch.sentences] for batch in sampler(given, **options)]
        return sum(max(lengths) - min(lengths) for lengths in batches)

    options = {"num_batches": 35}
    assert spread(window=18, **options) < spread(**options) / 3
    counts = Counter(place for _, places in seen(sampler(given, window=18, **options)) for place in places)
    assert set(counts.values()) == {2}


def test_a_window_holds_a_batch(sampler):
    with pytest.raises(TaskError, match="window is 0"):
        sampler(window=0)


def test_the_total_is_split_evenly_among_languages(sampler):
    assert sampler(max_sentences=12).sizes == {"swh": 6, "ewe": 6}


@pytest.mark.parametrize(("stop", "window"), [(1, 1), (7, 1), (5, 3)])
def test_a_stream_goes_on_where_it_stopped(tokenizer, sampler, stop, window):
    def loader():
        encoder = Encoder(POS, tokenizer)
        return training_batches(SOURCES, encoder=encoder, num_batches=12, batch_size=4, window=window)

    whole = seen(sampler(num_batches=12, window=window))
    first = loader()
    batches = iter(first)
    before = seen(next(batches) for _ in range(stop))
    second = loader()
    second.load_state_dict(first.state_dict())
    assert before + seen(second) == whole


def test_a_stream_of_other_sentences_cannot_be_continued(sampler):
    state = sampler().state_dict()
    for other in (sampler(seed=1), sampler(SOURCES | {"ewe": SOURCES["ewe"][:9]})):
        with pytest.raises(TaskError, match="made with other sentences or sampling options"):
            other.load_state_dict(state)
    sampler(num_batches=99).load_state_dict(state)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"batch_size": 4, "languages_per_batch": 3}, "the first a multiple of the second"),
        ({"batch_size": 6, "languages_per_batch": 3}, "2 languages were given"),
        ({"max_sentences": 1}, "one or more for each"),
        ({"sentences": {"swh": [Sentence(("a",))]}}, "no labels to learn pos from"),
        ({"sentences": {"swh": []}}, "no sentence of swh is left"),
    ],
)
def test_what_does_not_fit_together_is_refused(sampler, options, said):
    with pytest.raises(TaskError, match=said):
        sampler(**options)
