from dataclasses import replace

import pytest

from hypergen.data.document_rules import Rules

RULES = Rules(min_characters=10)
GOOD = "Habari ya asubuhi, wananchi"


@pytest.mark.parametrize(
    ("document", "row", "reason"),
    [
        (GOOD, {}, None),
        (GOOD, {"quality-warnings": ["short_sentences", "header", "footer", "list_case"]}, None),
        (GOOD, {"quality-warnings": ["short_sentences", "noisy"]}, "quality warning noisy"),
        (GOOD, {"quality-warnings": None, "identification-prob": None}, None),
        (GOOD, {"identification-prob": 0.5}, None),
        (GOOD, {"identification-prob": 0.49}, "language uncertain"),
        ("Habari ya", {}, "too short"),
        ("", {}, "too short"),
        ("Habari Привет мир", {}, "other script"),
        ("12345 67890", {}, "other script"),
    ],
)
def test_a_document_is_dropped_for_one_reason(document, row, reason):
    assert RULES.why_not(document, row, script="Latn") == reason


def test_every_rule_can_be_switched_off():
    off = Rules(quality_warnings=[], min_probability=0.0, min_characters=0, min_script_share=0.0, near_duplicates=None)
    row = {"quality-warnings": ["noisy"], "identification-prob": 0.0}
    assert off.why_not("при", row, script="Latn") is None
    assert off.why_not("", row, script="Latn") == "too short"  # nothing is no document
    assert replace(off, min_probability=0.1).why_not("при", row, script="Latn") == "language uncertain"
