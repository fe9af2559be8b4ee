import pytest

from hypergen.data.words import words_of


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Anasoma kitabu.", ("Anasoma", "kitabu", ".")),
        ("In k'aaba'e' Ana!", ("In", "k'aaba'e'", "Ana", "!")),
        ("«Baxar?» — oo", ("«", "Baxar", "?", "»", "—", "oo")),
        ("e-mail, 3.5 (x)...", ("e-mail", ",", "3.5", "(", "x", ")", ".", ".", ".")),
        ("यह किताब है।", ("यह", "किताब", "है", "।")),
        ("...", (".", ".", ".")),
        ("   ", ()),
    ],
)
def test_punctuation_at_the_ends_of_a_word_stands_alone_and_letters_stay_together(line, words):
    assert words_of(line) == words
