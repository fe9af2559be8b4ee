import pytest

from hypergen.recipes.arguments import TextArgs
from hypergen.recipes.corpora import code_among, lines_of
from hypergen.recipes.parts import corpora_of


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("swh", "swh"),
        ("swh-Latn", "swh_Latn"),
        ("Swahili", "swh"),
        ("sw", "swh"),
        ("sw_Latn", "swh_Latn"),
        ("basque", "eus"),
        ("Zulu", "Zulu"),
        ("nonsense", "nonsense"),
        ("x-far", "x_far"),
    ],
)
def test_a_language_is_found_by_code_or_name_and_otherwise_stays_as_it_is(asked, found):
    assert code_among({"swh", "swh_Latn", "eus", "eus_Latn"}, asked) == found


def test_a_macro_language_is_no_member_where_there_are_several_and_a_member_no_other():
    assert code_among({"swh", "swc"}, "sw") == "sw"
    assert code_among({"swh"}, "swc") == "swc"
    assert code_among({"swa", "swh"}, "sw") == "swa"


def test_lines_are_held_back_or_trained_on(text):
    args = TextArgs(directory=text, languages=["swh"], validation_share=0.5)
    ((corpus,),) = corpora_of(args).values()
    sides = [set(lines_of(corpus, text=args, side=side)) for side in ("train", "validation")]
    assert all(sides)
    assert not sides[0] & sides[1]
    assert sides[0] | sides[1] == {line for document in corpus.documents() for line in document.split("\n")}
