import unicodedata

import pytest

from hypergen.data.cleaning import capped, clean_document, clean_line


@pytest.mark.parametrize(
    "line",
    ["我们今天去学校", "こんにちは世界", "สวัสดีชาวโลก", "សួស្តី\u200bពិភពលោក", "ສະບາຍດີຊາວໂລກ", "བཀྲ་ཤིས་བདེ་ལེགས།", "ကမ္ဘာလောက"],
)
def test_scripts_without_spaces_survive_cleaning(line):
    assert clean_line(line) == unicodedata.normalize("NFC", line).replace("\u200b", "")


@pytest.mark.parametrize("line", ["", "   ", "3:16", "* * *", "a 1 b 2", "... -- ?!", "١٢٣٤"])
def test_a_line_with_fewer_than_three_letters_is_dropped(line):
    assert clean_line(line) == ""


def test_a_line_with_a_replacement_character_is_dropped():
    assert clean_line("Habari ya asub\ufffdhi") == ""


def test_invisible_characters_go_and_joiners_stay():
    assert clean_line("\ufeffso\u00adft\u200b \x07bell\u202e") == "soft bell"
    assert clean_line("می\u200cخواهم") == "می\u200cخواهم"


def test_text_is_composed_and_white_space_collapsed():
    assert clean_line("e\u0301te\u0301 \u00a0\t d\u200be\u3000la\r\n") == "été de la"


def test_cleaning_twice_is_cleaning_once():
    line = " a\u0301\u200b\u0302  b\x00c\t d "
    assert clean_line(clean_line(line)) == clean_line(line)


def test_a_document_keeps_its_line_breaks():
    assert clean_document([" moja ", "1", "mbili  tatu\n"]) == "moja\nmbili tatu"


def test_a_cap_counts_bytes_and_keeps_whole_documents():
    assert list(capped(["ééé", "abc", "d"], max_bytes=9)) == ["ééé", "abc"]
    assert list(capped(["ééé", "abc", "d"], max_bytes=8)) == ["ééé"]
    assert list(capped(["ééé", "", "abc"], max_bytes=None)) == ["ééé", "abc"]
