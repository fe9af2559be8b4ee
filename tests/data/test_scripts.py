import pytest

from hypergen.data.scripts import main_script, script_share
from hypergen.errors import CorpusError

TEXTS = {
    "Latn": "Habari ya asubuhi, ñandú", "Cyrl": "Доброе утро", "Arab": "صباح الخير، ياخشىمۇسىز", "Deva": "शुभ प्रभात",
    "Nkoo": "ߌ ߣߌ߫ ߛߐ߲߬ߜߐߡߊ߫", "Cher": "ᎣᏏᏲ ᏙᎯᏧ", "Tfng": "ⴰⵣⵓⵍ ⴼⵍⵍⴰⵡⵏ", "Ethi": "እንደምን አደሩ", "Hang": "안녕하세요",
    "Hani": "早上好", "Thai": "สวัสดีตอนเช้า", "Hmnp": "𞄀𞄄𞄰", "Lana": "ᩈᩅᩢᩈ᩠ᨯᩦ",
}  # fmt: skip


@pytest.mark.parametrize(("script", "text"), TEXTS.items())
def test_a_text_is_in_its_script_and_in_no_other(script, text):
    assert script_share(text, script) == 1
    assert main_script([text]) == script
    assert all(script_share(text, other) == 0 for other in TEXTS if other != script)


def test_a_share_is_of_letters_and_not_of_digits_or_signs():
    assert script_share("abc где 123 !?", "Latn") == 0.5
    assert script_share("123 !?", "Latn") == 0


def test_mixtures_are_made_of_their_parts():
    assert script_share("東京タワーへ行く", "Jpan") == 1
    assert script_share("東京タワーへ行く", "Hani") == 3 / 7
    assert script_share("한국語", "Kore") == script_share("早上好", "Hans") == script_share("早上好", "Hant") == 1


def test_the_script_of_most_letters_wins():
    assert main_script(["Habari ya asubuhi", "Привет"]) == "Latn"
    assert main_script(["東京", "タワーへ行く"]) == "Jpan"
    assert main_script(["2024", "!"]) is None


def test_a_code_that_is_no_script_is_refused():
    with pytest.raises(CorpusError, match="no script goes by Latx"):
        script_share("habari", "Latx")
